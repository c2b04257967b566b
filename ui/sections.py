"""Parts of pages that apps above fill in ``AppConfig.ready()``: home, the landing page. Spec 00, Floors; 07, Pages."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest

from ui.registry import NavEntry, Registry
from ui.shared import SharedValue


@dataclass(frozen=True, kw_only=True, slots=True)
class Section:
    """One part of a page, made by the app that knows about it.

    ``load`` costs at most one query and returns what ``template`` shows, or None when there is nothing to show. A
    ``lede`` in it is a sentence for the top of the page, shown where nothing waits. ``aside`` puts the section into the
    narrow column, ``lead`` right under the head of the page, before all else.
    """

    key: str
    template: str
    load: Callable[[HttpRequest], Mapping[str, Any] | None]
    order: int = 100
    aside: bool = False
    lead: bool = False


@dataclass(frozen=True, slots=True)
class ShownSection:
    """A section with its data, ready for ``{% section shown %}``."""

    key: str
    template: str
    aside: bool
    data: Mapping[str, Any]
    lead: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Figure:
    """A number that matters, the same for every visitor; ``label`` gives the word that goes with it."""

    key: str
    number: SharedValue[int]
    label: Callable[[int], str]
    order: int = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class ShownTodo:
    """Something that waits for this member: what, why, and the one link that leads to doing it.

    With a ``template``, an ``<li>`` that gets ``todo``, it can be done right there; ``data`` is for that template.
    """

    icon: str
    title: str
    text: str
    url: str
    action: str
    template: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class TodoSource:
    """Where things that wait come from; ``load`` costs at most one query.

    Only what ``activity.todos`` keeps costs one more for each kind of thing that waits.
    """

    key: str
    load: Callable[[HttpRequest], Iterable[ShownTodo]]
    order: int = 100


def load_sections(sections: Iterable[Section], request: HttpRequest) -> list[ShownSection]:
    """Load every section that has something to show, in order."""
    loaded = ((section, section.load(request)) for section in sections)
    return [ShownSection(it.key, it.template, it.aside, data, it.lead) for it, data in loaded if data is not None]


home_sections: Registry[Section] = Registry("home sections")
"""What a member sees at ``/``; at most eight."""

home_acts: Registry[NavEntry] = Registry("home acts")
"""What a member comes to do, in the head of home: the first that they may do is its one act."""

home_todos: Registry[TodoSource] = Registry("home todos")
"""What waits for a member, on top of home."""

landing_sections: Registry[Section] = Registry("landing sections")
"""What a visitor sees at ``/``, below the numbers."""

landing_figures: Registry[Figure] = Registry("landing figures")
"""The numbers on the landing page."""
