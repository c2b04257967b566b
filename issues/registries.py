"""What the floors above add to acts and pages about bottlenecks, in ``AppConfig.ready()``. Spec 00, Floors."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ui.registry import Registry, Text

if TYPE_CHECKING:
    from activity.models import Subject
    from community.models import User
    from issues.bottlenecks.models import Bottleneck
    from issues.replies.models import AnonymousFiling


def _facilitates(member: User, _place: Subject) -> bool:
    return member.is_facilitator


@dataclass(frozen=True, kw_only=True, slots=True)
class FilingPlace:
    """A kind of subject (``key``) at which bottlenecks can be filed; ``is_open`` asks it of one, in one query.

    ``may_file_in_bulk`` says who may write down there, for others, all that came up: who has charge of it.
    """

    key: str
    is_open: Callable[[Subject], bool]
    may_file_in_bulk: Callable[[User, Subject], bool] = _facilitates
    order: int = 100


filing_places: Registry[FilingPlace] = Registry("places to file at")
"""Where bottlenecks come up."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LifeStep:
    """A step on the life-line of bottlenecks between generic and their end. Spec 02, Board.

    ``key`` is what a bottleneck keeps with the day on which it was taken (``bottlenecks.actions.mark_step``): never
    change it. ``word`` is what the mark on the line says; a row of a list shows no more. ``about`` adds on its own page
    who or what it was ("by Kern Oost"), in at most one query, asked only where the step was taken; "" for nothing.
    """

    key: str
    word: Text
    about: Callable[[Bottleneck, User], str] = lambda _bottleneck, _reader: ""
    order: int = 100


life_steps: Registry[LifeStep] = Registry("steps on a life-line")
"""What can become of a bottleneck before it ends: taken up by a hub; later on the table in a session, in a dossier."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ReplyPart:
    """What a reply code can do beside reading and answering: a part of the page that it opens.

    ``load`` gets what was filed and returns what ``template`` shows, or None; at most one query. The template gets
    ``code`` as well: its forms send it along, and their views look it up again.
    """

    key: str
    template: str
    load: Callable[[AnonymousFiling], Mapping[str, Any] | None]
    order: int = 100


reply_parts: Registry[ReplyPart] = Registry("parts of the page of a reply code")
"""What whoever filed anonymously can do by their code."""
