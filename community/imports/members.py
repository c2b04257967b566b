"""A list of members: ``manage.py import_members``. Spec 01, Import and export."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from activity.actions import record
from activity.models import Reader, Subject
from activity.verbs import Verb
from community import actions
from community.models import Hub, Membership, Role, Topic, TopicKind, User
from ui.errors import StaleForm

from .cells import CellError, as_choice, as_date, as_email, as_list, as_name, as_text, fold
from .hubs import find_topics, find_unit, hubs_by_name, name_key
from .merging import Merge, merge
from .reading import Column, Row, Table
from .reporting import Report, run_import

COLUMNS = [
    Column("name", gettext_lazy("Name"), ["naam", "volledige naam", "full name", "lid"], required=True),
    Column(
        "email",
        gettext_lazy("E-mail address"),
        ["e-mailadres", "e-mail", "mail", "mailadres", "email address", "e-mail address"],
        required=True,
    ),
    Column("role", gettext_lazy("Role"), ["functie", "rol", "function", "job title"]),
    Column("hubs", gettext_lazy("Hubs"), ["kern", "kernen", "hub"]),
    Column(
        "unit", gettext_lazy("Organisational unit"), ["afdeling", "organisatieonderdeel", "onderdeel", "department"]
    ),
    Column("city", gettext_lazy("City"), ["standplaats", "plaats", "stad", "location"]),
    Column("can_do", gettext_lazy("Can do"), ["kan", "kan dit", "expertise", "kennis", "weet van"]),
    Column("ask_me", gettext_lazy("Ask me about"), ["vraag mij over", "mag je me voor vragen", "ask me about"]),
    Column("wants_to_learn", gettext_lazy("Wants to learn"), ["wil leren", "want to learn", "leerwensen"]),
    Column("joined_on", gettext_lazy("Member since"), ["lid sinds", "sinds", "member since", "since", "joined"]),
    Column("language", gettext_lazy("Language"), ["taal"]),
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
    return run_import(path, COLUMNS, _apply, dry_run=dry_run)


def _apply(table: Table, report: Report) -> None:
    hubs = hubs_by_name()
    known = {user.email.lower(): user for user in User.objects.select_related("unit", "primary_hub")}
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
        if len(report.errors) > errors:
            continue
        member = known.get(email)
        if member is None:
            _create(values, hubs, report)
        elif not member.activated_at and name_key(member.name) not in _names_known(member, name):
            report.error(row, "email", _other_name(email, member.name))
        else:
            _update(member, row, values, hubs, report)
    if report.created or report.updated:
        figures = {"created": len(report.created), "updated": len(report.updated)}
        community = Subject.objects.community()
        record(community, Verb.MEMBERS_IMPORTED, system=True, data=figures, readers=Reader.FACILITATORS)


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
    return _("%(email)s belongs to %(name)s already.") % {"email": email, "name": name}


def _read(row: Row, hubs: Mapping[str, Hub], report: Report) -> dict[str, Any]:
    """The filled cells of ``row`` as the snapshot stores them; what is wrong goes into the report."""
    values: dict[str, Any] = {}
    with report.reading(row, "name"):
        values["name"] = as_name(row["name"])
    with report.reading(row, "email"):
        values["email"] = as_email(row["email"])
    with report.reading(row, "role"):
        values["role"], values["role_other"] = _role(row)
    with report.reading(row, "hubs"):
        values["hubs"] = _hub_ids(row, hubs)
    with report.reading(row, "unit"):
        values["unit"] = as_text(row["unit"], max_length=120)
    with report.reading(row, "city"):
        values["city"] = as_text(row["city"], max_length=60)
    for kind in _TOPICS:
        with report.reading(row, kind):
            values[kind] = [as_text(label, max_length=60) for label in as_list(row[kind])]
    with report.reading(row, "joined_on"):
        day = as_date(row["joined_on"])
        values["joined_on"] = day.isoformat() if day else ""
    with report.reading(row, "language"):
        values["language"] = as_choice(row["language"], LANGUAGES)
    return {key: value for key, value in values.items() if value}


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


def _columns_of(values: Mapping[str, Any], report: Report) -> dict[str, Any]:
    """Snapshot values as columns of a member: the unit as a row, the day as a date."""
    columns = {key: values[key] for key in ("role", "role_other", "city", "language") if key in values}
    if "unit" in values:
        columns["unit"] = find_unit(values["unit"], report)
    if "joined_on" in values:
        columns["joined_on"] = date.fromisoformat(values["joined_on"])
    return columns


def _create(values: dict[str, Any], hubs: Mapping[str, Hub], report: Report) -> None:
    topics = {kind: find_topics(values[kind], report) for kind in _TOPICS if kind in values}
    member = actions.add_imported_member(
        name=values["name"],
        email=values["email"],
        fields=_columns_of(values, report),
        topics=topics,
        hubs=_chosen(values.get("hubs", []), hubs),
        imported=_snapshot(values, topics),
    )
    report.created.append(f"{member.name} <{member.email}>")


def _snapshot(values: Mapping[str, Any], topics: Mapping[str, list[Topic]]) -> dict[str, Any]:
    """What the file says, in a form that compares: topics as sorted keys; no address, that is the key."""
    snapshot = {key: value for key, value in values.items() if key != "email"}
    return snapshot | {kind: sorted(topic.pk for topic in rows) for kind, rows in topics.items()}


def _chosen(pks: Iterable[int], hubs: Mapping[str, Hub]) -> list[Hub]:
    """The hubs with these numbers, in that order."""
    by_pk = {hub.pk: hub for hub in hubs.values()}
    return [by_pk[pk] for pk in pks]


def _update(member: User, row: Row, values: Mapping[str, Any], hubs: Mapping[str, Hub], report: Report) -> None:
    topics = {kind: find_topics(values[kind], report) for kind in _TOPICS if kind in values}
    wanted = _snapshot(values, topics)
    taken: dict[str, Any] = {}
    for key, new in wanted.items():
        current = _current(member, key)
        if key == "hubs":
            new_hubs = [pk for pk in new if pk not in member.imported.get("hubs", []) and pk not in current]
            left = [pk for pk in new if pk in member.imported.get("hubs", []) and pk not in current]
            if new_hubs:
                taken["hubs"] = new_hubs
            if left:
                names = [hub.name for hub in hubs.values() if hub.pk in left]
                report.keep(row, key, member.name, kept=_("left"), in_file=names)
            continue
        decision = merge(member.imported, key, current=current, new=new)
        if decision is Merge.TAKE:
            taken[key] = new
        elif decision is Merge.KEEP:
            report.keep(row, key, member.name, kept=_shown(key, current), in_file=_shown(key, new))
    if not taken:
        report.unchanged.append(member.name)
        return
    columns = _columns_of({key: values[key] for key in taken if key in values}, report)
    if "role" in columns:
        columns["role_other"] = values.get("role_other", "")
    if "name" in taken:
        columns["name"] = values["name"]
    imported_hubs = sorted({*member.imported.get("hubs", []), *wanted.get("hubs", [])})
    try:
        actions.update_imported_member(
            member=member,
            fields=columns,
            topics={kind: rows for kind, rows in topics.items() if kind in taken},
            hubs=_chosen(taken.get("hubs", []), hubs),
            imported={**member.imported, **taken} | ({"hubs": imported_hubs} if imported_hubs else {}),
        )
    except StaleForm as refusal:
        report.error(row, "name", str(refusal))
        return
    report.updated.append(member.name)


def _current(member: User, key: str) -> Any:
    """What the portal holds now, in the form of the snapshot."""
    if key == "hubs":
        return list(Membership.objects.current().filter(member=member).values_list("hub_id", flat=True))
    if key in _TOPICS:
        return sorted(member.member_topics.filter(kind=key).values_list("topic_id", flat=True))
    if key == "unit":
        return member.unit.name if member.unit else ""
    value = getattr(member, key)
    return value.isoformat() if isinstance(value, date) else value


def _shown(key: str, value: Any) -> Any:
    """A value of the snapshot in words."""
    return [str(topic) for topic in Topic.objects.filter(pk__in=value)] if key in _TOPICS else value
