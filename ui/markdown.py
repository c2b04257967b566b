"""Text that people write: Markdown to safe HTML, and to one line for lists.

Two fences stand behind each other: markdown-it escapes all HTML, and nh3 lets through only the tags named here. Input
is bounded, so that no text can keep a server busy.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import nh3
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

MAX_LENGTH = 50_000
"""Characters that are read as Markdown; a longer text is shown as it was typed. Forms accept less than this."""

TOP_HEADING = 3
"""A text stands below a page's title and a section's heading."""

_DEEPEST_HEADING = 6
_MAX_NESTING = 20
# A bracket or brace that is opened this often without end is noise, and the only thing the parser is slow at.
_MAX_OPEN = 500
_MAX_CELLS = 5_000

# Bidi embeddings, overrides and isolates: they can make a text read differently from what it says ("Trojan Source").
_BIDI = re.compile("[\u202a-\u202e\u2066-\u2069]")
_URL = re.compile(r"https?://[^\s<>\"'`|\\]{1,2000}", re.IGNORECASE)
_TRAILING = ".,:;!?*_~)]}'\""
_TASK = re.compile(r"\[( |x|X)\]\s")
_ALIGNED = {"text-align:right": "end", "text-align:center": "middle"}

_TAGS = {
    *("a", "blockquote", "br", "code", "div", "em", "hr", "li", "ol", "p", "pre", "s", "strong", "ul"),
    *("table", "thead", "tbody", "tr", "th", "td"),
    *(f"h{level}" for level in range(TOP_HEADING, _DEEPEST_HEADING + 1)),
}
_ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}, "pre": {"tabindex"}, "div": {"tabindex"}}
_CLASSES = {"div": {"table"}, "td": {"end", "middle"}, "th": {"end", "middle"}}


def render(text: str) -> SafeString:
    """Return ``text`` as sanitised HTML. Its headings start at h3; images become links; a repeat is free."""
    return _render(text) if len(text) <= MAX_LENGTH else _as_typed(text)


@lru_cache(maxsize=256)
def _render(text: str) -> SafeString:
    text = without_direction_marks(text)
    if _is_noise(text):
        return _as_typed(text)
    return mark_safe(_clean(_parser.render(text)))  # noqa: S308 - cleaned by nh3


def _clean(html: str) -> str:
    return nh3.clean(
        html,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        allowed_classes=_CLASSES,
        url_schemes={"http", "https", "mailto"},
        link_rel="nofollow noopener",
    )


def _as_typed(text: str) -> SafeString:
    """Return ``text`` unread: escaped, one paragraph, its lines kept."""
    return mark_safe("<p>{}</p>".format(escape(without_direction_marks(text)).replace("\n", "<br>\n")))  # noqa: S308 - escaped


def _is_noise(text: str) -> bool:
    """Tell whether ``text`` is one of the few kinds the parser takes more than linear time for."""
    opened = max(
        text.count("[") - text.count("]"), text.count("](") - text.count(")"), text.count("<") - text.count(">")
    )
    return opened > _MAX_OPEN or text.count("|") > _MAX_CELLS


def without_direction_marks(text: str) -> str:
    """Take out the bidi controls that turn text around."""
    return _BIDI.sub("", text)


_EXCERPT_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"!?\[([^\[\]\n]{0,300})\]\([^()\s]{0,500}[^()\n]{0,100}\)"), r"\1"),  # links and images: their words
    (re.compile(r"^\s{0,3}(?:```|~~~)\S*\s*$", re.MULTILINE), ""),  # fences
    (re.compile(r"^\s{0,3}(?:[-*_]\s*){3,}$", re.MULTILINE), ""),  # rules
    (
        re.compile(r"^[\s>]*(?:#{1,6}\s+|[-*+]\s+(?:\[[ xX]\]\s+)?|\d{1,9}[.)]\s+)?", re.MULTILINE),
        "",
    ),  # starts of lines
    (re.compile(r"(\*\*|__|~~|`)"), ""),
    (re.compile(r"(?<!\w)[*_](?=\S)|(?<=\S)[*_](?!\w)"), ""),
    (re.compile(r"\\([!-/:-@\[-`{-~])"), r"\1"),
    (re.compile(r"\s+"), " "),
)


def excerpt(text: str, length: int = 200) -> str:
    """Return the beginning of ``text`` as plain text of at most ``length`` characters, cut between words.

    By patterns and not by the parser: a list shows fifty of these. The result is not HTML; templates escape it.
    """
    plain = without_direction_marks(text[: length * 3 + 200])
    for pattern, replacement in _EXCERPT_PATTERNS:
        plain = pattern.sub(replacement, plain)
    plain = plain.strip()
    if len(plain) <= length and len(text) <= length * 3 + 200:
        return plain
    cut = plain[: length - 1]
    if " " in cut and not plain[length - 1 : length].isspace():
        cut = cut[: cut.rindex(" ")]
    return cut.rstrip(" ,.;:–-") + "…"


# --- Rules of our own -------------------------------------------------------------------------------------------------
def _shift_headings(state: StateCore) -> None:
    """Start at ``TOP_HEADING`` and never skip a level, whatever the writer used."""
    open_levels: list[int] = []
    for opening, _inline, closing in _triples(state.tokens, "heading_open"):
        level = int(opening.tag[1])
        while open_levels and open_levels[-1] >= level:
            open_levels.pop()
        open_levels.append(level)
        tag = f"h{min(TOP_HEADING + len(open_levels) - 1, _DEEPEST_HEADING)}"
        opening.tag = closing.tag = tag


def _flatten_depths(state: StateCore) -> None:
    """Show a line as it was typed when emphasis in it nests deeper than anybody means it to."""
    for token in state.tokens:
        depth = 0
        for child in token.children or ():
            depth += child.nesting
            if depth > _MAX_NESTING:
                token.children = [_text(token.content)]
                break


def _triples(tokens: Sequence[Token], kind: str) -> list[tuple[Token, Token, Token]]:
    return [(token, tokens[at + 1], tokens[at + 2]) for at, token in enumerate(tokens) if token.type == kind]


def _tick_tasks(state: StateCore) -> None:
    """Show "[ ] " and "[x] " at the start of a list item as boxes: signs, for there is nothing to click."""
    for at, token in enumerate(state.tokens[2:], start=2):
        if token.type == "inline" and state.tokens[at - 2].type == "list_item_open" and token.children:
            first = token.children[0]
            if first.type == "text" and (task := _TASK.match(first.content)):
                first.content = ("☐ " if task[1] == " " else "☑ ") + first.content[task.end() :]


def _align_cells(state: StateCore) -> None:
    """Turn markdown-it's inline style for alignment into a class: the CSP knows no inline style."""
    for token in state.tokens:
        if token.type in {"th_open", "td_open"} and (style := token.attrs.pop("style", None)) in _ALIGNED:
            token.attrs["class"] = _ALIGNED[str(style)]


def _link_addresses(state: StateCore) -> None:
    """Make links of bare addresses."""
    for token in state.tokens:
        if token.type == "inline" and token.children and "://" in token.content:
            token.children = _with_links(token.children)


def _with_links(children: Sequence[Token]) -> list[Token]:
    linked: list[Token] = []
    inside = 0
    for child in children:
        inside += (child.type == "link_open") - (child.type == "link_close")
        if child.type != "text" or inside:
            linked.append(child)
            continue
        rest = 0
        for found in _URL.finditer(child.content):
            url = found[0].rstrip(_TRAILING)
            if found[0].count("(") and found[0][len(url) :].startswith(")") and url.count("(") > url.count(")"):
                url += ")"
            if found.start() > rest:
                linked.append(_text(child.content[rest : found.start()]))
            linked += [Token("link_open", "a", 1, attrs={"href": url}), _text(url), Token("link_close", "a", -1)]
            rest = found.start() + len(url)
        if rest < len(child.content):
            linked.append(_text(child.content[rest:]))
    return linked


def _text(content: str) -> Token:
    return Token("text", "", 0, content=content)


class _Renderer(RendererHTML):
    """Images as links (nothing is loaded from elsewhere), code and tables that scroll by keyboard."""

    def image(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        token = tokens[idx]
        source = str(token.attrGet("src") or "")
        words = self.renderInlineAsText(token.children, options, env) or source
        if not source.lower().startswith(("http://", "https://")):
            return escape(words)
        return f'<a href="{escape(source)}">{escape(words)}</a>'

    def fence(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        return f'<pre tabindex="0"><code>{escape(tokens[idx].content)}</code></pre>\n'

    def code_block(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        return self.fence(tokens, idx, options, env)

    def table_open(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        return '<div class="table" tabindex="0"><table>\n'

    def table_close(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        return "</table></div>\n"


def _make_parser() -> MarkdownIt:
    parser = MarkdownIt(
        "commonmark", {"html": False, "breaks": True, "maxNesting": _MAX_NESTING}, renderer_cls=_Renderer
    ).enable(["table", "strikethrough"])
    for rule in (_flatten_depths, _shift_headings, _tick_tasks, _align_cells, _link_addresses):
        parser.core.ruler.push(rule.__name__, rule)
    return parser


_parser = _make_parser()
