"""What the demonstration is made of: the lists as a facilitator kept them, and what was written beside them."""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from python_calamine import CalamineWorkbook

from community.models import Role
from community.topics.actions import split_topics

FOLDER = Path(__file__).parent / "data"

_ROLES = {
    "data scientist": Role.DATA_SCIENTIST,
    "data engineer": Role.DATA_ENGINEER,
    "data-analist": Role.DATA_ANALYST,
    "vakspecialist": Role.DOMAIN_SPECIALIST,
}


@dataclass(frozen=True, slots=True)
class HubRow:
    """A line of kernen.csv."""

    name: str
    unit: str
    city: str
    state: str
    join_policy: str
    tagline: str
    founded_on: date


@dataclass(frozen=True, slots=True)
class MemberRow:
    """A line of leden.xlsx."""

    name: str
    email: str
    role: str
    role_other: str
    hub: str
    unit: str
    city: str
    ask_me: list[str]
    wants_to_learn: list[str]
    joined_on: date


@dataclass(frozen=True, slots=True)
class BottleneckRow:
    """A line of knelpunten_2018.xlsx."""

    number: int
    title: str
    situation: str
    theme: str
    hubs: list[str]
    dots: int
    hours: float | None


def texts(name: str) -> dict[str, Any]:
    """Return what was written beside the lists: ``data/<name>.toml``."""
    return tomllib.loads((FOLDER / f"{name}.toml").read_text("utf-8"))


def hubs() -> list[HubRow]:
    """Return the hubs in the order of the list."""
    states = {"actief": "active", "in oprichting": "forming", "proef": "pilot"}
    policies = {"open": "open", "op verzoek": "request", "op uitnodiging": "invitation"}
    with (FOLDER / "kernen.csv").open(encoding="cp1252", newline="") as file:
        return [
            HubRow(
                name=row["Kern"],
                unit=row["Organisatieonderdeel"],
                city=row["Plaats"],
                state=states[row["Status"]],
                join_policy=policies[row["Toetreding"]],
                tagline=row["Omschrijving"],
                founded_on=date.fromisoformat(row["Opgericht"]),
            )
            for row in csv.DictReader(file, delimiter=";")
        ]


def members() -> list[MemberRow]:
    """Return the members in the order of the list, everybody once."""
    hub_names = {hub.name.casefold(): hub.name for hub in hubs()}
    found: dict[str, MemberRow] = {}
    for row in _rows("leden.xlsx", first_cell="Nr"):
        email = _text(row["E-mailadres"]).lower()
        if not email or email in found:
            continue
        role = _text(row["Functie"]).lower()
        found[email] = MemberRow(
            name=_text(row["Naam"]),
            email=email,
            role=_ROLES.get(role, Role.OTHER),
            role_other="" if role in _ROLES else role,
            hub=hub_names[_text(row["Kern"]).casefold()],
            unit=_text(row["Afdeling"]),
            city=_text(row["Standplaats"]),
            ask_me=split_topics(_text(row["Vraag mij over"])),
            wants_to_learn=split_topics(_text(row["Wil leren"])),
            joined_on=_day(row["Lid sinds"]),
        )
    return list(found.values())


def bottlenecks() -> list[BottleneckRow]:
    """Return the bottlenecks by number; "10 à 12" hours is the middle, "?" is unknown."""
    return [
        BottleneckRow(
            number=int(row["nr"]),
            title=_text(row["knelpunt"]),
            situation=_text(row["toelichting"]),
            theme=_text(row["ordeningsprincipe"]),
            hubs=[name.strip() for name in _text(row["ingebracht door"]).split(" / ")],
            dots=int(row["stickers"]),
            hours=_hours(row["uren per maand (schatting)"]),
        )
        for row in _rows("knelpunten_2018.xlsx", first_cell="nr")
    ]


def _rows(name: str, *, first_cell: str) -> Iterator[dict[str, Any]]:
    """Yield the lines of the first sheet below the header, which is the row that begins with ``first_cell``."""
    lines = iter(CalamineWorkbook.from_path(FOLDER / name).get_sheet_by_index(0).to_python())
    header = next(line for line in lines if line and line[0] == first_cell)
    titles = [_text(title) for title in header]
    for line in lines:
        if any(cell != "" for cell in line):
            yield dict(zip(titles, line, strict=False))


def _text(cell: Any) -> str:
    return " ".join(str(cell or "").split())


def _day(cell: Any) -> date:
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    return datetime.strptime(_text(cell), "%d-%m-%Y").date()  # noqa: DTZ007 - a day has no zone


def _hours(cell: Any) -> float | None:
    if isinstance(cell, (int, float)):
        return float(cell)
    words = _text(cell).split(" à ")
    return sum(map(float, words)) / len(words) if words[0].isdigit() else None
