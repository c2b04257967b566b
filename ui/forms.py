"""Forms: how they are drawn, one-time keys, stale versions and fields that speak the reader's language."""

import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.db.models import Manager, Model
from django.forms.boundfield import BoundField
from django.forms.models import ModelChoiceIterator
from django.forms.renderers import TemplatesSetting
from django.utils import dateformat, timezone
from django.utils.choices import flatten_choices
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from ui.addresses import normal_address
from ui.markdown import without_direction_marks
from ui.typed import read_day, read_hour
from ui.validators import normal_name, validate_day, validate_display_name

type Text = str | Promise

#: What stands under a box for a long text, the same under all.
MARKDOWN_HINT = _("Bold text, lists and links are possible.")


class ShownField(BoundField):
    """A field with all that ``templates/ui/field.html`` asks of it: what is not there costs a template most."""

    @property
    def suffix(self) -> Text:
        """The unit behind the box."""
        return getattr(self.field, "suffix", "")

    @property
    def is_choice(self) -> bool:
        """Whether it is a list of boxes to tick."""
        return isinstance(self.field.widget, forms.RadioSelect)

    @property
    def has_hints(self) -> bool:
        """Whether its choices are explained."""
        return isinstance(self.field.widget, HintedRadioSelect)


class PortalRenderer(TemplatesSetting):
    """Draws forms, fields and formsets with ``templates/ui/``."""

    form_template_name = "ui/form.html"
    field_template_name = "ui/field.html"
    bound_field_class = ShownField


# --- Fields -----------------------------------------------------------------------------------------------------------
class PlainDecimalField(forms.DecimalField):
    """A decimal that takes "0,5" and "0.5" alike, in every language; ``suffix`` is the unit shown behind it."""

    widget = forms.TextInput

    def __init__(self, *, suffix: Text = "", **kwargs: Any) -> None:
        self.suffix = suffix
        super().__init__(**kwargs)
        self.widget.attrs.setdefault("inputmode", "decimal")
        self.widget.attrs.setdefault("autocomplete", "off")

    def to_python(self, value: Any) -> Decimal | None:  # type: ignore[override]
        """Read the number; a thin or ordinary space in it is ignored. Raises ValidationError for anything else."""
        if isinstance(value, str):
            value = "".join(value.split()).replace(",", ".")
            if value.count(".") > 1:
                raise ValidationError(self.error_messages["invalid"], code="invalid")
        return super().to_python(value)


class DateInput(forms.DateInput):
    """The browser's own date picker; takes and gives ISO 8601."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%d")


class TimeInput(forms.TimeInput):
    """The browser's own time picker, to the minute."""

    input_type = "time"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%H:%M")


class DayField(forms.DateField):
    """A day, picked in the browser's own date picker; without one it is read as people type it (``ui.typed``).

    It lies in the years that ``ui.validators`` allows, or within ``years`` before and after today. Without a year it is
    the next such day, or where it ``is_past`` the last one.
    """

    widget = DateInput
    default_error_messages = {"invalid": _("Write a day as %(words)s or %(figures)s.")}

    def __init__(self, *, years: tuple[int, int] | None = None, is_past: bool = False, **kwargs: Any) -> None:
        self.years = years
        self.is_past = is_past
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> date | None:
        """Read the day. Raises ValidationError, with today as the example, for anything else."""
        value = value.strip() if isinstance(value, str) else value
        if not value or not isinstance(value, str):
            return super().to_python(value)
        today = timezone.localdate()
        if day := read_day(value, today, is_past=self.is_past):
            return day
        example = {"words": dateformat.format(today, "j F Y"), "figures": f"{today:%d-%m-%Y}"}
        raise ValidationError(self.error_messages["invalid"], code="invalid", params=example)

    def validate(self, value: date | None) -> None:
        """Refuse a day out of range, with the range."""
        super().validate(value)
        if value is None:
            return
        if self.years is None:
            validate_day(value)
        else:
            year = timezone.localdate().year
            validate_day(value, date(year - self.years[0], 1, 1), date(year + self.years[1], 12, 31))


class HourField(forms.TimeField):
    """A time of day, picked in the browser's own picker; without one it is read as people type it (``ui.typed``)."""

    widget = TimeInput
    default_error_messages = {"invalid": _("Write a time as 9:30 or 14:00.")}

    def to_python(self, value: Any) -> time | None:
        """Read the time. Raises ValidationError for anything else."""
        value = value.strip() if isinstance(value, str) else value
        if not value or not isinstance(value, str):
            return super().to_python(value)
        if (hour := read_hour(value)) is None:
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return hour


class AddressField(forms.EmailField):
    """An e-mail address; gives its one form (``ui.addresses``), in which it is compared, kept and sent to."""

    default_validators: list[Callable[[Any], None]] = []  # normal_address says what is wrong

    def to_python(self, value: Any) -> str:
        """Return the normal form. Raises ValidationError for what is no address."""
        text = super().to_python(value)
        return normal_address(text) if text else ""


class NameField(forms.CharField):
    """A name that people read in lists and mails; gives its composed form (NFC)."""

    default_validators: list[Callable[[Any], None]] = [validate_display_name]

    def to_python(self, value: Any) -> Any:
        """Return the composed form, so that its length is what is kept."""
        text = super().to_python(value)
        return normal_name(text) if text else text


def local_moment(day: date, hour: time, zone: ZoneInfo) -> datetime:
    """Return the moment (in UTC) that wall clocks in ``zone`` show as ``day`` and ``hour``.

    Raises ValidationError for an hour that the change to summer time skips. Of an hour that comes twice in autumn the
    first is meant.
    """
    wall_clock = datetime.combine(day, hour)
    moment = wall_clock.replace(tzinfo=zone).astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None) != wall_clock:
        raise ValidationError(_("This hour does not exist on that day: the clocks go forward."), code="skipped_hour")
    return moment


class HintedRadioSelect(forms.RadioSelect):
    """Radio buttons with a line of explanation under each; ``hints`` maps values to those lines."""

    def __init__(self, attrs: dict[str, Any] | None = None, *, hints: Mapping[str, Text] | None = None) -> None:
        self.hints = dict(hints or {})
        super().__init__(attrs)

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Add ``hint`` to what the template gets of an option."""
        return {**super().create_option(name, value, *args, **kwargs), "hint": self.hints.get(str(value), "")}


class _ReadOnce(ModelChoiceIterator[Any]):
    """The rows to choose from, read in one query for a form: Django opens a cursor each time they are gone through."""

    def __iter__(self) -> Iterator[tuple[Any, Any]]:
        if self.field.empty_label is not None:
            yield "", self.field.empty_label
        for row in self.queryset:
            yield self.choice(row)


# --- What is typed ----------------------------------------------------------------------------------------------------
LONGEST_TEXT = 10_000  # characters of a text whose field names no limit of its own
LONGEST_VALUE = 200  # characters of a number, a day, an address, a choice
MOST_VALUES = 500  # boxes ticked


class PlainTextMixin(forms.Form):
    """What is typed is bounded, stays one line where the field is one, and cannot turn the text around it.

    Titles, names and places stand in the lines of others: in lists, mails, calendars. So white space and line breaks
    in a field of one line become single spaces, and the marks that turn text around fall out ("Trojan Source"; what
    Markdown shows is cleaned where it is shown). What is too long is refused before any field or query looks at it, and
    stays as it was typed. Every form of the portal is one of these.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if isinstance(field, forms.ModelChoiceField):
                field.iterator = _ReadOnce
                field.queryset = field.queryset  # Django hands the choices to the control here

    def _widget_data_value(self, widget: forms.Widget, html_name: str) -> Any:
        value = super()._widget_data_value(widget, html_name)  # type: ignore[misc]  # django-stubs leave it out
        return " ".join(value.split()) if isinstance(value, str) and is_one_line(widget) else value

    def _clean_fields(self) -> None:
        fields = self.fields
        refused = {name: error for name in fields if (error := self._too_long(name))}
        self.fields = {name: field for name, field in fields.items() if name not in refused}
        super()._clean_fields()  # type: ignore[misc]
        self.fields = fields
        for name, error in refused.items():
            self.add_error(name, error)
        for name, value in list(self.cleaned_data.items()):
            if isinstance(value, str) and not isinstance(fields[name].widget, forms.PasswordInput):
                self.cleaned_data[name] = text = without_direction_marks(value)
                if not text.strip() and fields[name].required:
                    self.add_error(name, fields[name].error_messages["required"])

    def _too_long(self, name: str) -> ValidationError | None:
        """What is wrong with the length of what was sent for this field, or None."""
        field, sent = self.fields[name], self[name].data
        if isinstance(sent, str):
            return _longer_than(_most_characters(field), sent)
        values = sent if isinstance(sent, list | tuple) else ()
        if len(values) > MOST_VALUES:
            return ValidationError(_("These are more than %(most)d."), code="too_many", params={"most": MOST_VALUES})
        return next((error for value in values if (error := _longer_than(LONGEST_VALUE, str(value)))), None)


class LongLineInput(forms.Textarea):
    """A box for one line that may be long: it wraps while one types, and line breaks become spaces."""


def is_one_line(widget: forms.Widget) -> bool:
    """Whether people type one line into this control; a password is kept as it is, to the last space."""
    return isinstance(widget, forms.widgets.Input | LongLineInput) and not isinstance(widget, forms.PasswordInput)


def _most_characters(field: forms.Field) -> int:
    """How long the text may be that is typed into ``field``."""
    if not isinstance(field, forms.CharField):
        return LONGEST_VALUE
    return LONGEST_TEXT if field.max_length is None else field.max_length


def _longer_than(most: int, text: str) -> ValidationError | None:
    """Django's own words for a text that is too long; white space around it does not count."""
    if len(text) <= most or len(text.strip()) <= most:
        return None
    try:
        MaxLengthValidator(most)(text.strip())
    except ValidationError as error:
        return error
    return None


# --- One person twice -------------------------------------------------------------------------------------------------
class ActionJudgesMixin(forms.BaseModelForm[Any]):
    """Whether a name or address is free is for the action to judge, on locked rows and in plain words."""

    def validate_unique(self) -> None:
        """Leave it to the action."""

    def validate_constraints(self) -> None:
        """Leave it to the action."""


class OneTimeKeyMixin(PlainTextMixin):
    """A creating form carries a one-time key; the action stores it in a unique column (spec 00, one person twice).

    A second POST of the same form then leads to the first result: ``cleaned_data["creation_key"]`` is a UUID.
    """

    creation_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)


# --- Two people at once -----------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Difference:
    """A field that two people filled in differently: its box on the form, and both texts for reading."""

    field: BoundField
    yours: str
    current: str


class VersionedFormMixin(PlainTextMixin):
    """An edit form carries the version it was opened with; a stale one shows both texts and loses neither.

    Mix into a ModelForm whose instance has ``version``, freshly read. When that version is newer than the posted one
    the form is invalid and ``differences`` holds what differs; the form keeps what was typed, shows the current texts
    and carries the current version, so that saving again is a choice. The action checks the version once more on the
    locked row and raises StaleForm; the view then calls ``mark_stale`` with the row read anew.
    """

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)

    instance: Any
    differences: Sequence[Difference] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """The form writes into a copy of ``instance``: the page around it goes on showing what is stored."""
        super().__init__(*args, **{**kwargs, "instance": copy(kwargs["instance"])})
        self._stored_version: int = self.instance.version
        self.initial["version"] = self._stored_version
        self.differences = []

    def clean(self) -> dict[str, Any]:
        """Compare versions before anything else of the form is believed."""
        cleaned = super().clean() or self.cleaned_data
        posted = cleaned.get("version")
        if posted is not None and posted != self._stored_version:
            self._show_both(dict(self.initial), self._stored_version)
        return cleaned

    def mark_stale(self, current: Model) -> None:
        """Make a valid form stale after all: ``current`` is the row as somebody else saved it a moment ago."""
        stored = forms.model_to_dict(current, fields=list(self.fields))
        self._show_both({**self.initial, **stored}, current.version)  # type: ignore[attr-defined]

    def _show_both(self, stored: Mapping[str, Any], version: int) -> None:
        differences = []
        for name, field in self.fields.items():
            if name == "version" or name not in self.cleaned_data or name not in stored:
                continue
            if field.has_changed(stored[name], self[name].data):
                differences.append(
                    Difference(
                        field=self[name],
                        yours=_readable(field, self.cleaned_data[name]),
                        current=_readable(field, stored[name]),
                    )
                )
        self.differences = differences
        posted: Any = self.data
        data = posted.copy()  # request.POST itself cannot be changed
        data[self.add_prefix("version")] = str(version)
        self.data = data
        self.add_error(
            None,
            ValidationError(
                _("Somebody else saved this meanwhile. Nothing of yours is lost: compare both texts and save again."),
                code="stale",
            ),
        )


def _readable(field: forms.Field, value: Any) -> str:
    """Return a field's value as a reader knows it: the labels of choices, one line each for several.

    A field whose values are read otherwise has a method ``in_words``.
    """
    if hasattr(field, "in_words"):
        return str(field.in_words(value))
    if isinstance(value, Manager):
        value = value.all()
    if isinstance(field, forms.ModelMultipleChoiceField):
        return "\n".join(str(field.label_from_instance(row) if isinstance(row, Model) else row) for row in value or [])
    if isinstance(field, forms.ModelChoiceField):
        row = value if isinstance(value, Model) or value in (None, "") else field.to_python(value)
        return field.label_from_instance(row) if row else ""
    if isinstance(field, forms.ChoiceField):
        choices: Any = field.choices
        labels: dict[str, str] = {str(key): str(name) for key, name in flatten_choices(choices)}  # type: ignore[var-annotated]
        return labels.get(str(value), "" if value is None else str(value))
    prepared = field.prepare_value(value)
    return "" if prepared is None else str(prepared)
