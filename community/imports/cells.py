"""What one cell means. Every function takes what a spreadsheet or CSV gives and raises CellError with a reason."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from community.actions.topics import MOST_TOPICS
from ui.validators import validate_day, validate_display_name

type Cell = str | int | float | bool | date | datetime | object

_FIRST_YEAR, _LAST_YEAR = 1950, 2100
_EPOCH = date(1899, 12, 30)  # day 0 of spreadsheet serials, with the leap day that 1900 never had
_LAST_SERIAL = (date(9999, 12, 31) - _EPOCH).days
_DATE_FORMATS = ("%d-%m-%Y", "%Y-%m-%d", "%d/%m/%Y", "%d.%m.%Y", "%d-%m-%y")


class CellError(ValueError):
    """What is wrong with a cell, in words for the person who keeps the sheet."""


def fold(text: str) -> str:
    """Return ``text`` for comparing headers and choices: "E-mailadres " is "e mailadres"."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return " ".join(re.sub(r"[^a-z0-9]+", " ", plain.casefold()).split())


def as_text(cell: Cell, *, max_length: int | None = None) -> str:
    """Return the cell as tidy text, stray spaces and line breaks made single spaces; a whole number without ".0".

    Raises CellError when it is longer than ``max_length`` characters.
    """
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    text = " ".join(str(cell).split())
    if max_length is not None and len(text) > max_length:
        raise CellError(
            _("This is %(length)d characters long; %(limit)d is the most.") % {"length": len(text), "limit": max_length}
        )
    return text


def as_name(cell: Cell, *, max_length: int = 120) -> str:
    """Return a name of a person or hub. Raises CellError for an empty one, a formula, and what names cannot hold."""
    name = as_text(cell, max_length=max_length)
    if not name:
        raise CellError(_("A name is missing."))
    if name.startswith("="):
        raise CellError(_("A name cannot start with “=”: that is a formula."))
    try:
        validate_display_name(name)
    except ValidationError as error:
        raise CellError(" ".join(error.messages)) from error
    return name


def as_email(cell: Cell) -> str:
    """Return an e-mail address in lower case. Raises CellError for an empty or impossible one."""
    address = as_text(cell).lower()
    if not address:
        raise CellError(_("An e-mail address is missing."))
    try:
        validate_email(address)
    except ValidationError as error:
        raise CellError(_("“%(text)s” is not an e-mail address.") % {"text": address[:80]}) from error
    return address


def as_date(cell: Cell) -> date | None:
    """Return a day, or None for an empty cell.

    Takes dates, text such as "18-08-2020", a bare year from 1950 to 2100 (its first of January), and other numbers as
    spreadsheet serials. Raises CellError for anything else, and for a day out of range. Spec 01, Import and export.
    """
    day = _day_in(cell)
    if day is not None:
        try:
            validate_day(day)
        except ValidationError as error:
            raise CellError(" ".join(error.messages)) from error
    return day


def _day_in(cell: Cell) -> date | None:
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    text = as_text(cell)
    if not text:
        return None
    refusal = CellError(_("“%(text)s” is not a date. Write it as 18-08-2020.") % {"text": text[:40]})
    if re.fullmatch(r"\d+([.,]\d+)?", text):
        number = int(float(text.replace(",", ".")))
        if _FIRST_YEAR <= number <= _LAST_YEAR:
            return date(number, 1, 1)
        if 1 <= number <= _LAST_SERIAL:
            return _EPOCH + timedelta(days=number)
        raise refusal
    for pattern in _DATE_FORMATS:
        try:
            return datetime.strptime(text.split(" ")[0], pattern).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    raise refusal


def as_int(cell: Cell) -> int | None:
    """Return a whole number, or None for an empty cell. Raises CellError for anything else."""
    number = as_decimal(cell)
    if number is None:
        return None
    if number != number.to_integral_value():
        raise CellError(_("“%(text)s” is not a whole number.") % {"text": as_text(cell)[:40]})
    return int(number)


def as_decimal(cell: Cell) -> Decimal | None:
    """Return a number written with comma or point, or None for an empty cell. Raises CellError for anything else."""
    text = as_text(cell).replace(" ", "")
    if not text:
        return None
    try:
        number = Decimal(text.replace(",", "."))
    except InvalidOperation as error:
        raise CellError(_("“%(text)s” is not a number.") % {"text": text[:40]}) from error
    if not number.is_finite():
        raise CellError(_("“%(text)s” is not a number.") % {"text": text[:40]})
    return number


def as_list(cell: Cell) -> list[str]:
    """Return the parts of a list written with commas, semicolons, slashes or line breaks; each once, in order.

    Raises CellError for more than anybody can name on a page.
    """
    found: dict[str, str] = {}
    for part in re.split(r"[,;/\n\r]+", "" if cell is None else str(cell)):
        text = " ".join(part.split())
        if text:
            found.setdefault(text.casefold(), text)
    if len(found) > MOST_TOPICS:
        raise CellError(
            _("Here are %(number)d parts; %(most)d is the most.") % {"number": len(found), "most": MOST_TOPICS}
        )
    return list(found.values())


def as_choice(cell: Cell, choices: Mapping[str, str]) -> str:
    """Return the value that ``choices`` (folded words → value) gives for the cell, or "" for an empty one.

    Raises CellError, naming the words that are known.
    """
    text = as_text(cell)
    if not text:
        return ""
    value = choices.get(fold(text))
    if value is None:
        known = ", ".join(choices)
        raise CellError(_("“%(text)s” is not known here. Known are: %(known)s.") % {"text": text[:40], "known": known})
    return value
