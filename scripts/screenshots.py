"""Take the screenshots of the README anew, of the demonstration: ``python -m scripts.screenshots [FOLDER]``.

With ``--all`` it takes every page instead, at 1280 and 390 pixels, by day and by night, to lay beside the design.
"""

import argparse
import os
import re
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests import chromium, servers
from tests.browser.pages import FACILITATOR, MEMBER, REPRESENTATIVE, Shown, all_pages
from tests.browser.site import ROOT, Site, running_site

DESKTOP, PHONE = (1280, 860), (390, 780)


def main() -> int:
    """Start a portal and take them; 1 when there is no browser."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("folder", type=Path, nargs="?", default=ROOT / "docs" / "screenshots")
    parser.add_argument("--all", action="store_true", help="every page, whole, at two widths, by day and by night")
    wanted = parser.parse_args()
    path = chromium.find()
    if path is None:
        print("No Chromium on this machine; `make test` installs one.", file=sys.stderr)
        return 1
    wanted.folder.mkdir(parents=True, exist_ok=True)
    os.environ.setdefault("SECRET_KEY", "only-for-screenshots-" + "x" * 50)
    servers.provide()
    with tempfile.TemporaryDirectory(prefix="doorbraak-shots-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o711)
        with running_site(Path(folder)) as site, sync_playwright() as playwright:
            arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
            browser = playwright.chromium.launch(executable_path=path, args=arguments)
            (take_all if wanted.all else take_for_readme)(site, browser, wanted.folder)
            browser.close()
    return 0


def take_for_readme(site: Site, browser: Browser, folder: Path) -> None:
    """Six pages that say what this is, as large as a README shows them."""
    numbers: dict[str, str] = site.backstage.run(
        """
        from events.models import Session
        from issues.models import Bottleneck
        result = {
            "bottleneck": Bottleneck.objects.get(title="Modellen komen niet in productie").get_absolute_url(),
            "session": Session.objects.filter(title__startswith="Communitydag").latest("starts_at").get_absolute_url(),
        }
        """
    )
    shots = [
        ("landing", "/", None, DESKTOP, "light"),
        ("home", "/", REPRESENTATIVE, DESKTOP, "light"),
        ("bottleneck", numbers["bottleneck"], REPRESENTATIVE, DESKTOP, "light"),
        ("hubs-dark", "/hubs/", MEMBER, DESKTOP, "dark"),
        ("board-phone", "/bottlenecks/", MEMBER, PHONE, "light"),
        ("session-phone", numbers["session"], FACILITATOR, PHONE, "dark"),
    ]
    for name, path, reader, size, scheme in shots:
        _take(site, browser, Shown(path, reader), folder / f"{name}.png", size, scheme, whole=False)


def take_all(site: Site, browser: Browser, folder: Path) -> None:
    """Every page in the three settings of the design's own screenshots."""
    for shown in all_pages(site):
        who = (shown.reader or "visitor").partition("@")[0]
        name = re.sub(r"[^a-z0-9]+", "-", shown.path[:60].lower()).strip("-") or "home"
        for size, scheme in ((DESKTOP, "light"), (PHONE, "light"), (DESKTOP, "dark")):
            _take(site, browser, shown, folder / f"{name}-{who}-{size[0]}-{scheme}.png", size, scheme, whole=True)


def _take(
    site: Site, browser: Browser, shown: Shown, target: Path, size: tuple[int, int], scheme: str, *, whole: bool
) -> None:
    context = browser.new_context(
        base_url=site.url,
        locale="nl-NL",
        timezone_id="Europe/Amsterdam",
        viewport={"width": size[0], "height": size[1]},
        color_scheme="dark" if scheme == "dark" else "light",
    )
    if shown.reader:
        context.add_cookies([site.session_cookie(shown.reader)])  # type: ignore[list-item]
    page = context.new_page()
    page.goto(shown.path, wait_until="networkidle")
    page.screenshot(path=target, full_page=whole)
    context.close()


if __name__ == "__main__":
    sys.exit(main())
