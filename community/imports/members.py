"""A list of members: ``manage.py import_members``. Spec 01, Import and export."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from activity.actions import record
from activity.models import Reader, Subject
from community import verbs
from community.hubs.models import Hub
from community.organisation.models import Unit
from community.people.models import Role, User
from community.topics.models import Topic, TopicKind
from ui.addresses import shown_address
from ui.validators import name_key

from . import actions
from .cells import (
    CellError,
    as_choice,
    as_date,
    as_email,
    as_full_name,
    as_label,
    as_labels,
    as_list,
    as_text,
    fold,
    joined_name,
    shown_day,
)
from .hubs import hubs_by_name
from .merging import Merge, merge
from .reading import Column, Row, Table
from .reporting import Report, run_import
from .vocabulary import chosen_topics, topics_called, units_called

COLUMNS = [
    Column(
        "name",
        gettext_lazy("Name"),
        ["naam", "volledige naam", "full name", "lid", "medewerker", "employee", "voor- en achternaam"],
        required=True,
        instead=["first_name", "last_name"],
    ),
    Column("first_name", gettext_lazy("First name"), ["voornaam", "roepnaam", "given name"]),
    Column(
        "infix",
        gettext_lazy("Infix"),
        ["tussenvoegsel", "tussenvoegsels", "voorvoegsel", "voorvoegsels", "tussenv", "prefix", "name prefix"],
    ),
    Column("last_name", gettext_lazy("Last name"), ["achternaam", "familienaam", "surname", "family name"]),
    Column(
        "email",
        gettext_lazy("E-mail address"),
        ["e-mailadres", "emailadres", "e-mail", "mail", "mailadres", "email address", "e-mail address"],
        required=True,
    ),
    Column("role", gettext_lazy("Role"), ["functie", "rol", "function", "job title"]),
    Column("hubs", gettext_lazy("Hubs"), ["kern", "kernen", "hub", "naam kern", "kernnaam", "hub name"]),
    Column(
        "unit", gettext_lazy("Organisational unit"), ["afdeling", "organisatieonderdeel", "onderdeel", "department"]
    ),
    Column("city", gettext_lazy("City"), ["standplaats", "plaats", "stad", "location"]),
    Column("can_do", gettext_lazy("Can do"), ["kan", "kan dit", "expertise", "kennis", "weet van"]),
    Column(
        "ask_me",
        gettext_lazy("Ask me about"),
        ["vraag mij naar", "vraag mij over", "mag je me voor vragen", "ask me about"],
    ),
    Column("wants_to_learn", gettext_lazy("Wants to learn"), ["wil leren", "want to learn", "leerwensen"]),
    Column("joined_on", gettext_lazy("Member since"), ["lid sinds", "sinds", "member since", "since", "joined"]),
    Column("language", gettext_lazy("Language"), ["taal"]),
]
NOUNS = [
    *("member", "members", "lid", "leden", "medewerker", "medewerkers", "employee", "employees", "person", "persoon"),
    *("werk", "zakelijk", "work", "business"),  # as in "work e-mail"
]
ROLES = {
    "data scientist": Role.DATA_SCIENTIST,
    "datascientist": Role.DATA_SCIENTIST,
    "datawetenschapper": Role.DATA_SCIENTIST,
    "data engineer": Role.DATA_ENGINEER,
    "dataengineer": Role.DATA_ENGINEER,
    "data analyst": Role.DATA_ANALYST,
    "data analist": Role.DATA_ANALYST,
    "dataanalist": Role.DATA_ANALYST,
    "vakspecialist": Role.DOMAIN_SPECIALIST,
    "inhoudelijk specialist": Role.DOMAIN_SPECIALIST,
    "domain specialist": Role.DOMAIN_SPECIALIST,
    "domeinspecialist": Role.DOMAIN_SPECIALIST,
}
LANGUAGES = {"nl": "nl", "nederlands": "nl", "dutch": "nl", "en": "en", "engels": "en", "english": "en"}
_TOPICS = tuple(TopicKind.values)


def import_members(path: Path | str, *, dry_run: bool = False) -> Report:
    """Import the members in ``path``. New ones are known but not active: no mail, in no figure, until they are invited.

    Known ones (by address) are updated where they changed nothing themselves since; what they did is kept and listed.

    Raises UnreadableFileError when there is no table in the file.
    """
    return run_import(path, COLUMNS, _apply, nouns=NOUNS, dry_run=dry_run)


def _apply(table: Table, report: Report) -> None:
    hubs = hubs_by_name()
    rows = list(_good_rows(table, hubs, report))
    # First what is shared, then the members: saving a profile takes its locks in the same order.
    units = units_called((values["unit"] for _row, values in rows if "unit" in values), report)
    labels = (label for _row, values in rows for kind in _TOPICS for label in values.get(kind, []))
    vocabulary = topics_called(labels, report)
    known = actions.lock_members(values["email"] for _row, values in rows)
    portal = _Portal(
        hubs={hub.pk: hub for hub in hubs.values()},
        units=units,
        current_hubs=actions.current_hubs(member.pk for member in known.values()),
        said_topics=actions.said_topics(member.pk for member in known.values()),
    )
    new: list[actions.NewMember] = []
    changed: list[actions.ChangedMember] = []
    for row, values in rows:
        email, name = values["email"], values["name"]
        topics = {kind: chosen_topics(values[kind], vocabulary) for kind in _TOPICS if kind in values}
        member = known.get(email)
        if member is None:
            new.append(_new(values, topics, portal))
            report.created.append(f"{name} <{shown_address(email)}>")
        elif not member.activated_at and name_key(member.name) not in _names_known(member, name):
            report.error(row, "email", _other_name(email, member.name))
        elif change := _changed(member, row, values, topics, portal, report):
            changed.append(change)
            report.updated.append(name if "name" in change.fields else member.name)
        else:
            report.unchanged.append(member.name)
    actions.add_imported_members(new)
    actions.update_imported_members(changed)
    if report.created or report.updated:
        figures = {"created": len(report.created), "updated": len(report.updated)}
        community = Subject.objects.community()
        record(community, verbs.MEMBERS_IMPORTED, system=True, data=figures, readers=Reader.FACILITATORS)


@dataclass(frozen=True, slots=True)
class _Portal:
    """What the portal holds, as far as a list is held against it."""

    hubs: Mapping[int, Hub]
    units: Mapping[str, Unit]
    current_hubs: Mapping[int, list[int]]
    said_topics: Mapping[tuple[int, str], Mapping[int, int]]

    def value_of(self, member: User, key: str) -> Any:
        """What ``member`` has now, in the form of the snapshot."""
        if key == "hubs":
            return self.current_hubs.get(member.pk, [])
        if key in _TOPICS:
            return sorted(self.said_topics.get((member.pk, key), {}))
        if key == "unit":
            return member.unit.name if member.unit else ""
        value = getattr(member, key)
        return value.isoformat() if isinstance(value, date) else value


def _good_rows(table: Table, hubs: Mapping[str, Hub], report: Report) -> Iterator[tuple[Row, dict[str, Any]]]:
    """The rows that can be imported, each address once; what is wrong with the others goes into the report."""
    seen: dict[str, str] = {}
    for row in table.rows:
        errors = len(report.errors)
        values = _read(row, hubs, report)
        email = values.get("email", "")
        name = values.get("name", "")
        if email and email in seen:
            _judge_repeat(row, name, seen[email], email, report)
            continue
        if email and name:
            seen[email] = name
        if len(report.errors) == errors:
            yield row, values


def _names_known(member: User, name: str) -> set[str]:
    """The names under which ``member`` may stand in a file: the one they have, or the one imported last."""
    return {name_key(name), name_key(member.name)} if member.imported.get("name") == name else {name_key(name)}


def _judge_repeat(row: Row, name: str, first_name: str, email: str, report: Report) -> None:
    """An address stands in the file a second time: one person, or a mistake."""
    if name and name_key(name) != name_key(first_name):
        report.error(row, "email", _other_name(email, first_name))
    elif name:
        report.note(row, _("%(name)s stands here twice; it is one person.") % {"name": name})


def _other_name(email: str, name: str) -> str:
    return _("%(email)s belongs to %(name)s already.") % {"email": shown_address(email), "name": name}


def _read(row: Row, hubs: Mapping[str, Hub], report: Report) -> dict[str, Any]:
    """The filled cells of ``row`` as the snapshot stores them; what is wrong goes into the report."""
    values: dict[str, Any] = {}
    with report.reading(row, "name" if "name" in row.cells else "last_name"):
        values["name"] = _name(row, report)
    with report.reading(row, "email"):
        values["email"] = as_email(row["email"])
        report.understood(row, "email", shown_address(values["email"]))
    with report.reading(row, "role"):
        values["role"], values["role_other"] = _role(row)
    with report.reading(row, "hubs"):
        values["hubs"] = _hub_ids(row, hubs)
    with report.reading(row, "unit"):
        values["unit"] = as_label(row["unit"], max_length=120)
    with report.reading(row, "city"):
        values["city"] = as_text(row["city"], max_length=60)
    for kind in _TOPICS:
        with report.reading(row, kind):
            values[kind] = as_labels(row[kind])
    with report.reading(row, "joined_on"):
        day = as_date(row["joined_on"])
        values["joined_on"] = day.isoformat() if day else ""
        report.understood(row, "joined_on", shown_day(day))
    with report.reading(row, "language"):
        values["language"] = as_choice(row["language"], LANGUAGES)
    return {key: value for key, value in values.items() if value}


def _name(row: Row, report: Report) -> str:
    """The name of a row, from one cell or from three. A name beside a first name may be the last name alone."""
    whole, first, infix, last = (as_text(row[key]) for key in ("name", "first_name", "infix", "last_name"))
    if not last and whole and first and first.casefold() not in whole.casefold():
        whole, last = "", whole
    if whole or not (first or last):
        name = as_full_name(row["name"])
        report.understood(row, "name", name)
        return name
    name = joined_name(first, infix, last)
    report.understood(row, "last_name", name, written=" | ".join(part for part in (first, infix, last) if part))
    return name


def _role(row: Row) -> tuple[str, str]:
    """The role, and own words where the portal has no word for it: "adviseur" is another role."""
    text = as_text(row["role"], max_length=60)
    if not text:
        return "", ""
    role = ROLES.get(fold(text))
    return (role, "") if role else (Role.OTHER, text)


def _hub_ids(row: Row, hubs: Mapping[str, Hub]) -> list[int]:
    """The hubs of a row. A hub's own name may hold a separator, so the whole cell is tried first."""
    text = as_text(row["hubs"])
    names = [text] if name_key(text) in hubs else as_list(row["hubs"])
    unknown = [name for name in names if name_key(name) not in hubs]
    if unknown:
        raise CellError(_("There is no hub called “%(name)s”.") % {"name": "”, “".join(unknown)})
    return [hubs[name_key(name)].pk for name in names]


def _columns_of(values: Mapping[str, Any], portal: _Portal) -> dict[str, Any]:
    """Snapshot values as columns of a member: the unit as a row, the day as a date."""
    columns = {key: values[key] for key in ("role", "role_other", "city", "language") if key in values}
    if "unit" in values:
        columns["unit"] = portal.units[name_key(values["unit"])]
    if "joined_on" in values:
        columns["joined_on"] = date.fromisoformat(values["joined_on"])
    return columns


def _new(values: Mapping[str, Any], topics: Mapping[str, list[Topic]], portal: _Portal) -> actions.NewMember:
    return actions.NewMember(
        name=values["name"],
        email=values["email"],
        fields=_columns_of(values, portal),
        topics=topics,
        hubs=[portal.hubs[pk] for pk in values.get("hubs", [])],
        imported=_snapshot(values, topics),
    )


def _snapshot(values: Mapping[str, Any], topics: Mapping[str, list[Topic]]) -> dict[str, Any]:
    """What the file says, in a form that compares: topics as sorted keys; no address, that is the key."""
    snapshot = {key: value for key, value in values.items() if key != "email"}
    return snapshot | {kind: sorted(topic.pk for topic in rows) for kind, rows in topics.items()}


def _changed(
    member: User,
    row: Row,
    values: Mapping[str, Any],
    topics: Mapping[str, list[Topic]],
    portal: _Portal,
    report: Report,
) -> actions.ChangedMember | None:
    """What the file says anew of ``member``, None for nothing; what they changed themselves since is listed as kept."""
    wanted = _snapshot(values, topics)
    taken: dict[str, Any] = {}
    for key, new in wanted.items():
        current = portal.value_of(member, key)
        if key == "hubs":
            new_hubs = [pk for pk in new if pk not in member.imported.get("hubs", []) and pk not in current]
            left = [pk for pk in new if pk in member.imported.get("hubs", []) and pk not in current]
            if new_hubs:
                taken["hubs"] = new_hubs
            if left:
                names = [hub.name for pk, hub in portal.hubs.items() if pk in left]
                report.keep(row, key, member.name, kept=_("left"), in_file=names)
            continue
        decision = merge(member.imported, key, current=current, new=new)
        if decision is Merge.TAKE:
            taken[key] = new
        elif decision is Merge.KEEP:
            report.keep(row, key, member.name, kept=_shown(key, current), in_file=_shown(key, new))
    if not taken:
        return None
    columns = _columns_of({key: values[key] for key in taken if key in values}, portal)
    if "role" in columns:
        columns["role_other"] = values.get("role_other", "")
    if "name" in taken:
        columns["name"] = values["name"]
    imported_hubs = sorted({*member.imported.get("hubs", []), *wanted.get("hubs", [])})
    return actions.ChangedMember(
        member=member,
        fields=columns,
        topics={kind: rows for kind, rows in topics.items() if kind in taken},
        hubs=[portal.hubs[pk] for pk in taken.get("hubs", [])],
        imported={**member.imported, **taken} | ({"hubs": imported_hubs} if imported_hubs else {}),
    )


def _shown(key: str, value: Any) -> Any:
    """A value of the snapshot in words."""
    return [str(topic) for topic in Topic.objects.filter(pk__in=value)] if key in _TOPICS else value
