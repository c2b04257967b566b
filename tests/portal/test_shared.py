"""What is kept for everyone changes no page, and nothing is kept in any other way. Spec 00, Speed."""

from __future__ import annotations

import ast
import random
import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.conf import settings as portal_settings
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from activity.actions import update_subject
from activity.models import Audience, Subject
from community.accounts.actions import activate_member, erase_member
from community.hubs.actions import join_hub, update_hub
from community.models import Hub, Topic, TopicKind, User
from community.people.actions import change_language, update_profile
from events.actions.sessions import cancel_session
from events.models import Session
from issues.bottlenecks import actions, selectors
from issues.models import Bottleneck, Theme
from issues.themes.actions import find_or_create_theme
from portal.demo.load import load
from portal.settings import INSTALLED_APPS
from tests.browser.pages import all_pages
from tests.factories import UserFactory
from tests.portal.test_states import Here
from ui import shared

ROOT = portal_settings.BASE_DIR
OURS = [name.partition(".")[0] for name in INSTALLED_APPS if (ROOT / name.partition(".")[0]).is_dir()]


# --- Every page, with it and without ---------------------------------------------------------------------------------
def looked_at(client: Client, path: str) -> tuple[Any, ...]:
    """What a page answers, but for what is another each time."""
    response = client.get(path)
    headers = {name: response.get(name) for name in ("Vary", "Cache-Control", "Content-Language", "Location")}
    body = b"".join(response) if response.streaming else response.content  # type: ignore[attr-defined]
    once = rb'(name="(?:csrfmiddlewaretoken|creation_key)" value=")[^"]*|(\bnonce=")[^"]*'
    return response.status_code, headers, re.sub(once, rb"\1\2", body)


class Community:
    """The demonstration, and what people do in it."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.member = User.objects.get(email="member@doorbraak.example")
        self.facilitator = User.objects.get(email="facilitator@doorbraak.example")

    def anyone(self) -> User:
        members: list[User] = list(User.objects.active().order_by("pk"))
        return self.chance.choice(members)

    def some(self, rows: Any) -> Any:
        return self.chance.choice(list(rows.order_by("pk")))

    def vote(self) -> None:
        for _time in range(5):
            actions.cast_vote(bottleneck=self.some(Bottleneck.objects.open()), by=self.anyone())
        selectors.BOTTLENECKS.changed()  # what rises may be five minutes old; here it may not

    def file(self) -> None:
        themes = [None, *Theme.objects.all()]
        actions.file_bottleneck(
            by=self.anyone(), title="Something new", situation="It is new.", theme=self.chance.choice(themes)
        )

    def hide(self) -> None:
        for kind in (Bottleneck, Hub, Session):
            subject = self.some(Subject.objects.filter(kind=kind.SUBJECT_KIND, hidden_at=None))
            how = [{"hidden_at": timezone.now()}, {"audience": Audience.HUBS}, {"audience": Audience.REPRESENTATIVES}]
            update_subject(subject, **self.chance.choice(how))

    def show(self) -> None:
        for subject in Subject.objects.exclude(hidden_at=None):
            update_subject(subject, hidden_at=None)

    def close(self) -> None:
        update_subject(self.some(Bottleneck.objects.open()).subject, closed_at=timezone.now())

    def join(self) -> None:
        join_hub(hub=self.some(Hub.objects.open().filter(join_policy="open")), by=self.anyone())

    def change_hub(self) -> None:
        hub = self.some(Hub.objects.open())
        fields = {"tagline": f"In one line {self.chance.random()}", "city": "Utrecht"}
        update_hub(hub=hub, by=self.facilitator, version=hub.version, fields=fields, topics=[])

    def order(self) -> None:
        find_or_create_theme(f"Theme {self.chance.random()}")

    def offer_help(self) -> None:
        topics = {TopicKind.ASK_ME.value: list(Topic.objects.order_by("?")[:5])}
        member = self.anyone()
        update_profile(member=member, by=member, version=member.version, fields={}, topics=topics)

    def sign_up(self) -> None:
        activate_member(member=UserFactory(activated_at=None))

    def leave(self) -> None:
        pages = ("@doorbraak.example", "anna-van-den-berg", "bram-smit")
        named = [user for user in User.objects.active() if not any(page in user.email + user.handle for page in pages)]
        erase_member(member=self.chance.choice(named))

    def cancel(self) -> None:
        coming = Session.objects.filter(
            state="published", subject__audience=Audience.PUBLIC, ends_at__gt=timezone.now()
        )
        for session in coming[:1]:
            cancel_session(session=session, by=self.facilitator, reason="It rains.")

    @property
    def doings(self) -> list[Callable[[], None]]:
        names = [name for name in vars(Community) if name not in {"anyone", "some", "doings"} and name[0] != "_"]
        return [getattr(self, name) for name in sorted(names)]


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.timeout(300)
def test_every_page_is_the_same_byte_for_byte_with_and_without_what_is_kept(settings):
    settings.SEARCH_RATE_LIMIT = "100000/minute"
    seed = random.randrange(10_000)
    chance = random.Random(seed)
    wrong: list[str] = []
    kept: set[str] = set()
    with time_machine.travel(timezone.now().replace(hour=12), tick=False):
        load(today=date.today())  # noqa: DTZ011 - as the demonstration does
        community = Community(chance)
        pages = [shown for shown in all_pages(Here()) if not shown.path.startswith("/dev/")]  # type: ignore[arg-type]
        emails: list[str | None] = [None, *{page.reader for page in pages if page.reader}]

        def compare(path: str, email: str | None, doing: str) -> None:
            language = chance.choice(["nl", "en"])
            client = Client(headers={"accept-language": language})
            if email:
                reader = User.objects.get(email=email)
                change_language(member=reader, language=language)
                client.force_login(reader)
            with shared.switched(on=False):
                plain = looked_at(client, path)
            if chance.random() < 0.3:  # cold, as a new process, and perhaps with an empty Valkey
                shared.forget()
                if chance.random() < 0.5:
                    cache.clear()
            found = [looked_at(client, path) for _warmer in range(2)]
            wrong.extend([f"{path} as {email} in {language} after {doing}"] if found != [plain] * 2 else [])
            kept.update(value._name for value in shared._VALUES if value.kept is not None)

        for page in pages:
            compare(page.path, page.reader, "nothing")
        compare("/", "facilitator@doorbraak.example", "nothing")
        often = ["/", "/bottlenecks/", "/themes/", "/members/", "/hubs/"]
        for doing in chance.sample(community.doings, len(community.doings)):
            doing()
            compare("/", None, doing.__name__)
            for path in [*chance.sample(often, 3), chance.choice(pages).path]:
                compare(path, chance.choice(emails), doing.__name__)
    assert not wrong, f"seed {seed}: " + "\n".join(wrong)
    ours = {value._name for value in shared._VALUES if value.make.__module__.partition(".")[0] in OURS}
    assert kept >= ours, "a value that no page reads"


@pytest.mark.django_db(transaction=True)
def test_what_ended_is_not_announced_to_visitors_however_long_it_is_kept(client):
    load(today=date.today())  # noqa: DTZ011
    session = Session.objects.filter(subject__audience=Audience.PUBLIC, state="published").latest("starts_at")
    assert session.title in client.get("/").content.decode()
    before = timedelta(seconds=2)
    Session.objects.filter(pk=session.pk).update(
        starts_at=timezone.now() - timedelta(hours=1), ends_at=timezone.now() + before
    )
    update_subject(session.subject, title=session.title)
    path = session.get_absolute_url()
    assert path in client.get("/").content.decode()
    with time_machine.travel(timezone.now() + before):
        assert path not in client.get("/").content.decode()


# --- There is no other way -------------------------------------------------------------------------------------------
#: Who may talk to the cache of Django: the store, and what makes it bear that Valkey is away.
STORE = {"ui/shared.py", "ui/cache.py", "ui/valkey.py"}
#: What draws, or reads translations.
DRAWS = {
    *("gettext", "ngettext", "pgettext", "npgettext", "get_language", "number_format", "date_format", "localize"),
    *("format_html", "format_html_join", "mark_safe", "SafeString", "render_to_string", "get_template", "static"),
}
MODULES = {"django.utils.dateformat", "django.utils.formats", "django.utils.translation"}
KEEPERS = {"lru_cache", "cache"}


class Module:
    """What the functions of a module use, by where it comes from."""

    def __init__(self, name: str, text: str) -> None:
        self.name, self.tree = name, ast.parse(text)
        self.known: dict[str, str] = {}
        for node in ast.walk(self.tree):
            if isinstance(node, ast.ImportFrom):
                base = ".".join(name.split(".")[: -node.level]) if node.level else ""
                origin = ".".join(part for part in (base, node.module) if part)
                self.known |= {alias.asname or alias.name: f"{origin}.{alias.name}" for alias in node.names}
            elif isinstance(node, ast.Import):
                self.known |= {alias.asname or alias.name: alias.name for alias in node.names}
        self.functions = {
            f"{name}.{node.name}": node for node in ast.walk(self.tree) if isinstance(node, ast.FunctionDef)
        }

    def whole(self, node: ast.AST) -> str:
        """A name or attribute by its whole path."""
        if isinstance(node, ast.Call):
            return self.whole(node.func)
        if isinstance(node, ast.Attribute):
            return f"{self.whole(node.value)}.{node.attr}"
        return self.known.get(node.id, f"{self.name}.{node.id}") if isinstance(node, ast.Name) else ""

    def uses(self, node: ast.AST) -> set[str]:
        return {self.whole(each) for each in ast.walk(node) if isinstance(each, ast.Name | ast.Attribute)}

    def kept(self) -> Iterator[tuple[int, set[str]]]:
        """What is kept by ``functools``, by line: the names that it uses."""
        for node in ast.walk(self.tree):
            decorated = isinstance(node, ast.FunctionDef) and any(map(self._keeps, node.decorator_list))
            called = isinstance(node, ast.Call) and self._keeps(node.func) and node.args
            if isinstance(node, ast.FunctionDef | ast.Call) and (decorated or called):
                yield node.lineno, self.uses(node)

    def _keeps(self, node: ast.AST) -> bool:
        where, _dot, what = self.whole(node).rpartition(".")
        return where == "functools" and what in KEEPERS


def our_modules() -> list[Module]:
    paths = [path for app in OURS for path in sorted((ROOT / app).rglob("*.py"))]
    return [Module(".".join(path.relative_to(ROOT).with_suffix("").parts), path.read_text()) for path in paths]


def drawing(modules: list[Module]) -> set[str]:
    """The functions that draw or read translations, by themselves or by what they call."""
    uses = {name: module.uses(node) for module in modules for name, node in module.functions.items()}

    def draws(name: str) -> bool:
        where, _dot, what = name.rpartition(".")
        return (where.startswith("django.") and what in DRAWS) or where in MODULES or name in found

    found: set[str] = set()
    while more := {name for name, used in uses.items() if name not in found and any(map(draws, used))}:
        found |= more
    return found | {name for used in uses.values() for name in used if draws(name)}


def kept_otherwise(modules: list[Module]) -> list[str]:
    """Where something that draws is kept by ``functools``."""
    draw = drawing(modules)
    return [f"{module.name}:{line}" for module in modules for line, uses in module.kept() if uses & draw]


def test_what_draws_or_reads_translations_is_kept_in_the_store_alone():
    assert kept_otherwise(our_modules()) == []


@pytest.mark.parametrize(
    ("text", "is_found"),
    [
        ("@lru_cache\ndef word(): return gettext('a')", True),
        ("@functools.cache\ndef word(): return format_html('a')", True),
        ("def word(): return _('a')\n@lru_cache(maxsize=1)\ndef two(): return word() * 2", True),
        ("def word(): return dateformat.format(1, 'a')\nkept = lru_cache(maxsize=9)(word)", True),
        ("@lru_cache\ndef add(a, b): return a + b", False),
        ("def word(): return gettext('a')\n@lru_cache\ndef add(a, b): return a + b", False),
    ],
)
def test_what_is_kept_otherwise_would_be_found(text, is_found):
    imports = (
        "import functools\nfrom functools import lru_cache\nfrom django.utils import dateformat\n"
        "from django.utils.html import format_html\nfrom django.utils.translation import gettext, gettext as _\n"
    )
    assert bool(kept_otherwise([Module("app.words", imports + text)])) is is_found


def test_nobody_but_the_store_asks_the_cache():
    used = set()
    for module in our_modules():
        names = {*module.known.values(), *module.uses(module.tree)}
        if any(
            re.match(r"django\.(core\.cache|views\.decorators\.cache\.cache_page|middleware\.cache)", name)
            for name in names
        ):
            used.add(module.name.replace(".", "/") + ".py")
    assert used == STORE
    pages = [*Path(ROOT / "templates").rglob("*"), *Path(ROOT).glob("*/templates/**/*")]
    wrong = [
        path for path in pages if path.is_file() and re.search(r"{%\s*(load\s.*\bcache\b|cache\s)", path.read_text())
    ]
    assert wrong == []
