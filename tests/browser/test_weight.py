"""What a page weighs: bytes over the wire and requests, as the browser counts them. Spec 00, Speed."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import Page, Route

from tests.browser.conftest import Opener
from tests.browser.pages import FACILITATOR, MEMBER

FIRST_BYTES, FIRST_REQUESTS, LATER_BYTES = 120_000, 12, 20_000
SHIFT = """
() => new Promise(resolve => {
  let total = 0;
  new PerformanceObserver(list => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) total += entry.value;
  }).observe({type: "layout-shift", buffered: true});
  document.fonts.ready.then(() => setTimeout(() => resolve(total), 300));
})
"""
#: Resolves when the page has been painted without the fonts.
PAINTED = """
() => new Promise(resolve => {
  new PerformanceObserver(list => { if (list.getEntriesByName("first-contentful-paint").length) resolve(); })
    .observe({type: "paint", buffered: true});
})
"""


@dataclass
class Wire:
    """What went over the wire since the last ``reset``."""

    bytes: int = 0
    addresses: list[str] = field(default_factory=list)

    def reset(self) -> None:
        """Begin to count anew."""
        self.bytes = 0
        self.addresses.clear()


def watch(page: Page) -> Wire:
    """Count what ``page`` fetches from the server; what lies in the cache costs nothing."""
    wire = Wire()
    devtools = page.context.new_cdp_session(page)
    devtools.send("Network.enable")
    cached: set[str] = set()
    known: dict[str, str] = {}

    def requested(event: dict[str, Any]) -> None:
        known[event["requestId"]] = event["request"]["url"]

    def finished(event: dict[str, Any]) -> None:
        if event["requestId"] not in cached and event["encodedDataLength"]:
            wire.bytes += int(event["encodedDataLength"])
            wire.addresses.append(known.get(event["requestId"], "?"))

    devtools.on("Network.requestWillBeSent", requested)
    devtools.on("Network.requestServedFromCache", lambda event: cached.add(event["requestId"]))
    devtools.on("Network.loadingFinished", finished)
    return wire


@pytest.mark.parametrize("reader", [None, MEMBER])
def test_a_first_visit_is_light(open_as: Opener, reader: str | None) -> None:
    page = open_as(reader, "")
    wire = watch(page)
    page.goto("/", wait_until="networkidle")
    assert len(wire.addresses) <= FIRST_REQUESTS, wire.addresses
    assert wire.bytes <= FIRST_BYTES, f"{wire.bytes} bytes: {wire.addresses}"


def test_later_pages_are_lighter(open_as: Opener) -> None:
    page = open_as(FACILITATOR, "/")
    page.goto("/bottlenecks/", wait_until="networkidle")
    wire = watch(page)
    paths = [
        "/hubs/",
        "/hubs/kern-oost/",
        "/members/",
        "/bottlenecks/",
        "/bottlenecks/new/",
        "/sessions/",
        "/sessions/new/",
    ]
    for path in paths:
        wire.reset()
        page.goto(path, wait_until="networkidle")
        assert wire.bytes <= LATER_BYTES, f"{path}: {wire.bytes} bytes: {wire.addresses}"


def test_a_visitors_second_page_is_lighter_too(open_as: Opener) -> None:
    page = open_as(None, "")
    page.goto("/", wait_until="networkidle")
    wire = watch(page)
    for path in ["/sign-in/", "/hubs/", "/sign-up/"]:
        wire.reset()
        page.goto(path, wait_until="networkidle")
        assert wire.bytes <= LATER_BYTES, f"{path}: {wire.bytes} bytes: {wire.addresses}"


@pytest.mark.parametrize("width", [320, 1280])
def test_nothing_jumps_when_the_fonts_come_late(open_as: Opener, width: int) -> None:
    page = open_as(MEMBER, "", viewport={"width": width, "height": 800})
    held: list[Route] = []
    page.route("**/*.woff2", lambda route: held.append(route))  # Playwright marks the function it gets
    for path in ("/", "/hubs/", "/bottlenecks/", "/sessions/", "/members/"):
        page.goto(path, wait_until="domcontentloaded")
        page.evaluate(PAINTED)
        assert held, "no font was asked for"
        while held:
            held.pop().continue_()
        page.wait_for_load_state("load")
        assert page.evaluate(SHIFT) < 0.01, path


@pytest.mark.slow
def test_scripts_and_styles_come_in_one_file_each(open_as: Opener, new_member: Callable[..., str]) -> None:
    page = open_as(new_member("Een Bestand"), "/bottlenecks/")
    assert page.locator("link[rel=stylesheet]").count() == 1
    assert page.locator("script[src]").count() == 1
    assert page.locator("script:not([src]), style, [style]").count() == 0
