-- The storage part of duckdb.sql, for work B; two pieces, parted by the line of dashes.
claims AS MATERIALIZED (
  SELECT interval_start::DATE AS day, namespace, pod, persistentvolumeclaim, persistentvolume, storageclass, csi_volume_handle,
         persistentvolume_labels, persistentvolumeclaim_labels, max(persistentvolumeclaim_capacity_bytes) AS capacity,
         sum(persistentvolumeclaim_capacity_byte_seconds) AS capacity_seconds,
         sum(volume_request_storage_byte_seconds) AS request_seconds,
         sum(persistentvolumeclaim_usage_byte_seconds) AS usage_seconds
  FROM {storage} GROUP BY ALL
),
mounts AS MATERIALIZED (
  SELECT interval_start::DATE AS day, namespace, pod, node, max(resource_id) AS resource_id
  FROM {usage_pods} p
  WHERE EXISTS (FROM claims c WHERE c.namespace = p.namespace AND c.pod = p.pod AND c.day = p.interval_start::DATE)
  GROUP BY ALL
),
node_counts AS (
  SELECT day, persistentvolume, count(DISTINCT m.node) AS nodes
  FROM claims JOIN mounts m USING (day, namespace, pod) WHERE persistentvolumeclaim IS NOT NULL GROUP BY ALL
),
volume_texts AS (
  SELECT persistentvolume_labels, {parse}
  FROM (SELECT DISTINCT persistentvolume_labels, '|' || persistentvolume_labels AS text FROM claims)
),
claim_texts AS (
  SELECT persistentvolumeclaim_labels, {parse}
  FROM (SELECT DISTINCT persistentvolumeclaim_labels, '|' || persistentvolumeclaim_labels AS text FROM claims)
),
volumes AS (
  SELECT day, namespace, node, resource_id, persistentvolumeclaim, persistentvolume, storageclass, csi_volume_handle, labels,
         max(capacity) AS capacity, sum(capacity_seconds) AS capacity_seconds, sum(request_seconds) AS request_seconds,
         sum(usage_seconds) AS usage_seconds, max(nodes) AS nodes
  FROM (
    SELECT c.*, m.node, m.resource_id, greatest(1, coalesce(k.nodes, 1)) AS nodes, {json(w, v, s, n)} AS labels
    FROM claims c
    LEFT JOIN mounts m ON m.day = c.day AND m.namespace = c.namespace AND m.pod = c.pod AND c.persistentvolumeclaim IS NOT NULL
    LEFT JOIN node_counts k ON k.day = c.day AND k.persistentvolume = c.persistentvolume
    LEFT JOIN volume_texts v ON v.persistentvolume_labels IS NOT DISTINCT FROM c.persistentvolume_labels
    LEFT JOIN claim_texts w ON w.persistentvolumeclaim_labels IS NOT DISTINCT FROM c.persistentvolumeclaim_labels
    LEFT JOIN namespace_base s ON s.day = c.day AND s.namespace = c.namespace
    LEFT JOIN node_base n ON n.day = c.day AND n.node = m.node)
  GROUP BY day, namespace, node, resource_id, persistentvolumeclaim, persistentvolume, storageclass, csi_volume_handle, labels
),
-- ----------------------------------------------------------------
  UNION ALL
  SELECT 'Storage', day, namespace, node, resource_id, persistentvolumeclaim, persistentvolume, storageclass, NULL, labels,
         labels, '{"cpu": 0.000000000, "memory": 0.000000000, "storage": 0.000000000}', NULL, NULL, NULL, NULL, NULL, NULL,
         NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, capacity / 1073741824,
         capacity_seconds / (86400.0 * extract(day FROM last_day(day))) / 1073741824,
         request_seconds / (86400.0 * extract(day FROM last_day(day))) / 1073741824 / nodes,
         usage_seconds / (86400.0 * extract(day FROM last_day(day))) / 1073741824 / nodes
  FROM volumes
