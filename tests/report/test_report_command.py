"""costream report: from every place, what it refuses, what it tells of the data."""
import json
import re

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from report.browser import opened


def test_the_same_from_every_place(month, command, of, tmp_path):
    pages = []
    for name in ("summary.parquet", "summary.csv", "summary/", "sqlite:summary.db"):
        command("report", name, "-o", tmp_path / "page.html", cwd=month.folder)
        data = of.data(tmp_path / "page.html")
        assert data.pop("summaries") == [name]
        pages.append(data)
    assert pages[0]["clusters"][0]["total"]["total"]["cpu_used"] == [f"{month.sum('pod_usage_cpu_core_hours', lambda r: of.kind(r) == 'pod').normalize():f}"]
    # CSV and SQLite hold decimals of 15 places, Parquet doubles: the sums are the same.
    assert all(page == pages[0] for page in pages)


def changed(month, folder, name, **columns):
    """The summary with other texts in columns: {column: function of row}."""
    rows = [{**row, **{column: change(row) for column, change in columns.items()}} for row in month.rows]
    path = folder / f"{name}.parquet"
    schema = pq.read_schema(month.summary)
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), path)
    return path


def test_several_clusters_side_by_side(month, command, chromium, of, tmp_path):
    other = changed(month, tmp_path, "other", source_uuid=lambda row: "other", cluster_id=lambda row: "second",
                    cluster_alias=lambda row: None)
    command("report", month.summary, other, "-o", tmp_path / "page.html")
    with opened(chromium, (tmp_path / "page.html").as_uri()) as page:
        assert page.locator("#clusters tbody tr").count() >= 2
        page.locator("header select").select_option(label="second")
        assert page.locator("h1").inner_text() == "second"


def test_one_source_in_two_summaries_is_refused(month, command, tmp_path):
    done = command("report", "summary.parquet", "summary.csv", "-o", tmp_path / "page.html", code=2, cwd=month.folder)
    assert "both have rows of source" in done.err and not (tmp_path / "page.html").exists()


def test_texts_are_only_texts(month, command, chromium, tmp_path):
    bad = "</script><script>window.bad = 1</script><img src=x onerror='window.bad=1'>"
    summary = changed(month, tmp_path, "bad", namespace=lambda row: bad if row["namespace"] else None, cluster_alias=lambda row: bad)
    command("report", summary, "-o", tmp_path / "page.html")
    with opened(chromium, (tmp_path / "page.html").as_uri()) as page:
        assert page.evaluate("window.bad") is None
        assert page.locator("#explore tbody .link").first.inner_text() == bad
        page.locator("#explore .chart svg").hover()
        assert page.evaluate("window.bad") is None


def test_month_and_source(month, command, of, tmp_path):
    done = command("report", month.summary, "--month", "2025-10", "-o", tmp_path / "page.html", code=3)
    assert "the last month with rows is 2025-11" in done.err
    done = command("report", month.summary, "--source", "none", "-o", tmp_path / "page.html", code=3)
    assert "no rows of source none" in done.err
    command("report", month.summary, "--month", "november", "-o", tmp_path / "page.html", code=2)
    command("report", tmp_path / "absent.parquet", "-o", tmp_path / "page.html", code=3)
    assert list(tmp_path.iterdir()) == []


def test_gaps_and_sums_that_do_not_add_up(month, command, chromium, of, tmp_path):
    rows = [row for row in month.rows if str(row["usage_start"]) not in ("2025-11-03", "2025-11-04")]
    for row in rows:
        if of.kind(row) == "unallocated" and str(row["usage_start"]) == "2025-11-10":
            row["pod_usage_cpu_core_hours"] += 1
    pq.write_table(pa.Table.from_pylist(rows, schema=pq.read_schema(month.summary)), tmp_path / "gaps.parquet")
    command("report", tmp_path / "gaps.parquet", "-o", tmp_path / "page.html")
    with opened(chromium, (tmp_path / "page.html").as_uri()) as page:
        quality = page.locator("#quality").inner_text()
        assert "2 days between the first and the last without a row" in quality
        assert "The sums do not add up" in quality and "--run FILE" in quality
    for row in month.rows:
        if of.kind(row) == "unallocated" and str(row["usage_start"]) == "2025-11-10":
            row["pod_usage_cpu_core_hours"] -= 1


def test_what_the_run_tells(month, command, chromium, tmp_path):
    run = json.loads((month.folder / "run.json").read_text())
    run["missing_hours"] = ["2025-11-05 03:00"]
    run["superseded"] = [{"file": "payload.tar.gz", "rows": 17}]
    run["input"]["rows_anomalous"] = 5
    (tmp_path / "run.json").write_text(json.dumps(run))
    command("report", month.summary, "--run", tmp_path / "run.json", "-o", tmp_path / "page.html")
    with opened(chromium, (tmp_path / "page.html").as_uri()) as page:
        quality = page.locator("#quality").inner_text()
        assert "1 hour without any input" in quality
        assert "17 rows of 1 file left out" in quality
        assert "5 rows with impossible measures dropped" in quality
        assert "1 problem in the data" in page.locator(".verdict").inner_text()


@pytest.mark.parametrize("text", ["", "{}", "[]", "not json"])
def test_what_is_no_closing_report(month, command, tmp_path, text):
    (tmp_path / "run.json").write_text(text)
    done = command("report", month.summary, "--run", tmp_path / "run.json", "-o", tmp_path / "page.html", code=3)
    assert "closing report" in done.err


def test_the_page_fetches_nothing(month):
    text = (month.folder / "report.html").read_text(encoding="utf-8")
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', text)[1]
    assert policy.startswith("default-src 'none'; script-src 'sha256-") and "connect-src" not in policy
