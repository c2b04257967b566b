"""What one cell means. Every function takes what a spreadsheet or CSV gives and raises CellError with a reason."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from community.topics.actions import MOST_TOPICS
from ui.addresses import normal_address
from ui.validators import normal_name, validate_day, validate_display_name

type Cell = str | int | float | bool | date | datetime | object

_FIRST_YEAR, _LAST_YEAR = 1950, 2100
_EPOCH = date(1899, 12, 30)  # day 0 of spreadsheet serials, with the leap day that 1900 never had
_LAST_SERIAL = (date(9999, 12, 31) - _EPOCH).days
_DATE_FORMATS = ("%d-%m-%Y", "%Y-%m-%d", "%d/%m/%Y", "%d.%m.%Y", "%d-%m-%y", "%Y-%m", "%m-%Y", "%m/%Y")
_MONTHS = {
    word: number
    for number, words in enumerate(
        (
            "jan januari january",
            "feb febr februari february",
            "mrt maa maart mar march",
            "apr april",
            "mei may",
            "jun juni june",
            "jul juli july",
            "aug augustus august",
            "sep sept september",
            "okt oktober oct october",
            "nov november",
            "dec december",
        ),
        start=1,
    )
    for word in words.split()
}
_WEEKDAYS = (
    "maandag dinsdag woensdag donderdag vrijdag zaterdag zondag ma di wo do vr za zo "
    "monday tuesday wednesday thursday friday saturday sunday mon tue wed thu fri sat sun"
)
_DATE_FILLERS = frozenset({*_WEEKDAYS.split(), "e", "ste", "de", "st", "nd", "rd", "th", "of", "the", "per", "sinds"})
_SHORT_YEAR, _LONG_YEAR, _DAY_AND_YEAR = 2, 4, 2
_PIVOT = 69  # years in two digits: 69 is 1969 and 68 is 2068, as strptime has it
_MONTH_AND_SHORT_YEAR = re.compile(r"[^\W\d]\.?\s*[-/'’]\s*\d\d$")
_INFIX_WORDS = (
    "van de der den het 't ten ter te in op aan bij uit voor onder over d' l' la le les du des von zu zum zur al el "
    "bin ben af av da das do dos del della di"
)
_INFIXES = frozenset(_INFIX_WORDS.split())
_TITLE_WORDS = "msc bsc ma ba mba llm llb phd jr sr ir ing drs dr mr prof"
_TITLES = frozenset(_TITLE_WORDS.split())
_SURNAME_FIRST, _SURNAME_INFIX_FIRST = 2, 3
_CALLED = re.compile(r"[^()]*\((?P<name>[^()]+)\)")
_IN_BRACKETS = re.compile(r"[^<>]*<(?P<address>[^<>]*)>")


class CellError(ValueError):
    """What is wrong with a cell, in words for the person who keeps the sheet."""


def fold(text: str) -> str:
    """Return ``text`` for comparing headers and choices: "E-mailadres " is "e mailadres"."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return " ".join(re.sub(r"[^a-z0-9]+", " ", plain.casefold()).split())


def as_text(cell: Cell, *, max_length: int | None = None) -> str:
    """Return the cell as tidy text, stray spaces and line breaks made single spaces; a whole number without ".0".

    Raises CellError when it is longer than ``max_length`` characters, and for a NUL, which no database keeps as text.
    """
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    _refuse_nul(cell)
    text = " ".join(str(cell).split())
    if max_length is not None and len(text) > max_length:
        raise CellError(
            _("This is %(length)d characters long; %(limit)d is the most.") % {"length": len(text), "limit": max_length}
        )
    return text


def _refuse_nul(cell: Cell) -> None:
    if isinstance(cell, str) and "\0" in cell:
        shown = " ".join(cell.replace("\0", "␀").split())[:40]
        raise CellError(_("“%(text)s” holds a NUL character (shown as ␀). Type this cell again.") % {"text": shown})


def as_name(cell: Cell, *, max_length: int = 120) -> str:
    """Return a name of a person, hub, unit, topic or theme, composed (NFC).

    Raises CellError for an empty one, a formula, and what names cannot hold.
    """
    name = normal_name(as_text(cell)).strip(" ,;")
    as_text(name, max_length=max_length)
    if not name:
        raise CellError(_("A name is missing."))
    if name.startswith("="):
        raise CellError(_("A name cannot start with “=”: that is a formula."))
    try:
        validate_display_name(name)
    except ValidationError as error:
        raise CellError(" ".join(error.messages)) from error
    return name


def as_full_name(cell: Cell) -> str:
    """Return a person's name as people say it: "Berg, Anna van den", "Berg van den, A. (Anna)" are "Anna van den Berg".

    Raises CellError for what ``as_name`` refuses, and for commas that leave it open which part is what.
    """
    name = as_name(cell)
    if "," not in name:
        return name
    parts = [part.strip() for part in name.split(",")]
    if len(parts) == _SURNAME_INFIX_FIRST and _are_infixes(parts[1]):  # "Berg, van den, Anna"
        parts = [parts[0], f"{parts[2]} {parts[1]}"]
    surname, given = parts if len(parts) == _SURNAME_FIRST else ("", "")
    if not surname or not given or fold(given) in _TITLES:
        raise CellError(
            _("“%(text)s” can be read in more ways. Write the name as Anna van den Berg.") % {"text": name[:80]}
        )
    first, behind_first = _infixes_behind(given)
    last, behind_last = _infixes_behind(surname)
    return joined_name(first, behind_first or behind_last, last)


def joined_name(first: Cell, infix: Cell, last: Cell) -> str:
    """Return a name whose parts stand in three cells: "A. (Anna)", "van den", "Berg" is "Anna van den Berg".

    Raises CellError when the first or last one is missing, and for what names cannot hold.
    """
    given, surname = as_text(first), as_text(last)
    if called := _CALLED.fullmatch(given):  # initials, and in brackets what people call her
        given = called["name"]
    if not given or not surname:
        raise CellError(_("A name needs a first and a last name."))
    return as_name(" ".join(part for part in (given, as_text(infix), surname) if part))


def _are_infixes(text: str) -> bool:
    return bool(text) and all(word in _INFIXES for word in text.casefold().split())


def _infixes_behind(text: str) -> tuple[str, str]:
    """Split "Anna van den" into "Anna" and "van den"."""
    words = text.split()
    start = len(words)
    while start > 1 and words[start - 1].casefold() in _INFIXES:
        start -= 1
    return " ".join(words[:start]), " ".join(words[start:])


def as_email(cell: Cell) -> str:
    """Return an e-mail address in its one form; "Anna <anna@…>" and "mailto:anna@…" are read too.

    Raises CellError for an empty or impossible one.
    """
    text = "".join(character for character in as_text(cell) if unicodedata.category(character) != "Cf")
    text = text.strip(" ,;")
    if in_brackets := _IN_BRACKETS.fullmatch(text):
        text = in_brackets["address"].strip()
    if text.casefold().startswith("mailto:"):
        text = text[len("mailto:") :].partition("?")[0]
    if not text:
        raise CellError(_("An e-mail address is missing."))
    if text.count("@") > 1 and re.search(r"[\s,;/]", text):
        raise CellError(
            _("“%(text)s” is more than one e-mail address. Write the one to sign in with.") % {"text": text[:80]}
        )
    try:
        return normal_address(text)
    except ValidationError as error:
        raise CellError(" ".join(error.messages)) from error


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
    if (day := _date_in_words(text)) is not None:
        return day
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


def _date_in_words(text: str) -> date | None:
    """A day or month with its month in letters, in Dutch or English: "4 maart 2021", "mrt-21", "March 4th, 2021".

    A month alone is its first day. None for anything else.
    """
    words = [word for word in re.findall(r"[^\W\d_]+|\d+", text.casefold()) if word not in _DATE_FILLERS]
    months = [word for word in words if word in _MONTHS]
    numbers = [word for word in words if word.isdecimal()]
    if len(months) != 1 or len(words) != len(numbers) + 1 or not 1 <= len(numbers) <= _DAY_AND_YEAR:
        return None
    day, year = ("1", *numbers) if len(numbers) == 1 else numbers
    if len(day) == _LONG_YEAR:  # "2021 maart 4"
        day, year = year, day
    if len(numbers) == 1 and len(year) == _SHORT_YEAR and not _MONTH_AND_SHORT_YEAR.search(text):
        return None  # "21 maart" is a day without its year
    if len(year) not in {_SHORT_YEAR, _LONG_YEAR}:
        return None
    number = int(year) if len(year) == _LONG_YEAR else 2000 + int(year) if int(year) < _PIVOT else 1900 + int(year)
    try:
        return date(number, _MONTHS[months[0]], int(day)) if _FIRST_YEAR <= number <= _LAST_YEAR else None
    except ValueError:
        return None


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
    _refuse_nul(cell)
    for part in re.split(r"[,;/\n\r]+", "" if cell is None else str(cell)):
        text = " ".join(part.split())
        if text:
            found.setdefault(text.casefold(), text)
    if len(found) > MOST_TOPICS:
        raise CellError(
            _("Here are %(number)d parts; %(most)d is the most.") % {"number": len(found), "most": MOST_TOPICS}
        )
    return list(found.values())


def as_label(cell: Cell, *, max_length: int) -> str:
    """Return a name of something that may be left out, such as a unit or theme; "" for an empty cell."""
    return as_name(cell, max_length=max_length) if as_text(cell) else ""


def as_labels(cell: Cell, *, max_length: int = 60) -> list[str]:
    """Return the topics of a list. Raises CellError for what names cannot hold."""
    return [as_name(label, max_length=max_length) for label in as_list(cell)]


def shown_day(day: date | None) -> str:
    """A day as a sheet shows it: "18-08-2020"."""
    return day.strftime("%d-%m-%Y") if day else ""


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
