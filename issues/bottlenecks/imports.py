"""A list of bottlenecks from elsewhere: ``manage.py import_bottlenecks``. Spec 01, Import and export.

Stickers stay on the bottleneck as dots on the day and never become votes. An imported bottleneck has no author.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from activity.actions import record
from activity.locks import lock_subjects
from activity.models import Reader, Subject
from community.imports import (
    CellError,
    Column,
    Merge,
    Report,
    Row,
    Table,
    as_choice,
    as_decimal,
    as_int,
    as_label,
    as_text,
    merge,
    run_import,
)
from community.imports.hubs import hubs_by_name
from community.models import Hub
from issues import verbs
from issues.themes import actions as themes_actions
from ui.validators import name_key

from . import actions
from .models import MAX_HOURS, MIN_HOURS, Bottleneck

COLUMNS = [
    Column("number", gettext_lazy("Number"), ["nr", "nummer", "no", "#"]),
    Column("title", gettext_lazy("Bottleneck"), ["knelpunt", "bottleneck", "titel"], required=True),
    Column(
        "situation",
        gettext_lazy("What happens?"),
        ["situatie", "toelichting", "omschrijving", "explanation", "description"],
    ),
    Column("impact", gettext_lazy("What does it cost?"), ["gevolg", "impact"]),
    Column("wish", gettext_lazy("What would help?"), ["wens", "wish", "oplossing"]),
    Column("tried", gettext_lazy("What did you try already?"), ["geprobeerd", "al geprobeerd", "tried"]),
    Column("theme", gettext_lazy("Theme"), ["ordeningsprincipe", "thema", "theme", "ordering principle"]),
    Column("hubs", gettext_lazy("Hubs it touches"), ["ingebracht door", "kern", "kernen", "brought in by", "hub"]),
    Column("dots", gettext_lazy("Dots on the day"), ["stickers", "stippen", "dots"]),
    Column("hours", gettext_lazy("Hours a month"), ["uren per maand", "uren", "hours per month"]),
    Column("language", gettext_lazy("Language"), ["taal"]),
]
NOUNS = ["bottleneck", "bottlenecks", "knelpunt", "knelpunten"]
LANGUAGES = {"nl": "nl", "nederlands": "nl", "dutch": "nl", "en": "en", "engels": "en", "english": "en"}
_TEXT_LENGTH = 10_000
_RANGE = re.compile(r"(\d+(?:[.,]\d+)?)\s*(?:à|á|a|-|–|/|tot|to|of|or)\s*(\d+(?:[.,]\d+)?)", re.IGNORECASE)
_GENERAL_SHEET = re.compile(r"(sheet|blad|tabelle|tabel|werkblad)\s*\d*", re.IGNORECASE)


def as_hours(cell: Any) -> Decimal | None:
    """Hours a month as somebody noted them: "10 à 12" is the middle, "?" and empty are none.

    Raises CellError for what is no number and for hours out of range (0.5 to 80).
    """
    text = as_text(cell)
    if not text.strip("?-– "):
        return None
    if between := _RANGE.fullmatch(text):
        low, high = (Decimal(part.replace(",", ".")) for part in between.groups())
        hours = (low + high) / 2
    else:
        number = as_decimal(cell)
        if number is None:
            return None
        hours = number
    if not MIN_HOURS <= hours <= MAX_HOURS:
        raise CellError(_("“%(text)s” is not between 0.5 and 80 hours a month.") % {"text": text[:40]})
    return hours.quantize(Decimal("0.1"), rounding=ROUND_HALF_UP)


def origin_of(path: Path, table: Table) -> str:
    """Where the list comes from: the sheet's title, or the file's name when the sheet has none of its own."""
    has_own_title = table.sheet and not _GENERAL_SHEET.fullmatch(table.sheet.strip())
    return (table.sheet if has_own_title else path.stem).strip()[:120]


def import_bottlenecks(path: Path | str, *, dry_run: bool = False) -> Report:
    """Import the bottlenecks in ``path``; known ones are updated where nobody changed them since.

    A row is known by its number and origin, without a number by its title. Themes that nobody knows are created in
    order of appearance; an unknown hub is an error. Raises UnreadableFileError when there is no table in the file.
    """
    source = Path(path)
    return run_import(
        source, COLUMNS, lambda table, report: _apply(source, table, report), nouns=NOUNS, dry_run=dry_run
    )


def _apply(path: Path, table: Table, report: Report) -> None:
    origin, hubs = origin_of(path, table), hubs_by_name()
    imported = Bottleneck.objects.filter(attribution=Bottleneck.Attribution.IMPORTED)
    lock_subjects(imported.values_list("subject", flat=True))
    known = {_key(row.origin_number, row.origin, row.title): row for row in imported.select_related("theme", "subject")}
    seen: set[tuple[Any, ...]] = set()
    for row in table.rows:
        errors = len(report.errors)
        values, touched = _read(row, hubs, report)
        key = _key(values.get("number"), origin, values.get("title", ""))
        if key in seen:
            report.error(row, "number" if "number" in values else "title", _("This stands above already."))
        seen.add(key)
        if len(report.errors) > errors:
            continue
        if bottleneck := known.get(key):
            _update(bottleneck, row, values, touched, report)
        else:
            _create(origin, values, touched, report)
    if report.created or report.updated:
        actions.finish_import()
        figures = {"created": len(report.created), "updated": len(report.updated)}
        community = Subject.objects.community()
        record(community, verbs.BOTTLENECKS_IMPORTED, system=True, data=figures, readers=Reader.FACILITATORS)


def _key(number: int | None, origin: str, title: str) -> tuple[Any, ...]:
    return (origin, number) if number is not None else (" ".join(title.split()).casefold(),)


def _read(row: Row, hubs: Mapping[str, Hub], report: Report) -> tuple[dict[str, Any], list[Hub]]:
    """The filled cells of ``row`` as the snapshot stores them, and its hubs; what is wrong goes into the report."""
    values: dict[str, Any] = {}
    with report.reading(row, "number"):
        values["number"] = as_int(row["number"])
        if values["number"] is not None and not 0 <= values["number"] < 2**31:
            raise CellError(_("This is not a number of a list."))
    with report.reading(row, "title"):
        values["title"] = as_text(row["title"], max_length=160)
        if not values["title"]:
            raise CellError(_("The bottleneck itself is missing."))
    for name in ("situation", "impact", "wish", "tried"):
        with report.reading(row, name):
            values[name] = as_text(row[name], max_length=_TEXT_LENGTH)
    with report.reading(row, "theme"):
        values["theme"] = as_label(row["theme"], max_length=80)
    with report.reading(row, "dots"):
        values["dots"] = as_int(row["dots"])
        if values["dots"] is not None and not 0 <= values["dots"] < 2**31:
            raise CellError(_("Nobody can put up that many dots."))
    with report.reading(row, "hours"):
        hours = as_hours(row["hours"])
        values["hours"] = str(hours) if hours is not None else None
    with report.reading(row, "language"):
        values["language"] = as_choice(row["language"], LANGUAGES)
    touched: dict[int, Hub] = {}
    with report.reading(row, "hubs"):
        as_text(row["hubs"])
        for name in re.split(r"\s*[/;\n]\s*", str(row["hubs"] or "")):
            if not name.strip():
                continue
            if hub := hubs.get(name_key(name)):
                touched[hub.pk] = hub
            else:
                shown = " ".join(name.split())[:80]
                report.error(row, "hubs", _("There is no hub called “%(name)s”.") % {"name": shown})
    if touched:
        values["hubs"] = sorted(touched)
    return {name: value for name, value in values.items() if value not in (None, "")}, list(touched.values())


def _columns_of(values: Mapping[str, Any], report: Report) -> dict[str, Any]:
    """Snapshot values as columns of a bottleneck."""
    columns = {name: value for name, value in values.items() if name not in {"number", "hubs", "hours", "theme"}}
    if "hours" in values:
        columns["noted_hours"] = Decimal(values["hours"])
    if "theme" in values:
        theme, is_new = themes_actions.find_or_create_theme(values["theme"])
        columns["theme"] = theme
        if is_new:
            report.new_themes.append(theme.name)
    return columns


def _create(origin: str, values: Mapping[str, Any], touched: list[Hub], report: Report) -> None:
    bottleneck = actions.add_imported(
        origin=origin,
        number=values.get("number"),
        hubs=touched,
        fields=_columns_of(values, report),
        snapshot={name: value for name, value in values.items() if name != "number"},
    )
    report.created.append(bottleneck.title)


def _update(bottleneck: Bottleneck, row: Row, values: Mapping[str, Any], touched: list[Hub], report: Report) -> None:
    taken: dict[str, Any] = {}
    for name, new in values.items():
        if name == "number":
            continue
        current = _current(bottleneck, name)
        match merge(bottleneck.imported, name, current=current, new=new):
            case Merge.TAKE:
                taken[name] = new
            case Merge.KEEP:
                report.keep(row, name, bottleneck.title, kept=_shown(name, current), in_file=_shown(name, new))
    if not taken:
        report.unchanged.append(bottleneck.title)
        return
    actions.update_imported(
        bottleneck=bottleneck,
        fields=_columns_of(taken, report),
        hubs=touched if "hubs" in taken else None,
        snapshot={**bottleneck.imported, **taken},
    )
    report.updated.append(taken.get("title", bottleneck.title))


def _current(bottleneck: Bottleneck, name: str) -> Any:
    """What the portal holds now, in the form of the snapshot."""
    match name:
        case "hubs":
            return sorted(actions.own_hubs(bottleneck))
        case "theme":
            return bottleneck.theme.name if bottleneck.theme else ""
        case "hours":
            return str(bottleneck.noted_hours) if bottleneck.noted_hours is not None else None
    return getattr(bottleneck, name)


def _shown(name: str, value: Any) -> Any:
    """A value of the snapshot in words."""
    return list(Hub.objects.filter(pk__in=value).values_list("name", flat=True)) if name == "hubs" else value
