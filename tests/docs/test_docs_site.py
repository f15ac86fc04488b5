"""The documentation as a site."""
import functools
import html.parser
import http.server
import re
import subprocess
import threading
import urllib.parse

import pytest

import support
from report.browser import browser


class Links(html.parser.HTMLParser):
    """What a page loads, and what it links to."""

    def __init__(self, path):
        super().__init__()
        self.loaded, self.linked, self.anchors = [], [], set()
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.anchors.add(attributes.get("id"))
        if tag in ("script", "img", "source", "iframe") and attributes.get("src"):
            self.loaded.append(attributes["src"])
        if tag == "link" and not attributes.get("rel", "").startswith("canonical"):
            self.loaded.append(attributes["href"])
        if tag == "a" and attributes.get("href"):
            self.linked.append(attributes["href"])


@pytest.fixture(scope="module")
def site():
    """Built strictly: a link to a page or heading that is not there is an error."""
    if not support.BINARY.exists():
        pytest.fail(f"{support.BINARY} is not built (set COSTREAM_BIN)")
    done = subprocess.run([support.ROOT / "tools/docs.sh"], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return support.ROOT / "build/site"


def test_it_works_without_a_network(site):
    """Nothing that a page loads lies elsewhere, and all of it is there."""
    pages = sorted(site.rglob("*.html"))
    assert len(pages) > 50
    for page in pages:
        for url in Links(page).loaded:
            assert not re.match(r"(https?:)?//", url), f"{page} loads {url}"
            if page.name != "404.html" and not url.startswith("data:"):
                assert (page.parent / urllib.parse.unquote(url.partition("?")[0].partition("#")[0])).exists(), f"{page} loads {url}"
    for style in site.rglob("*.css"):
        assert not re.search(r"url\(['\"]?(https?:)?//|@import", style.read_text(encoding="utf-8")), style


def test_links_within_it_lead_somewhere(site):
    """Of pages made from the code, too, which mkdocs does not look at."""
    seen = {page: Links(page) for page in site.rglob("*.html") if page.name != "404.html"}
    for page, links in seen.items():
        for url in links.linked:
            path, _, anchor = url.partition("#")
            if re.match(r"[a-z]+:", url) or url == ".":
                continue
            target = (page.parent / urllib.parse.unquote(path)).resolve() if path else page
            assert target.exists(), f"{page} links to {url}"
            if anchor and target in seen:
                assert urllib.parse.unquote(anchor) in seen[target].anchors or anchor == "__toc", f"{page} links to {url}"


def test_every_command_has_its_manual(site, command, tmp_path):
    command("manual", tmp_path)
    for page in tmp_path.glob("*.1"):
        assert (site / "manual" / f"{page.stem}.html").exists()
    assert "<b>--memory-limit</b>" in (site / "manual/costream-run.html").read_text(encoding="utf-8")


def test_lists_are_lists(site):
    """And not a paragraph with dashes."""
    for page in site.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        assert not re.search(r"<p>[^<]*(<(?!/p>)[^>]*>[^<]*)*\n(- |\d+\. )\S", text[text.find("<article"):]), page


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass


def test_searching_asks_no_other_server(site):
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=site)) as server, browser() as started:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        here = f"http://127.0.0.1:{server.server_port}/"
        page = started.new_page(viewport={"width": 1440, "height": 900})
        asked, failed = [], []
        page.on("request", lambda request: asked.append(request.url))
        page.on("pageerror", lambda error: failed.append(str(error)))
        page.goto(here + "index.html")
        found = page.locator(".md-search-result__item a")
        for _ in range(30):  # what is typed before the search is ready is lost
            page.locator("input.md-search__input").fill("")
            page.locator("input.md-search__input").press_sequentially("spill-dir")
            page.wait_for_timeout(1000)
            if found.count():
                break
        links = [link.get_attribute("href") for link in found.all()]
        server.shutdown()
    assert failed == [] and any("running.html" in link or "costream-run.html" in link for link in links), links
    assert [url for url in asked if not url.startswith((here, "data:", "blob:"))] == []
