"""The page, in a browser: its numbers, and how it is used."""
import csv
import json

import pytest
from playwright.sync_api import expect

from report.browser import opened, totals


def page_of(month):
    return (month.folder / "report.html").as_uri()


def expected_totals(month, of):
    pods, rest = (lambda row: of.kind(row) == "pod"), (lambda row: of.kind(row) == "unallocated")
    days = {}
    for row in month.rows:
        if of.kind(row) != "storage":
            days[row["usage_start"]] = row
    out = {}
    for key, unit in (("cpu", "cpu_core"), ("memory", "memory_gigabyte")):
        out[f"{key}_used"] = of.shown(month.sum(f"pod_usage_{unit}_hours", pods))
        out[f"{key}_requested"] = of.shown(month.sum(f"pod_request_{unit}_hours", pods))
        out[f"{key}_unallocated"] = of.shown(month.sum(f"pod_usage_{unit}_hours", rest))
        one_a_day = {id(row) for row in days.values()}
        out[f"{key}_capacity"] = of.shown(month.sum(f"cluster_capacity_{unit}_hours", lambda row: id(row) in one_a_day))
    for name, column in (("capacity", "persistentvolumeclaim_capacity"), ("requested", "volume_request_storage"),
                         ("used", "persistentvolumeclaim_usage")):
        out[f"storage_{name}"] = of.shown(month.sum(f"{column}_gigabyte_months"), 4)
    return out


@pytest.mark.parametrize("width,scheme", [(1440, "light"), (390, "dark")])
def test_totals_are_those_of_the_table(month, chromium, of, width, scheme):
    with opened(chromium, page_of(month), width, scheme) as page:
        assert totals(page) == expected_totals(month, of)
        assert page.evaluate("document.documentElement.scrollWidth") == width
        assert "Sums add up" in page.locator(".verdict").inner_text()


def cells(page, section, column):
    return [each.inner_text() for each in page.locator(f"#{section} .data tbody tr > :nth-child({column})").all()]


def test_search_and_sort(month, chromium, of):
    names = sorted({row["namespace"] for row in month.rows if of.kind(row) == "pod"})
    with opened(chromium, page_of(month)) as page:
        explore = page.locator("#explore")
        by_use = sorted(names, key=lambda name: -month.sum("pod_usage_cpu_core_hours", lambda r: r["namespace"] == name and of.kind(r) == "pod"))
        assert cells(page, "explore", 1) == by_use[:20]
        page.get_by_label("Search namespaces", exact=True).fill("openshift")
        chosen = [name for name in by_use if "openshift" in name]
        assert 0 < len(chosen) < len(names) and cells(page, "explore", 1) == chosen
        total = month.sum("pod_usage_cpu_core_hours", lambda r: r["namespace"] in chosen and of.kind(r) == "pod")
        assert explore.locator("tfoot td").first.inner_text() == of.shown(total)
        explore.get_by_role("button", name="Name").click()
        assert cells(page, "explore", 1) == sorted(chosen)
        assert explore.locator("th[aria-sort=ascending]").inner_text().startswith("Name")
        explore.get_by_role("button", name="Name").click()
        assert cells(page, "explore", 1) == sorted(chosen, reverse=True)
        page.get_by_label("Search namespaces", exact=True).fill("no such thing")
        assert "Nothing matches" in explore.inner_text()


def test_slices_by_node_and_label(month, chromium, of):
    with opened(chromium, page_of(month)) as page:
        page.get_by_label("Slice by").select_option("label:env")
        sums = {}
        for row in month.rows:
            if of.kind(row) == "pod" and "env" in (labels := json.loads(row["pod_labels"])):
                sums.setdefault(labels["env"], []).append(id(row))
        shown = dict(zip(cells(page, "explore", 1), cells(page, "explore", 2)))
        assert shown == {value: of.shown(month.sum("pod_usage_cpu_core_hours", lambda r, ids=set(ids): id(r) in ids))
                         for value, ids in sums.items()}
        page.get_by_label("Slice by").select_option("nodes")
        nodes = {row["node"] for row in month.rows if of.kind(row) == "pod"}
        assert set(cells(page, "explore", 1)) == nodes
        page.locator("#explore .link").first.click()
        assert page.locator("#explore .chart figcaption").inner_text().startswith(cells(page, "explore", 1)[0])


def test_idle_of_nodes_is_their_unallocated_rows(month, chromium, of):
    with opened(chromium, page_of(month)) as page:
        page.locator("#idle").get_by_role("button", name="Memory").click()
        shown = dict(zip(cells(page, "idle", 1), cells(page, "idle", 4)))
        assert shown and all(
            value == of.shown(month.sum("pod_usage_memory_gigabyte_hours",
                                        lambda r, node=node: r["node"] == node and of.kind(r) == "unallocated"))
            for node, value in shown.items())


def test_saves_exact_sums(month, chromium, of, tmp_path):
    with opened(chromium, page_of(month)) as page:
        with page.expect_download() as started:
            page.locator("#explore").get_by_role("button", name="Save as CSV").click()
        started.value.save_as(tmp_path / "saved.csv")
    rows = list(csv.DictReader((tmp_path / "saved.csv").open(encoding="utf-8")))
    assert rows and all(
        float(row["Used"]) == float(month.sum("pod_usage_cpu_core_hours", lambda r: r["namespace"] == row["Name"] and of.kind(r) == "pod"))
        for row in rows)


def test_every_chart_has_a_table(month, chromium):
    with opened(chromium, page_of(month)) as page:
        charts = page.locator(".chart")
        assert charts.count() >= 6
        for chart in charts.all():
            chart.locator("summary").click()
            chart.locator("table tbody tr").first.wait_for()
            assert chart.locator("[role=img]").get_attribute("aria-label")
        daily = page.locator("#daily .chart").first.locator("tbody tr")
        assert daily.count() == 30 and daily.first.inner_text().startswith("2025-11-01")


def test_keyboard(month, chromium):
    with opened(chromium, page_of(month)) as page:
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
        page.keyboard.press("Enter")
        page.locator("#explore").get_by_role("group", name="Measure").get_by_role("button", name="Requested").focus()
        page.keyboard.press("Space")
        assert page.evaluate("document.activeElement.getAttribute('aria-pressed')") == "true"
        page.locator("#explore thead button").first.focus()
        page.keyboard.press("Enter")
        assert page.locator("#explore thead th").first.get_attribute("aria-sort") == "ascending"


CONTRAST = """() => {
  const rgb = (text) => { const c = Object.assign(document.createElement('canvas'), {width: 1, height: 1}).getContext('2d');
    c.fillStyle = text; c.fillRect(0, 0, 1, 1); return [...c.getImageData(0, 0, 1, 1).data].slice(0, 3); };
  const light = (text) => { const [r, g, b] = rgb(text).map((v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const style = getComputedStyle(document.documentElement), of = (name) => light(style.getPropertyValue('--' + name));
  return [['text', 'panel'], ['text', 'page'], ['soft', 'panel'], ['soft', 'page'], ['accent', 'panel'], ['good', 'good-back'],
          ['warn', 'warn-back'], ['bad', 'bad-back']].map(([a, b]) => {
    const [x, y] = [of(a), of(b)].sort((p, q) => q - p); return [a + ' on ' + b, (x + 0.05) / (y + 0.05)]; });
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_has_contrast(month, chromium, scheme):
    with opened(chromium, page_of(month), scheme=scheme) as page:
        assert [each for each in page.evaluate(CONTRAST) if each[1] < 4.5] == []


def test_colours_can_be_chosen(month, chromium):
    with opened(chromium, page_of(month)) as page:
        back = expect(page.locator("body"))
        light = page.evaluate("getComputedStyle(document.body).backgroundColor")
        page.get_by_role("button", name="Dark").click()
        back.not_to_have_css("background-color", light)
        page.get_by_role("button", name="Auto").click()
        back.to_have_css("background-color", light)


def test_prints(month, chromium, tmp_path):
    with opened(chromium, page_of(month), scheme="dark") as page:
        pdf = page.pdf(format="A4")
        assert pdf.startswith(b"%PDF") and pdf.count(b"/Type /Page\n") + pdf.count(b"/Type /Page ") >= 2
        page.emulate_media(media="print")
        assert not page.locator("nav").is_visible() and not page.locator("#explore .search").is_visible()
        assert page.locator("#explore table").first.is_visible()
        page.emulate_media(media="screen")
