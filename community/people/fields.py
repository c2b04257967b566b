"""People in forms: by handle, and shown by name and unit, so that two of one name stay two.

A name is not unique, a handle is; yet a name is what people type, so it is understood where one member has it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib.postgres.search import TrigramSimilarity
from django.core.exceptions import ValidationError
from django.db.models.functions import Lower
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from community.picking.fields import PickField, PickInput
from community.picking.finding import MOST_TOLD, Finder, Option, sort_keys
from ui.search import folded

from .models import OldHandle, User

if TYPE_CHECKING:
    from django.db.models import QuerySet

#: So many people one field takes.
MOST_PEOPLE = 50

_HANDLE = re.compile(r"(?:\S*/members/|@)?([-\w]{1,60})/?", re.ASCII)


# --- Finding them ---------------------------------------------------------------------------------------------------
class People(Finder[User]):
    """Active members, whoever asks: by handle ("anna", "@anna", the whole address of a profile), an old one too."""

    key = "members"
    most = MOST_PEOPLE
    spaces_part = True

    def address_in(self, word: str) -> str:
        """The handle that ``word`` may be."""
        found = _HANDLE.fullmatch(word.lower())
        return found[1] if found else ""

    def by_address(self, addresses: set[str], reader: User | None) -> dict[str, User]:
        """Active members by the handles they have or had, in lower case."""
        rows = _shown().alias(key=Lower("handle")).filter(key__in=addresses)
        found: dict[str, User] = {member.handle.lower(): member for member in rows}
        if missing := addresses - found.keys():
            old = OldHandle.objects.alias(key=Lower("handle")).filter(key__in=missing, member__in=User.objects.active())
            found |= {row.handle.lower(): row.member for row in old.select_related("member__unit")}
        return found

    def by_name(self, names: Sequence[str], reader: User | None) -> dict[str, list[User]]:
        """Active members by the names as they were typed: all who have one."""
        if not names:
            return {}
        keys = sort_keys(names)
        rows = _shown().filter(sort_name__in=keys.values()).order_by("sort_name", "pk")
        members: defaultdict[str, list[User]] = defaultdict(list)
        for member in rows[: MOST_PEOPLE * MOST_TOLD]:
            members[member.sort_name].append(member)
        return {name: members[key] for name, key in keys.items() if key in members}

    def nearest(self, name: str, reader: User | None) -> list[User]:
        """Those whose names share most trigrams with what was typed, by the index of these."""
        typed = folded(name)
        alike = _shown().filter(sort_name__trigram_similar=typed)
        likeness = TrigramSimilarity("sort_name", typed)  # type: ignore[arg-type]  # django-stubs know only text
        return list(alike.alias(likeness=likeness).order_by("-likeness", "pk")[:MOST_TOLD])

    def option(self, thing: User) -> Option:
        """The handle, and who it is among others."""
        return Option(thing.handle, thing.described)

    def unknown(self, name: str, nearest: Sequence[User]) -> ValidationError:
        """Nobody has this name, and who has nearly."""
        if nearest:
            text = _("There is no member with the handle or name “%(name)s”. Do you mean %(people)s?")
            params = {"name": name, "people": " · ".join(member.described for member in nearest)}
            return ValidationError(text, code="unknown", params=params)
        text = _("There is no member with the handle or name “%(name)s”.")
        return ValidationError(text, code="unknown", params={"name": name})

    def several(self, name: str, candidates: Sequence[User]) -> ValidationError:
        """More than one have it: who they are."""
        people = "; ".join(member.described for member in candidates)
        text = _("There are more members called “%(name)s”: %(people)s. Type the handle of the one you mean.")
        return ValidationError(text, code="several", params={"name": name, "people": people})

    def too_many(self) -> ValidationError:
        """These are more than a field takes."""
        text = _("These are more than %(limit)d members.")
        return ValidationError(text, code="many", params={"limit": self.most})


PEOPLE = People()


def _shown() -> QuerySet[User]:
    members: QuerySet[User] = User.objects.active().select_related("unit")
    return members


def find_members(text: str) -> tuple[list[User], list[ValidationError]]:
    """Return the active members that ``text`` names, each once, and what is wrong with the rest of it."""
    reading = PEOPLE.read(text, None)
    return reading.found, reading.problems


# --- Fields ---------------------------------------------------------------------------------------------------------
class MembersField(PickField[User]):
    """Members, chosen or typed with commas between them; gives a list. See ``People`` for what is read."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", MOST_PEOPLE * 64)
        kwargs.setdefault("help_text", gettext_lazy("Start typing a name. Put commas between several."))
        super().__init__(**{"finder": PEOPLE, **kwargs})


class MemberField(MembersField):
    """One member, chosen or typed; gives the member."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 300)
        kwargs.setdefault("help_text", gettext_lazy("Start typing a name."))
        super().__init__(most=1, **kwargs)

    def clean(self, value: Any) -> Any:
        """Find the member. Raises ValidationError when it is not clear who that is."""
        members = super().clean(value)
        if len(members) > 1:
            raise ValidationError(_("Name one member only."), code="several")
        return members[0] if members else None


def suggest_of(field: forms.Field, hub: str) -> None:
    """Let the box of ``field`` suggest members of the hub at the address ``hub`` only; who counts the form judges."""
    box = field.widget
    assert isinstance(box, PickInput)  # noqa: S101 - every field for people has one
    box.within = hub
