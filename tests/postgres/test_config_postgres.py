"""The prototype's config file, unchanged, drives a run from S3 to PostgreSQL."""
import json
import re

import support

# Every key of the prototype.
PROTOTYPE = """
organization:
  org_id: ${ORG_ID:-1234567}
  name: Example
s3:
  endpoint: ${S3_ENDPOINT}
  access_key: ${S3_ACCESS_KEY}
  secret_key: ${S3_SECRET_KEY}
  bucket: ${S3_BUCKET:-cost-management}
  use_ssl: "no"
  verify_ssl: ${S3_VERIFY_SSL:-true}
  region: us-east-1
postgresql:
  host: ${POSTGRES_HOST:-localhost}
  port: ${POSTGRES_PORT:-5432}
  database: ${POSTGRES_DB:-koku}
  user: ${POSTGRES_USER:-koku}
  password: ${POSTGRES_PASSWORD}
  schema: ${POSTGRES_SCHEMA:-org1234567}
ocp:
  provider_uuid: ${OCP_PROVIDER_UUID}
  cluster_id: ${OCP_CLUSTER_ID:-}
  cluster_alias: ${OCP_CLUSTER_ALIAS:-}
  report_period_id: 7
  year: ${POC_YEAR:-2025}
  month: ${POC_MONTH:-11}
  start_date: ${OCP_START_DATE:-}
  end_date: ${OCP_END_DATE:-}
  parquet_path_pod: data/${ORG_ID:-1234567}/OCP/source={provider_uuid}/year={year}/month={month}/*/openshift_pod_usage_line_items_daily
  parquet_path_pod_hourly: data/${ORG_ID:-1234567}/OCP/source={provider_uuid}/year={year}/month={month}/*/openshift_pod_usage_line_items
  parquet_path_storage: data/${ORG_ID:-1234567}/OCP/source={provider_uuid}/year={year}/month={month}/*/openshift_storage_usage_line_items_daily
  parquet_path_node_labels: data/${ORG_ID:-1234567}/OCP/source={provider_uuid}/year={year}/month={month}/*/openshift_node_labels_line_items
  parquet_path_namespace_labels: data/${ORG_ID:-1234567}/OCP/source={provider_uuid}/year={year}/month={month}/*/openshift_namespace_labels_line_items
performance:
  chunk_size: ${CHUNK_SIZE:-50000}
  use_streaming: ${USE_STREAMING:-true}
  streaming_threshold_rows: 50000
  use_categorical: true
  column_filtering: true
  max_workers: 4
  parallel_readers: 2
  parallel_chunks: true
  db_batch_size: 1000
  gc_after_aggregation: true
  delete_intermediate_dfs: true
  cache_enabled_tags: true
  use_arrow_compute: true
  use_bulk_copy: true
logging:
  level: ${LOG_LEVEL:-INFO}
  format: console
  show_sql: false
validation:
  enabled: false
  tolerance: 0.0001
  sample_size: 100
  trino: {host: trino, port: 8080, password: trino-pw}
features:
  pod_aggregation: true
  storage_aggregation: "yes"
  unallocated_capacity: true
  cost_category: true
aws:
  enabled: false
  markup: {percent: 0}
cost:
  markup: 0
"""


def test_the_prototypes_file_runs_from_s3_to_postgresql(golden, command, s3, schema, monkeypatch, tmp_path):
    name = "ocp_report_1"
    reference = json.loads((golden / name / "reference.json").read_text())
    reports = support.read_reports(golden / name / "csv")
    month = min(r["interval_start"] for r in reports["pod"])
    source = reference.get("source_uuid", support.SOURCE)
    s3.upload(support.write_tree(tmp_path / "tree", reports, source=source), s3.bucket)
    host, port = re.search(r"@([\d.]+):(\d+)", schema.uri).groups()
    for variable, value in {
            "S3_BUCKET": s3.bucket, "POSTGRES_HOST": host, "POSTGRES_PORT": port, "POSTGRES_DB": "costream",
            "POSTGRES_USER": "costream", "POSTGRES_PASSWORD": "Pg-Pa55w0rd", "POSTGRES_SCHEMA": schema.name,
            "OCP_PROVIDER_UUID": source, "POC_YEAR": f"{month.year}", "POC_MONTH": f"{month.month:02}"}.items():
        monkeypatch.setenv(variable, value)
    schema.init()
    path = tmp_path / "config.yaml"
    path.write_text(PROTOTYPE)
    done = support.costream("run", "--config", path)
    text = done.stdout.decode() + done.err
    for key in ("performance.db_batch_size", "performance.gc_after_aggregation", "logging.show_sql", "aws.markup.percent",
                "cost.markup", "validation.trino.host", "organization.name"):
        assert f"{key} has no effect" in text
    by_config = schema.snapshot()
    assert by_config
    schema.sql("DELETE FROM {t}")
    schema.run(f"s3://{s3.bucket}/data", "--source", source, "--month", f"{month:%Y-%m}", "--report-period-id", 7)
    assert schema.snapshot() == by_config
    support.costream("config", "show", "--config", path)  # which looks for secrets in what it shows
