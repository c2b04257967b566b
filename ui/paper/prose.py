"""Markdown as a small tree that a paper draws: paragraphs, lists and quotations of plain, strong and stressed words.

What paper cannot do is said in words: a link is followed by its address, a heading is a strong line, a table has its
rows, code its lines. The tree holds dicts, lists and texts only, for it travels as JSON.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from markdown_it.token import Token

from ui.markdown import parsed

type Tree = list[dict[str, Any]]

_MARKS = {"strong": "strong", "em": "stressed", "s": "struck"}


def prose(text: str) -> Tree:
    """Return the blocks of ``text``.

    A block is ``{"kind": "words", "words": […]}`` of spans ``{"text", "strong", "stressed", "struck"}``; or
    ``{"kind": "list", "start": 1, "items": […]}`` of lists of blocks, where ``start`` is None for bullets; or
    ``{"kind": "quote", "blocks": […]}``.
    """
    tokens = parsed(text)
    if tokens is None:
        return [_words([_span(text)])]
    return _Reader(tokens).blocks()


def _span(text: str, **marks: bool) -> dict[str, Any]:
    return {"text": text, **dict.fromkeys(_MARKS.values(), False), **marks}


def _words(spans: list[dict[str, Any]]) -> dict[str, Any]:
    return {"kind": "words", "words": spans}


class _Reader:
    """Reads tokens from the left; each method leaves off behind what it read."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self.tokens = tokens
        self.at = 0

    def blocks(self, end: str = "") -> Tree:
        """The blocks up to the token ``end``, which is read as well."""
        found: Tree = []
        while self.at < len(self.tokens):
            token = self.tokens[self.at]
            self.at += 1
            if token.type == end:
                break
            found += self.block(token)
        return found

    def block(self, token: Token) -> Tree:
        match token.type:
            case "heading_open":
                self.at += 2
                return [_words(_spans(self.tokens[self.at - 2].children or (), strong=True))]
            case "inline":
                return [_words(_spans(token.children or ()))] if token.content else []
            case "bullet_list_open" | "ordered_list_open":
                start = int(token.attrs.get("start", 1)) if token.type == "ordered_list_open" else None
                return [{"kind": "list", "start": start, "items": self.items(token.type.replace("open", "close"))}]
            case "blockquote_open":
                return [{"kind": "quote", "blocks": self.blocks("blockquote_close")}]
            case "fence" | "code_block":
                return [_words([_span(token.content.rstrip("\n"))])]
            case "tr_open":
                return [_words(self.cells())]
        return []

    def items(self, end: str) -> list[Tree]:
        found: list[Tree] = []
        while self.at < len(self.tokens) and self.tokens[self.at].type != end:
            self.at += 1
            found.append(self.blocks("list_item_close"))
        self.at += 1
        return found

    def cells(self) -> list[dict[str, Any]]:
        spans: list[dict[str, Any]] = []
        while self.tokens[self.at].type != "tr_close":
            token = self.tokens[self.at]
            self.at += 1
            if token.type == "inline":
                spans += [*([_span(" · ")] if spans else []), *_spans(token.children or ())]
        self.at += 1
        return spans


def _spans(tokens: Sequence[Token], **marks: bool) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    links: list[tuple[str, int]] = []
    for token in tokens:
        name = token.type.rpartition("_")[0]
        if name in {"strong", "em", "s"}:
            marks = {**marks, _MARKS[name]: token.nesting > 0}
        elif token.type in {"softbreak", "hardbreak"}:
            found.append(_span("\n", **marks))
        elif token.type == "link_open":
            links.append(("" if token.info == "auto" else str(token.attrs.get("href", "")), len(found)))
        elif token.type == "link_close" and links:
            address, start = links.pop()
            shown = address.removeprefix("mailto:")
            if shown and shown != "".join(it["text"] for it in found[start:]):
                found.append(_span(f" ({shown})", **marks))
        elif token.type == "image":
            found += _spans(token.children or (), **marks)
        elif token.type == "footnote_ref":
            found.append(_span(f"[{token.meta['id'] + 1}]", **marks))
        elif token.content:
            found.append(_span(token.content, **marks))
    return found
