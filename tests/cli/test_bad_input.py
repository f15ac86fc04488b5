"""Bad input: the error names file, row group or line, and column; the exit code is right; the target is unchanged."""
import os

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import support
from cli.test_output import NAMED, POD, VOLUME, rows

BEFORE = b"what stood here before\n"


@pytest.fixture
def refused(command, tmp_path):
    """Runs over `inputs` towards a target that exists; checks exit code, stderr, and that nothing was touched."""
    def check(*args, code, says, named=True):
        folder = tmp_path / "target"
        folder.mkdir(exist_ok=True)
        for name in ("out.csv", "out.parquet"):
            (folder / name).write_bytes(BEFORE)
            done = support.costream("run", *args, *(NAMED if named else []), "--to", folder / name, code=code)
            for text in says:
                assert str(text) in done.err, f"{text!r} is not in: {done.err}"
            assert done.stdout == b""
            assert (folder / name).read_bytes() == BEFORE, "the target changed"
        assert sorted(p.name for p in folder.iterdir()) == ["out.csv", "out.parquet"], "something was left behind"
    return check


@pytest.fixture
def tree(tmp_path):
    return support.write_tree(tmp_path / "tree", {"pod": rows(POD), "storage": rows(VOLUME)}, daily=None)


def file_of(tree, report, day="02"):
    return next(tree.rglob(f"day={day}/{support.TABLES[report]}/*.parquet"))


def rewrite(path, change, **options):
    pq.write_table(change(pq.ParquetFile(path).read()), path, **options)


def test_not_a_parquet_file(refused, tree):
    path = file_of(tree, "pod")
    path.write_bytes(b"this is no Parquet file, whatever its name says\n" * 9)
    refused(tree, code=3, says=[path])


@pytest.mark.parametrize("part", [0.0, 0.3, 0.7, 0.99])
def test_truncated_parquet_file(refused, tree, part):
    path = file_of(tree, "pod")
    data = path.read_bytes()
    path.write_bytes(data[:int(len(data) * part)])
    refused(tree, code=3, says=[path])


def test_parquet_file_with_a_damaged_page(refused, tree):
    path = file_of(tree, "pod")
    data = bytearray(path.read_bytes())
    data[4:200] = b"\xff" * 196
    path.write_bytes(data)
    refused(tree, code=3, says=[path])


def test_page_that_does_not_match_its_checksum(refused, tmp_path):
    tree = support.write_tree(tmp_path / "tree", {"pod": rows(POD, namespace=["payments"])}, daily=None,
                              compression="none", write_page_checksum=True, write_statistics=False)
    path = file_of(tree, "pod")
    data = path.read_bytes()
    assert data.count(b"payments") == 1
    path.write_bytes(data.replace(b"payments", b"paymentz"))
    refused(tree, code=3, says=[path])


def test_truncated_gzip_csv(refused, tmp_path):
    import gzip
    folder = support.write_csvs(tmp_path / "in", {"pod": rows(POD, pod=[str(i) for i in range(500)])})
    plain = folder / "pod_usage.csv"
    packed = gzip.compress(plain.read_bytes())
    plain.unlink()
    (folder / "pod_usage.csv.gz").write_bytes(packed[:len(packed) // 2])
    refused(folder, code=3, says=[folder / "pod_usage.csv.gz"])


def test_empty_gzip_csv(refused, tmp_path):
    folder = support.write_csvs(tmp_path / "in", {"storage": rows(VOLUME)})
    (folder / "pod_usage.csv.gz").touch()
    refused(folder, code=3, says=[folder / "pod_usage.csv.gz"])


@pytest.mark.parametrize("column,values", [
    ("pod_usage_cpu_core_seconds", pa.array([True])), ("pod_usage_cpu_core_seconds", pa.array([[1.0]])),
    ("namespace", pa.array([3.5])), ("interval_start", pa.array([True])), ("pod_labels", pa.array([1]))],
    ids=["measure_bool", "measure_list", "text_double", "time_bool", "labels_int"])
def test_wrong_type_in_a_needed_column(refused, tree, column, values):
    path = file_of(tree, "pod")
    rewrite(path, lambda t: t.set_column(t.column_names.index(column), column, values))
    refused(tree, code=3, says=[path, column])


@pytest.mark.parametrize("values", [
    pa.array([3600], pa.duration("s")), pa.ExtensionArray.from_storage(pa.bool8(), pa.array([1], pa.int8()))],
    ids=["duration", "bool8"])
def test_type_that_only_the_arrow_schema_of_the_file_tells(refused, tree, values):
    path = file_of(tree, "pod")
    column = "pod_usage_cpu_core_seconds"
    rewrite(path, lambda t: t.set_column(t.column_names.index(column), column, values))
    refused(tree, code=3, says=[path, column, str(values.type).split("<")[0]])


def test_text_that_is_no_number_in_a_parquet_measure(refused, tree):
    path = file_of(tree, "pod")
    column = "pod_usage_memory_byte_seconds"
    rewrite(path, lambda t: pa.concat_tables([t, t]).set_column(
        t.column_names.index(column), column, pa.array(["1.5", "12abc"])), row_group_size=1)
    refused(tree, code=3, says=[path, column, "12abc", "row group 1"])


def test_text_that_is_no_time_in_a_parquet_file(refused, tree):
    path = file_of(tree, "pod")
    rewrite(path, lambda t: t.set_column(0, "interval_start", pa.array(["yesterday"])))
    refused(tree, code=3, says=[path, "interval_start", "yesterday"])


@pytest.mark.parametrize("report,column", [
    ("pod", "interval_start"), ("pod", "namespace"), ("pod", "node"), ("pod", "pod"),
    ("pod", "pod_request_cpu_core_seconds"), ("pod", "pod_usage_memory_byte_seconds"), ("storage", "pod"),
    ("storage", "persistentvolumeclaim_usage_byte_seconds"), ("storage", "volume_request_storage_byte_seconds")])
def test_missing_required_column(refused, tree, tmp_path, report, column):
    path = file_of(tree, report)
    rewrite(path, lambda t: t.drop_columns([column]))
    refused(tree, code=3, says=[path, column])
    lacking = [{k: v for k, v in r.items() if k != column} for r in rows(POD if report == "pod" else VOLUME)]
    folder = support.write_csvs(tmp_path / "in", {report: lacking})
    refused(folder, code=3, says=[folder / f"{support.FILES[report]}.csv", column])


@pytest.mark.parametrize("cell", ["12abc", "1,5", "--1", "0x10", "1e", " "])
def test_csv_cell_that_is_no_number(refused, tmp_path, cell):
    data = rows(POD, pod=["p1", "p2"])
    data[2]["pod_usage_memory_byte_seconds"] = cell
    folder = support.write_csvs(tmp_path / "in", {"pod": data})
    refused(folder, code=3, says=[folder / "pod_usage.csv", "pod_usage_memory_byte_seconds", "line 4"])


def test_line_numbers_count_line_breaks_in_quoted_cells(refused, tmp_path):
    data = rows(POD, pod=["p\n\n1", "p2"])
    data[2]["pod_usage_cpu_core_seconds"] = "nope"
    folder = support.write_csvs(tmp_path / "in", {"pod": data})
    refused(folder, code=3, says=[folder / "pod_usage.csv", "pod_usage_cpu_core_seconds", "line 8"])


@pytest.mark.parametrize("cell", ["", "yesterday", "2025-13-01 00:00:00 +0000 UTC", "2025-11-31 00:00:00 +0000 UTC",
                                  "2025-11-01 00:00:00 +9900", "2025-11-01 00:00:00 +00:99"])
def test_csv_cell_that_is_no_time(refused, tmp_path, cell):
    folder = tmp_path / "in"
    text = support.write_csvs(folder, {"pod": rows(POD)}) / "pod_usage.csv"
    text.write_text(text.read_text().replace("2025-11-01 00:00:00 +0000 UTC", cell))
    refused(folder, code=3, says=[text, "interval_start", "line 3"])


def test_csv_line_with_too_few_cells(refused, tmp_path):
    path = support.write_csvs(tmp_path / "in", {"pod": rows(POD)}) / "pod_usage.csv"
    path.write_text(path.read_text() + "2025-11-03 00:00:00 +0000 UTC,n1\n")
    refused(path, code=3, says=[path, "line 4"])


def test_csv_record_that_is_too_long(refused, tmp_path):
    folder = support.write_csvs(tmp_path / "in", {"pod": rows(POD, pod_labels=["app:" + "x" * 3_000_000])})
    refused(folder, code=3, says=[folder / "pod_usage.csv", "a record of more than"])


def test_null_interval_start(refused, tmp_path):
    tree = support.write_tree(tmp_path / "tree", {"pod": rows(POD)}, daily=None)
    path = file_of(tree, "pod")
    rewrite(path, lambda t: t.set_column(0, "interval_start", pa.nulls(1, pa.timestamp("ms"))))
    refused(tree, code=3, says=[path, "interval_start"])


@pytest.mark.parametrize("text", ['{"app":"x"', '{"app":}', '{"app":"x"} trailing', "{'app':'x'}", '{"a":"\\x"}'])
def test_bad_json_in_labels(refused, tmp_path, text):
    data = [dict(r, pod_labels=text) for r in rows(POD)]
    tree = support.write_tree(tmp_path / "tree", {"pod": data}, daily=None)
    refused(tree, code=3, says=["pod_labels", "part-0.parquet"])
    folder = support.write_csvs(tmp_path / "in", {"pod": data})
    refused(folder, code=3, says=["pod_labels", folder / "pod_usage.csv", "line 2"])


def test_path_that_does_not_exist(refused, tmp_path):
    refused(tmp_path / "nowhere", code=3, says=[tmp_path / "nowhere"])


def test_one_of_two_paths_does_not_exist(refused, tree, tmp_path):
    refused(tree, tmp_path / "nowhere", code=3, says=[tmp_path / "nowhere"])


def test_target_in_a_folder_that_does_not_exist(command, tree, tmp_path):
    target = tmp_path / "no/such/folder/out.csv"
    assert str(target.parent) in command("run", tree, *NAMED, "--to", target, code=2).err
    assert not (tmp_path / "no").exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_target_in_a_folder_without_write_permission(command, tree, tmp_path):
    folder = tmp_path / "locked"
    folder.mkdir()
    folder.chmod(0o500)
    assert str(folder) in command("run", tree, *NAMED, "--to", folder / "out.csv", code=2).err


def test_target_is_a_directory(command, tree, tmp_path):
    target = tmp_path / "out.csv"
    target.mkdir()
    assert str(target) in command("run", tree, *NAMED, "--to", target, code=2).err
    assert not list(target.iterdir())


def test_target_of_an_unknown_kind(command, tree, tmp_path):
    assert "out.xyz" in command("run", tree, *NAMED, "--to", tmp_path / "out.xyz", code=2).err


@pytest.mark.parametrize("args,says", [
    (["--no-such-flag"], "--no-such-flag"), (["--mode", "quick"], "--mode"), (["--chunk-size", "0"], "--chunk-size"),
    (["--chunk-size", "many"], "--chunk-size"), (["--threads", "-1"], "--threads"), (["--month", "2025-13"], "--month"),
    (["--month", "November"], "--month"), (["--start", "2025-11-31"], "--start"), (["--rows", "pod,cake"], "--rows"),
    (["--start", "2025-11-20", "--end", "2025-11-10"], "--start"), (["--usage-from", "weekly"], "--usage-from"),
    (["--usage-from", "1"], "--usage-from"), (["--cluster-id", b"\xff"], "cluster id"),
    (["--measures", "roman"], "--measures")],
    ids=lambda v: " ".join(map(str, v)) if isinstance(v, list) else "")
def test_flags(refused, tree, args, says):
    base = [] if "--month" in args else ["--month", "2025-11"]
    base += [] if "--source" in args else ["--source", support.SOURCE]
    refused(tree, *base, *args, code=2, says=[says], named=False)


def test_empty_target(command, tree):
    """As from a shell variable that is not set: not the same as no --to."""
    assert "--to" in command("run", tree, *NAMED, "--to", "", code=2).err


def test_no_input(command):
    command("run", *NAMED, code=2)


@pytest.mark.parametrize("args, says", [
    (["rnu"], "there is no command 'rnu'; did you mean 'run'?\nTry: costream --help"),
    (["fly"], "there is no command 'fly'\nTry: costream --help"),
    (["--verison"], "there is no flag '--verison'; did you mean '--version'?"),
    (["config", "shwo"], "there is no command 'shwo'; did you mean 'show'?\nTry: costream config --help"),
    (["run", "in", "--memory=1GiB"], "there is no flag '--memory'; did you mean '--memory-limit'?\nTry: costream run --help"),
    (["generate", "--ot", "x"], "there is no flag '--ot'; did you mean '--out'?"),
    (["diff", "a", "b", "c"], "'c' is one argument too many"),
    (["generate"], "--out is required\nTry: costream generate --help"),
    (["run", "in", "--mode", "fast"], "not in {auto,streaming,in-memory}\nTry: costream run --help")])
def test_a_slip_is_told_with_what_was_meant(command, args, says):
    assert says in command(*args, code=2).err


def test_what_cannot_be_known_names_the_flag(refused, tmp_path):
    """A directory of CSVs has no path to tell the source or the month."""
    folder = support.write_csvs(tmp_path / "in", {"pod": rows(POD)})
    refused(folder, "--month", "2025-11", code=2, says=["--source"], named=False)
    refused(folder, "--source", support.SOURCE, code=2, says=["--month"], named=False)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"month": "2025-11", "node_roles": 3}', '{"cost_categories": [{}]}',
                                  '{"enabled_tag_keys": "app"}', '{"month": "soon"}'])
def test_bad_reference_file(refused, tree, tmp_path, text):
    path = tmp_path / "reference.json"
    path.write_text(text)
    refused(tree, "--reference", path, "--source", support.SOURCE, *([] if "soon" in text else NAMED[:2]),
            code=2, says=[path], named=False)


def test_reference_file_that_does_not_exist(command, tree, tmp_path):
    done = command("run", tree, *NAMED, "--reference", tmp_path / "absent.json", "--to", tmp_path / "o.csv", code=None)
    assert done.returncode in (2, 3) and "absent.json" in done.err


def test_like_pattern_that_ends_in_a_single_backslash(refused, tree, tmp_path):
    path = support.write_reference(tmp_path / "r.json", {"cost_categories": [
        {"namespace": "fine\\\\", "cost_category_id": 1}, {"namespace": "oops\\", "cost_category_id": 2}]})
    refused(tree, "--reference", path, code=2, says=["oops\\"])


def test_daily_value_that_is_not_finite_is_an_anomaly_and_not_an_error(command, tmp_path):
    data = rows(POD) + rows(dict(POD, pod="p2", pod_usage_cpu_core_seconds=float("inf")))
    tree = support.write_tree(tmp_path / "tree", {"pod": data}, daily={"pod": data}, hourly=False)
    command("run", tree, *NAMED, "--to", tmp_path / "out.csv")
    pods = [r for r in support.read_output(tmp_path / "out.csv") if r["kind"] == "Pod"]
    assert [r["pod_usage_cpu_core_hours"] for r in pods] == [1.0, 1.0]


def test_text_from_files_steers_no_terminal_and_forges_no_line(refused, tree):
    path = file_of(tree, "pod")
    hostile = path.with_name("a\x1b[31mb\ncostream: done.parquet")
    path.rename(hostile)
    hostile.write_bytes(b"no Parquet")
    refused("--log-format", "text", tree, code=3, says=["a\\x1b[31mb\\x0acostream: done.parquet"])
    refused(tree, code=3, says=["a\\x1b[31mb\\x0acostream: done.parquet"])


ESCAPE = "\x1b[31mred\x9b1m\x07"
SHOWN = "\\x1b[31mred\\x9b1m\\x07"


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    """A tree whose labels, namespace, claim and file names would steer a terminal, and what names its rows."""
    text = {"namespace": f"ns{ESCAPE}", "pod_labels": f"label_app:{ESCAPE}", "pod": f"p{ESCAPE}", "node": "n1"}
    tree = support.write_tree(tmp_path_factory.mktemp("hostile") / "tree", {"pod": rows(dict(POD, **text))}, daily=None)
    path = file_of(tree, "pod")
    path.rename(path.with_name(f"a{ESCAPE}.parquet"))
    return tree


def tables_of(hostile, tmp_path):
    """What each command that prints a table of foreign text prints, by name."""
    one, two = tmp_path / f"one{ESCAPE}.parquet", tmp_path / "two.parquet"
    csv = support.write_csv(tmp_path / f"x{ESCAPE}.csv", [dict(POD, interval_start="2025-11-01 00:00:00 +0000 UTC")], support.COLUMNS["pod"])
    said = {"run": support.costream("run", hostile, *NAMED, "--to", one),
            "run --to -": support.costream("run", hostile, *NAMED, "--to", "-", "--log-format", "text"),
            "plan": support.costream("plan", hostile, *NAMED, "--to", one),
            "explain": support.costream("explain", hostile, "--source", support.SOURCE, "--day", "2025-11-01", "--node", "n1"),
            "check": support.costream("check", hostile, *NAMED, "--to", one),
            "config show": support.costream("config", "show", hostile / f"none{ESCAPE}", *NAMED),
            "convert": support.costream("convert", csv, "--out", tmp_path / f"tree{ESCAPE}", "--source", support.SOURCE, "--org", "1")}
    support.costream("run", hostile, *NAMED, "--rows", "unallocated", "--to", two)
    said["diff"] = support.costream("diff", one, two, code=4)
    return said


def test_no_table_steers_a_terminal(hostile, command, tmp_path):
    for name, done in tables_of(hostile, tmp_path).items():
        said = done.stderr if name == "run --to -" else done.stdout
        assert not set(said.decode()) & {"\x1b", "\x07", "\x9b"}, name
        assert name == "check" or SHOWN in said.decode(), name
