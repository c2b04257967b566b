"""Columns and database expressions that more than one app uses."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.contrib.postgres.fields import DateTimeRangeField, RangeBoundary
from django.core.exceptions import ValidationError
from django.db.models import CharField, EmailField, F, Func, Model, TextField

from ui.addresses import normal_address
from ui.forms import AddressField as AddressFormField
from ui.forms import NameField as NameFormField
from ui.validators import normal_name, validate_display_name


class AddressField(EmailField[str, str]):
    """An e-mail address, kept and looked up in its one form (``ui.addresses``), whoever writes or asks.

    To migrations it is Django's own field, so that they need no code of ours.
    """

    default_validators: list[Callable[[Any], None]] = []  # normal_address says what is wrong

    def deconstruct(self) -> tuple[str, str, Sequence[Any], dict[str, Any]]:
        """Be a plain column to migrations."""
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.EmailField", args, kwargs

    def to_python(self, value: Any) -> Any:
        """Return the normal form. Raises ValidationError for what is no address."""
        return normal_address(value) if value else value

    def get_prep_value(self, value: Any) -> Any:
        """Return what stands in the database; what is no address is looked for as it is, and found nowhere."""
        try:
            return super().get_prep_value(value)
        except ValidationError:
            return str(value)

    def pre_save(self, model_instance: Model, add: bool) -> Any:
        """Have the object hold what is saved."""
        value = self.get_prep_value(getattr(model_instance, self.attname))
        setattr(model_instance, self.attname, value)
        return value

    def formfield(self, **kwargs: Any) -> Any:
        """Be a field that says what is wrong in our words."""
        return super().formfield(form_class=AddressFormField, **kwargs)


class NameField(CharField[str, str]):
    """A name that people read in lists and mails: composed (NFC), and with nothing in it that one cannot see.

    To migrations it is Django's own field, so that they need no code of ours.
    """

    default_validators: list[Callable[[Any], None]] = [validate_display_name]

    def deconstruct(self) -> tuple[str, str, Sequence[Any], dict[str, Any]]:
        """Be a plain column to migrations."""
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.CharField", args, kwargs

    def to_python(self, value: Any) -> Any:
        """Return the composed form."""
        value = super().to_python(value)
        return normal_name(value) if isinstance(value, str) else value

    def pre_save(self, model_instance: Model, add: bool) -> Any:
        """Have the object hold what is saved."""
        value = self.to_python(getattr(model_instance, self.attname))
        setattr(model_instance, self.attname, value)
        return value

    def formfield(self, **kwargs: Any) -> Any:
        """Be a field that composes what is typed before it looks at it."""
        return super().formfield(**{"form_class": NameFormField, **kwargs})


def tstzrange(start: str, end: str) -> Func:
    """The stretch of time from field ``start`` up to field ``end``, as an exclusion constraint compares it.

    An empty end means "for ever". A plain ``Func``, so that migrations need no code of ours.
    """
    return Func(F(start), F(end), RangeBoundary(), function="TSTZRANGE", output_field=DateTimeRangeField())


def sort_key(*fields: str) -> Func:
    """What names in ``fields`` are put in order by: "Aïsha" before "Aylin", "de Boer" before "Smit", whatever the case.

    And what they are searched in, see ``ui.search``; several are joined by spaces, and must not be NULL. The embedded
    server compares code points, and knows no language. A plain ``Func``, so that migrations need no code of ours; the
    function is made in ``ui`` 0002 and 0003.
    """
    joined = {"arg_joiner": " || ' ' || "} if len(fields) > 1 else {}
    return Func(*map(F, fields), **joined, function="sort_key", output_field=TextField())
