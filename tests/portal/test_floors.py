"""No app names what an app above it owns: in strings, field paths, templates and migrations neither. Spec 00, Floors.

import-linter sees imports. A field path ("hub__memberships"), a table in a statement, the key of a verb or a kind, the
name of an address, a folder of templates and a plain word bind just as well. What each app owns is read from the apps
themselves; what follows are the few names that are meant to be known below.
"""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import pytest
from django.apps import apps
from django.contrib.auth import get_user_model
from django.utils import translation

from activity.announcements import Receivers
from activity.kinds import SubjectKind, subject_kinds
from activity.links import LinkPurpose
from activity.mailkinds import mail_kinds
from activity.ties import LinkKind
from activity.todos import todo_kinds
from activity.verbs import Verb

ROOT = Path(__file__).resolve().parents[2]
LAYERS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"][0]["layers"]
FLOORS = [name for name in LAYERS if (ROOT / name).is_dir()]
#: Whose the templates are that lie in no folder of an app: what all pages and all mails are made of.
FOLDERS = {"account": "community", "email": "activity", "partials": "ui", "": "ui"}

#: What spec 00 says of the tables of ``activity`` in these words: a Subject has ``hubs`` and is for members of its hubs
#: or for representatives, a Todo waits for the representatives of a hub, and the one subject of everything is called
#: "community". Who is a member of what, ``activity.visibility.belonging`` is told.
SPOKEN = {"activity": {"hub", "hubs", "community", "representatives", "hub_subjects_of"}}
#: Words that an app has for something of its own, and an app above it for something else.
OTHERWISE = {
    "community": {
        "member_count",  # of a hub, which its list counts
        "withdraw",  # a request to join
    },
    "issues": {"ends_at"},  # until when a link acts, as a purpose of links says
    "activity": {
        "ends_at",  # of a purpose of links
        "calendar",  # the type of a part of a mail
    },
}
#: What these did is done: they are read by a database that has not had them, and name what there was at their time.
HISTORY = {
    "activity/migrations/0001_ledger_and_outbox.py": "kinds of subject and purposes of links; 0018 and 0020 end it",
    "activity/migrations/0004_index_of_news.py": "what was news, by verb; 0011 has an entry keep it by itself",
}


@dataclass
class Owned:
    """What an app has names for."""

    labels: set[str] = field(default_factory=set)  # its name, as in "community.User", "issues:…" and "events/…"
    tables: set[str] = field(default_factory=set)
    names: set[str] = field(default_factory=set)  # of fields, and of what leads to its tables from those of others
    keys: set[str] = field(default_factory=set)  # of verbs, kinds and purposes
    words: set[str] = field(default_factory=set)  # what readers call its things


@cache
def owned(app: str) -> Owned:
    """What the models of ``app`` and its entries in the registries of ``activity`` are called."""
    found = Owned(labels={app})
    for model in apps.get_app_config(app).get_models(include_auto_created=True):
        found.tables.add(model._meta.db_table)
        found.names |= {column.name for column in model._meta.get_fields() if column.concrete}
        for relation in model._meta.get_fields():
            if relation.concrete and relation.is_relation and relation.remote_field:
                found.names |= {relation.remote_field.get_accessor_name() or "id"}
    found.keys |= {key for key, owner in registered().items() if owner == app}
    for kind in subject_kinds:
        if registered()[kind.key] == app:
            with translation.override("en"):
                found.words |= {str(kind.word), f"{kind.word}s"}
    return found


@cache
def registered() -> dict[str, str]:
    """Every key of a registry of ``activity``, and the app that registered it: the lowest that has a constant of it."""
    folders = {kind.key: kind.template.partition("/")[0] for kind in mail_kinds}
    owners = {key: FOLDERS.get(folder, folder) for key, folder in folders.items()}
    owners |= {kind.key: kind.load_many.__module__.partition(".")[0] for kind in todo_kinds}
    for name, module in sorted(sys.modules.items()):
        app = name.partition(".")[0]
        for entry in vars(module).values() if app in FLOORS else ():
            if isinstance(entry, (Verb, SubjectKind, LinkKind, LinkPurpose, Receivers)) and entry.key:
                lowest = owners.get(entry.key, app)
                owners[entry.key] = max(lowest, app, key=FLOORS.index)
    return owners


def columns_of_users() -> set[str]:
    """The user is ``AUTH_USER_MODEL`` everywhere, so these are known to all."""
    return {column.name for column in get_user_model()._meta.get_fields() if column.concrete}


@dataclass(frozen=True)
class Upstairs:
    """What ``app`` may not name: what the apps above it own and neither it nor an app below it does."""

    names: frozenset[str]
    keys: frozenset[str]
    text: re.Pattern[str]

    @classmethod
    @cache
    def of(cls, app: str) -> Upstairs:
        place = FLOORS.index(app)
        above, below = [owned(it) for it in FLOORS[:place]], [owned(it) for it in FLOORS[place:]]
        spoken = columns_of_users() | SPOKEN.get(app, set()) | OTHERWISE.get(app, set())
        known = spoken.union(*(it.names | it.keys for it in below))
        labels = {label for it in above for label in it.labels}
        tables = {table for it in above for table in it.tables}
        words = {word for it in above for word in it.words} - known
        return cls(
            names=frozenset(set().union(*(it.names for it in above)) - known),
            keys=frozenset(set().union(*(it.keys for it in above)) - known),
            text=re.compile(
                rf"^(?:{any_of(labels - known)})$|(?<![\w./])(?:{any_of(labels)})[.:/](?=\w)"
                rf"|\b(?:{any_of(tables)})\b|\b(?i:{any_of(words)})\b"
            ),
        )

    def in_name(self, name: str) -> Iterator[str]:
        """What a name in code, or a path of names, says of them; a single word may mean anything."""
        path = name.split("__")
        yield from (part for part in path if part in self.names and (len(path) > 1 or "_" in part))

    def in_text(self, text: str) -> Iterator[str]:
        """What a text in code says of them."""
        if text.isidentifier():
            yield from self.in_name(text)
            yield from {text} & self.keys
        yield from (found.group() for found in self.text.finditer(text))


def any_of(names: Iterable[str]) -> str:
    return "|".join(map(re.escape, sorted(names))) or "(?!)"


def in_code(path: Path, upstairs: Upstairs) -> Iterator[str]:
    """What a module says of the apps above it; docstrings and comments may, for they explain."""
    tree = ast.parse(path.read_text())
    explains = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        match node:
            case ast.Constant(value=str(text)) if id(node) not in explains:
                yield from upstairs.in_text(text)
            case ast.Attribute(attr=name) | ast.keyword(arg=str(name)):
                yield from upstairs.in_name(name)


def in_template(path: Path, upstairs: Upstairs) -> Iterator[str]:
    """What a template says: its words, its variables, the addresses and templates it names."""
    text = re.sub(r"{#.*?#}|{% comment.*?endcomment %}", "", path.read_text(), flags=re.DOTALL)
    for name in re.findall(r"(?<=\.)\w+", " ".join(re.findall(r"{[{%].*?[%}]}", text, re.DOTALL))):
        yield from upstairs.in_name(name)
    for quoted in re.findall(r"[\"']([^\"'\n]*)[\"']", text):
        yield from upstairs.in_text(quoted)
    yield from (found.group() for found in upstairs.text.finditer(re.sub(r"<[^>]*>", " ", text)))


def files_of(app: str) -> Iterator[tuple[Path, bool]]:
    """The modules and templates of an app, and whether each is a module."""
    yield from ((path, True) for path in (ROOT / app).rglob("*.py"))
    for path in (ROOT / "templates").rglob("*.*"):
        folders = path.relative_to(ROOT / "templates").parts[:-1]
        folder = folders[0] if folders else ""
        if path.suffix in {".html", ".txt"} and FOLDERS.get(folder, folder) == app:
            yield path, False


@pytest.mark.parametrize("app", FLOORS)
def test_an_app_names_nothing_of_the_apps_above_it(app: str) -> None:
    upstairs = Upstairs.of(app)
    told = []
    for path, is_module in files_of(app):
        where = str(path.relative_to(ROOT))
        found = set(in_code(path, upstairs) if is_module else in_template(path, upstairs))
        told += [f"{where}: {name}" for name in sorted(found) if where not in HISTORY]
    assert "\n".join(told) == ""


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("Subject.objects.filter(hub__memberships__member=1)", {"memberships"}),
        ('path = "bottleneck__votes"', {"bottleneck", "votes"}),
        ('sql = "SELECT * FROM issues_bottleneck"', {"issues_bottleneck"}),
        ('verb == "bottleneck_filed"', {"bottleneck_filed"}),
        ('kind == "session"', {"session"}),
        ('reverse("events:session_list")', {"events:"}),
        ('apps.get_model("community.Hub")', {"community."}),
        ('render("issues/board.html")', {"issues/"}),
        ('f"{member.primary_hub} {member.time_zone}"', set()),
        ("row.taken_count", {"taken_count"}),
        ('_("File a bottleneck")', {"bottleneck"}),
        ('Subject.objects.filter(hubs__in=x, audience="representatives")', set()),
        ('"""A docstring may speak of events/models.py and bottlenecks."""', set()),
    ],
)
def test_what_is_found(code: str, found: set[str], tmp_path: Path) -> None:
    module = tmp_path / "module.py"
    module.write_text(code)
    assert set(in_code(module, Upstairs.of("activity"))) == found


def test_every_exception_is_still_one() -> None:
    for app, words in OTHERWISE.items():
        above = FLOORS[: FLOORS.index(app)]
        assert words <= {name for upper in above for name in owned(upper).names | owned(upper).keys}
    for where in HISTORY:
        app = where.partition("/")[0]
        assert list(in_code(ROOT / where, Upstairs.of(app))), where
