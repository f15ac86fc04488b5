"""A page in Debian's Chromium, and what it says of itself."""
import contextlib

from playwright.sync_api import sync_playwright

CHROMIUM = "/usr/bin/chromium"


@contextlib.contextmanager
def browser():
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        try:
            yield started
        finally:
            started.close()


@contextlib.contextmanager
def opened(started, url, width=1440, scheme="light", **more):
    """The page at `url`, drawn. Fails if it writes to the console, throws, or fetches anything but itself."""
    context = started.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme,
                                  reduced_motion="reduce", accept_downloads=True, **more)
    page = context.new_page()
    said, asked = [], []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(url)
    page.wait_for_selector("#quality")
    page.locator(".chart svg").nth(2).wait_for(state="attached")  # wait_for_function would need unsafe-eval
    yield page
    assert said == []
    assert [each for each in asked if not each.startswith(("data:", "blob:"))] == [url]
    context.close()


def totals(page):
    """The numbers at a glance, as they are shown."""
    return {each.get_attribute("data-total"): each.inner_text() for each in page.locator("[data-total]").all()}
