"""People in forms: by handle, and shown by name and unit, so that two of one name stay two.

A name is not unique, a handle is; yet a name is what people type, so it is understood where one member has it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import connection
from django.db.models.functions import Lower
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .models import OldHandle, User

#: So many people one field takes, and so many of one name are listed to pick from.
MOST_PEOPLE = 50
MOST_LISTED = 5

_HANDLE = re.compile(r"(?:\S*/members/|@)?([-\w]{1,60})/?", re.ASCII)
_PARTS_OF_A_NAME = (3, 2, 1)  # "Jansen, Jan" is two


# --- Finding them ---------------------------------------------------------------------------------------------------
def find_members(text: str) -> tuple[list[User], list[ValidationError]]:
    """Return the active members that ``text`` names, each once, and what is wrong with the rest of it.

    Between people stand commas, semicolons or new lines; between handles spaces will do. A handle is read as "anna",
    "@anna" or the whole address of a profile, an old one too. A name counts when exactly one active member has it,
    whatever its accents and case. At most four queries.
    """
    found, problems, _unclear_parts = read_members(text)
    return found, problems


def read_members(text: str) -> tuple[list[User], list[ValidationError], list[str]]:
    """``find_members``, and the parts of ``text`` that are not clear, to be shown again."""
    parts = [" ".join(part.split()) for part in re.split(r"[,;\n]", text.replace("\0", ""))]
    parts = [part for part in parts if part]
    if len(parts) > MOST_PEOPLE:
        text = _("These are more than %(limit)d members.")
        return [], [ValidationError(text, code="many", params={"limit": MOST_PEOPLE})], parts
    handles = _by_handle({_handle_in(word) for part in parts for word in (part, *part.split())} - {""})
    names = _by_name(
        [_name(parts[at:], length) for at in range(len(parts)) for length in _PARTS_OF_A_NAME]
        if any(_handle_in(part) not in handles for part in parts)
        else []
    )
    found: dict[int, User] = {}
    problems: list[ValidationError] = []
    unclear: list[str] = []
    while parts:
        wanted, length = _first_of(parts, handles, names)
        for candidates in wanted:
            if len(candidates) == 1:
                found[candidates[0].pk] = candidates[0]
            else:
                unclear.append(_name(parts, length))
                problems.append(_unclear(unclear[-1], candidates))
        parts = parts[length:]
    return list(found.values()), problems, unclear


def _first_of(
    parts: Sequence[str], handles: Mapping[str, User], names: Mapping[str, Sequence[User]]
) -> tuple[list[Sequence[User]], int]:
    """Who can be meant by the first of ``parts``, for each person it names, and how many parts that takes."""
    if member := handles.get(_handle_in(parts[0])):
        return [[member]], 1
    for length in _PARTS_OF_A_NAME:
        if namesakes := names.get(_name(parts, length)):
            return [namesakes], length
    members = [handles.get(_handle_in(word)) for word in parts[0].split()]
    known = [[member] for member in members if member is not None]
    return (list(known), 1) if len(known) == len(members) else ([[]], 1)


def _name(parts: Sequence[str], length: int) -> str:
    return ", ".join(parts[:length])


def _handle_in(text: str) -> str:
    found = _HANDLE.fullmatch(text.lower())
    return found[1] if found else ""


def _by_handle(handles: set[str]) -> dict[str, User]:
    """Active members by the handles they have or had, in lower case."""
    rows = User.objects.active().alias(key=Lower("handle")).filter(key__in=handles).select_related("unit")
    found = {member.handle.lower(): member for member in rows}
    if missing := handles - found.keys():
        old = OldHandle.objects.alias(key=Lower("handle")).filter(key__in=missing, member__in=User.objects.active())
        found |= {row.handle.lower(): row.member for row in old.select_related("member__unit")}
    return found


def _by_name(names: Sequence[str]) -> dict[str, list[User]]:
    """Active members by the names as they were typed: all who have one."""
    if not names:
        return {}
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, sort_key(name) FROM unnest(%s::text[]) AS name", [list(names)])
        keys: dict[str, str] = dict(cursor.fetchall())
    rows = User.objects.active().filter(sort_name__in=keys.values()).select_related("unit").order_by("sort_name", "pk")
    members: defaultdict[str, list[User]] = defaultdict(list)
    for member in rows[: MOST_PEOPLE * MOST_LISTED]:
        members[member.sort_name].append(member)
    return {name: members[key] for name, key in keys.items() if key in members}


def _unclear(name: str, candidates: Sequence[User]) -> ValidationError:
    if not candidates:
        text = _("There is no member with the handle or name “%(name)s”.")
        return ValidationError(text, code="unknown", params={"name": name})
    people = "; ".join(member.described for member in candidates[:MOST_LISTED])
    text = _("There are more members called “%(name)s”: %(people)s. Type the handle of the one you mean.")
    return ValidationError(text, code="several", params={"name": name, "people": people})


# --- Fields ---------------------------------------------------------------------------------------------------------
def typed_name(field: str) -> str:
    """The name under which a box for people sends what is typed, beside the boxes of those who are chosen."""
    return f"{field}_typed"


class PeopleInput(forms.TextInput):
    """Whom one chose as boxes to untick, and a box to type others, below which the directory suggests who is meant.

    Suggestions come by htmx (``member_suggest``) and are buttons, so the keyboard reaches them; without a script what
    is typed is read as it stands.
    """

    template_name = "community/people_input.html"

    def __init__(self, attrs: dict[str, Any] | None = None, *, most: int, hub: str = "") -> None:
        """``most``: how many people it takes; ``hub``: the address of the only hub whose members are suggested."""
        self.most, self.hub = most, hub
        super().__init__({"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false", **(attrs or {})})

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> str | None:
        """The boxes that are ticked and what was typed, as one line; None where neither was sent."""
        if self.value_omitted_from_data(data, files, name):
            return None
        chosen = data.getlist(name) if isinstance(data, MultiValueDict) else [data.get(name)]
        return ", ".join(value for value in (*chosen, data.get(typed_name(name))) if value and value.strip())

    def value_omitted_from_data(self, data: Mapping[str, Any], files: Any, name: str) -> bool:
        """Whether neither a box nor what is typed was sent."""
        return name not in data and typed_name(name) not in data

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """Add ``chosen``; what is not clear stays in the box."""
        chosen, _problems, unclear = read_members(str(value or "")[: MOST_PEOPLE * 64])
        context = super().get_context(name, ", ".join(unclear), attrs)
        context["widget"].update(chosen=chosen, most=self.most, hub=self.hub, typed_name=typed_name(name))
        return context

    def use_required_attribute(self, initial: Any) -> bool:
        """Never: an empty box is right beside somebody who is chosen."""
        return False


class MembersField(forms.CharField):
    """Members, chosen or typed with commas between them; gives a list. See ``find_members`` for what is read."""

    most = MOST_PEOPLE

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", MOST_PEOPLE * 64)
        kwargs.setdefault("help_text", gettext_lazy("Start typing a name. Put commas between several."))
        super().__init__(widget=PeopleInput(most=self.most), **kwargs)

    def clean(self, value: Any) -> Any:
        """Find the members. Raises ValidationError with everything that is not clear."""
        found, problems = find_members(super().clean(value))
        if problems:
            raise ValidationError(problems)
        return found

    def prepare_value(self, value: Any) -> Any:
        """Show members as their handles."""
        return ", ".join(member.handle for member in value) if isinstance(value, (list, tuple)) else value

    def members_in(self, value: Any) -> list[User]:
        """The members that a value of the box names, as far as that is clear."""
        text = str(self.prepare_value(value) or "")[: self.max_length]
        return find_members(text)[0] if text.strip() else []

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compare people, not the ways to write them."""
        before, after = ((self.prepare_value(value) or "").strip() for value in (initial, data))
        return before != after and set(self.members_in(before)) != set(self.members_in(after))

    def in_words(self, value: Any) -> str:
        """The people themselves, one a line."""
        return "\n".join(member.described for member in self.members_in(value))


class MemberField(MembersField):
    """One member, chosen or typed; gives the member."""

    most = 1

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 300)
        kwargs.setdefault("help_text", gettext_lazy("Start typing a name."))
        super().__init__(**kwargs)

    def clean(self, value: Any) -> Any:
        """Find the member. Raises ValidationError when it is not clear who that is."""
        members = super().clean(value)
        if len(members) > 1:
            raise ValidationError(_("Name one member only."), code="several")
        return members[0] if members else None


def suggest_of(field: forms.Field, hub: str) -> None:
    """Let the box of ``field`` suggest members of the hub at the address ``hub`` only; who counts the form judges."""
    box = field.widget
    assert isinstance(box, PeopleInput)  # noqa: S101 - every field for people has one
    box.hub = hub
