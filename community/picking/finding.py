"""What somebody types into a box, and whom or what it names: by the address of a page, or by a name.

A name is not unique, an address is; yet a name is what people type, so it is understood where one thing has it. What is
unclear is told with what may be meant, and stays as it was typed.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from django.core.exceptions import ValidationError
from django.db import connection

from ui.registry import Registry, Text

if TYPE_CHECKING:
    from community.models import User

#: So many things of one name, or of nearly this name, are told to choose from.
MOST_TOLD = 5
#: For so many parts that name nothing the nearest are looked for: each costs a statement.
MOST_NEAREST = 3
#: Where there are no more than these, all of them are shown as boxes to tick: on a phone that is quicker than typing.
FEW = 12


@dataclass(frozen=True, slots=True)
class Option:
    """Something to choose: what the form sends for it, and what is read."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Reading[T]:
    """What a text names, each once; what is wrong with the rest of it, and that rest, to be shown again."""

    found: list[T]
    problems: list[ValidationError]
    unclear: list[str]


class Finder[T](ABC):
    """How things of one kind are found by what somebody types."""

    #: Names the kind in addresses.
    key: ClassVar[str]
    #: So many of them one box takes.
    most: ClassVar[int] = 50
    #: A name may have commas in it: "Jansen, Jan" is two parts. The longest is tried first.
    parts_of_a_name: ClassVar[tuple[int, ...]] = (3, 2, 1)
    #: Whether between addresses spaces will do.
    spaces_part: ClassVar[bool] = False
    #: How to use the line for several, where no field says so itself.
    hint: ClassVar[Text] = ""
    #: Whether some are suggested before anything is typed.
    suggests_at_once: ClassVar[bool] = False

    def read(self, text: str, reader: User | None) -> Reading[T]:
        """Read what was typed or ticked. At most four statements, and one for each of three unknown names.

        Between several stand commas, semicolons or new lines.
        """
        parts = [" ".join(part.split()) for part in re.split(r"[,;\n]", text.replace("\0", ""))]
        parts = [part for part in parts if part]
        if not parts:
            return Reading([], [], [])
        if len(parts) > self.most:
            return Reading([], [self.too_many()], parts)
        words = {word for part in parts for word in (part, *(part.split() if self.spaces_part else ()))}
        known = self.by_address({self.address_in(word) for word in words} - {""}, reader)
        names = self.by_name(
            [_name(parts[at:], length) for at in range(len(parts)) for length in self.parts_of_a_name]
            if any(self.address_in(part) not in known for part in parts)
            else [],
            reader,
        )
        found: dict[Any, T] = {}
        problems: list[ValidationError] = []
        unclear: list[str] = []
        while parts:
            wanted, length = self._first_of(parts, known, names)
            for candidates in wanted:
                if len(candidates) == 1:
                    found[self.option(candidates[0]).value] = candidates[0]
                else:
                    unclear.append(_name(parts, length))
                    problems.append(self._problem(unclear[-1], candidates, reader, len(problems)))
            parts = parts[length:]
        return Reading(list(found.values()), problems, unclear)

    def _first_of(
        self, parts: Sequence[str], known: Mapping[str, T], names: Mapping[str, Sequence[T]]
    ) -> tuple[list[Sequence[T]], int]:
        """What can be meant by the first of ``parts``, for each thing it names, and how many parts that takes."""
        if (only := known.get(self.address_in(parts[0]))) is not None:
            return [[only]], 1
        for length in self.parts_of_a_name:
            if namesakes := names.get(_name(parts, length)):
                return [namesakes], length
        words = parts[0].split() if self.spaces_part else [parts[0]]
        several = [known.get(self.address_in(word)) for word in words]
        each = [[one] for one in several if one is not None]
        return (list(each), 1) if len(each) == len(several) else ([[]], 1)

    def _problem(self, name: str, candidates: Sequence[T], reader: User | None, before: int) -> ValidationError:
        if candidates:
            return self.several(name, candidates[:MOST_TOLD])
        return self.unknown(name, self.nearest(name, reader)[:MOST_TOLD] if before < MOST_NEAREST else [])

    @abstractmethod
    def address_in(self, word: str) -> str:
        """The address that ``word`` may be, in small letters; "" where it cannot be one."""

    @abstractmethod
    def by_address(self, addresses: set[str], reader: User | None) -> dict[str, T]:
        """Things that ``reader`` may know of, by the addresses they have or had."""

    @abstractmethod
    def by_name(self, names: Sequence[str], reader: User | None) -> dict[str, list[T]]:
        """The same by their names, as these were typed: all that have one."""

    @abstractmethod
    def nearest(self, name: str, reader: User | None) -> list[T]:
        """The few whose names are most like one that nothing has. One statement."""

    @abstractmethod
    def option(self, thing: T) -> Option:
        """What the form sends for it, and what is read."""

    @abstractmethod
    def unknown(self, name: str, nearest: Sequence[T]) -> ValidationError:
        """Nothing has this name."""

    @abstractmethod
    def several(self, name: str, candidates: Sequence[T]) -> ValidationError:
        """More than one have it."""

    @abstractmethod
    def too_many(self) -> ValidationError:
        """These are more than ``most``."""

    def all_if_few(self, reader: User | None) -> list[T] | None:
        """All there are to choose from where they are few, else None. One statement."""
        return None


def _name(parts: Sequence[str], length: int) -> str:
    return ", ".join(parts[:length])


def sort_keys(names: Sequence[str]) -> dict[str, str]:
    """What each of ``names`` is found by, whatever its accents and case (``ui.fields.sort_key``). One statement."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, sort_key(name) FROM unnest(%s::text[]) AS name", [list(names)])
        return dict(cursor.fetchall())


class Suggester(ABC):
    """What a box suggests while one types; filled in where it can be found out, ``AppConfig.ready()``."""

    key: str
    order: int = 100
    finder: Finder[Any]
    #: The name of the list of suggestions.
    heading: Text

    @abstractmethod
    def suggest(self, reader: User, words: str, *, within: str, but: Sequence[str]) -> list[Option]:
        """The few that best fit ``words`` and that ``reader`` may know of, without those that are chosen (``but``).

        ``within`` narrows them, as the field that asks says. At most five statements.
        """

    @abstractmethod
    def nothing(self, words: str) -> str:
        """That nothing fits, as a sentence."""


#: By the key of their finder.
suggesters: Registry[Suggester] = Registry("suggesters")
