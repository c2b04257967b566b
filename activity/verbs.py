"""What can happen: every app registers its verbs, in a ``verbs.py`` of its own. Spec 00, One subject, one ledger."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

from django.utils.translation import pgettext_lazy

from ui.registry import Registry

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise


class Level(IntEnum):
    """How much somebody wants to hear about a subject, from nothing to everything. Spec 06, Following."""

    SILENT = 0
    STATUS = 1
    FOLLOW = 2
    EVERYTHING = 3


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Verb:
    """One thing that can happen to a subject.

    ``key`` is what the database keeps: never change it. ``sentence`` has no full stop; ``{actor}`` and ``{other}`` are
    filled when it is read. ``plural`` (``ngettext_lazy(…, "count")`` with ``%(count)d``) is said in its place where a
    timeline counts entries instead of naming who acted. ``icon`` is a symbol of the sprite, ``css_class`` a class of
    ``.timeline > li``: "", "is-water" or "is-spark".

    Verbs of one ``group`` come in numbers and are folded, even where they alternate. ``is_news`` says that it is worth
    a line of its own to somebody who was not there. Without ``is_signed`` it is recorded without an actor, always:
    naming who it was would amount to watching people (votes, RSVPs, reading). Without ``is_told`` no timeline tells it,
    whoever reads: it is for a few, and those who may know of it see it where it is dealt with.

    ``level`` is the lowest level of following that hears of it; whoever is silent hears of nothing. ``notice`` is the
    kind of notification that it is to them (``notices.kinds``). With ``reaches_hubs`` whoever follows a hub of its
    subject hears of it at any level: somebody begins something there. ``concerns`` are receivers of announcements
    (``announcements.receivers``) who hear of it whether they follow it or not, with the kind that it is to them. With
    ``tells_named`` whoever its comment names hears of that.

    The log of the facilitators tells what only they may read, unless no timeline does; with ``is_logged`` it tells this
    in any case, as it does with who was named what.
    """

    key: str
    sentence: _StrOrPromise
    plural: _StrOrPromise = ""
    icon: str = "circle-dot"
    css_class: str = ""
    group: str = ""
    is_news: bool = False
    is_signed: bool = True
    is_told: bool = True
    is_logged: bool = False
    level: Level = Level.EVERYTHING
    notice: str = "status"
    reaches_hubs: bool = False
    concerns: tuple[str, str] | None = None
    tells_named: bool = False

    @property
    def order(self) -> int:
        """One like another."""
        return 0

    @property
    def is_heard(self) -> bool:
        """Whether somebody may have to be told: not of what is watching people, nor of what no timeline tells."""
        return self.tells_named or (self.is_told and (self.is_signed or self.level < Level.EVERYTHING))


verbs: Registry[Verb] = Registry("verbs")

MAIL_SENT_AGAIN = verbs.register(
    Verb(key="mail_sent_again", sentence=pgettext_lazy("ledger", "{actor} had a mail sent again"), icon="mail")
)

#: What is said of an entry whose verb nobody registers any more, because its app is gone.
FORGOTTEN = Verb(key="", sentence=pgettext_lazy("ledger", "Something happened"))
