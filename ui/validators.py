"""What names may look like, and which days people can mean."""

import unicodedata
from datetime import date

from django.core.exceptions import ValidationError
from django.utils import dateformat
from django.utils.translation import gettext as _

FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2100, 12, 31)
"""Days that people type or import lie between these: far enough from where the calendar of a computer ends."""

# Unicode categories: control, format (direction marks, zero-width), surrogate, private use, separators of lines.
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def validate_display_name(value: str) -> None:
    """Refuse ``<``, ``>``, control characters and direction marks in a name that people read in lists and mails.

    Raises ValidationError. A name can otherwise turn the text around it, or look like markup in a plain-text mail.
    """
    if "<" in value or ">" in value:
        raise ValidationError(_("A name cannot contain < or >."), code="angle_brackets")
    if any(unicodedata.category(character) in _UNSEEN for character in value):
        raise ValidationError(_("This name contains characters one cannot see. Please type it again."), code="unseen")
    if value and not any(character.isalnum() for character in value):
        raise ValidationError(_("A name needs at least one letter or digit."), code="no_letters")


def validate_day(day: date, first: date = FIRST_DAY, last: date = LAST_DAY) -> None:
    """Refuse a day before ``first`` or after ``last``; raises ValidationError, which names both."""
    if not first <= day <= last:
        raise ValidationError(
            _("Choose a day from %(first)s to %(last)s."),
            code="day_range",
            params={"first": dateformat.format(first, "j F Y"), "last": dateformat.format(last, "j F Y")},
        )
