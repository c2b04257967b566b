"""Whatever is looked up whatever its case is found by an index. Spec 00, Speed."""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.apps import apps
from django.db import connection, models
from django.db.models.functions import Lower
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from community.accounts import actions as accounts_actions
from community.hubs import actions as hubs_actions
from community.models import Hub, OldHandle, OldSlug, Unit, User
from community.people import actions as people_actions
from issues.models import Theme
from tests.factories import HubFactory, UserFactory
from tests.plans import plan_of

OURS = ("ui", "activity", "community", "issues", "events", "portal")
PASSWORD = "een heel lang wachtwoord"
pytestmark = pytest.mark.django_db


def lower_columns() -> Iterator[tuple[type[models.Model], str]]:
    """Every column of ours that is indexed in lower case."""
    for app in OURS:
        for model in apps.get_app_config(app).get_models():
            for promise in [*model._meta.constraints, *model._meta.indexes]:
                for expression in getattr(promise, "expressions", ())[:1]:  # behind another column it finds nothing
                    if isinstance(expression, Lower):
                        yield model, expression.source_expressions[0].name  # type: ignore[attr-defined]


def code() -> Iterator[tuple[Path, ast.AST]]:
    for app in OURS:
        folder = Path(importlib.import_module(app).__file__ or "").parent
        for path in sorted(folder.rglob("*.py")):
            if "migrations" not in path.parts:
                yield path, ast.parse(path.read_text(encoding="utf-8"))


def test_every_column_with_an_index_in_lower_case_is_found_by_it():
    columns = list(lower_columns())
    wanted = {(User, "handle"), (OldHandle, "handle"), (Hub, "slug"), (OldSlug, "slug"), (Hub, "name"), (Theme, "name")}
    assert wanted | {(Unit, "name")} <= set(columns)
    for model, column in columns:
        rows = model._default_manager.order_by().filter(**{f"{column}__iexact": "Anna"})
        assert "UPPER" not in str(rows.query)
        assert "Seq Scan" not in plan_of(rows), (model, column)


def test_no_code_asks_whatever_the_case_for_what_has_no_index():
    """By ``__iexact`` only where there is an index in lower case, and never for a beginning (``UPPER … LIKE``)."""
    indexed = {column for _model, column in lower_columns()}
    asked = 0
    for path, tree in code():
        for node in ast.walk(tree):
            words = (
                [node.arg] if isinstance(node, ast.keyword) else [node.value] if isinstance(node, ast.Constant) else []
            )
            for word in words:
                if not isinstance(word, str) or " " in word:
                    continue
                assert "__istartswith" not in word, path
                if word.endswith("__iexact") and word != "__iexact":
                    asked += 1
                    assert word.removesuffix("__iexact").rpartition("__")[2] in indexed, (path, word)
    assert asked


def test_members_are_found_by_address_by_an_index():
    assert "member_by_address" in plan_of(User.objects.order_by().filter(email="Anna@voorbeeld.example"))
    assert "Seq Scan" not in plan_of(EmailAddress.objects.filter(email="anna@voorbeeld.example"))


#: A table of names or addresses read from end to end. What else a statement asks (who facilitates) is another matter.
READ_WHOLE = re.compile(r"Seq Scan on (community_(user|hub|oldhandle|oldslug|unit|topic)|account_emailaddress)\b")


def statements_of(act: Any) -> list[str]:
    with CaptureQueriesContext(connection) as captured:
        act()
    return [query["sql"] for query in captured]


def test_no_page_that_takes_an_address_or_a_handle_reads_a_whole_table():
    member = UserFactory(email="anna@doorbraak.example", handle="anna", password=PASSWORD)
    hub = HubFactory(slug="kern-geo")
    people_actions.update_profile(member=member, by=member, version=1, fields={"handle": "anna-b"})
    signed_in = Client()
    signed_in.force_login(member)
    account = {"email": "Bert@Doorbraak.example", "name": "Anna B", "password1": PASSWORD}
    acts = [
        lambda: Client().post(reverse("account_login"), {"login": "Anna@Doorbraak.example", "password": PASSWORD}),
        lambda: Client().post(reverse("account_login"), {"login": "nobody@doorbraak.example", "password": PASSWORD}),
        lambda: Client().post(reverse("account_signup"), account),
        lambda: Client().post(reverse("account_signup"), {**account, "email": "Anna@Doorbraak.example"}),
        lambda: Client().post(reverse("account_reset_password"), {"email": "Anna@Doorbraak.example"}),
        lambda: signed_in.get(reverse("community:member_detail", args=["Anna-B"])),
        lambda: signed_in.get(reverse("community:member_detail", args=["anna"])),
        lambda: signed_in.get(reverse("community:hub_detail", args=["KERN-geo"])),
        lambda: accounts_actions.create_member(name="Anna B", email="c@doorbraak.example"),
        lambda: hubs_actions.update_hub(
            hub=hub, by=None, version=1, fields={"name": "Kern Nieuw", "slug": "kern-nieuw"}
        ),
    ]
    looked_up = 0
    for act in acts:
        for sql in statements_of(act):
            assert "UPPER(" not in sql, sql
            where = sql.partition(" WHERE ")[2]
            if sql.startswith("SELECT") and any(f'"{name}"' in where for name in ("email", "handle", "slug", "name")):
                looked_up += 1
                assert not READ_WHOLE.search(plan_of(sql)), sql
    assert looked_up > len(acts)


def test_a_name_that_very_many_have_costs_few_questions():
    UserFactory(handle="jan")
    User.objects.bulk_create(
        User(email=f"jan{n}@voorbeeld.example", name="Jan", handle=f"jan-{n}") for n in range(2, 131)
    )
    statements = statements_of(lambda: accounts_actions.create_member(name="Jan", email="jan@voorbeeld.example"))
    assert User.objects.get(email="jan@voorbeeld.example").handle == "jan-131"
    assert sum("LOWER" in sql for sql in statements) == 6  # three times fifty candidates, in two tables
