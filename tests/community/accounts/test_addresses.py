"""One mailbox is one member, wherever an address is typed, kept, compared or sent to. Spec 01, Accounts."""

from __future__ import annotations

import importlib
import inspect
import re
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django import forms
from django.apps import apps
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command, get_commands, load_command_class
from django.db import IntegrityError, models, transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

import ui.fields
import ui.forms
from activity.actions import queue_emails
from activity.models import Email
from activity.outbox import send_due
from activity.sealing import seal
from community.accounts import actions
from community.accounts.adapter import AccountAdapter
from community.accounts.demo_accounts import demo_accounts
from community.imports.members import import_members
from community.models import Hub, User
from tests.activity.conftest import use_server
from tests.activity.sink import running_sink
from tests.factories import HubFactory, UserFactory
from ui.addresses import normal_address

PASSWORD = "een heel lang wachtwoord"
OURS = ("ui", "activity", "community", "issues", "events", "portal")
#: One mailbox.
WAYS = ["jan@müller.example", "JAN@MÜLLER.example", "jan@mu\u0308ller.example", "Jan@xn--mller-kva.example"]
KEPT = "jan@xn--mller-kva.example"
pytestmark = pytest.mark.django_db


# --- Every place
def form_classes() -> list[type[forms.BaseForm]]:
    """Every form of the portal's own code, with allauth's as the portal offers them."""
    found: dict[type[forms.BaseForm], None] = {}
    for app in OURS:
        folder = Path(importlib.import_module(app).__file__ or "").parent
        for path in sorted(folder.rglob("*forms.py")) + sorted(folder.rglob("signup.py")):
            module = importlib.import_module(".".join(path.relative_to(folder.parent).with_suffix("").parts))
            for _name, value in inspect.getmembers(module, inspect.isclass):
                if issubclass(value, forms.BaseForm) and value.__module__ == module.__name__:
                    found[value] = None
    return list(found)


def views(patterns: Any = None) -> Iterator[Any]:
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(pattern, URLResolver):
            yield from views(pattern.url_patterns)
        elif isinstance(pattern, URLPattern):
            yield pattern.callback


def address_fields(form: type[forms.BaseForm]) -> dict[str, forms.Field]:
    """The fields of a form that take an address, by what they are and what they are called."""
    try:
        fields = form().fields
    except (TypeError, KeyError, AttributeError):  # made with arguments, or a part of others
        fields = getattr(form, "base_fields", {})
    called = {"email", "login"}
    return {name: field for name, field in fields.items() if isinstance(field, forms.EmailField) or name in called}


def test_every_form_field_for_an_address_gives_its_one_form():
    offered = {getattr(view.view_class, "form_class", None) for view in views() if hasattr(view, "view_class")} - {None}
    fields = {
        f"{form.__name__}.{name}": field
        for form in {*form_classes(), *(form for form in offered if form.__module__.startswith(OURS))}
        for name, field in address_fields(form).items()
    }
    assert {"SignInForm.login", "SignUpForm.email", "PasswordForgottenForm.email"} <= set(fields)
    for name, field in fields.items():
        assert isinstance(field, ui.forms.AddressField), name
        assert {field.clean(way) for way in WAYS} == {KEPT}, name
        with pytest.raises(ValidationError, match="cannot be the name of a domain"):
            field.clean("jan@☃.example")


def test_every_column_for_an_address_keeps_its_one_form():
    columns = [field for app in OURS for model in apps.get_app_config(app).get_models() for field in model._meta.fields]
    found = [field for field in columns if isinstance(field, models.EmailField)]
    assert found
    for field in found:
        assert isinstance(field, ui.fields.AddressField), field


def test_every_command_that_takes_an_address_finds_the_member_however_it_is_written():
    for name, app in get_commands().items():
        if app not in {*OURS, "django.contrib.auth"}:
            continue
        command = load_command_class(app, name)
        arguments = [action.dest for action in command.create_parser("manage.py", name)._actions]
        if "email" not in arguments:
            continue
        for way in WAYS:
            with transaction.atomic():
                if name == "createsuperuser":
                    call_command(name, email=way, interactive=False, stdout=StringIO())
                    assert User.objects.get().email == KEPT
                    with pytest.raises(IntegrityError), transaction.atomic():
                        call_command(name, email=WAYS[0], interactive=False, stdout=StringIO())
                    with pytest.raises(CommandError, match="cannot be the name of a domain"):
                        call_command(name, email="jan@☃.example", interactive=False, stdout=StringIO())
                else:
                    UserFactory(email=WAYS[0])
                    call_command(name, way, stdout=StringIO())
                transaction.set_rollback(True)


@pytest.mark.parametrize("way", WAYS)
def test_an_address_is_found_however_it_is_asked_for(way: str):
    member = UserFactory(email=WAYS[0])
    assert member.email == KEPT
    assert User.objects.get(email=way) == member
    assert list(User.objects.filter(email__in=[way])) == [member]
    assert User.objects.get_by_natural_key(way) == member
    assert AccountAdapter().clean_email(way) == KEPT


@pytest.mark.parametrize("way", WAYS)
def test_two_members_never_have_one_mailbox_whoever_writes(way: str):
    UserFactory(email=WAYS[0])
    for write in (
        lambda: UserFactory(email=way),
        lambda: User.objects.bulk_create([User(email=way, name="Jan", handle="jan")]),
        lambda: User.objects.filter(pk=UserFactory().pk).update(email=way),
        lambda: actions.create_member(name="Jan", email=way),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            write()


def test_the_database_itself_takes_no_other_form():
    member = UserFactory()
    for address in ("Jan@voorbeeld.example", "jan@müller.example"):
        with pytest.raises(IntegrityError, match="address_in_its_one_form"), transaction.atomic():
            User.objects.filter(pk=member.pk).update(email=models.Value(address, models.TextField()))


def test_the_accounts_of_the_demonstration_stand_in_their_one_form():
    assert all(account.email == normal_address(account.email) for account in demo_accounts())


# --- Signing up and in
def mailed_link(body: str) -> str:
    found = re.search(r"http://localhost:8000(/\S+)", body)
    assert found
    return found.group(1)


def test_a_newcomer_signs_up_once_and_in_with_every_way_to_write_the_address(settings, client):
    settings.SIGNUP_ALLOWED_DOMAINS = ["xn--mller-kva.example"]
    page = client.get(reverse("account_signup")).content.decode()
    assert "@müller.example" in page
    data = {"name": "Jan", "password1": PASSWORD}
    with running_sink() as sink:
        use_server(settings, sink.host, sink.port)
        client.post(reverse("account_signup"), {**data, "email": WAYS[0]})
        send_due()
        link = mailed_link(sink.messages[-1].get_body(("plain",)).get_content())  # type: ignore[union-attr]
        assert "jan@müller.example" in client.get(link).content.decode()
        client.post(link)
        for way in WAYS[1:]:
            answer = Client().post(reverse("account_signup"), {**data, "email": way})
            assert answer.url == reverse("account_email_verification_sent")  # type: ignore[attr-defined]
        send_due()
    assert [user.email for user in User.objects.all()] == [KEPT]
    assert [row.email for row in EmailAddress.objects.all()] == [KEPT]
    assert set(sink.receivers) == {KEPT}
    for way in WAYS:
        fresh = Client()
        assert fresh.post(reverse("account_login"), {"login": way, "password": PASSWORD}).url == "/"  # type: ignore[attr-defined]


@pytest.mark.parametrize("page", ["account_login", "account_signup", "account_reset_password"])
def test_a_domain_that_cannot_exist_is_told_at_its_field(client, page: str):
    data = {
        "login": "jan@☃.example",
        "email": "jan@☃.example",
        "password": PASSWORD,
        "password1": PASSWORD,
        "name": "Jan",
    }
    response = client.post(reverse(page), data)
    assert response.status_code == 422
    errors = response.context["form"].errors
    assert "cannot be the name of a domain" in str(errors.get("login") or errors.get("email"))
    assert "jan@☃.example" in response.content.decode()


def test_the_link_for_a_password_goes_to_the_domain_that_was_imported_and_no_other(settings, client, tmp_path):
    path = tmp_path / "leden.csv"
    path.write_text("naam;e-mail\nJan Smit;jan@straße.example\n", encoding="utf-8")
    assert import_members(path).created == ["Jan Smit <jan@straße.example>"]
    with running_sink() as sink:
        use_server(settings, sink.host, sink.port)
        for way in ("jan@straße.example", "jan@xn--strae-oqa.example", "jan@strasse.example"):
            client.post(reverse("account_reset_password"), {"email": way})
        send_due()
    assert sink.receivers == ["jan@xn--strae-oqa.example"] * 2
    assert {str(message["To"]) for message in sink.messages} == {"jan@xn--strae-oqa.example"}


def test_one_mailbox_written_in_two_ways_is_one_person_in_a_list_and_in_the_portal(tmp_path):
    UserFactory(name="Jan Smit", email=WAYS[0])
    path = tmp_path / "leden.csv"
    path.write_text("naam;e-mail\n" + "".join(f"Jan Smit;{way}\n" for way in WAYS), encoding="utf-8")
    report = import_members(path)
    assert (report.created, report.unchanged, len(report.notes)) == ([], ["Jan Smit"], 3)
    path.write_text("naam;e-mail\nJan Smit;jan@☃.example\n", encoding="utf-8")
    assert "cannot be the name of a domain" in import_members(path).errors[0].reason


# --- Sending
def test_what_waits_with_an_address_in_another_form_goes_to_the_right_domain(settings):
    settings.DEFAULT_FROM_EMAIL = "Doorbraak <noreply@müller.example>"
    with running_sink() as sink:
        use_server(settings, sink.host, sink.port)
        for key, address in (("a", "jan@straße.example"), ("b", "jan@☃.example")):
            queue_emails([Email(kind="account_exists", address=address, dedupe_key=key, secret=_nothing())])
        send_due()
    assert sink.receivers == ["jan@xn--strae-oqa.example"]
    assert sink.messages[0]["From"] == "Doorbraak <noreply@xn--mller-kva.example>"
    assert sink.messages[0]["Message-ID"].endswith("@xn--mller-kva.example>")
    assert dict(Email.objects.values_list("dedupe_key", "state")) == {"a": "sent", "b": "failed"}


def _nothing() -> bytes:
    return seal({"password_reset_url": "http://localhost:8000/"})


def test_erasing_a_member_empties_what_names_the_mailbox_in_either_form():
    member = UserFactory(email=WAYS[0])
    hubs = [HubFactory(contact=f"Jan, {address}") for address in (WAYS[0], KEPT)]
    queue_emails([Email(kind="account_exists", address=KEPT, dedupe_key="a", secret=_nothing())])
    actions.erase_member(member=member)
    assert set(Hub.objects.filter(pk__in=[hub.pk for hub in hubs]).values_list("contact", flat=True)) == {""}
    assert Email.objects.get().address == ""


def test_the_admin_finds_a_member_by_the_address_as_people_write_it(admin_client):
    UserFactory(name="Jan Smit", email=WAYS[0])
    page = admin_client.get(reverse("admin:community_user_changelist"), {"q": WAYS[0]})
    assert "Jan Smit" in page.content.decode()
