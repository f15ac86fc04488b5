-- The platform's way, first half: tables, COPY, indexes. Labels come as JSON already.
CREATE UNLOGGED TABLE hourly_pods (interval_start timestamp, node text, node_capacity_cpu_core_seconds float8,
  node_capacity_memory_byte_seconds float8);
CREATE UNLOGGED TABLE usage_pods (day date, namespace text, node text, pod text, resource_id text, pod_labels jsonb,
  pod_usage_cpu_core_seconds float8, pod_request_cpu_core_seconds float8, pod_effective_usage_cpu_core_seconds float8,
  pod_limit_cpu_core_seconds float8, pod_usage_memory_byte_seconds float8, pod_request_memory_byte_seconds float8,
  pod_effective_usage_memory_byte_seconds float8, pod_limit_memory_byte_seconds float8, node_capacity_cpu_cores float8,
  node_capacity_memory_bytes float8);
CREATE UNLOGGED TABLE storage (day date, namespace text, pod text, persistentvolumeclaim text, persistentvolume text,
  storageclass text, csi_volume_handle text, persistentvolume_labels jsonb, persistentvolumeclaim_labels jsonb,
  persistentvolumeclaim_capacity_bytes float8, persistentvolumeclaim_capacity_byte_seconds float8,
  volume_request_storage_byte_seconds float8, persistentvolumeclaim_usage_byte_seconds float8);
CREATE UNLOGGED TABLE node_labels (interval_start timestamp, node text, node_labels jsonb);
CREATE UNLOGGED TABLE namespace_labels (interval_start timestamp, namespace text, namespace_labels jsonb);
CREATE TABLE roles (node text, resource_id text, node_role text);
CREATE TABLE patterns (pattern text, cost_category_id int);
CREATE TABLE enabled (key text PRIMARY KEY);
CREATE UNLOGGED TABLE summary (uuid uuid, data_source text, usage_start date, usage_end date, namespace text, node text,
  resource_id text, persistentvolumeclaim text, persistentvolume text, storageclass text, pod_labels jsonb, volume_labels jsonb,
  all_labels jsonb, cost_category_id bigint, infrastructure_usage_cost jsonb, report_period_id bigint, cluster_id text,
  cluster_alias text, source_uuid text,
  pod_usage_cpu_core_hours numeric(33,15), pod_request_cpu_core_hours numeric(33,15),
  pod_effective_usage_cpu_core_hours numeric(33,15), pod_limit_cpu_core_hours numeric(33,15),
  pod_usage_memory_gigabyte_hours numeric(33,15), pod_request_memory_gigabyte_hours numeric(33,15),
  pod_effective_usage_memory_gigabyte_hours numeric(33,15), pod_limit_memory_gigabyte_hours numeric(33,15),
  node_capacity_cpu_cores numeric(33,15), node_capacity_cpu_core_hours numeric(33,15),
  node_capacity_memory_gigabytes numeric(33,15), node_capacity_memory_gigabyte_hours numeric(33,15),
  cluster_capacity_cpu_core_hours numeric(33,15), cluster_capacity_memory_gigabyte_hours numeric(33,15),
  persistentvolumeclaim_capacity_gigabyte numeric(33,15), persistentvolumeclaim_capacity_gigabyte_months numeric(33,15),
  volume_request_storage_gigabyte_months numeric(33,15), persistentvolumeclaim_usage_gigabyte_months numeric(33,15));
\copy hourly_pods FROM 'hourly_pods.csv' CSV
\copy usage_pods FROM 'usage_pods.csv' CSV
\copy storage FROM 'storage.csv' CSV
\copy node_labels FROM 'node_labels.csv' CSV
\copy namespace_labels FROM 'namespace_labels.csv' CSV
\copy roles FROM 'roles.csv' CSV
\copy patterns FROM 'patterns.csv' CSV
\copy enabled FROM 'enabled.csv' CSV
CREATE INDEX ON hourly_pods (interval_start, node);
CREATE INDEX ON usage_pods (day, namespace, pod);
CREATE INDEX ON usage_pods (day, node);
CREATE INDEX ON storage (day, namespace, pod);
ANALYZE;
