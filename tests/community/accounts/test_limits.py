"""Who is kept out and who is not: what others do from elsewhere, a whole organisation, and what a limit gives away."""

from __future__ import annotations

from functools import partial

import pytest
from django.test import Client

from activity.links import FAILED_LINKS, token_for
from activity.models import Email
from community.accounts import devices, limits
from community.models import User
from events.links import CALENDAR
from tests.factories import UserFactory
from tests.races import run_together

pytestmark = pytest.mark.django_db
PASSWORD = "een heel lang wachtwoord"
ELSEWHERE, HERE = "192.0.2.66", "198.51.100.7"
SIGNED_IN, WRONG, TOO_OFTEN = 302, 422, 429


def sign_in(client: Client, password: str = PASSWORD, account: str = "anna@doorbraak.example", at: str = HERE) -> int:
    code: int = client.post("/sign-in/", {"login": account, "password": password}, REMOTE_ADDR=at).status_code
    return code


def guess(times: int, account: str = "anna@doorbraak.example", at: str = ELSEWHERE) -> list[int]:
    client = Client()
    return [sign_in(client, f"guess {number}", account, at) for number in range(times)]


@pytest.fixture
def anna() -> User:
    return UserFactory(email="anna@doorbraak.example", password=PASSWORD)


def test_wrong_passwords_from_elsewhere_do_not_keep_the_owner_out(anna):
    assert guess(7) == [WRONG] * 5 + [TOO_OFTEN] * 2
    assert sign_in(Client(), at=ELSEWHERE) == TOO_OFTEN
    assert sign_in(Client()) == SIGNED_IN


def test_a_known_device_gets_in_from_the_very_address_of_the_guesser(anna):
    known = Client()
    assert sign_in(known, at=ELSEWHERE) == SIGNED_IN
    known.post("/sign-out/")
    guess(6)
    assert sign_in(Client(), at=ELSEWHERE) == TOO_OFTEN
    assert sign_in(known, at=ELSEWHERE) == SIGNED_IN


def test_a_known_device_is_no_way_to_guess(anna):
    known = Client()
    sign_in(known)
    known.post("/sign-out/")
    tried = [sign_in(known, f"guess {number}", at=f"192.0.2.{number}") for number in range(7)]
    assert tried == [WRONG] * 5 + [TOO_OFTEN] * 2


def test_a_device_is_known_to_those_who_signed_in_on_it_and_to_nobody_else(anna):
    other = UserFactory(email="other@doorbraak.example", password=PASSWORD)
    client = Client()
    sign_in(client, account=other.email, at=ELSEWHERE)
    client.post("/sign-out/")
    guess(6)
    assert sign_in(client, at=ELSEWHERE) == TOO_OFTEN
    cookie = client.cookies[devices.COOKIE]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/sign-in/")
    assert cookie["max-age"] == 365 * 24 * 3600
    for told in (other.email, "other", str(other.pk) + ":"):
        assert told not in cookie.value
    client.cookies[devices.COOKIE] = cookie.value[:-1] + ("A" if cookie.value[-1] != "A" else "B")
    assert sign_in(client, account=other.email, at=ELSEWHERE) == SIGNED_IN  # a broken cookie is no cookie


def test_guesses_from_many_addresses_are_slowed_and_the_owner_gets_in(anna):
    assert [guess(4, at=f"203.0.113.{number}") for number in range(25)] == [[WRONG] * 4] * 25
    assert guess(2, at="203.0.113.1") == [TOO_OFTEN] * 2  # it had one left
    assert guess(2, at="203.0.113.200") == [WRONG, TOO_OFTEN]  # a new one has one
    assert sign_in(Client()) == SIGNED_IN


def test_guesses_at_many_accounts_from_one_address_are_slowed():
    for _guess in range(298):
        limits.FAILURES_OF_ORIGIN.hit(ELSEWHERE)
    codes = [guess(1, f"member{number}@doorbraak.example")[0] for number in range(4)]
    assert codes == [WRONG] * 2 + [TOO_OFTEN] * 2


@pytest.mark.django_db(transaction=True)
def test_guesses_at_the_same_moment_are_counted_one_by_one():
    UserFactory(email="anna@doorbraak.example", password=PASSWORD)
    codes = run_together(*[partial(sign_in, Client(), f"guess {number}", at=ELSEWHERE) for number in range(8)])
    assert sorted(map(str, codes)) == ["422"] * 5 + ["429"] * 3


def test_a_right_password_ends_the_count_of_its_own_mistakes(anna):
    for _round in range(3):
        client = Client()
        assert [sign_in(client, "mistyped") for _time in range(4)] == [WRONG] * 4
        assert sign_in(client) == SIGNED_IN


def test_who_chose_a_new_password_by_mail_gets_in_at_once(anna):
    client = Client()
    guess(6, at=HERE)
    assert sign_in(client) == TOO_OFTEN
    client.post("/password/forgotten/", {"email": anna.email}, REMOTE_ADDR=HERE)
    link = Email.objects.get(kind="account_password_link").opened()["password_reset_url"]
    page = client.get(link.removeprefix("http://localhost:8000"), REMOTE_ADDR=HERE)
    client.post(page.url, {"password1": "een ander lang wachtwoord"}, REMOTE_ADDR=HERE)
    assert sign_in(client, "een ander lang wachtwoord") == SIGNED_IN


def test_a_limit_does_not_tell_whether_there_is_an_account(anna):
    def told(account: str) -> list[int]:
        client = Client()
        forms = [
            client.post(path, {"email": account, "name": "Anna", "password1": PASSWORD}, REMOTE_ADDR="203.0.113.9")
            for path in ("/sign-up/", "/password/forgotten/")
            for _time in range(11)
        ]
        return [*guess(7, account, "203.0.113.9"), *(form.status_code for form in forms)]

    known = told(anna.email)
    assert known == told("nobody@doorbraak.example")
    assert TOO_OFTEN in known
    assert told("ANNA@doorbraak.example")[0] == TOO_OFTEN  # the same account however it is typed


def test_a_whole_organisation_signs_in_from_one_address():
    members = UserFactory.create_batch(150, password=PASSWORD)
    assert {sign_in(Client(), account=member.email) for member in members} == {SIGNED_IN}


def test_an_auditorium_signs_up_from_one_address():
    codes = set()
    for number in range(150):
        person = {"name": "Anna", "email": f"new{number}@doorbraak.example", "password1": PASSWORD}
        codes.add(Client().post("/sign-up/", person, REMOTE_ADDR=HERE).status_code)
    assert codes == {302}
    assert User.objects.count() == 150


def test_calendars_from_one_address_meet_no_limit(client):
    path = f"/calendar/{token_for(purpose=CALENDAR, member=UserFactory())}.ics"
    while not FAILED_LINKS.hit(HERE):
        pass  # somebody's calendar program keeps asking with an old link
    assert client.get("/calendar/a.b.ics", REMOTE_ADDR=HERE).status_code == TOO_OFTEN
    assert {client.get(path, REMOTE_ADDR=HERE).status_code for _time in range(150)} == {200}


def test_nobody_can_fill_a_mailbox_and_the_page_does_not_tell(anna):
    codes = [
        Client().post("/password/forgotten/", {"email": anna.email}, REMOTE_ADDR=f"203.0.113.{number}").status_code
        for number in range(8)
    ]
    assert codes == [302] * 8
    assert Email.objects.filter(address=anna.email).count() == 5


def test_one_mailbox_is_one_account_however_its_domain_is_written():
    spellings = ["jan@MÜLLER.example", "jan@xn--mller-kva.example", " jan@müller.example "]
    assert len({limits.account_key(spelling) for spelling in spellings}) == 1
    assert limits.account_key("no address") != limits.account_key("none either")
