-- The platform's way, second half: temporary tables as its SQL has common table expressions, then the inserts.
CREATE FUNCTION filtered(labels jsonb) RETURNS jsonb LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT coalesce(jsonb_object_agg(l.key, l.value), '{}') FROM jsonb_each(labels) l JOIN enabled USING (key) $$;

CREATE TEMP TABLE node_base AS
SELECT day, node, filtered(node_labels) AS labels FROM (
  SELECT DISTINCT ON (interval_start::date, node) interval_start::date AS day, node, node_labels
  FROM node_labels ORDER BY interval_start::date, node, interval_start DESC) l;
CREATE TEMP TABLE namespace_base AS
SELECT day, namespace, filtered(namespace_labels) AS labels FROM (
  SELECT DISTINCT ON (interval_start::date, namespace) interval_start::date AS day, namespace, namespace_labels
  FROM namespace_labels ORDER BY interval_start::date, namespace, interval_start DESC) l;
CREATE TEMP TABLE capacity AS
SELECT interval_start::date AS day, node, sum(core_seconds) / 3600 AS cores, sum(byte_seconds) / 3600 / 2 ^ 30 AS gib FROM (
  SELECT interval_start, node, max(node_capacity_cpu_core_seconds) AS core_seconds,
         max(node_capacity_memory_byte_seconds) AS byte_seconds
  FROM hourly_pods GROUP BY interval_start, node) c
GROUP BY interval_start::date, node;
CREATE TEMP TABLE cluster AS SELECT day, sum(cores) AS cores, sum(gib) AS gib FROM capacity GROUP BY day;
ANALYZE node_base, namespace_base, capacity, cluster;

CREATE TEMP TABLE pods AS
SELECT p.day, p.namespace, p.node,
       coalesce(n.labels, '{}') || coalesce(s.labels, '{}') || filtered(p.pod_labels) AS labels, max(resource_id) AS resource_id,
       sum(pod_usage_cpu_core_seconds) / 3600 AS cpu_usage, sum(pod_request_cpu_core_seconds) / 3600 AS cpu_request,
       sum(pod_effective_usage_cpu_core_seconds) / 3600 AS cpu_effective, sum(pod_limit_cpu_core_seconds) / 3600 AS cpu_limit,
       sum(pod_usage_memory_byte_seconds) / 3600 / 2 ^ 30 AS memory_usage,
       sum(pod_request_memory_byte_seconds) / 3600 / 2 ^ 30 AS memory_request,
       sum(pod_effective_usage_memory_byte_seconds) / 3600 / 2 ^ 30 AS memory_effective,
       sum(pod_limit_memory_byte_seconds) / 3600 / 2 ^ 30 AS memory_limit,
       max(node_capacity_cpu_cores) AS node_cores, max(node_capacity_memory_bytes) / 2 ^ 30 AS node_gib
FROM usage_pods p
LEFT JOIN node_base n ON n.day = p.day AND n.node = p.node
LEFT JOIN namespace_base s ON s.day = p.day AND s.namespace = p.namespace
WHERE p.node <> ''
GROUP BY 1, 2, 3, 4;
CREATE TEMP TABLE mounts AS
SELECT p.day, p.namespace, p.pod, p.node, max(p.resource_id) AS resource_id
FROM usage_pods p JOIN (SELECT DISTINCT day, namespace, pod FROM storage) c USING (day, namespace, pod)
GROUP BY 1, 2, 3, 4;
CREATE TEMP TABLE node_counts AS
SELECT day, persistentvolume, count(DISTINCT node) AS nodes
FROM storage JOIN mounts USING (day, namespace, pod) WHERE persistentvolumeclaim IS NOT NULL GROUP BY 1, 2;
CREATE TEMP TABLE categories AS
SELECT namespace, max(cost_category_id) AS cost_category_id
FROM (SELECT DISTINCT namespace FROM usage_pods UNION SELECT DISTINCT namespace FROM storage
      UNION VALUES ('Platform unallocated'), ('Worker unallocated')) n JOIN patterns ON namespace LIKE pattern
GROUP BY 1;
ANALYZE pods, mounts, node_counts, categories;

INSERT INTO summary
SELECT gen_random_uuid(), 'Pod', day, day, namespace, node, resource_id, NULL, NULL, NULL, labels, '{}', labels,
       cost_category_id, '{"cpu": 0.000000000, "memory": 0.000000000, "storage": 0.000000000}',
       :period, :'cluster_id', :'cluster_alias', :'source',
       cpu_usage, cpu_request, cpu_effective, cpu_limit, memory_usage, memory_request, memory_effective, memory_limit,
       node_cores, coalesce(c.cores, 0), node_gib, coalesce(c.gib, 0), a.cores, a.gib
FROM pods LEFT JOIN capacity c USING (day, node) LEFT JOIN cluster a USING (day) LEFT JOIN categories USING (namespace);

INSERT INTO summary
SELECT gen_random_uuid(), 'Storage', day, day, namespace, node, resource_id, persistentvolumeclaim, persistentvolume,
       storageclass, '{}', labels, labels, max(cost_category_id),
       '{"cpu": 0.000000000, "memory": 0.000000000, "storage": 0.000000000}',
       :period, :'cluster_id', :'cluster_alias', :'source',
       NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, max(capacity) / 2 ^ 30,
       sum(capacity_seconds) / max(month_seconds) / 2 ^ 30, sum(request_seconds) / max(month_seconds) / 2 ^ 30 / max(nodes),
       sum(usage_seconds) / max(month_seconds) / 2 ^ 30 / max(nodes)
FROM (
  SELECT c.day, c.namespace, m.node, m.resource_id, persistentvolumeclaim, c.persistentvolume, storageclass, csi_volume_handle,
         persistentvolumeclaim_capacity_bytes AS capacity, persistentvolumeclaim_capacity_byte_seconds AS capacity_seconds,
         volume_request_storage_byte_seconds AS request_seconds, persistentvolumeclaim_usage_byte_seconds AS usage_seconds,
         greatest(1, k.nodes) AS nodes, cost_category_id,
         86400 * extract(day FROM date_trunc('month', c.day) + interval '1 month - 1 day') AS month_seconds,
         coalesce(n.labels, '{}') || coalesce(s.labels, '{}') || filtered(persistentvolume_labels) ||
         filtered(persistentvolumeclaim_labels) AS labels
  FROM storage c
  LEFT JOIN mounts m ON m.day = c.day AND m.namespace = c.namespace AND m.pod = c.pod AND c.persistentvolumeclaim IS NOT NULL
  LEFT JOIN node_counts k ON k.day = c.day AND k.persistentvolume = c.persistentvolume
  LEFT JOIN node_base n ON n.day = c.day AND n.node = m.node
  LEFT JOIN namespace_base s ON s.day = c.day AND s.namespace = c.namespace
  LEFT JOIN categories g ON g.namespace = c.namespace) v
GROUP BY day, namespace, node, resource_id, persistentvolumeclaim, persistentvolume, storageclass, csi_volume_handle, labels;

INSERT INTO summary
SELECT gen_random_uuid(), 'Pod', day, day, u.namespace, node, resource_id, NULL, NULL, NULL, NULL, NULL, '{}',
       cost_category_id, NULL, :period, :'cluster_id', :'cluster_alias', :'source',
       coalesce(c.cores, 0) - cpu_usage, coalesce(c.cores, 0) - cpu_request, coalesce(c.cores, 0) - cpu_effective, NULL,
       coalesce(c.gib, 0) - memory_usage, coalesce(c.gib, 0) - memory_request, coalesce(c.gib, 0) - memory_effective, NULL,
       node_cores, coalesce(c.cores, 0), node_gib, coalesce(c.gib, 0), a.cores, a.gib
FROM (
  SELECT p.day, p.node, max(p.resource_id) AS resource_id, max(node_cores) AS node_cores, max(node_gib) AS node_gib,
         sum(cpu_usage) AS cpu_usage, sum(cpu_request) AS cpu_request, sum(cpu_effective) AS cpu_effective,
         sum(memory_usage) AS memory_usage, sum(memory_request) AS memory_request, sum(memory_effective) AS memory_effective,
         CASE WHEN max(r.node_role) IN ('master', 'infra') THEN 'Platform unallocated'
              WHEN max(r.node_role) = 'worker' THEN 'Worker unallocated' END AS namespace
  FROM pods p LEFT JOIN (SELECT node, resource_id, max(node_role) AS node_role FROM roles GROUP BY 1, 2) r
    ON r.node = p.node AND r.resource_id = p.resource_id
  WHERE p.namespace NOT IN ('Platform unallocated', 'Worker unallocated', 'Network unattributed', 'Storage unattributed')
  GROUP BY p.day, p.node) u
LEFT JOIN capacity c USING (day, node) LEFT JOIN cluster a USING (day) LEFT JOIN categories g ON g.namespace = u.namespace;
