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
# Zero-width non-joiner and joiner: Persian, Sinhala and others need them inside a word (RFC 5892, A.1 and A.2).
JOINERS = "\u200c\u200d"
_NO_JOINERS = str.maketrans("", "", JOINERS)


def normal_name(text: str) -> str:
    """Return ``text`` as names are kept: composed (NFC), so that one name has one form however it was typed."""
    return unicodedata.normalize("NFC", text)


def name_key(text: str) -> str:
    """Return what names are the same by: neither case, stray spaces nor joiners, which one cannot see, count."""
    return normal_name(" ".join(text.translate(_NO_JOINERS).split()).casefold())


def validate_display_name(value: str) -> None:
    """Refuse ``<``, ``>``, control characters and direction marks in a name that people read in lists and mails.

    Joiners may stand between letters, one at a time. Raises ValidationError. A name can otherwise turn the text around
    it, or look like markup in a plain-text mail.
    """
    if "<" in value or ">" in value:
        raise ValidationError(_("A name cannot contain < or >."), code="angle_brackets")
    for place, character in enumerate(value):
        if unicodedata.category(character) in _UNSEEN and not _joins_letters(value, place):
            raise ValidationError(_unseen(value, place), code="unseen")
    if value and not any(character.isalnum() for character in value):
        raise ValidationError(_("A name needs at least one letter or digit."), code="no_letters")


def _unseen(value: str, place: int) -> str:
    """Say where the character stands: it cannot be seen."""
    code = f"U+{ord(value[place]):04X}"
    if before := value[:place].strip()[-20:]:
        sentence = _("Behind “%(text)s” is a character that one cannot see (%(code)s). Delete it or retype the name.")
        return sentence % {"text": before, "code": code}
    return _("The name begins with a character that one cannot see (%(code)s). Delete it.") % {"code": code}


def _joins_letters(value: str, place: int) -> bool:
    """Whether a joiner stands at ``place``, with a letter (or a mark on one) on either side."""
    if value[place] not in JOINERS or not 0 < place < len(value) - 1:
        return False
    return all(unicodedata.category(value[beside])[0] in "LM" for beside in (place - 1, place + 1))


def validate_day(day: date, first: date = FIRST_DAY, last: date = LAST_DAY) -> None:
    """Refuse a day before ``first`` or after ``last``; raises ValidationError, which names both."""
    if not first <= day <= last:
        raise ValidationError(
            _("Choose a day from %(first)s to %(last)s."),
            code="day_range",
            params={"first": dateformat.format(first, "j F Y"), "last": dateformat.format(last, "j F Y")},
        )
