"""Text that people write: Markdown to safe HTML, to plain text for calendars and mails, and to one line for lists.

Two fences stand behind each other: markdown-it escapes all HTML, and nh3 lets through only the tags named here. Input
is bounded, so that no text can keep a server busy.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any
from zlib import crc32

import nh3
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext, pgettext
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_block import StateBlock
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from mdit_py_plugins.footnote import footnote_plugin
from mdit_py_plugins.footnote.index import footnote_def, footnote_ref

from ui.code import MOST_COLOURED, coloured
from ui.shared import drawn

MAX_LENGTH = 50_000
"""Characters that are read as Markdown; a longer text is shown as it was typed. Forms accept less than this."""

TOP_HEADING = 3
"""A text stands below a page's title and a section's heading."""

_DEEPEST_HEADING = 6
_MAX_NESTING = 20
# A bracket or brace that is opened this often without end is noise, and the only thing the parser is slow at.
_MAX_OPEN = 500
_MAX_CELLS = 5_000
_MAX_NOTES = 500

# Bidi embeddings, overrides and isolates: they can make a text read differently from what it says ("Trojan Source").
_BIDI = re.compile("[\u202a-\u202e\u2066-\u2069]")
_URL = re.compile(r"https?://[^\s<>\"'`|\\]{1,2000}", re.IGNORECASE)
_TRAILING = ".,:;!?*_~)]}'\""
_TASK = re.compile(r"\[( |x|X)\]\s")
_CUT_LINK = re.compile(r"!?\[([^\[\]\n]{0,300})\]\([^()\s]*$")
# Where a text refers to somebody or something, until its reader is known: characters that nobody types, taken out of
# what is typed. They stand in text and in code only, never in an attribute.
_LINKED, _PLAIN, _END = "\ue000", "\ue002", "\ue001"
# And what stands for the text itself in the ids of its notes, until it is known which text on a page this is.
_WHICH = "\ue003"
_MARKS = re.compile(f"[{_LINKED}{_PLAIN}{_END}{_WHICH}]")
_MARKED = re.compile(f"([{_LINKED}{_PLAIN}])([@#]\\d+){_END}")
_NOTE_REFERENCE = re.compile(r"\[\^[^\s\[\]]{1,60}\]")
_NOTE = re.compile(_NOTE_REFERENCE.pattern + ":")
_MEMBER = re.compile(r"@\{(\d{1,18})\}")
_NUMBER = re.compile(r"(?<![\w#&/])#(\d{1,18})\b")
_MENTION = '<a class="mention" href="{}">@{}</a>'
_REFERENCE = '<a href="{}">{}<span class="sr" lang="{}"> {}</span></a>'
_ALIGNED = {"text-align:right": "end", "text-align:center": "middle"}

_TAGS = {
    *("a", "blockquote", "br", "code", "div", "em", "hr", "li", "ol", "p", "pre", "s", "strong", "ul"),
    *("table", "thead", "tbody", "tr", "th", "td", "span", "sup"),
    *(f"h{level}" for level in range(2, _DEEPEST_HEADING + 1)),
}
_ATTRIBUTES = {
    "a": {"href", "title", "id", "aria-label"},
    "ol": {"start"},
    "li": {"id"},
    "pre": {"tabindex"},
    "div": {"tabindex"},
    "span": {"role", "aria-label"},
}
_CLASSES = {
    "div": {"table", "notes"},
    "td": {"end", "middle"},
    "th": {"end", "middle"},
    "li": {"task"},
    "span": {"k", "s", "c", "m"},
}


def render(text: str, *, top: int = TOP_HEADING) -> SafeString:
    """Return ``text`` as sanitised HTML. Headings start at h3, or ``top``; images become links; repeats are free."""
    return _render(text, top) if len(text) <= MAX_LENGTH else _as_typed(text)


@drawn
def _render(text: str, top: int) -> SafeString:
    text = without_direction_marks(_MARKS.sub("", text))
    if _is_noise(text):
        return _as_typed(text)
    html = _clean(_parser.render(text, {"top": top}))
    return mark_safe(html.replace(_WHICH, f"-{crc32(text.encode()):x}"))  # noqa: S308 - cleaned by nh3


@dataclass(frozen=True, slots=True)
class Linked:
    """Whom or what a text refers to, as its reader may see it.

    ``title`` is what a number stands for, in the language ``language``: a screen reader says it, for a pointer shows
    nothing of an attribute on a phone, and an attribute holds no other language.
    """

    words: str
    url: str
    title: str = ""
    language: str = ""


def render_linked(text: str, links: Mapping[str, Linked], *, missing: str | None, which: str) -> SafeString:
    """Return ``text`` as ``render`` does, with the members and subjects that it refers to as links.

    In it ``@{12}`` stands for a member and ``#12`` for a subject; ``links`` has them as "@12" and "#12". A member who
    is not among them is ``missing``, a number that is not stays as it is; with None for ``missing`` the text names
    nobody, and ``@{12}`` is what somebody typed. ``which`` tells this text from all others of
    its page, in the ids of its notes. What is the same for all readers is drawn once: a repeat costs no more than the
    links.
    """
    html = _render_marked(text, missing is not None) if len(text) <= MAX_LENGTH else _as_typed(text)

    def shown(found: re.Match[str]) -> str:
        link = links.get(found[2])
        if found[2].startswith("#"):
            return format_html(_REFERENCE, link.url, found[2], link.language, link.title) if link else found[2]
        if link is None:
            return escape(missing or "")
        return format_html(_MENTION, link.url, link.words) if found[1] == _LINKED else f"@{escape(link.words)}"

    return mark_safe(_MARKED.sub(shown, html).replace(_WHICH, f"-{which}"))  # noqa: S308 - cleaned by nh3, and what is put in is escaped


def render_referring(text: str, links: Mapping[str, Linked]) -> SafeString:
    """Return ``text`` as ``render`` does, with the subjects that it refers to as links.

    ``links`` has them by what stands for them, "#12"; any other number stays as it is. It names nobody.
    """
    if not links:
        return render(text)
    return render_linked(text, links, missing=None, which=f"{crc32(text.encode()):x}")


@drawn
def _render_marked(text: str, has_names: bool) -> SafeString:
    text = without_direction_marks(_MARKS.sub("", text))
    if _is_noise(text):
        return _as_typed(_mark_plain(text) if has_names else text)
    return mark_safe(_clean(_parser.render(text, {"refers": True, "has_names": has_names})))  # noqa: S308 - cleaned by nh3


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
    return opened > _MAX_OPEN or text.count("|") > _MAX_CELLS or text.count("[^") > _MAX_NOTES


def without_direction_marks(text: str) -> str:
    """Take out the bidi controls that turn text around."""
    return _BIDI.sub("", text)


def plain_text(text: str, length: int = MAX_LENGTH) -> str:
    """Return Markdown as plain text for calendars, text mails and feeds: at most ``length`` characters.

    Lists and tables keep their lines, headings have one of their own, links are followed by their address. Words that
    are struck out are left out: without the line through them they would count. A repeat is free.
    """
    if len(text) > MAX_LENGTH and length >= MAX_LENGTH:
        return without_direction_marks(text)
    beginning = _beginning(text, length)
    return _cut(_plain_text(beginning), length, is_all=beginning == text)


def excerpt(text: str, length: int = 200) -> str:
    """Return the beginning of ``text`` as one line of plain text, at most ``length`` characters, cut between words.

    The words of ``plain_text``, without bullets and addresses. The result is not HTML; templates escape it. A repeat is
    free.
    """
    return _excerpt(text[: source_length(length) + 1], length)


@drawn
def _excerpt(text: str, length: int) -> str:
    beginning = _beginning(text, length)
    return _cut(" ".join(" ".join(_lines(beginning, bare=True)).split()), length, is_all=beginning == text)


@drawn
def _plain_text(text: str) -> str:
    return "\n".join(_lines(text))


def parsed(text: str) -> list[Token] | None:
    """Return Markdown as the tokens of markdown-it, for who draws it elsewhere; None for what is shown as typed."""
    text = without_direction_marks(_MARKS.sub("", text))
    return None if len(text) > MAX_LENGTH or _is_noise(text) else _parser.parse(text)


def _lines(text: str, *, bare: bool = False) -> list[str]:
    text = without_direction_marks(text)
    return text.split("\n") if _is_noise(text) else _PlainText(bare=bare).lines_of(_parser.parse(text))


def source_length(length: int) -> int:
    """Return how many characters of a text are read for ``length`` of them: Markdown marks and addresses fall away."""
    return min(length * 2 + 120, MAX_LENGTH)


def _beginning(text: str, length: int) -> str:
    """Return as much of ``text`` as is read for ``length`` characters, without half a link or half a stress."""
    beginning = text[: source_length(length)]
    if len(beginning) == len(text):
        return text
    beginning = _CUT_LINK.sub(r"\1", beginning)
    return "".join(beginning.rsplit("**", 1)) if beginning.count("**") % 2 else beginning


def _cut(plain: str, length: int, *, is_all: bool) -> str:
    """Cut ``plain`` between words, with an ellipsis for the rest, unless it is all and fits."""
    plain = plain.strip()
    if len(plain) <= length and is_all:
        return plain
    cut = plain[: length - 1]
    if cut and not plain[length - 1 : length].isspace():
        cut = cut.rsplit(None, 1)[0]
    return cut.rstrip(" \n,.;:·–-") + "…"


class _PlainText:
    """Writes tokens as lines; ``bare`` leaves out bullets, quotation marks and the addresses of links."""

    def __init__(self, *, bare: bool) -> None:
        self.bare = bare
        self.lines: list[str] = []
        self.gap = False  # whether an empty line comes before the next block
        self.numbers: list[int | None] = []  # of each open list: what the next item has, None for bullets
        self.widths: list[int] = []  # of the bullet of each open item
        self.bullets = ""  # what stands before the next line: bullets,
        self.quote = ""  # and a quotation mark
        self.cells: list[str] | None = None  # of the open row of a table

    def lines_of(self, tokens: Iterable[Token]) -> list[str]:
        """Return the lines of a text; kinds of tokens without a method of their name show nothing."""
        for token in tokens:
            if self.bare and token.type == "footnote_block_open":
                break
            write = getattr(self, token.type, None)
            if write is not None:
                write(token)
        return self.lines

    def write(self, text: str) -> None:
        """Add a block, under the bullets that wait for it."""
        if self.gap and self.lines:
            self.lines.append("")
        self.gap = False
        indent = " " * sum(self.widths)
        before = (indent[len(self.bullets) :] + self.bullets + self.quote, indent)
        self.lines += [before[at > 0] + line for at, line in enumerate(text.split("\n"))]
        self.bullets = self.quote = ""

    def inline(self, token: Token) -> None:
        lines = self.words(token.children or ()).split("\n")
        words = "\n".join(" ".join(line.split()) for line in lines)
        if self.cells is not None:
            self.cells.append(words or "–")
        elif words:
            self.write(words)

    def paragraph_close(self, token: Token) -> None:
        self.gap = not token.hidden  # hidden: an item of a list without empty lines

    heading_close = table_close = hr = paragraph_close

    def fence(self, token: Token) -> None:
        self.write(token.content.rstrip("\n"))
        self.gap = True

    code_block = fence

    def bullet_list_open(self, _token: Token) -> None:
        self.numbers.append(None)

    def ordered_list_open(self, token: Token) -> None:
        self.numbers.append(int(token.attrs.get("start", 1)))

    def bullet_list_close(self, _token: Token) -> None:
        self.numbers.pop()
        self.gap = self.gap or not self.numbers

    ordered_list_close = bullet_list_close

    def list_item_open(self, _token: Token) -> None:
        number = self.numbers[-1]
        bullet = "- " if number is None else f"{number}. "
        self.widths.append(0 if self.bare else len(bullet))
        self.bullets += "" if self.bare else bullet
        if number is not None:
            self.numbers[-1] = number + 1

    def list_item_close(self, _token: Token) -> None:
        self.widths.pop()
        self.bullets = self.bullets[: sum(self.widths)]  # an item without words

    def footnote_open(self, token: Token) -> None:
        bullet = f"[{token.meta['id'] + 1}] "
        self.widths.append(len(bullet))
        self.bullets += bullet

    footnote_close = list_item_close

    def blockquote_open(self, _token: Token) -> None:
        self.quote += "" if self.bare else "“"

    def blockquote_close(self, _token: Token) -> None:
        if self.quote:  # a quotation without words
            self.quote = self.quote[:-1]
        elif self.lines and not self.bare:
            self.lines[-1] += "”"

    def tr_open(self, _token: Token) -> None:
        self.cells = []

    def tr_close(self, _token: Token) -> None:
        self.write(" · ".join(self.cells or ()))
        self.cells = None

    def words(self, tokens: Iterable[Token]) -> str:
        """Return a line as it reads: without marks, links with their address."""
        found: list[str] = []
        links: list[tuple[str, int]] = []  # the open one: its address, and where its words begin
        struck = 0
        for token, following in pairwise([*tokens, _text("")]):
            struck += token.nesting if token.type in {"s_open", "s_close"} else 0
            if struck:
                continue
            if token.type in {"text", "code_inline"}:
                found.append(token.content)
            elif token.type == "task":
                found.append(f"{token.content} ")
            elif token.type == "footnote_ref" and not self.bare:
                found.append(f"[{token.meta['id'] + 1}]")
            elif token.type in {"softbreak", "hardbreak"}:
                found.append("\n")
            elif token.type == "image":
                found.append(self.link(self.words(token.children or ()), str(token.attrs.get("src", ""))))
            elif token.type == "link_open":
                is_bare = token.info == "auto"  # an address in angle brackets
                links.append(("" if is_bare else str(token.attrs.get("href", "")), len(found)))
            elif token.type == "link_close" and links:
                address, start = links.pop()
                found[start:] = [self.link("".join(found[start:]), address)]
            elif token.markup == "*" and found and found[-1][-1:].isdigit() and following.content[:1].isdigit():
                found.append("*")  # 2*3*4 is no stress but a product
        return "".join(found)

    def link(self, words: str, address: str) -> str:
        """Return the words of a link with its address, unless that says the same or leads nowhere outside a browser."""
        shown = address.removeprefix("mailto:")
        if not words:
            return shown
        if self.bare or shown == words or not address.startswith(("http://", "https://", "mailto:")):
            return words
        return f"{words} ({shown})"


# --- Rules of our own -------------------------------------------------------------------------------------------------
def _shift_headings(state: StateCore) -> None:
    """Start at ``TOP_HEADING``, or where the text is asked to, and never skip a level, whatever the writer used."""
    top: int = state.env.get("top", TOP_HEADING)
    open_levels: list[int] = []
    for opening, _inline, closing in _triples(state.tokens, "heading_open"):
        level = int(opening.tag[1])
        while open_levels and open_levels[-1] >= level:
            open_levels.pop()
        open_levels.append(level)
        tag = f"h{min(top + len(open_levels) - 1, _DEEPEST_HEADING)}"
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
                first.content = first.content[task.end() :]
                token.children.insert(0, Token("task", "", 0, content="☐" if task[1] == " " else "☑"))
                state.tokens[at - 2].attrs["class"] = "task"


def _note(state: StateBlock, first: int, last: int, silent: bool) -> bool:
    """Read "[^a]: words" if the label is one that people write; the plugin looks for its end to the end of a line."""
    start = state.bMarks[first] + state.tShift[first]
    return bool(_NOTE.match(state.src, start)) and footnote_def(state, first, last, silent)


def _note_reference(state: StateInline, silent: bool) -> bool:
    return bool(_NOTE_REFERENCE.match(state.src, state.pos)) and footnote_ref(state, silent)


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


def _mark_references(state: StateCore) -> None:
    """Mark what a text ``refers`` to, and whom if it ``has_names``; within links and code without a link of its own."""
    if not state.env.get("refers"):
        return
    has_names = state.env.get("has_names")
    for token in state.tokens:
        if has_names and token.type in {"fence", "code_block"}:
            token.content = _mark_plain(token.content)
        inside = 0
        for child in token.children or ():
            inside += (child.type == "link_open") - (child.type == "link_close")
            if child.type == "text" and not inside:
                child.content = _NUMBER.sub(f"{_LINKED}#\\1{_END}", child.content)
            if not has_names:
                continue
            if child.type == "text" and not inside:
                child.content = _MEMBER.sub(f"{_LINKED}@\\1{_END}", child.content)
            elif child.type in {"text", "code_inline"}:
                child.content = _mark_plain(child.content)
            for word in child.children or ():  # what stands for an image
                word.content = _mark_plain(word.content)


def _mark_plain(text: str) -> str:
    return _MEMBER.sub(f"{_PLAIN}@\\1{_END}", text)


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
    """Images as links (nothing is loaded from elsewhere), code and tables that scroll by keyboard, notes below."""

    def image(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        token = tokens[idx]
        source = str(token.attrGet("src") or "")
        words = self.renderInlineAsText(token.children, options, env) or source
        if not source.lower().startswith(("http://", "https://")):
            return escape(words)
        return f'<a href="{escape(source)}">{escape(words)}</a>'

    def fence(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        token = tokens[idx]
        language = (token.info.split() or [""])[0]
        env["coloured"] = env.get("coloured", 0) + len(token.content)
        is_plain = env["coloured"] > MOST_COLOURED or _MARKS.search(token.content)
        code = escape(token.content) if is_plain else coloured(token.content, language)
        return f'<pre tabindex="0"><code>{code}</code></pre>\n'

    def code_block(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        return f'<pre tabindex="0"><code>{escape(tokens[idx].content)}</code></pre>\n'

    def task(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        sign = tokens[idx].content
        said = pgettext("a task in a list", "to do") if sign == "☐" else pgettext("a task in a list", "done")
        return f'<span role="img" aria-label="{escape(said)}">{sign}</span> '

    def footnote_ref(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        number, again = tokens[idx].meta["id"] + 1, tokens[idx].meta["subId"]
        name = "" if again else f' id="fnref{_WHICH}-{number}"'
        said = escape(gettext("note %(number)s") % {"number": number})
        return f'<sup><a href="#fn{_WHICH}-{number}"{name} aria-label="{said}">{number}</a></sup>'

    def footnote_block_open(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        return '<div class="notes"><ol>\n'

    def footnote_block_close(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        return "</ol></div>\n"

    def footnote_open(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        return f'<li id="fn{_WHICH}-{tokens[idx].meta["id"] + 1}">'

    def footnote_close(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        return "</li>\n"

    def footnote_anchor(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        number, again = tokens[idx].meta["id"] + 1, tokens[idx].meta["subId"]
        said = escape(gettext("back to where note %(number)s is") % {"number": number})
        return "" if again else f' <a href="#fnref{_WHICH}-{number}" aria-label="{said}">↩</a>'

    def table_open(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        return '<div class="table" tabindex="0"><table>\n'

    def table_close(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        return "</table></div>\n"


def _make_parser() -> MarkdownIt:
    parser = MarkdownIt(
        "commonmark", {"html": False, "breaks": True, "maxNesting": _MAX_NESTING}, renderer_cls=_Renderer
    ).enable(["table", "strikethrough"])
    footnote_plugin(parser, inline=False)
    parser.inline.ruler.at("footnote_ref", _note_reference)
    parser.block.ruler.at("footnote_def", _note, {"alt": ["paragraph", "reference"]})
    for name in [name for name in dir(_Renderer) if name.startswith("footnote_")]:
        parser.add_render_rule(name, getattr(_Renderer, name))
    for rule in (_flatten_depths, _shift_headings, _tick_tasks, _align_cells, _link_addresses, _mark_references):
        parser.core.ruler.push(rule.__name__, rule)
    return parser


_parser = _make_parser()
