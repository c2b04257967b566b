"""Signing up, in and out, and what mails and pages give away. Spec 01, Accounts."""

from __future__ import annotations

import re
from datetime import timedelta
from functools import partial

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client
from django.urls import NoReverseMatch, reverse

from activity.models import Activity, Email
from activity.outbox import send_due
from community.accounts import actions
from community.models import User
from tests.factories import UserFactory
from tests.races import run_together

PASSWORD = "een heel lang wachtwoord"
NEWCOMER = {"name": "Anna van den Berg", "email": "Anna@Doorbraak.example", "password1": PASSWORD}
pytestmark = pytest.mark.django_db


def sign_up(client: Client, **fields: str):
    return client.post(reverse("account_signup"), {**NEWCOMER, **fields})


def mailed_link() -> str:
    send_due()
    found = re.search(r"http://localhost:8000(/\S+)", str(mail.outbox[-1].body))
    assert found
    return found.group(1)


def test_a_newcomer_signs_up_and_is_signed_in_by_confirming_in_the_same_browser(client):
    response = sign_up(client, HTTP_ACCEPT_LANGUAGE="nl")
    assert response.url == reverse("account_email_verification_sent")
    anna = User.objects.get(email="anna@doorbraak.example")
    assert (anna.name, anna.handle, anna.activated_at) == ("Anna van den Berg", "anna-van-den-berg", None)
    link = mailed_link()
    assert mail.outbox[-1].to == ["anna@doorbraak.example"]
    assert Client().get(link).status_code == 200  # a mail scanner opens it: nothing happens
    anna.refresh_from_db()
    assert anna.activated_at is None
    before = client.session.session_key
    assert client.post(link).url == "/"
    anna.refresh_from_db()
    assert anna.activated_at
    assert Activity.objects.filter(verb="member_joined_community", actor=anna).count() == 1
    assert client.session["_auth_user_id"] == str(anna.pk)
    assert client.session.session_key != before  # whoever planted the session beforehand has nothing of it
    assert "Your e-mail address is confirmed." in client.get("/").content.decode()


def test_confirming_elsewhere_fills_in_the_address_once_and_signs_nobody_in(client):
    sign_up(client)
    other = Client()
    link = mailed_link()
    assert other.post(link).url == reverse("account_login")
    page = other.get(reverse("account_login"))
    assert 'value="anna@doorbraak.example"' in page.content.decode()
    assert "anna@" not in page.wsgi_request.get_full_path()
    assert 'value="anna@doorbraak.example"' not in other.get(reverse("account_login")).content.decode()
    response = other.post(reverse("account_login"), {"login": "ANNA@doorbraak.example", "password": PASSWORD})
    assert response.url == "/"
    assert client.get(reverse("community:member_list")).status_code == 302  # the link works where it is opened, once
    assert "does not work any more" in Client().post(link, follow=True).content.decode()


def test_a_link_that_somebody_else_opens_does_not_sign_them_in_as_who_signed_up(client):
    sign_up(client)
    link = mailed_link()
    stranger = Client()
    sign_up(stranger, name="Bo", email="bo@doorbraak.example")
    assert stranger.post(link).url == reverse("account_login")
    assert "_auth_user_id" not in stranger.session
    bystander = UserFactory()
    signed_in = Client()
    signed_in.force_login(bystander)
    sign_up(Client(), name="Cem", email="cem@doorbraak.example")
    assert signed_in.post(mailed_link()).url == reverse("account_login")
    assert "_auth_user_id" not in signed_in.session


def test_who_confirms_too_late_types_the_password(client):
    with time_machine.travel("2026-03-02 09:00+01:00", tick=False) as clock:
        sign_up(client)
        link = mailed_link()
        clock.shift(timedelta(hours=1, seconds=1))
        assert client.post(link).url == reverse("account_login")
        assert "_auth_user_id" not in client.session


def test_signing_up_again_with_a_known_address_signs_nobody_in(client):
    anna = UserFactory(email="anna@doorbraak.example", password=PASSWORD)
    sign_up(client)
    assert client.get(reverse("account_email_verification_sent")).status_code == 200
    assert "_auth_user_id" not in client.session
    assert client.get(anna.get_absolute_url()).status_code == 302


def test_the_account_speaks_the_language_of_the_page_it_was_made_on():
    Client(headers={"accept-language": "nl,en;q=0.5"}).post(reverse("account_signup"), NEWCOMER)
    assert User.objects.get().language == "nl"
    send_due()
    assert mail.outbox[-1].to == ["anna@doorbraak.example"]


def test_another_domain_is_told_plainly_why_not_whether_or_not_it_has_an_account(client):
    UserFactory(email="member@elsewhere.example")
    answers = []
    for address in ("member@elsewhere.example", "nobody@elsewhere.example"):
        response = sign_up(client, email=address)
        assert response.status_code == 422
        answers.append(response.context["form"].errors["email"])
    assert answers[0] == answers[1]
    assert answers[0] == [
        "Use a work address that ends in @doorbraak.example or @voorbeeld.example, or ask a member for an invitation."
    ]
    assert Email.objects.count() == 0


def test_signing_up_with_a_known_address_answers_like_any_other_and_tells_only_its_holder():
    UserFactory(email="anna@doorbraak.example", password=PASSWORD)
    known, unknown = Client(), Client()
    first = sign_up(known)
    second = sign_up(unknown, email="new@doorbraak.example")
    assert (first.status_code, first.url) == (second.status_code, second.url)
    assert known.get(first.url).content.decode().count("<h1>") == unknown.get(second.url).content.decode().count("<h1>")
    assert sorted(Email.objects.values_list("kind", flat=True)) == ["account_confirm", "account_exists"]
    assert User.objects.filter(email="anna@doorbraak.example").count() == 1


def test_a_name_with_markup_or_a_short_password_is_refused_next_to_its_field(client):
    response = sign_up(client, name="<b>Anna</b>", password1="kort")
    assert response.status_code == 422
    assert set(response.context["form"].errors) == {"name", "password1"}
    assert User.objects.count() == 0


def test_without_allowed_domains_nobody_signs_up_by_themselves(client, settings):
    settings.SIGNUP_ALLOWED_DOMAINS = []
    response = client.get(reverse("account_signup"))
    assert "You need an invitation" in response.content.decode()


@pytest.mark.django_db(transaction=True)
def test_two_sign_ups_with_one_address_at_once_make_one_account():
    answers = run_together(*[partial(sign_up, Client()) for _ in range(2)])
    assert [getattr(answer, "url", answer) for answer in answers] == [reverse("account_email_verification_sent")] * 2
    assert User.objects.count() == 1
    assert EmailAddress.objects.count() == 1


def test_a_password_is_reset_by_mail_and_the_answer_tells_nothing(client):
    user = UserFactory(email="anna@doorbraak.example", password="vergeten wachtwoord")
    known = client.post(reverse("account_reset_password"), {"email": "anna@doorbraak.example"})
    unknown = client.post(reverse("account_reset_password"), {"email": "nobody@doorbraak.example"})
    assert known.url == unknown.url
    assert list(Email.objects.order_by("pk").values_list("kind", flat=True)) == [
        "account_password_link",
        "account_unknown",
    ]
    send_due()
    link = re.search(r"http://localhost:8000(/\S+)", str(mail.outbox[0].body)).group(1)
    page = client.get(link, follow=True)
    response = client.post(page.redirect_chain[-1][0], {"password1": PASSWORD})
    assert response.url == reverse("account_reset_password_from_key_done")
    user.refresh_from_db()
    assert user.check_password(PASSWORD)
    assert 'value="anna@doorbraak.example"' in client.get(reverse("account_login")).content.decode()
    assert "does not work any more" in Client().get(link, follow=True).content.decode()


def test_asking_for_a_password_for_a_stranger_writes_to_nobody(client):
    client.post(reverse("account_reset_password"), {"email": "stranger@elsewhere.example"})
    assert Email.objects.count() == 0


def test_an_imported_member_gets_in_by_choosing_a_password_and_is_active_from_the_first_sign_in(client):
    actions.create_member(
        name="Iris de Smet", email="iris@voorbeeld.example", is_active_now=False, imported={"name": "Iris de Smet"}
    )
    client.post(reverse("account_reset_password"), {"email": "iris@voorbeeld.example"})
    page = client.get(mailed_link(), follow=True)
    client.post(page.redirect_chain[-1][0], {"password1": PASSWORD})
    assert User.objects.get().activated_at is None
    client.post(reverse("account_login"), {"login": "iris@voorbeeld.example", "password": PASSWORD})
    assert User.objects.get().activated_at is not None
    assert client.get(reverse("community:member_list")).status_code == 200


def test_links_and_addresses_stand_in_no_plain_column_of_the_outbox(client):
    sign_up(client)
    row = Email.objects.get()
    assert row.context == {}
    assert b"confirm" not in bytes(row.secret)
    assert "anna" not in row.dedupe_key
    send_due()
    row.refresh_from_db()
    assert row.secret is None


def test_the_mail_to_an_unconfirmed_address_holds_no_word_of_whoever_typed_it(client):
    sign_up(client, name="evil.example/win Anna")
    send_due()
    message = mail.outbox[-1]
    assert "evil" not in message.body + str(message.alternatives[0][0]) + message.subject


def test_signing_out_takes_a_post(client):
    client.force_login(UserFactory())
    assert client.get(reverse("account_logout")).status_code == 200
    assert "_auth_user_id" in client.session
    client.post(reverse("account_logout"))
    assert "_auth_user_id" not in client.session


def test_a_changed_password_is_told_to_its_owner_and_keeps_this_session(client):
    user = UserFactory(password=PASSWORD)
    client.force_login(user)
    response = client.post(
        reverse("account_change_password"), {"oldpassword": PASSWORD, "password1": "een ander lang wachtwoord"}
    )
    assert response.url == reverse("community:profile_edit")
    assert client.get(response.url).status_code == 200
    assert Email.objects.get().kind == "account_password_changed"


def test_the_demo_accounts_are_offered_in_demo_mode_only(client, settings):
    assert "doorbraak-demo" not in client.get(reverse("account_login")).content.decode()
    settings.DEMO = True
    assert client.get(reverse("account_login")).content.decode().count("doorbraak.example") == 4


def test_pages_of_allauth_that_wear_no_template_of_ours_have_no_address():
    for name in ("account_email", "account_reauthenticate", "account_request_login_code"):
        with pytest.raises(NoReverseMatch):
            reverse(name)


@pytest.mark.parametrize("language", ["en", "nl"])
@pytest.mark.parametrize(
    "name",
    [
        "account_login",
        "account_signup",
        "account_inactive",
        "account_email_verification_sent",
        "account_reset_password",
        "account_reset_password_done",
        "account_reset_password_from_key_done",
    ],
)
def test_every_page_for_visitors_is_shown_in_their_language(name, language):
    response = Client(headers={"accept-language": language}).get(reverse(name))
    assert response.status_code in {200, 302}
    assert response.headers["Content-Language"] == language
    assert "Accept-Language" in response.headers["Vary"]


def test_a_form_with_a_password_does_not_say_that_all_that_was_typed_is_still_there(client):
    wrong = {"login": "nobody@voorbeeld.example", "password": "guess"}
    page = client.post(reverse("account_login"), wrong, HTTP_ACCEPT_LANGUAGE="en").content.decode()
    assert "One thing to put right" in page
    assert "nobody@voorbeeld.example" in page
    assert "What you typed is still there." not in page  # the password is not


def test_too_many_wrong_passwords_are_stopped(client):
    UserFactory(email="anna@doorbraak.example", password=PASSWORD)
    for _round in range(12):
        response = client.post(reverse("account_login"), {"login": "anna@doorbraak.example", "password": "wrong"})
    assert response.status_code in {422, 429}
    response = client.post(reverse("account_login"), {"login": "anna@doorbraak.example", "password": PASSWORD})
    assert "_auth_user_id" not in client.session


def test_the_day_somebody_was_here_is_kept_once_a_day_and_no_moment(client, django_assert_num_queries):
    user = UserFactory(seen_on=None)
    client.force_login(user)
    client.get(reverse("community:facilitator_list"))
    user.refresh_from_db()
    assert user.seen_on is not None
    with django_assert_num_queries(2):  # member, terms
        client.get(reverse("community:facilitator_list"))


def test_a_suspended_member_is_signed_out_at_once(client):
    user = UserFactory()
    client.force_login(user)
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert client.get(reverse("community:member_list")).status_code == 302
