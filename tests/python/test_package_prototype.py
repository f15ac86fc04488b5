"""costream.prototype: the calls of the Python prototype."""
import json
import subprocess
import sys

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import reports

import costream
import support
from costream import prototype


def config_of(reference, **more):
    year, month = (reference.get("month") or "2025-11").split("-")
    return {"ocp": {"provider_uuid": reference["source_uuid"], "cluster_id": reference.get("cluster_id"),
                    "cluster_alias": reference.get("cluster_alias"), "report_period_id": reference.get("report_period_id"),
                    "year": year, "month": month, "start_date": reference.get("start_date"),
                    "end_date": reference.get("end_date")}, **more}


def categories(reference):
    rows = reference.get("cost_categories") or []
    return pd.DataFrame(rows, columns=["namespace", "cost_category_id"]) if rows else None


def frames(folder):
    """Pods, node labels and namespace labels of a golden folder; storage."""
    tables = {name: table.to_pandas() for name, table in reports.arrow_tables(folder / "csv").items()}
    return tables["pod_usage"], tables.get("node_labels"), tables.get("namespace_labels"), tables.get("storage_usage")


def aggregators(reference):
    arguments = config_of(reference), reference["enabled_tag_keys"]
    return prototype.PodAggregator(*arguments), prototype.StorageAggregator(*arguments), prototype.UnallocatedAggregator(*arguments)


def test_golden_scenarios(scenario, tmp_path):
    """Pod rows, Storage rows and Unallocated rows together are those that are expected."""
    name, folder, reference = scenario
    pods, nodes, namespaces, storage = frames(folder)
    of_pods, of_storage, of_nodes = aggregators(reference)
    capacity, _ = prototype.calculate_node_capacity(pods)
    roles = pd.DataFrame(reference.get("node_roles") or [], columns=["node", "resource_id", "node_role"])
    parts = [of_pods.aggregate(pods, capacity, nodes, namespaces, categories(reference)),
             of_nodes.aggregate(pods, roles if len(roles) else None, categories(reference))]
    if storage is not None:
        parts.append(of_storage.aggregate(storage, pods, nodes, namespaces, categories(reference)))
    for part in parts:
        assert list(part.columns) == prototype.OUTPUT_COLUMNS
    schema = costream.aggregate(pods.head(1), source="x", month="2025-11").schema
    table = pa.concat_tables(pa.table({field.name: pa.array(part[field.name], from_pandas=True).cast(field.type)
                                       if not pa.types.is_date(field.type) else
                                       pa.array(part[field.name].dt.date, field.type) for field in schema}) for part in parts)
    pq.write_table(table, tmp_path / "out.parquet")
    support.compare_golden(folder.parent, name, tmp_path / "out.parquet")


@pytest.mark.parametrize("rows", [1, 777, 10**9])
def test_streaming_gives_the_identical_frame(golden, rows):
    folder = golden / "mixed_202502"
    reference = json.loads((folder / "reference.json").read_text(encoding="utf-8"))
    pods, nodes, namespaces, storage = frames(folder)
    rows = max(rows, len(pods) // 300)
    def split(frame):
        return (frame.iloc[at:at + rows] for at in range(0, len(frame), rows))
    of_pods, of_storage, of_nodes = aggregators(reference)
    capacity, clusters = prototype.calculate_node_capacity(pods)
    streamed, streamed_clusters = prototype.calculate_node_capacity(split(pods))
    pd.testing.assert_frame_equal(capacity, streamed)
    pd.testing.assert_frame_equal(clusters, streamed_clusters)
    pd.testing.assert_frame_equal(of_pods.aggregate(pods, capacity, nodes, namespaces),
                                  of_pods.aggregate_streaming(split(pods), capacity, nodes, namespaces))
    pd.testing.assert_frame_equal(of_storage.aggregate(storage, pods, nodes, namespaces),
                                  of_storage.aggregate_streaming(split(storage), split(pods), nodes, namespaces))
    pd.testing.assert_frame_equal(of_nodes.aggregate(pods), of_nodes.aggregate_streaming(split(pods)))


def test_capacity_is_that_of_the_engine(golden):
    folder = golden / "mixed_202502"
    reference = json.loads((folder / "reference.json").read_text(encoding="utf-8"))
    pods, nodes, namespaces, _ = frames(folder)
    capacity, clusters = prototype.calculate_node_capacity(pods)
    assert list(capacity.columns) == ["usage_start", "node", "node_capacity_cpu_core_seconds",
                                      "node_capacity_memory_byte_seconds", "node_capacity_cpu_core_hours",
                                      "node_capacity_memory_gigabyte_hours", "cluster_capacity_cpu_core_hours",
                                      "cluster_capacity_memory_gigabyte_hours"]
    assert list(clusters.columns) == ["usage_start", "cluster_capacity_cpu_core_hours", "cluster_capacity_memory_gigabyte_hours"]
    mine = prototype.PodAggregator(config_of(reference), reference["enabled_tag_keys"]).aggregate(pods, capacity)
    own = costream.aggregate(pods, reference=reference, rows=["pod"]).to_pandas()
    for column in [c for c in own.columns if "capacity" in c and not c.startswith("persistent")]:
        pd.testing.assert_series_equal(mine.groupby(["usage_start", "node"])[column].max().reset_index(drop=True),
                                       own.groupby(["usage_start", "node"])[column].max().reset_index(drop=True), rtol=1e-9)


def test_a_node_without_capacity_has_none(golden):
    folder = golden / "mixed_202502"
    reference = json.loads((folder / "reference.json").read_text(encoding="utf-8"))
    pods, *_ = frames(folder)
    capacity, _ = prototype.calculate_node_capacity(pods)
    gone = capacity["node"].dropna().iloc[-1]
    rows = aggregators(reference)[0].aggregate(pods, capacity[capacity["node"] != gone])
    of_node = rows[rows["node"] == gone]
    assert len(of_node) and (of_node["node_capacity_cpu_core_hours"] == 0).all()
    assert (of_node["cluster_capacity_cpu_core_hours"] > 0).all()


def test_the_month_may_follow_from_the_rows(golden):
    folder = golden / "mixed_202502"
    pods, *_ = frames(folder)
    capacity, _ = prototype.calculate_node_capacity(pods)
    rows = prototype.PodAggregator({"ocp": {"provider_uuid": support.SOURCE}}, []).aggregate(pods, capacity)
    assert rows["month"].unique().tolist() == ["02"] and rows["source"].unique().tolist() == [support.SOURCE]
    assert set(rows["pod_labels"]) <= {"{}", '{"vm_kubevirt_io_name":"vm-front"}'} and rows["cluster_id"].isna().all()


def test_an_iterator_is_consumed_one_by_one(golden):
    pods, *_ = frames(golden / "mixed_202502")
    capacity, _ = prototype.calculate_node_capacity(pods)
    taken = []
    def chunks():
        for at in range(0, len(pods), 100):
            taken.append(at)
            if at == 500:
                raise RuntimeError("no more")
            yield pods.iloc[at:at + 100]
    with pytest.raises(RuntimeError, match="no more"):
        prototype.PodAggregator({"ocp": {"provider_uuid": "s", "year": 2025, "month": 2}}, []).aggregate_streaming(chunks(), capacity)
    assert taken == [0, 100, 200, 300, 400, 500]


@pytest.fixture
def tree(month):
    """The config of a generated month on disk."""
    reference = json.loads((month / "reference.json").read_text(encoding="utf-8"))
    table = f"{month}/data/*/OCP/source={{provider_uuid}}/year={{year}}/month={{month}}/*/openshift_"
    config = config_of({**reference, "month": "2025-11"})
    config["ocp"].update(parquet_path_pod=table + "pod_usage_line_items_daily", parquet_path_pod_hourly=table + "pod_usage_line_items",
                         parquet_path_storage=table + "storage_usage_line_items_daily",
                         parquet_path_node_labels=table + "node_labels_line_items",
                         parquet_path_namespace_labels=table + "namespace_labels_line_items")
    return config, reference


def test_what_the_prototype_did_end_to_end(tree, month):
    """Reader, capacity, aggregation: the rows of the command over the same tables."""
    config, reference = tree
    reader = prototype.ParquetReader(config)
    assert reader.test_connectivity()
    of = reference["source_uuid"], "2025", "11"
    hourly = reader.read_pod_usage_line_items(*of, daily=False, streaming=True, chunk_size=5000)
    capacity, _ = prototype.calculate_node_capacity(hourly)
    chunks = reader.read_pod_usage_line_items(*of, streaming=True)
    assert not isinstance(chunks, pd.DataFrame)
    rows = prototype.PodAggregator(config, reference["enabled_tag_keys"]).aggregate_streaming(
        chunks, capacity, reader.read_node_labels_line_items(*of), reader.read_namespace_labels_line_items(*of))
    own = costream.run(month, reference=reference, rows=["pod"]).to_pandas()
    keys = ["usage_start", "namespace", "node", "pod_labels"]
    own["usage_start"] = pd.to_datetime(own["usage_start"]).astype(rows["usage_start"].dtype)
    assert rows[keys].equals(own[keys])
    for column in support.OUT_MEASURES:
        pd.testing.assert_series_equal(rows[column].astype(float), own[column], rtol=1e-9)
    whole = reader.read_pod_usage_line_items(*of)
    assert set(whole.columns) <= set(reader.get_optimal_columns_pod_usage())
    assert len(reader.read_storage_usage_line_items(*of)) > 0


def test_a_table_that_is_not_there(tree, tmp_path):
    config, reference = tree
    config["ocp"]["parquet_path_pod"] = f"{tmp_path}/none/*"
    config["ocp"]["parquet_path_node_labels"] = f"{tmp_path}/none/*"
    reader = prototype.ParquetReader(config)
    with pytest.raises(costream.InputError, match="no Parquet file"):
        reader.read_pod_usage_line_items("u", 2025, 11)
    assert list(reader.read_node_labels_line_items("u", 2025, 11).columns) == ["interval_start", "node", "node_labels"]
    with pytest.raises(costream.ConfigError, match="parquet_path_storage"):
        prototype.ParquetReader({"ocp": {}}).read_storage_usage_line_items("u", 2025, 11)


def test_main(tree, tmp_path):
    config, reference = tree
    path = tmp_path / "config.yaml"
    path.write_text(json.dumps(config), encoding="utf-8")  # JSON is YAML

    def main(*more):
        return subprocess.run([sys.executable, "-m", "costream.prototype", "--config", path, *more], capture_output=True,
                              text=True, timeout=120)

    done = main("--to", tmp_path / "out.parquet")
    assert done.returncode == 0, done.stderr
    assert "pod" in done.stdout and pq.read_metadata(tmp_path / "out.parquet").num_rows > 0
    config["ocp"]["parquet_path_pod"] = config["ocp"]["parquet_path_pod_hourly"] = f"{tmp_path}/none/*/openshift_pod_usage_line_items"
    path.write_text(json.dumps({**config, "ocp": {**config["ocp"], "month": "13"}}), encoding="utf-8")
    done = main("--to", tmp_path / "out.parquet")
    assert done.returncode == 1 and "error:" in done.stderr
