"""How often one person may do something, on a real Valkey."""

import socket

import pytest
from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from community.models import User
from ui import ratelimit, valkey


def write(request: HttpRequest) -> HttpResponse:
    return HttpResponse("done")


urlpatterns = [path("write/", write), path("", include("portal.urls"))]


@pytest.fixture(autouse=True)
def _few(settings):
    settings.ROOT_URLCONF = __name__
    settings.WRITE_RATE_LIMIT = "3/minute"
    settings.VISITOR_RATE_LIMIT = "6/minute"
    settings.SEARCH_RATE_LIMIT = "5/minute"


def codes(client, times, **extra):
    return [client.post("/write/", **extra).status_code for _time in range(times)]


def member(name):
    return User.objects.create(email=f"{name}@doorbraak.example", handle=name, name=name, language="en")


def test_the_fourth_write_in_a_minute_has_to_wait(client, db):
    client.force_login(member("a"))
    assert codes(client, 4) == [200, 200, 200, 429]
    response = client.post("/write/")
    assert 1 <= int(response["Retry-After"]) <= 60
    assert "what came before is saved" in response.content.decode()


def test_reading_is_never_counted(client, db):
    client.force_login(member("a"))
    assert [client.get("/write/").status_code for _time in range(6)] == [200] * 6


def test_searching_has_a_limit_of_its_own_for_each_member(client, db):
    client.force_login(member("a"))
    codes(client, 4)
    found = [client.get("/write/", {"q": "x" * number}).status_code for number in range(1, 7)]
    assert found == [200, 200, 200, 200, 200, 429]
    assert client.get("/write/").status_code == 200
    client.force_login(member("b"))
    assert client.get("/write/", {"q": "x"}).status_code == 200


def test_members_do_not_use_up_each_others_writes(client, db):
    client.force_login(member("a"))
    codes(client, 4, REMOTE_ADDR="192.0.2.1")
    client.force_login(member("b"))
    assert codes(client, 3, REMOTE_ADDR="192.0.2.1") == [200, 200, 200]


def test_visitors_are_counted_by_address_widely(client, db):
    assert codes(client, 7, REMOTE_ADDR="192.0.2.1") == [200] * 6 + [429]
    assert codes(client, 1, REMOTE_ADDR="192.0.2.2") == [200]


def test_one_household_is_one_address_also_with_ipv6(client, db):
    answers = [client.post("/write/", REMOTE_ADDR=f"2001:db8:0:1::{number}").status_code for number in range(7)]
    assert answers == [200] * 6 + [429]
    assert codes(client, 1, REMOTE_ADDR="2001:db8:0:2::1") == [200]


def test_an_address_that_a_visitor_makes_up_does_not_help(client, db, settings):
    made_up = [client.post("/write/", headers={"X-Forwarded-For": f"198.51.100.{n}"}).status_code for n in range(7)]
    assert made_up[-1] == 429
    settings.TRUSTED_PROXIES = 1
    behind = [
        client.post("/write/", headers={"X-Forwarded-For": f"198.51.100.{n}, 203.0.113.9"}).status_code
        for n in range(7)
    ]
    assert behind == [200] * 6 + [429]
    other = client.post("/write/", headers={"X-Forwarded-For": "198.51.100.1, 203.0.113.10"})
    assert other.status_code == 200


def test_without_valkey_each_process_counts_for_itself(client, db, settings, monkeypatch):
    monkeypatch.setattr(valkey, "REST", 600.0)
    with socket.create_server(("127.0.0.1", 0)) as free:
        closed = free.getsockname()[1]
    client.force_login(member("a"))
    settings.REDIS_URL = f"redis://127.0.0.1:{closed}/0"
    try:
        assert codes(client, 4) == [200, 200, 200, 429]
    finally:
        valkey._absence.ends.set()
        valkey._absence.join()
        ratelimit._own.cache_clear()
