"""A list of hubs: ``manage.py import_hubs``. Spec 01, Import and export."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from activity.actions import record
from activity.locks import lock_subjects
from activity.models import Reader, Subject
from community import verbs
from community.hubs import actions
from community.hubs.models import Hub, JoinPolicy
from community.organisation.models import Unit
from community.topics.models import Topic
from ui.errors import RuleBroken
from ui.validators import name_key

from .cells import as_choice, as_date, as_label, as_labels, as_name, as_text, shown_day
from .merging import Merge, merge
from .reading import Column, Row, Table
from .reporting import Report, run_import
from .vocabulary import chosen_topics, topics_called, units_called

COLUMNS = [
    Column("name", gettext_lazy("Name"), ["kern", "hub", "naam", "naam kern", "name of the hub"], required=True),
    Column(
        "unit", gettext_lazy("Organisational unit"), ["organisatieonderdeel", "onderdeel", "afdeling", "department"]
    ),
    Column("city", gettext_lazy("City"), ["plaats", "stad", "standplaats", "location"]),
    Column("state", gettext_lazy("State"), ["status", "stand"]),
    Column("join_policy", gettext_lazy("Joining"), ["toetreding", "lid worden", "joining", "membership"]),
    Column("tagline", gettext_lazy("In one line"), ["omschrijving", "in een zin", "description", "summary"]),
    Column("about", gettext_lazy("About this hub"), ["over ons", "toelichting", "about us"]),
    Column("founded_on", gettext_lazy("Founded on"), ["opgericht", "opgericht op", "sinds", "founded", "since"]),
    Column("topics", gettext_lazy("Topics"), ["onderwerpen", "thema's", "vraag ons over", "subjects"]),
    Column("contact", gettext_lazy("Contact"), ["contactpersoon", "e-mail", "mailbox"]),
]

NOUNS = ["hub", "hubs", "kern", "kernen"]
STATES = {
    "actief": Hub.State.ACTIVE,
    "active": Hub.State.ACTIVE,
    "in oprichting": Hub.State.FORMING,
    "forming": Hub.State.FORMING,
    "proef": Hub.State.PILOT,
    "pilot": Hub.State.PILOT,
    "slapend": Hub.State.DORMANT,
    "dormant": Hub.State.DORMANT,
    "gesloten": Hub.State.CLOSED,
    "closed": Hub.State.CLOSED,
}
POLICIES = {
    "open": JoinPolicy.OPEN,
    "op verzoek": JoinPolicy.REQUEST,
    "on request": JoinPolicy.REQUEST,
    "op uitnodiging": JoinPolicy.INVITATION,
    "by invitation": JoinPolicy.INVITATION,
}
_LIMITS = {"city": 60, "tagline": 160, "contact": 160, "about": 20_000}


def hubs_by_name() -> dict[str, Hub]:
    """Every hub by ``name_key`` of its name, in one query."""
    return {name_key(hub.name): hub for hub in Hub.objects.select_related("subject", "unit")}


def import_hubs(path: Path | str, *, dry_run: bool = False) -> Report:
    """Import the hubs in ``path``: new ones are founded, known ones (by name) updated where nobody changed them since.

    Raises UnreadableFileError when there is no table in the file.
    """
    return run_import(path, COLUMNS, _apply, nouns=NOUNS, dry_run=dry_run)


def _apply(table: Table, report: Report) -> None:
    rows = list(_good_rows(table, report))
    units = units_called((values["unit"] for _row, values in rows if "unit" in values), report)
    labels = topics_called((label for _row, values in rows for label in values.get("topics", [])), report)
    lock_subjects(Hub.objects.values_list("subject", flat=True))
    known = hubs_by_name()
    for row, values in rows:
        hub = known.get(name_key(values["name"]))
        topics = chosen_topics(values.get("topics", []), labels)
        try:
            if hub is None:
                _create(values, topics, units, report)
            else:
                _update(hub, row, values, topics, units, report)
        except RuleBroken as refusal:
            report.error(row, "name", str(refusal))
    if report.created or report.updated:
        figures = {"created": len(report.created), "updated": len(report.updated)}
        community = Subject.objects.community()
        record(community, verbs.HUBS_IMPORTED, system=True, data=figures, readers=Reader.FACILITATORS)


def _good_rows(table: Table, report: Report) -> Iterator[tuple[Row, dict[str, Any]]]:
    """The rows that can be imported, each hub once; what is wrong with the others goes into the report."""
    seen: dict[str, Mapping[str, Any]] = {}
    for row in table.rows:
        errors = len(report.errors)
        values = _read(row, report)
        if len(report.errors) > errors:
            continue
        key = name_key(values["name"])
        if key in seen:
            if seen[key] == values:
                report.note(row, _("“%(name)s” stands here twice; it is one hub.") % {"name": values["name"]})
            else:
                report.error(row, "name", _("“%(name)s” stands above already, with other data.") % values)
            continue
        seen[key] = values
        yield row, values


def _read(row: Row, report: Report) -> dict[str, Any]:
    """The filled cells of ``row`` as the snapshot stores them; what is wrong goes into the report."""
    values: dict[str, Any] = {}
    with report.reading(row, "name"):
        values["name"] = as_name(row["name"], max_length=80)
    with report.reading(row, "unit"):
        values["unit"] = as_label(row["unit"], max_length=120)
    for key, limit in _LIMITS.items():
        with report.reading(row, key):
            values[key] = as_text(row[key], max_length=limit)
    with report.reading(row, "state"):
        values["state"] = as_choice(row["state"], STATES)
    with report.reading(row, "join_policy"):
        values["join_policy"] = as_choice(row["join_policy"], POLICIES)
    with report.reading(row, "founded_on"):
        day = as_date(row["founded_on"])
        values["founded_on"] = day.isoformat() if day else ""
        report.understood(row, "founded_on", shown_day(day))
    with report.reading(row, "topics"):
        values["topics"] = as_labels(row["topics"])
    return {key: value for key, value in values.items() if value}


def _columns_of(values: Mapping[str, Any], units: Mapping[str, Unit]) -> dict[str, Any]:
    """Snapshot values as columns of a hub: the unit as a row, the day as a date."""
    columns = {key: value for key, value in values.items() if key != "topics"}
    if "founded_on" in columns:
        columns["founded_on"] = date.fromisoformat(columns["founded_on"])
    if "unit" in columns:
        columns["unit"] = units[name_key(columns["unit"])]
    return columns


def _create(values: Mapping[str, Any], topics: list[Topic], units: Mapping[str, Unit], report: Report) -> None:
    hub = actions.found_hub(**_columns_of(values, units), topics=topics, imported=_snapshot(values, topics))
    report.created.append(hub.name)


def _snapshot(values: Mapping[str, Any], topics: list[Topic]) -> dict[str, Any]:
    snapshot = dict(values)
    if "topics" in values:
        snapshot["topics"] = sorted(topic.pk for topic in topics)
    return snapshot


def _update(
    hub: Hub, row: Row, values: Mapping[str, Any], topics: list[Topic], units: Mapping[str, Unit], report: Report
) -> None:
    wanted = _snapshot(values, topics)
    taken: dict[str, Any] = {}
    for key, new in wanted.items():
        current = _current(hub, key)
        if key == "name":  # it is the key: another case of letters is no news
            continue
        decision = merge(hub.imported, key, current=current, new=new)
        if decision is Merge.TAKE:
            taken[key] = new
        elif decision is Merge.KEEP:
            report.keep(row, key, hub.name, kept=_shown(key, current), in_file=_shown(key, new))
    if not taken:
        report.unchanged.append(hub.name)
        return
    chosen = {key: value for key, value in values.items() if key in taken}
    actions.update_hub(
        hub=hub,
        by=None,
        version=hub.version,
        fields=_columns_of(chosen, units),
        topics=topics if "topics" in taken else None,
        imported={**hub.imported, **taken},
    )
    report.updated.append(hub.name)


def _current(hub: Hub, key: str) -> Any:
    """What the portal holds now, in the form of the snapshot."""
    if key == "topics":
        return sorted(hub.hub_topics.values_list("topic_id", flat=True))
    if key == "unit":
        return hub.unit.name if hub.unit else ""
    value = getattr(hub, key)
    return value.isoformat() if isinstance(value, date) else value


def _shown(key: str, value: Any) -> Any:
    """A value of the snapshot in words."""
    return [str(topic) for topic in Topic.objects.filter(pk__in=value)] if key == "topics" else value
