"""A list of themes as text to be agreed, and in words what it changes in the one before. Spec 02, Themes."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from django.utils.translation import gettext, override, pgettext

from ui.diff import word_diff

from .models import VersionedTheme

if TYPE_CHECKING:
    from django.utils.safestring import SafeString

_SIGNS = re.compile(r"([!-/:-@\[-`{-~])")  # of Markdown, and whatever else a backslash may stand before


def listed(themes: Iterable[VersionedTheme]) -> list[VersionedTheme]:
    """Those that are on the list, in order."""
    return sorted((it for it in themes if it.place is not None), key=lambda it: it.place or 0)


def left_out(themes: Iterable[VersionedTheme]) -> list[VersionedTheme]:
    """Those that are no longer on it, by name."""
    return sorted((it for it in themes if it.place is None), key=lambda it: it.name.lower())


def as_markdown(themes: Sequence[VersionedTheme], language: str) -> str:
    """The list as Markdown, with what becomes of what is left out, in words of ``language``."""
    parts = [_item(number, theme) for number, theme in enumerate(listed(themes), start=1)]
    gone = left_out(themes)
    if gone:
        with override(language):
            heading = pgettext("in a list of themes", "No longer a theme")
            lines = [f"- {_words(theme.name)}: {where_to(theme, themes)}" for theme in gone]
        parts.append(f"**{heading}**\n\n" + "\n".join(lines))
    return "\n\n".join(parts)


def where_to(theme: VersionedTheme, themes: Iterable[VersionedTheme]) -> str:
    """What becomes of the bottlenecks of a theme that is left out, in the language that is active."""
    to = next((it for it in themes if it.pk == theme.goes_to_id), None)
    if to is None:
        return gettext("its bottlenecks have no theme from then on")
    return gettext("its bottlenecks go to “%(theme)s”") % {"theme": to.name}


def _item(number: int, theme: VersionedTheme) -> str:
    bullet = f"{number}. "
    indent = " " * len(bullet)
    body = "\n".join(f"{indent}{line}".rstrip() for line in theme.explanation.strip().splitlines())
    return f"{bullet}**{_words(theme.name)}**" + (f"\n\n{body}" if body else "")


def _words(name: str) -> str:
    """A name as Markdown that says just this."""
    return _SIGNS.sub(r"\\\1", name)


# --- What changed -----------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Change:
    """One difference: "added", "removed", "renamed", "moved" or "explained"; ``was`` is the former name or place."""

    kind: str
    name: str
    language: str
    was: str = ""
    now: str = ""
    diff: SafeString | None = None


def changes(before: Iterable[VersionedTheme], after: Sequence[VersionedTheme]) -> list[Change]:
    """What ``after`` changes in ``before``, theme by theme in its order; last what is left out. No query."""
    was: Mapping[UUID, VersionedTheme] = {it.key: it for it in listed(before)}
    now = listed(after)
    places = {key: number for number, key in enumerate(was)}
    stayed = _that_stayed([places[it.key] for it in now if it.key in was])
    found: list[Change] = []
    for theme in now:
        found += _of(theme, was.get(theme.key), is_moved=theme.key in was and places[theme.key] not in stayed)
    keys = {it.key for it in now}
    found += [
        Change("removed", it.name, it.language, now=_where_to(it, after)) for key, it in was.items() if key not in keys
    ]
    return found


def _of(theme: VersionedTheme, before: VersionedTheme | None, *, is_moved: bool) -> Iterator[Change]:
    name, language = theme.name, theme.language
    if before is None:
        yield Change("added", name, language, now=str(theme.place))
        return
    if before.name != name:
        yield Change("renamed", name, language, was=before.name)
    if is_moved:
        yield Change("moved", name, language, was=str(before.place), now=str(theme.place))
    if before.explanation != theme.explanation:
        yield Change("explained", name, language, diff=word_diff(before.explanation, theme.explanation))


def _that_stayed(places: Sequence[int]) -> set[int]:
    """The longest run of places that is still in order: whatever is not in it was moved."""
    ends: list[int] = []  # of the runs found so far, by their length, each the smallest
    lengths: list[int] = []
    for place in places:
        at = bisect_left(ends, place)
        ends[at : at + 1] = [place]
        lengths.append(at + 1)
    kept, length = set(), len(ends)
    for place, its_length in zip(reversed(places), reversed(lengths), strict=True):
        if its_length == length:
            kept.add(place)
            length -= 1
    return kept


def _where_to(theme: VersionedTheme, after: Iterable[VersionedTheme]) -> str:
    gone = next((it for it in after if it.key == theme.key), None)
    return where_to(gone, after) if gone is not None else ""
