"""Every page, at two widths, by day and by night, in both languages: accessible, quiet, and in one language.

Each page is loaded twice, narrow in Dutch and wide in English. In each load axe looks with all rules but those of
colours, and ``look.js`` at both widths, so that each language is seen at each. Colours know no language: axe looks at
them in Dutch, by day and by night. So is what larger text does to a page seen: Dutch words are the longer ones. What
jumps while a page appears, and what axe says of its structure, is seen at one width in each. What passed the rules of
colours is not asked again where the same colours lie over the same.
"""

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

import polib
import pytest
from axe_playwright_python.base import AXE_FILE_PATH
from playwright.sync_api import Browser, Page

from tests.browser.pages import MEMBER, Shown, all_pages
from tests.browser.site import Site

NARROW = 320  # px: a wide window at 400 % (WCAG 1.4.10)
WIDTHS = {NARROW: 640, 1280: 900}
SETTINGS = [(NARROW, "nl"), (1280, "en")]
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
#: Axe takes a bar that stays in view for something that lies on what it passes over; and colours change at once.
LET_GO = "body > nav { position: static !important } * { transition: none !important }"
#: What people wrote, and in which language: every text beside a ``language``. Hubs have names; addresses have no
#: words; what a mail server answers is in its own.
WRITTEN = """
    from django.apps import apps
    from django.db.models import CharField, TextField
    from activity.models import Email
    from community.models import Hub, User
    names = set(Hub.objects.values_list("name", flat=True))
    result = []
    for model in apps.get_models():
        fields = {field.name: field for field in model._meta.concrete_fields}
        if "language" not in fields or model in {User, Email}:
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
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
COLOURS = ["color-contrast", "link-in-text-block"]
#: All rules but those of colours. Of style sheets axe would ask nothing; which selector finds an element, nobody reads.
AXE = """
    async ([tags, colours]) => {
      const { violations } = await axe.run(document, {
        runOnly: { type: "tag", values: tags },
        rules: Object.fromEntries(colours.map(rule => [rule, { enabled: false }])),
        resultTypes: ["violations"], selectors: false, preload: { assets: ["media"] },
      });
      return violations.flatMap(({ id, nodes }) =>
        nodes.map(({ html, failureSummary }) => [id, html.slice(0, 200), failureSummary ?? ""]));
    }
"""
#: The rules of colours, for what stands in other colours, or on something else, than all that passed them before.
AXE_COLOURS = """
    async ([colours, passed]) => {
      const known = new Set(passed);
      const grounds = doorbraakLook.grounds();
      const include = [...grounds.keys()].filter(element => !known.has(grounds.get(element)));
      if (!include.length) return [[], []];
      const { violations, incomplete, passes } = await axe.run({ include }, {
        runOnly: { type: "rule", values: colours },
        resultTypes: ["violations", "incomplete", "passes"], selectors: false, preload: false, elementRef: true,
      });
      const wrong = violations.flatMap(({ id, nodes }) =>
        nodes.map(({ html, failureSummary }) => [id, html.slice(0, 200), failureSummary ?? ""]));
      const all = results => results.flatMap(({ nodes }) => nodes.map(({ element }) => grounds.get(element)));
      const unsure = new Set(all([...violations, ...incomplete]));
      return [wrong, all(passes).filter(ground => ground !== undefined && !unsure.has(ground))];
    }
"""
LOOKS = ("ids", "labels", "targets", "cut", "columns", "menus")
READ_TEXTS = """
() => {
  const texts = [];
  const walker = document.createTreeWalker(document.documentElement, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT);
  for (let node = walker.currentNode; node; node = walker.nextNode()) {
    const element = node.nodeType === Node.ELEMENT_NODE ? node : node.parentElement;
    if (!element || element.closest('script, style, code, [lang="en"]')) continue;
    if (node.nodeType === Node.TEXT_NODE) texts.push(node.textContent);
    else if (node.type !== "hidden") for (const name of ["aria-label", "title", "placeholder", "alt"])
      if (node.hasAttribute(name)) texts.push(node.getAttribute(name));
  }
  return texts;
}
"""


class Inspection:
    """One browser setting in which all pages are read, and what was found wrong."""

    def __init__(self, browser: Browser, site: Site, *, width: int, language: str) -> None:
        self.site = site
        self.found: list[str] = []
        self.widths = [width, *WIDTHS.keys() - {width}]
        self.looks_at_colours = self.strains_text = language == "nl"
        self.context = browser.new_context(
            viewport={"width": width, "height": WIDTHS[width]},
            color_scheme="light",
            locale={"nl": "nl-NL", "en": "en-GB"}[language],
            timezone_id="Europe/Amsterdam",
            base_url=site.url,
        )
        for script in (WATCH_SHIFT, Path(AXE_FILE_PATH).read_text("utf-8"), LOOK.read_text("utf-8")):
            self.context.add_init_script(script)  # the debugger puts them in, so the policy stays as it is
        self.reader: str | None = None
        self.page = self.context.new_page()
        self.page.on("console", lambda message: self._complain(message.type, message.text))
        self.page.on("pageerror", lambda error: self.found.append(f"{self.page.url}: {error}"))
        self.passed: dict[str, set[int]] = {"light": set(), "dark": set()}
        self.written = site.backstage.run(WRITTEN)

    def _read_as(self, reader: str | None) -> None:
        """Go on as another reader, in the same window, so that files are fetched once."""
        if reader != self.reader:
            self.context.clear_cookies()
            if reader:
                self.context.add_cookies([self.site.session_cookie(reader)])  # type: ignore[list-item]
            self.reader = reader

    def _complain(self, kind: str, text: str) -> None:
        if kind in {"error", "warning"} and "the server responded with a status of 40" not in text:
            self.found.append(f"{self.page.url}: console {kind}: {text}")

    def open(self, shown: Shown) -> Page:
        """Go to a page and check what holds for every page."""
        self._read_as(shown.reader)
        page = self.page
        response = page.goto(shown.path)
        where = f"{shown.path} as {shown.reader}"
        if response is None or response.status != shown.status:
            self.found.append(f"{where}: answered {response and response.status}, not {shown.status}")
            return page
        if "content-security-policy" not in response.headers:
            self.found.append(f"{where}: no content security policy")
        if response.headers.get("referrer-policy") != "same-origin":  # with "no-referrer" forms come from nowhere
            self.found.append(f"{where}: its forms are refused, or others learn its address")
        self._note(where, page.evaluate("doorbraakLook.heading()"))
        return page

    def check(self, page: Page, where: str) -> None:
        """Look at the page as it is, by night, and at the other width; it is left as it was."""
        moves = page.evaluate("window.moves")
        shifted = sum(value for value, _what in moves)
        if shifted > MOST_SHIFT:
            what = ", then ".join(what for _value, what in moves)
            self.found.append(f"{where}: moved by {shifted:.3f} while it appeared: {what}")
        page.evaluate("doorbraakLook.dress", LET_GO)
        self._note_axe(where, "light", page.evaluate(AXE, [TAGS, COLOURS]))
        if self.looks_at_colours:
            self._check_colours(page, where)
        page.evaluate("doorbraakLook.dress", "")
        if not where.startswith("/dev/"):  # mail that was sent, as it was sent
            self._note(where, page.evaluate("doorbraakLook.languages", self.written))
        for width in self.widths:
            page.set_viewport_size({"width": width, "height": WIDTHS[width]})
            self._check_room(page, f"{where}, {width} px", is_wide=width > NARROW)
        page.set_viewport_size({"width": self.widths[0], "height": WIDTHS[self.widths[0]]})

    def _check_colours(self, page: Page, where: str) -> None:
        """Look at the colours by day and by night."""
        for scheme, passed in self.passed.items():
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            wrong, right = page.evaluate(AXE_COLOURS, [COLOURS, list(passed)])
            self._note_axe(where, scheme, wrong)
            passed.update(right)
        page.emulate_media(color_scheme="light")

    def _check_room(self, page: Page, where: str, *, is_wide: bool) -> None:
        """Look at one width, and whether text still has room when a reader's own style sheet makes more of it."""
        dresses = [["", "", LOOKS]]
        for strain, style in STRAINS.items() if self.strains_text else ():
            # On a narrow screen larger text leaves nine letters to a line.
            dresses.append([f", {strain}", style, ["cut", "columns"] if is_wide or strain != LARGER else ["cut"]])
        for strain, sentence in page.evaluate("doorbraakLook.wear", dresses):
            self.found.append(f"{where}{strain}: {sentence}")

    def check_sentences(self, page: Page, where: str, is_source: Callable[[str], bool]) -> None:
        """Look for sentences of the source on a Dutch page."""
        texts = page.evaluate(READ_TEXTS)
        self.found.extend(f"{where}: {' '.join(text.split())!r}" for text in texts if is_source(text))

    def _note_axe(self, where: str, scheme: str, wrong: list[tuple[str, str, str]]) -> None:
        for rule, html, said in wrong:
            self.found.append(f"{where}, {scheme}: {rule}: {html} ({' '.join(said.split())[:300]})")

    def _note(self, where: str, wrong: list[str]) -> None:
        self.found.extend(f"{where}: {sentence}" for sentence in wrong)

    def close(self) -> None:
        """Close the browser window."""
        self.context.close()


@pytest.fixture
def is_source() -> Callable[[str], bool]:
    """Whether a text is a sentence of the source whose Dutch is another."""
    sentences: set[str] = set()
    dutch: set[str] = set()
    for entry in polib.pofile(str(CATALOGUE)):
        sources = [entry.msgid, entry.msgid_plural] if entry.msgid_plural else [entry.msgid]
        sentences |= {source for source in sources if len(source) > 2}
        dutch |= {entry.msgstr, *entry.msgstr_plural.values()}
    said = {
        sentence: PLACE.sub(".{1,80}?", re.escape(sentence)).replace(r"\ ", r"\s+")
        for sentence in sentences - dutch
        if len(re.findall(r"[^\W\d_]", PLACE.sub("", re.escape(sentence)))) > 2  # more than places to fill in
    }
    # Most have no place to fill in: those are looked up, and each text is compared with the few others only.
    plain = {" ".join(sentence.split()) for sentence in said if not PLACE.search(re.escape(sentence))}
    others = [pattern for sentence, pattern in said.items() if PLACE.search(re.escape(sentence))]
    assert plain
    assert others
    filled_in = re.compile(rf"\s*(?:{'|'.join(others)})\s*", re.DOTALL)

    def is_english(text: str) -> bool:
        if re.fullmatch(r"[\s\d\W]*", text):
            return False
        return " ".join(text.split()) in plain or filled_in.fullmatch(text) is not None

    return cache(is_english)


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize(("width", "language"), SETTINGS)
def test_every_page_is_accessible_and_quiet(site, browser, speaking, is_source, width, language):
    inspection = Inspection(browser, site, width=width, language=language)
    with speaking(language):
        for shown in all_pages(site):
            page = inspection.open(shown)
            inspection.check(page, f"{shown.path} as {shown.reader}")
            if language == "nl":
                inspection.check_sentences(page, f"{shown.path} as {shown.reader}", is_source)
    inspection.close()
    assert not inspection.found, "\n".join(inspection.found)


#: What no page has: each is wrong by night, by day, at one width, with larger text, for axe, or in Dutch only.
PLANTED = """
() => {
  const sheet = document.styleSheets[0];
  const add = (id, text, rule) => {
    const element = document.createElement("p");
    Object.assign(element, { id, textContent: text });
    document.querySelector("main").append(element);
    sheet.insertRule(rule, sheet.cssRules.length);
  };
  add("pale", "Bleek", "@media (prefers-color-scheme: dark) { #pale { color: #333; background: #222 } }");
  add("dim", "Dof", "@media (prefers-color-scheme: light) { #dim { background: #777 } }");
  add("broad", "Breed", "@media (max-width: 400px) { #broad { inline-size: 500px } }");
  add("tight", "Krap", "#tight { block-size: 30px; overflow: hidden }");
  add("english", "Sign in", "#english { color: inherit }");
  document.querySelector("main").append(document.createElement("img"));
}
"""


@pytest.mark.parametrize(("width", "language"), SETTINGS)
def test_what_is_planted_is_found(site, browser, is_source, width, language):
    inspection = Inspection(browser, site, width=width, language=language)
    page = inspection.open(Shown("/themes/", MEMBER))
    inspection.check(page, "before")
    assert not inspection.found
    page.evaluate(PLANTED)
    inspection.check(page, "here")  # most of its colours have passed
    inspection.check_sentences(page, "here", is_source)
    inspection.close()
    found = "\n".join(inspection.found)
    faults = [
        r"here, light: image-alt: <img",
        rf"here, {NARROW} px: \d+ px wider than the screen",
        r"here: 'Sign in'",
    ]
    if language == "nl":
        faults += [
            r'here, dark: color-contrast: <p id="pale"',
            r'here, light: color-contrast: <p id="dim"',
            r'here, 1280 px, text at 200 %: text is cut off: <p id="tight"',
        ]
    for fault in faults:
        assert re.search(fault, found), f"{fault} is not in\n{found}"
    assert not re.search(r'light: color-contrast: <p id="pale"|1280 px: \d+ px wider', found)
