"""costream serve: the page live, sums on request, OpenCost's allocations, and what it keeps out."""
import contextlib
import csv
import datetime
import decimal
import http.client
import io
import json
import os
import signal
import socket
import subprocess
import urllib.parse
import urllib.request

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import support
from report.browser import opened, totals

GIB = 2 ** 30
NOVEMBER = "2025-11-01T00:00:00Z,2025-12-01T00:00:00Z"


@contextlib.contextmanager
def served(summary, *args, env=None):
    """A server of its own; gives its URL, and sees it end in order."""
    environment = {**os.environ, **(env or {})}
    process = subprocess.Popen([support.BINARY, "serve", summary, "--port", "0", *args], stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True, env=environment)
    try:
        line = process.stdout.readline()
        assert " at http://" in line, process.communicate(timeout=10)
        yield line.split(" at ")[1].strip().rstrip("/").replace("0.0.0.0", "127.0.0.1")
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 0


@pytest.fixture(scope="module")
def url(month):
    with served(month.folder / "summary.parquet") as at:
        yield at


def get(url, path, code=200, headers=None, method="GET", **parameters):
    query = urllib.parse.urlencode(parameters, doseq=True)
    request = urllib.request.Request(f"{url}{path}{'?' + query if query else ''}", headers=headers or {}, method=method)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            assert answer.status == code
            return answer.read().decode("utf-8")
    except urllib.error.HTTPError as error:
        text = error.read().decode("utf-8")
        assert error.code == code, text
        return text


def exact(text):
    return json.loads(text, parse_float=decimal.Decimal, parse_int=decimal.Decimal)


def test_the_page_is_that_of_the_report(month, url, chromium, of):
    with opened(chromium, f"{url}/") as page:
        live = totals(page)
    with opened(chromium, (month.folder / "report.html").as_uri()) as page:
        assert totals(page) == live


def test_sums_are_those_of_the_table(month, url, of):
    groups = exact(get(url, "/api/summary", group_by="kind,namespace"))["data"]
    assert len(groups) == len({(of.kind(row), row["namespace"]) for row in month.rows})
    for group in groups:
        same = lambda r: of.kind(r) == group["kind"] and r["namespace"] == group["namespace"]  # noqa: E731
        assert group["pod_usage_cpu_core_hours"] is None or group["pod_usage_cpu_core_hours"] == month.sum("pod_usage_cpu_core_hours", same)
        storage = "persistentvolumeclaim_usage_gigabyte_months"
        assert (group[storage] is None) == (group["kind"] != "storage") and (group[storage] or 0) == month.sum(storage, same)
        assert group["rows"] == sum(map(same, month.rows))


@pytest.mark.parametrize("name", ["sqlite:summary.db", "summary/"])
def test_the_same_from_other_places(month, url, name, monkeypatch):
    monkeypatch.chdir(month.folder)
    with served(name) as other:
        for path, parameters in (("/api/summary", {"group_by": "usage_start,node"}), ("/allocation", {"window": NOVEMBER, "aggregate": "namespace"})):
            assert get(other, path, **parameters) == get(url, path, **parameters)


def test_filters_days_labels_and_csv(month, url, of):
    parameters = {"group_by": ["usage_start", "label:env"], "filter": ["kind=pod", "namespace!=kube-system"], "start": "2025-11-03", "end": "2025-11-04"}
    groups = exact(get(url, "/api/summary", **parameters))["data"]
    keep = [row for row in month.rows if of.kind(row) == "pod" and row["namespace"] != "kube-system" and str(row["usage_start"]) in ("2025-11-03", "2025-11-04")]
    keys = {(str(row["usage_start"]), json.loads(row["all_labels"]).get("env")) for row in keep}
    assert {(g["usage_start"], g["label:env"]) for g in groups} == keys and sum(g["rows"] for g in groups) == len(keep)
    lines = list(csv.DictReader(io.StringIO(get(url, "/api/summary", format="csv", **parameters))))
    assert [decimal.Decimal(line["pod_limit_cpu_core_hours"]) for line in lines] == [g["pod_limit_cpu_core_hours"] for g in groups]
    assert get(url, "/api/summary?group_by=kind&filter=kind=pod") == get(url, "/api/summary", group_by="kind", filter="kind=pod")


@pytest.mark.parametrize("path,parameters,says", [
    ("/api/summary", {"group_by": "1; DROP TABLE x"}, "nothing to group or filter by"),
    ("/api/summary", {"filter": "namespace"}, "write it like"),
    ("/api/summary", {"start": "yesterday"}, "write it like"),
    ("/api/summary", {"limit": "3"}, "parameter 'limit'"),
    ("/api/summary", {"format": "xml"}, "json or csv"),
    ("/allocation", {}, "window"),
    ("/allocation", {"window": "forever"}, "window"),
    ("/allocation", {"window": "7d", "aggregate": "pod"}, "cluster, node, namespace"),
    ("/allocation", {"window": "7d", "step": "1h"}, "number of them"),
    ("/allocation", {"window": "7d", "includeIdle": "maybe"}, "true or false"),
])
def test_what_is_wrong_is_said(url, path, parameters, says):
    answer = json.loads(get(url, path, code=400, **parameters))
    assert answer["code"] == 400 and says in answer["message"]


def test_other_months_are_a_choice(month, chromium, of, tmp_path):
    later = [{**row, "usage_start": row["usage_start"] + datetime.timedelta(days=30)} for row in month.rows]
    table = pa.Table.from_pylist([*month.rows, *later], schema=pq.read_schema(month.summary))
    pq.write_table(table, tmp_path / "two.parquet")
    with served(tmp_path / "two.parquet") as url:
        context = chromium.new_context()
        page = context.new_page()
        page.goto(url)
        assert "December 2025" in page.locator(".top").inner_text()
        page.locator(".top select").select_option("2025-11")
        page.wait_for_url("**/?month=2025-11")
        page.wait_for_selector("#quality")
        assert "2025-11-01 to 2025-11-30" in page.locator(".top").inner_text()
        context.close()
        assert "2025-10" in json.loads(get(url, "/", code=500, month="2025-10"))["message"]
        assert "write it like" in get(url, "/", code=400, month="x")


def test_too_many_groups(month, command, tmp_path):
    row = next(row for row in month.rows if row["pod_labels"] is not None)
    table = pa.Table.from_pylist([{**row, "namespace": f"n{i}"} for i in range(10001)], schema=pq.read_schema(month.summary))
    pq.write_table(table, tmp_path / "many.parquet")
    with served(tmp_path / "many.parquet") as url:
        assert "more than 10000 groups" in get(url, "/api/summary", code=400, group_by="namespace")
        assert "more than 10000 allocations" in get(url, "/allocation", code=400, window=NOVEMBER, aggregate="namespace")


# ---------------------------------------------------------------- as a client of OpenCost asks
FIELDS = {"name", "properties", "window", "start", "end", "minutes", "cpuCores", "cpuCoreRequestAverage", "cpuCoreUsageAverage", "cpuCoreHours", "cpuCost",
          "cpuEfficiency", "gpuHours", "gpuCost", "networkCost", "loadBalancerCost", "pvBytes", "pvByteHours", "pvCost", "ramBytes",
          "ramByteRequestAverage", "ramByteUsageAverage", "ramByteHours", "ramCost", "ramEfficiency", "sharedCost", "externalCost", "totalCost",
          "totalEfficiency"}


def allocations(url, path="/allocation", **parameters):
    answer = json.loads(get(url, path, window=NOVEMBER, **parameters))
    assert answer["code"] == 200
    return answer["data"]


def test_allocations_by_namespace(month, url, of):
    for path in ("/allocation", "/allocation/compute"):
        [found] = allocations(url, path, aggregate="namespace", resolution="1m")
        assert "__idle__" not in found
        for name, each in found.items():
            assert FIELDS <= set(each) and each["name"] == name and each["properties"] == {"namespace": name}
            same = lambda r: r["namespace"] == name and of.kind(r) == "pod"  # noqa: E731
            assert each["minutes"] == 43200 and each["totalCost"] == 0
            assert each["cpuCoreHours"] == pytest.approx(float(month.sum("pod_effective_usage_cpu_core_hours", same)))
            assert each["cpuCoreUsageAverage"] * 720 == pytest.approx(float(month.sum("pod_usage_cpu_core_hours", same)))
            assert each["ramByteRequestAverage"] * 720 == pytest.approx(float(month.sum("pod_request_memory_gigabyte_hours", same)) * GIB)
            claims = month.sum("persistentvolumeclaim_capacity_gigabyte_months", lambda r: r["namespace"] == name)
            assert each["pvByteHours"] == pytest.approx(float(claims) * GIB * 720)


@pytest.mark.parametrize("by_node", ["true", "false"])
def test_idle_reconciles_with_unallocated_rows(month, url, of, by_node):
    [found] = allocations(url, aggregate="namespace", includeIdle="true", idleByNode=by_node)
    idle = {name: each for name, each in found.items() if "__idle__" in name}
    assert len(idle) == (len({r["node"] for r in month.rows if of.kind(r) == "unallocated"}) if by_node == "true" else 1)
    rest = month.sum("pod_effective_usage_cpu_core_hours", lambda r: of.kind(r) == "unallocated")
    assert sum(each["cpuCoreHours"] for each in idle.values()) == pytest.approx(float(rest))
    for each in idle.values():
        if by_node == "true":
            mine = month.sum("pod_effective_usage_memory_gigabyte_hours", lambda r: of.kind(r) == "unallocated" and r["node"] == each["properties"]["node"])
            assert each["ramByteHours"] == pytest.approx(float(mine) * GIB)
    # Allocations and idle together are the capacity.
    days = {r["usage_start"]: r["cluster_capacity_cpu_core_hours"] for r in month.rows if of.kind(r) != "storage"}
    assert sum(each["cpuCoreHours"] for each in found.values()) == pytest.approx(sum(days.values()))


@pytest.mark.parametrize("by_node", ["true", "false"])
def test_shared_idle_adds_up_to_the_capacity(url, by_node):
    [alone] = allocations(url, aggregate="namespace", includeIdle="true")
    [shared] = allocations(url, aggregate="namespace", shareIdle="true", idleByNode=by_node)
    assert set(shared) == set(alone) - {"__idle__"}
    for field in ("cpuCoreHours", "ramByteHours"):
        assert sum(each[field] for each in shared.values()) == pytest.approx(sum(each[field] for each in alone.values()))


def test_steps_and_accumulate(url):
    days = allocations(url, aggregate="cluster", step="1d")
    [all_days] = allocations(url, aggregate="cluster", step="1d", accumulate="true")
    assert len(days) == 30 and days[4]["generated-cluster"]["start"] == "2025-11-05T00:00:00Z"
    assert sum(day["generated-cluster"]["cpuCoreHours"] for day in days) == pytest.approx(all_days["generated-cluster"]["cpuCoreHours"])
    assert len(allocations(url, aggregate="cluster", step="1w")) == 5


def test_several_aggregates_and_labels(month, url):
    [found] = allocations(url, aggregate="namespace,label:env")
    keys = {(r["namespace"], json.loads(r["all_labels"]).get("env", "__unallocated__")) for r in month.rows if r["pod_labels"] is not None or r["data_source"] == "Storage"}
    assert set(found) == {"/".join(key) for key in keys}
    some = next(iter(found.values()))
    assert some["properties"]["labels"]["env"] and some["properties"]["namespace"]
    assert json.loads(get(url, "/allocation", window="yesterday", aggregate="namespace"))["data"] == [{}]


# ---------------------------------------------------------------- what it keeps out
def test_metrics_and_health(month, url, of):
    assert get(url, "/healthz") == "ok\n"
    text = get(url, "/metrics")
    used = month.sum("pod_usage_cpu_core_hours", lambda r: of.kind(r) == "pod").normalize()
    assert f'resource="cpu",quantity="used"}} {used:f}\n' in text
    assert 'costream_http_requests_total{path="/healthz",code="200"}' in text and "process_resident_memory_bytes" in text


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_is_read_only(url, method):
    get(url, "/", code=405, method=method)


def test_other_hosts_and_paths_are_refused(url):
    get(url, "/", code=403, headers={"Host": "rebound.example"})
    get(url, "/../../etc/passwd", code=404)
    get(url, "/report.html", code=404)
    assert len(get(url, "/", headers={"Host": "localhost:1"})) > 1000


def test_headers(url):
    with urllib.request.urlopen(f"{url}/healthz") as answer:
        headers = answer.headers
    assert headers["X-Content-Type-Options"] == "nosniff" and headers["Content-Security-Policy"] == "frame-ancestors 'none'"
    assert "Access-Control-Allow-Origin" not in headers


def test_requests_have_a_limit(url):
    host, port = url.removeprefix("http://").split(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=20)
    connection.request("GET", "/healthz?" + "x" * 20000)
    assert connection.getresponse().status in (400, 414)
    idle = [socket.create_connection((host, int(port))) for _ in range(3)]  # say nothing
    assert get(url, "/healthz") == "ok\n"
    for each in idle:
        each.close()


def test_other_addresses_need_a_token(month, command, chromium):
    summary = month.folder / "summary.parquet"
    for token in ((), ("--token", "short")):
        done = command("serve", summary, "--listen", "0.0.0.0", *token, code=2)
        assert "COSTREAM_TOKEN" in done.err
    token = "0123456789abcdef"
    with served(summary, "--listen", "0.0.0.0", env={"COSTREAM_TOKEN": token}) as url:
        for headers in ({}, {"Authorization": "Bearer wrong"}):
            get(url, "/api/summary", code=401, headers=headers)
        assert get(url, "/healthz") == "ok\n"
        assert "data" in get(url, "/api/summary", headers={"Authorization": f"Bearer {token}"})
        with opened(chromium, f"{url}/", http_credentials={"username": "costream", "password": token}) as page:
            assert len(totals(page)) == 11


def test_a_port_that_is_taken(month, command):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        assert f"cannot listen at 127.0.0.1:{port}" in command("serve", month.summary, "--port", port, code=2).err


def test_a_summary_that_is_not_there(command, tmp_path):
    command("serve", tmp_path / "none.parquet", code=3)
    command("serve", "nothing.txt", code=2)


def test_a_summary_that_changes_is_read_anew(month, tmp_path):
    summary = tmp_path / "s.parquet"
    summary.write_bytes(month.summary.read_bytes())
    with served(summary) as url:
        assert exact(get(url, "/api/summary"))["data"][0]["rows"] == len(month.rows)
        summary.write_text("no summary")
        assert "s.parquet" in json.loads(get(url, "/api/summary", code=500))["message"]
        summary.write_bytes(month.summary.read_bytes())
        assert exact(get(url, "/api/summary"))["data"][0]["rows"] == len(month.rows)
