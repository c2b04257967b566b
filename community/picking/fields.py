"""The box for hubs, topics or people: what is chosen as boxes to untick, and a line to type others.

There may be thousands, so no form lists them all: they are suggested while one types. Suggestions come by htmx and are
buttons below the line, so that the keyboard and readers of screens meet nothing they do not know; without a script what
is typed is read as it stands.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.datastructures import MultiValueDict

from ui.http import typed
from ui.registry import Text

from .finding import Finder

if TYPE_CHECKING:
    from django.http import QueryDict
    from django.utils.safestring import SafeString

    from community.models import User

#: Characters of one name or address.
LONGEST_NAME = 120


def typed_name(field: str) -> str:
    """The name under which a box sends what is typed, beside the boxes of what is chosen."""
    return f"{field}_typed"


def what_was_sent(data: Mapping[str, Any], name: str) -> str:
    """The boxes that are ticked and what was typed, as one line."""
    chosen = data.getlist(name) if isinstance(data, MultiValueDict) else [data.get(name)]
    return ", ".join(value for value in (*chosen, data.get(typed_name(name))) if value and value.strip())


@dataclass(frozen=True, slots=True)
class Filtered[T]:
    """What a filter was asked for: its ``value`` in an address, the thing itself, or what is wrong with the words."""

    value: str = ""
    thing: T | None = None
    problem: str = ""

    @property
    def shown(self) -> list[T] | str:
        """What its box is drawn with."""
        return self.value if self.thing is None else [self.thing]


def filtered[T](finder: Finder[T], data: QueryDict, name: str, reader: User | None) -> Filtered[T]:
    """Read a filter that takes one thing: what was typed, else what is chosen. No statement where nothing is asked."""
    text = typed(data, typed_name(name), LONGEST_NAME) or typed(data, name, LONGEST_NAME)
    return filtered_by(finder, text, reader) if text else Filtered()


def filtered_by[T](finder: Finder[T], text: str, reader: User | None) -> Filtered[T]:
    """The first thing that ``text`` names, or what is wrong with it."""
    reading = finder.read(text, reader)
    if reading.found:
        return Filtered(finder.option(reading.found[0]).value, reading.found[0])
    return Filtered(text, problem=" ".join(reading.problems[0].messages))


class PickInput(forms.TextInput):
    """Draws the box. Where there are few to choose from it shows all: boxes to tick, or a list to choose one."""

    template_name = "community/pick_input.html"

    def __init__(
        self,
        attrs: dict[str, Any] | None = None,
        *,
        finder: Finder[Any],
        most: int,
        within: str = "",
        reader: User | None = None,
        none_label: Text = "",
        is_filter: bool = False,
    ) -> None:
        """``most``: how many it takes; ``within`` narrows what is suggested; ``none_label``: in a list, nothing chosen.

        A filter tells the page that holds it whenever what is chosen changes (``picked``).
        """
        self.finder, self.most, self.within, self.reader = finder, most, within, reader
        self.none_label, self.is_filter = none_label, is_filter
        self._few: list[Any] | None = None
        self._knows_few = False
        super().__init__({"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false", **(attrs or {})})

    @property
    def few(self) -> list[Any] | None:
        """All there are, where they are few; asked once."""
        if not self._knows_few:
            self._few, self._knows_few = self.finder.all_if_few(self.reader), True
        return self._few

    @property
    def use_fieldset(self) -> bool:  # type: ignore[override]  # Django has a constant
        """Whether it is a group of boxes to tick, with a legend instead of a label."""
        return self.most > 1 and self.few is not None

    def id_for_label(self, id_: str | None) -> str | None:  # type: ignore[override]
        """None for a group."""
        return "" if self.use_fieldset else id_

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> str | None:
        """The boxes that are ticked and what was typed, as one line; None where neither was sent."""
        return None if self.value_omitted_from_data(data, files, name) else what_was_sent(data, name)

    def value_omitted_from_data(self, data: Mapping[str, Any], files: Any, name: str) -> bool:
        """Whether neither a box nor what is typed was sent."""
        return name not in data and typed_name(name) not in data

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """Add what is ``chosen``, and ``all`` where they are few; what is not clear stays in the line.

        ``value`` is what was sent, or the things themselves.
        """
        found, unclear = self._read(value)
        hint = self.finder.hint if self.most > 1 and self.few is None else ""
        if hint and attrs and "id" in attrs:
            described = attrs.get("aria-describedby", "")
            attrs = {**attrs, "aria-describedby": f"{described} {attrs['id']}_hint".strip()}
        context = super().get_context(name, ", ".join(unclear), attrs)
        chosen = [self.finder.option(thing) for thing in found]
        # Whoever is beyond the few (closed by now, say) but chosen stands among them.
        few = None if self.few is None else [self.finder.option(thing) for thing in self.few]
        values = {option.value for option in chosen}
        if few is not None:
            few = [*few, *(option for option in chosen if option not in few)]
        context["widget"].update(
            kind=self.finder.key,
            chosen=chosen,
            few=few,
            chosen_values=values,
            most=self.most,
            hint=hint,
            within=self.within,
            none_label=self.none_label,
            is_filter=self.is_filter,
            suggests_at_once=self.finder.suggests_at_once and len(chosen) < self.most,
            typed_name=typed_name(name),
        )
        return context

    def _read(self, value: Any) -> tuple[Sequence[Any], Sequence[str]]:
        if isinstance(value, list | tuple):
            return value, ()
        reading = self.finder.read(str(value or "")[: self.finder.most * LONGEST_NAME], self.reader)
        return reading.found, reading.unclear

    def draw(self, name: str, asked: Filtered[Any]) -> SafeString:
        """The box of a filter with what was asked for; its id is the usual one, and that of an error belongs to it."""
        wrong = {"aria-invalid": "true", "aria-describedby": f"id_{name}_error"} if asked.problem else {}
        return self.render(name, asked.shown, {"id": f"id_{name}", **wrong})

    def use_required_attribute(self, initial: Any) -> bool:
        """Never: an empty line is right beside something that is chosen."""
        return False


class PickField[T](forms.CharField):
    """Several things, chosen or typed with commas between them; gives a list. See ``Finder.read``."""

    finder: Finder[T]
    most: int

    def __init__(self, *, finder: Finder[T], most: int | None = None, **kwargs: Any) -> None:
        self.finder = finder
        self.most = finder.most if most is None else most
        kwargs.setdefault("max_length", self.most * LONGEST_NAME + LONGEST_NAME)
        kwargs.setdefault("widget", PickInput(finder=finder, most=self.most))
        super().__init__(**kwargs)

    @property
    def box(self) -> PickInput:
        """What draws it."""
        assert isinstance(self.widget, PickInput)  # noqa: S101 - every such field has one
        return self.widget

    def choose_for(self, reader: User, *, within: str = "") -> None:
        """Let ``reader`` choose among what they may know of; the box suggests what is ``within``."""
        self.box.reader, self.box.within = reader, within

    def clean(self, value: Any) -> Any:
        """Find them. Raises ValidationError with everything that is not clear."""
        reading = self.finder.read(super().clean(value), self.box.reader)
        if reading.problems:
            raise ValidationError(reading.problems)
        return reading.found

    def text_of(self, value: Any) -> str:
        """What the box would send for a value."""
        if isinstance(value, list | tuple):
            return ", ".join(self.finder.option(thing).value for thing in value)
        return str(value or "")

    def things_in(self, value: Any) -> list[T]:
        """What a value of the box names, as far as that is clear."""
        text = self.text_of(value)[: self.max_length]
        return self.finder.read(text, self.box.reader).found if text.strip() else []

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compare the things, not the ways to write them."""
        before, after = self.text_of(initial).strip(), self.text_of(data).strip()
        if before == after:
            return False
        first, second = ({self.finder.option(it).value for it in self.things_in(text)} for text in (before, after))
        return first != second

    def in_words(self, value: Any) -> str:
        """The things themselves, one a line."""
        return "\n".join(self.finder.option(thing).label for thing in self.things_in(value))
