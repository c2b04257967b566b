"""HTML as a tree, and what htmx does to it, without a browser."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

from django.utils.html import VOID_ELEMENTS

DRAWN = {"path", "circle", "use"}  # inside <svg> they close themselves


@dataclass(eq=False)
class Node:
    """An element; text stands between its children as plain strings."""

    name: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list[Node | str] = field(default_factory=list)
    parent: Node | None = None

    def walk(self) -> Iterator[Node]:
        """This element and all in it, in order."""
        yield self
        for child in self.children:
            if isinstance(child, Node):
                yield from child.walk()

    def all(self, *names: str) -> list[Node]:
        return [node for node in self.walk() if not names or node.name in names]

    def by_id(self, wanted: str) -> Node | None:
        return next((node for node in self.walk() if node.attributes.get("id") == wanted), None)

    def text(self) -> str:
        return " ".join("".join(c if isinstance(c, str) else f" {c.text()} " for c in self.children).split())

    def up(self, *names: str) -> Node | None:
        """The nearest element of these names that holds this one."""
        node = self.parent
        while node is not None and node.name not in names:
            node = node.parent
        return node

    def inherited(self, name: str) -> str:
        """What htmx takes an attribute to be: an element's own, else that of what holds it."""
        node: Node | None = self
        while node is not None:
            if name in node.attributes:
                return node.attributes[name]
            node = node.parent
        return ""


class _Builder(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.root = self.at = Node("")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = Node(tag, {name: value or "" for name, value in attrs}, parent=self.at)
        self.at.children.append(node)
        if tag not in VOID_ELEMENTS | DRAWN:
            self.at = node

    def handle_endtag(self, tag: str) -> None:
        if tag in DRAWN:
            return
        assert self.at.name == tag, f"<{self.at.name}> is closed by </{tag}>"
        assert self.at.parent is not None
        self.at = self.at.parent

    def handle_data(self, data: str) -> None:
        self.at.children.append(data)


def parse(html: str) -> Node:
    """Read a page or a part of one. Fails on an element that is not closed, or closed in another one."""
    builder = _Builder()
    builder.feed(html)
    builder.close()
    assert builder.at is builder.root, f"<{builder.at.name}> is not closed"
    return builder.root


def doubled(tree: Node) -> list[str]:
    """The ids that stand more than once."""
    seen = Counter(node.attributes["id"] for node in tree.walk() if "id" in node.attributes)
    return [name for name, times in seen.items() if times > 1]


# --- What htmx does --------------------------------------------------------------------------------------------------
def _place(old: Node, new: list[Node | str], *, inside: bool) -> None:
    if inside:
        old.children = new
        holder = old
    else:
        assert old.parent is not None
        holder = old.parent
        at = holder.children.index(old)
        holder.children[at : at + 1] = new
    for node in new:
        if isinstance(node, Node):
            node.parent = holder


def swap(tree: Node, source: Node, html: str) -> list[str]:
    """Put an answer into ``tree`` as htmx does; returns what it found no place for."""
    lost = []
    answer = parse(html)
    out_of_band = [node for node in answer.walk() if "hx-swap-oob" in node.attributes]
    for node in out_of_band:
        assert node.parent is not None
        node.parent.children.remove(node)
    target = _target(tree, source)
    if target is None:
        lost.append(source.inherited("hx-target"))
    else:
        _place(target, answer.children, inside=source.inherited("hx-swap") == "innerHTML")
    for node in out_of_band:
        old = tree.by_id(node.attributes["id"])
        if old is None:
            lost.append(node.attributes["id"])
        elif node.attributes["hx-swap-oob"] == "innerHTML":
            _place(old, node.children, inside=True)
        else:
            _place(old, [node], inside=False)
    return lost


def _target(tree: Node, source: Node) -> Node | None:
    wanted = source.inherited("hx-target")
    if not wanted:
        return source
    if wanted.startswith("closest ."):
        node: Node | None = source
        while node is not None and wanted.removeprefix("closest .") not in node.attributes.get("class", "").split():
            node = node.parent
        return node
    return tree.by_id(wanted.removeprefix("#"))
