-- The whole summary as one statement. Names in braces are filled in by duckdb_sql.py; {values.x} stands for one column a
-- label key. Labels are parsed once per distinct text, after the rows have been grouped by that text. Left out, in DuckDB's
-- favour: exact sums, escapes in labels, keys that occur twice, the order of rows.
COPY (
WITH
{csv_ctes}
node_base AS MATERIALIZED (
  SELECT day, node, {parse} FROM (
    SELECT interval_start::DATE AS day, node, '|' || arg_max(node_labels, interval_start) AS text
    FROM {node_labels} GROUP BY ALL)
),
namespace_base AS MATERIALIZED (
  SELECT day, namespace, {parse} FROM (
    SELECT interval_start::DATE AS day, namespace, '|' || arg_max(namespace_labels, interval_start) AS text
    FROM {namespace_labels} GROUP BY ALL)
),
capacity AS MATERIALIZED (
  SELECT day, node, sum(core_seconds) / 3600 AS cores, sum(byte_seconds) / 3600 / 1073741824 AS gib FROM (
    SELECT interval_start::DATE AS day, interval_start, node, max(node_capacity_cpu_core_seconds) AS core_seconds,
           max(node_capacity_memory_byte_seconds) AS byte_seconds
    FROM {hourly_pods} GROUP BY ALL)
  GROUP BY ALL
),
cluster AS (SELECT day, sum(cores) AS cores, sum(gib) AS gib FROM capacity GROUP BY ALL),
texts AS MATERIALIZED (
  SELECT interval_start::DATE AS day, namespace, node, pod_labels, max(resource_id) AS resource_id,
         sum(pod_usage_cpu_core_seconds) AS cpu_usage, sum(pod_request_cpu_core_seconds) AS cpu_request,
         sum({effective_cpu}) AS cpu_effective, sum(pod_limit_cpu_core_seconds) AS cpu_limit,
         sum(pod_usage_memory_byte_seconds) AS memory_usage, sum(pod_request_memory_byte_seconds) AS memory_request,
         sum({effective_memory}) AS memory_effective, sum(pod_limit_memory_byte_seconds) AS memory_limit,
         max(node_capacity_cpu_cores) AS node_cores, max(node_capacity_memory_bytes) AS node_bytes
  FROM {usage_pods} WHERE node <> '' GROUP BY ALL
),
parsed AS MATERIALIZED (
  SELECT pod_labels, {parse} FROM (SELECT DISTINCT pod_labels, '|' || pod_labels AS text FROM texts)
),
pods AS MATERIALIZED (
  SELECT day, namespace, node, labels, max(resource_id) AS resource_id,
         sum(cpu_usage) / 3600 AS cpu_usage, sum(cpu_request) / 3600 AS cpu_request,
         sum(cpu_effective) / 3600 AS cpu_effective, sum(cpu_limit) / 3600 AS cpu_limit,
         sum(memory_usage) / 3600 / 1073741824 AS memory_usage, sum(memory_request) / 3600 / 1073741824 AS memory_request,
         sum(memory_effective) / 3600 / 1073741824 AS memory_effective,
         sum(memory_limit) / 3600 / 1073741824 AS memory_limit,
         max(node_cores) AS node_cores, max(node_bytes) / 1073741824 AS node_gib
  FROM (
    SELECT t.* EXCLUDE (pod_labels), {json(p, s, n)} AS labels
    FROM texts t JOIN parsed p ON t.pod_labels IS NOT DISTINCT FROM p.pod_labels
    LEFT JOIN namespace_base s ON s.day = t.day AND s.namespace = t.namespace
    LEFT JOIN node_base n ON n.day = t.day AND n.node = t.node)
  GROUP BY day, namespace, node, labels
),
unallocated AS (
  SELECT p.day, p.node, max(p.resource_id) AS resource_id, max(r.node_role) AS role, max(node_cores) AS node_cores,
         max(node_gib) AS node_gib, sum(cpu_usage) AS cpu_usage, sum(cpu_request) AS cpu_request,
         sum(cpu_effective) AS cpu_effective, sum(memory_usage) AS memory_usage, sum(memory_request) AS memory_request,
         sum(memory_effective) AS memory_effective
  FROM (
    SELECT day, node, resource_id, max(node_cores) AS node_cores, max(node_gib) AS node_gib, sum(cpu_usage) AS cpu_usage,
           sum(cpu_request) AS cpu_request, sum(cpu_effective) AS cpu_effective, sum(memory_usage) AS memory_usage,
           sum(memory_request) AS memory_request, sum(memory_effective) AS memory_effective
    FROM pods
    WHERE namespace NOT IN ('Platform unallocated', 'Worker unallocated', 'Network unattributed', 'Storage unattributed')
    GROUP BY ALL) p
  LEFT JOIN roles r ON r.node = p.node AND r.resource_id = p.resource_id
  GROUP BY ALL
),
{storage_ctes}
summary AS (
  SELECT 'Pod' AS data_source, day, namespace, node, resource_id, NULL AS persistentvolumeclaim, NULL AS persistentvolume,
         NULL AS storageclass, labels AS pod_labels, NULL AS volume_labels, labels AS all_labels,
         '{"cpu": 0.000000000, "memory": 0.000000000, "storage": 0.000000000}' AS cost,
         cpu_usage, cpu_request, cpu_effective, cpu_limit, memory_usage, memory_request, memory_effective, memory_limit,
         node_cores, coalesce(c.cores, 0) AS node_core_hours, node_gib, coalesce(c.gib, 0) AS node_gib_hours,
         a.cores AS cluster_core_hours, a.gib AS cluster_gib_hours,
         NULL::DOUBLE AS claim_gib, NULL::DOUBLE AS claim_months, NULL::DOUBLE AS request_months, NULL::DOUBLE AS usage_months
  FROM pods LEFT JOIN capacity c USING (day, node) LEFT JOIN cluster a USING (day)
  UNION ALL
  SELECT 'Pod', day, CASE WHEN role IN ('master', 'infra') THEN 'Platform unallocated'
                          WHEN role = 'worker' THEN 'Worker unallocated' END,
         node, resource_id, NULL, NULL, NULL, NULL, NULL, '{}', NULL,
         coalesce(c.cores, 0) - cpu_usage, coalesce(c.cores, 0) - cpu_request, coalesce(c.cores, 0) - cpu_effective, NULL,
         coalesce(c.gib, 0) - memory_usage, coalesce(c.gib, 0) - memory_request, coalesce(c.gib, 0) - memory_effective, NULL,
         node_cores, coalesce(c.cores, 0), node_gib, coalesce(c.gib, 0), a.cores, a.gib, NULL, NULL, NULL, NULL
  FROM unallocated LEFT JOIN capacity c USING (day, node) LEFT JOIN cluster a USING (day)
  {storage_rows}
),
categories AS (
  SELECT namespace, max(cost_category_id) AS cost_category_id
  FROM (SELECT DISTINCT namespace FROM pods {storage_namespaces}
        UNION VALUES ('Platform unallocated'), ('Worker unallocated')), patterns
  WHERE namespace LIKE pattern ESCAPE '\' GROUP BY ALL
)
SELECT uuid() AS uuid, data_source, day AS usage_start, day AS usage_end, namespace, node, resource_id,
       persistentvolumeclaim, persistentvolume, storageclass, pod_labels, volume_labels, all_labels, cost_category_id,
       cost AS infrastructure_usage_cost, {report_period_id}::BIGINT AS report_period_id, {cluster_id} AS cluster_id,
       {cluster_alias} AS cluster_alias, {source_uuid} AS source_uuid,
       cpu_usage AS pod_usage_cpu_core_hours, cpu_request AS pod_request_cpu_core_hours,
       cpu_effective AS pod_effective_usage_cpu_core_hours, cpu_limit AS pod_limit_cpu_core_hours,
       memory_usage AS pod_usage_memory_gigabyte_hours, memory_request AS pod_request_memory_gigabyte_hours,
       memory_effective AS pod_effective_usage_memory_gigabyte_hours, memory_limit AS pod_limit_memory_gigabyte_hours,
       node_cores AS node_capacity_cpu_cores, node_core_hours AS node_capacity_cpu_core_hours,
       node_gib AS node_capacity_memory_gigabytes, node_gib_hours AS node_capacity_memory_gigabyte_hours,
       cluster_core_hours AS cluster_capacity_cpu_core_hours, cluster_gib_hours AS cluster_capacity_memory_gigabyte_hours,
       claim_gib AS persistentvolumeclaim_capacity_gigabyte, claim_months AS persistentvolumeclaim_capacity_gigabyte_months,
       request_months AS volume_request_storage_gigabyte_months, usage_months AS persistentvolumeclaim_usage_gigabyte_months
FROM summary LEFT JOIN categories USING (namespace)
) TO {target} (FORMAT parquet)
