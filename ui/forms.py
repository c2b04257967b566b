"""Forms: how they are drawn, one-time keys, stale versions and fields that speak the reader's language."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Manager, Model
from django.forms.boundfield import BoundField
from django.forms.renderers import TemplatesSetting
from django.utils.choices import flatten_choices
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from ui.markdown import without_direction_marks

type Text = str | Promise


class PortalRenderer(TemplatesSetting):
    """Draws forms, fields and formsets with ``templates/ui/``."""

    form_template_name = "ui/form.html"
    field_template_name = "ui/field.html"


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
    """A day, picked in the browser's own date picker; without one "10-12-2026" and "10/12/2026" are read too."""

    widget = DateInput

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("input_formats", ["%Y-%m-%d", "%d-%m-%Y", "%d/%m/%Y"])
        super().__init__(**kwargs)


class HourField(forms.TimeField):
    """A time of day, picked in the browser's own time picker; without one "9.30" and "9:30" are read too."""

    widget = TimeInput

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("input_formats", ["%H:%M", "%H.%M", "%H:%M:%S"])
        super().__init__(**kwargs)


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


# --- One person twice -------------------------------------------------------------------------------------------------
class OneDirectionMixin(forms.Form):
    """Take the marks that turn text around out of every text that is typed (``ui.markdown``, "Trojan Source").

    Titles stand in the lines of others: in lists, mails, calendars. What Markdown shows is cleaned where it is shown.
    """

    def _clean_fields(self) -> None:
        super()._clean_fields()  # type: ignore[misc]  # django-stubs leave it out
        for name, value in list(self.cleaned_data.items()):
            if isinstance(value, str):
                self.cleaned_data[name] = text = without_direction_marks(value)
                if not text.strip() and self.fields[name].required:
                    self.add_error(name, self.fields[name].error_messages["required"])


class OneTimeKeyMixin(OneDirectionMixin):
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


class VersionedFormMixin(OneDirectionMixin):
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
        super().__init__(*args, **kwargs)
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
