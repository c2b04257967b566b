"""Every page, at two widths, by day and by night, in both languages: accessible, quiet, and in one language."""

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

import polib
import pytest
from axe_playwright_python.base import AXE_FILE_PATH
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser.pages import Shown, all_pages
from tests.browser.site import Site

NARROW = 320  # px: a wide window at 400 % (WCAG 1.4.10)
WIDTHS = {NARROW: 640, 1280: 900}
#: Each width with each theme and language, each theme with each language: colours know no width, words no theme.
SETTINGS = [(NARROW, "light", "nl"), (NARROW, "dark", "en"), (1280, "light", "en"), (1280, "dark", "nl")]
LOOK = Path(__file__).parent / "look.js"
#: Text twice as large (WCAG 1.4.4), and with more room between letters, words and lines (1.4.12).
LARGER = "text at 200 %"
STRAINS = {
    LARGER: "html { font-size: 2.125rem !important }",
    "wider spacing": """
        * { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important }
        p { margin-block-end: 2em !important }
    """,
}
#: Notes what jumps while a page appears, from its first paint, and by how much. A busy machine paints half a page, with
#: half a label at its end that may need the next line when it is whole: one thing alone, narrower before, until the
#: first frame of the whole page. What moves others, or moves later, counts.
WATCH_SHIFT = """
    window.moves = [];
    let whole = Infinity;
    const told = ({ x, y, width, height }) => [x, y, width, height].map(Math.round).join(" ");
    const name = node => (node?.outerHTML ?? node?.textContent ?? "something gone").replace(/\\s+/g, " ").slice(0, 200);
    addEventListener("DOMContentLoaded", () =>
      requestAnimationFrame(() => requestAnimationFrame(() => { whole = performance.now(); })));
    new PerformanceObserver(list => {
      for (const { value, hadRecentInput, startTime, sources } of list.getEntries()) {
        const grew = sources.length === 1 && sources[0].previousRect.width < sources[0].currentRect.width;
        if (hadRecentInput || (grew && startTime <= whole)) continue;
        const what = sources.map(at => `${name(at.node)} from ${told(at.previousRect)} to ${told(at.currentRect)}`);
        window.moves.push([value, what.join("; ")]);
      }
    }).observe({type: "layout-shift", buffered: true});
"""
MOST_SHIFT = 0.01
#: Axe takes a bar that stays in view for something that lies on what it passes over.
LET_GO = "body > nav { position: static !important }"
#: What people wrote, and in which language: every text beside a ``language``. Hubs have names; addresses have no words.
WRITTEN = """
    from django.apps import apps
    from django.db.models import CharField, TextField
    from community.models import Hub, User
    names = set(Hub.objects.values_list("name", flat=True))
    result = []
    for model in apps.get_models():
        fields = {field.name: field for field in model._meta.concrete_fields}
        if "language" not in fields or model is User:
            continue
        for field in fields.values():
            if isinstance(field, CharField | TextField) and field.editable and not field.choices:
                for text, code in model.objects.exclude(**{field.name: ""}).values_list(field.name, "language"):
                    beginning = " ".join(text.split())[:60]
                    if len(beginning.split()) > 2 and text not in names:
                        result.append([beginning, code])
"""
CATALOGUE = Path(__file__).parents[2] / "locale/nl/LC_MESSAGES/django.po"
PLACE = re.compile(r"%\\\(\w+\\\)[sd]|\\\{\w+\\\}")  # as re.escape leaves it
#: All rules by day, at each width and in each language; by night the page is the same and its colours are not.
RULES = {
    "light": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]},
    "dark": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]},
}
READ_TEXTS = """
() => {
  const texts = [];
  const walker = document.createTreeWalker(document.documentElement, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT);
  for (let node = walker.currentNode; node; node = walker.nextNode()) {
    const element = node.nodeType === Node.ELEMENT_NODE ? node : node.parentElement;
    if (!element || element.closest('script, style, [lang="en"]')) continue;
    if (node.nodeType === Node.TEXT_NODE) texts.push(node.textContent);
    else if (node.type !== "hidden") for (const name of ["aria-label", "title", "placeholder", "alt"])
      if (node.hasAttribute(name)) texts.push(node.getAttribute(name));
  }
  return texts;
}
"""


class Inspection:
    """One browser setting in which all pages are read, and what was found wrong."""

    def __init__(self, browser: Browser, site: Site, *, width: int, scheme: str, language: str) -> None:
        self.site = site
        self.found: list[str] = []
        self.is_wide = width > NARROW
        self.rules = RULES[scheme]
        self.contexts: dict[str | None, tuple[BrowserContext, Page]] = {}
        self.make = lambda: browser.new_context(
            viewport={"width": width, "height": WIDTHS[width]},
            color_scheme=scheme,  # type: ignore[arg-type]
            locale={"nl": "nl-NL", "en": "en-GB"}[language],
            timezone_id="Europe/Amsterdam",
            base_url=site.url,
        )
        self.written = site.backstage.run(WRITTEN)
        self.scripts = Path(AXE_FILE_PATH).read_text("utf-8"), LOOK.read_text("utf-8")

    def page_for(self, reader: str | None) -> Page:
        """The page of one reader, kept so that files are fetched once."""
        if reader not in self.contexts:
            context = self.make()
            context.add_init_script(WATCH_SHIFT)
            if reader:
                context.add_cookies([self.site.session_cookie(reader)])  # type: ignore[list-item]
            page = context.new_page()
            page.on("console", lambda message: self._complain(page, message.type, message.text))
            page.on("pageerror", lambda error: self.found.append(f"{page.url}: {error}"))
            self.contexts[reader] = (context, page)
        return self.contexts[reader][1]

    def _complain(self, page: Page, kind: str, text: str) -> None:
        if kind in {"error", "warning"} and "the server responded with a status of 40" not in text:
            self.found.append(f"{page.url}: console {kind}: {text}")

    def open(self, shown: Shown) -> Page:
        """Go to a page and check what holds for every page."""
        page = self.page_for(shown.reader)
        response = page.goto(shown.path)
        where = f"{shown.path} as {shown.reader}"
        if response is None or response.status != shown.status:
            self.found.append(f"{where}: answered {response and response.status}, not {shown.status}")
            return page
        if "content-security-policy" not in response.headers:
            self.found.append(f"{where}: no content security policy")
        if page.locator("h1").count() != 1:
            self.found.append(f"{where}: {page.locator('h1').count()} headings of the first level")
        return page

    def check_access(self, page: Page, where: str) -> None:
        """Let axe look, then ``look.js``; the debugger puts them in, so the policy of the page stays as it is."""
        for script in self.scripts:
            page.evaluate(script)
        moves = page.evaluate("window.moves")
        shifted = sum(value for value, _what in moves)
        if shifted > MOST_SHIFT:
            what = ", then ".join(what for _value, what in moves)
            self.found.append(f"{where}: moved by {shifted:.3f} while it appeared: {what}")
        self._dress(page, LET_GO)
        results = page.evaluate("rules => axe.run(document, {runOnly: rules, resultTypes: ['violations']})", self.rules)
        for violation in results["violations"]:
            for node in violation["nodes"]:
                said = " ".join((node.get("failureSummary") or "").split())
                self.found.append(f"{where}: {violation['id']}: {node['html'][:200]} ({said[:300]})")
        self._dress(page, "")
        for look in ("ids", "labels", "targets", "cut", "columns", "menus"):
            self._note(where, page.evaluate(f"doorbraakLook.{look}()"))
        if not where.startswith("/dev/"):  # mail that was sent, as it was sent
            self._note(where, page.evaluate("doorbraakLook.languages", self.written))

    def check_strained(self, page: Page, where: str) -> None:
        """Look whether text still has room when a reader makes more of it, by a style sheet of their own."""
        for strain, style in STRAINS.items():
            self._dress(page, style)
            self._note(f"{where}, {strain}", page.evaluate("doorbraakLook.cut()"))
            if self.is_wide or strain != LARGER:  # both at once leave nine letters to a line
                self._note(f"{where}, {strain}", page.evaluate("doorbraakLook.columns()"))

    def check_sentences(self, page: Page, where: str, is_source: Callable[[str], bool]) -> None:
        """Look for sentences of the source on a Dutch page."""
        texts = page.evaluate(READ_TEXTS)
        self.found.extend(f"{where}: {' '.join(text.split())!r}" for text in texts if is_source(text))

    def _dress(self, page: Page, style: str) -> None:
        """Give the page a style sheet of the reader's own; one made by script, which the policy has no say in."""
        page.evaluate(
            """style => {
                const own = new CSSStyleSheet();
                own.replaceSync(style);
                document.adoptedStyleSheets = [own];
            }""",
            style,
        )

    def _note(self, where: str, wrong: list[str]) -> None:
        self.found.extend(f"{where}: {sentence}" for sentence in wrong)

    def close(self) -> None:
        """Close every browser window."""
        for context, _page in self.contexts.values():
            context.close()


@pytest.fixture
def is_source() -> Callable[[str], bool]:
    """Whether a text is a sentence of the source whose Dutch is another."""
    sentences: set[str] = set()
    dutch: set[str] = set()
    for entry in polib.pofile(str(CATALOGUE)):
        sources = [entry.msgid, entry.msgid_plural] if entry.msgid_plural else [entry.msgid]
        sentences |= {source for source in sources if len(source) > 2}
        dutch |= {entry.msgstr, *entry.msgstr_plural.values()}
    patterns = [
        PLACE.sub(".{1,80}?", re.escape(sentence)).replace(r"\ ", r"\s+")
        for sentence in sorted(sentences - dutch, key=len, reverse=True)
        if len(re.findall(r"[^\W\d_]", PLACE.sub("", re.escape(sentence)))) > 2  # more than places to fill in
    ]
    assert patterns
    english = re.compile(rf"\s*(?:{'|'.join(patterns)})\s*", re.DOTALL)
    return cache(lambda text: bool(english.fullmatch(text) and not re.fullmatch(r"[\s\d\W]*", text)))


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize(("width", "scheme", "language"), SETTINGS)
def test_every_page_is_accessible_and_quiet(site, browser, speaking, is_source, width, scheme, language):
    inspection = Inspection(browser, site, width=width, scheme=scheme, language=language)
    with speaking(language):
        for shown in all_pages(site):
            page = inspection.open(shown)
            inspection.check_access(page, f"{shown.path} as {shown.reader}")
            inspection.check_strained(page, f"{shown.path} as {shown.reader}")
            if language == "nl" and inspection.is_wide:  # a narrow page says the same
                inspection.check_sentences(page, f"{shown.path} as {shown.reader}", is_source)
    inspection.close()
    assert not inspection.found, "\n".join(inspection.found)
