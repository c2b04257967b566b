"""How often one person may write, on a real Valkey."""

import socket

import pytest
from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from community.models import User
from ui import ratelimit


def write(request: HttpRequest) -> HttpResponse:
    return HttpResponse("done")


urlpatterns = [path("write/", write), path("", include("portal.urls"))]


@pytest.fixture(autouse=True)
def _few(settings):
    settings.ROOT_URLCONF = __name__
    settings.WRITE_RATE_LIMIT = "3/minute"


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


def test_members_do_not_use_up_each_others_writes(client, db):
    client.force_login(member("a"))
    codes(client, 4)
    client.force_login(member("b"))
    assert codes(client, 1) == [200]


def test_visitors_are_counted_by_address(client, db):
    assert codes(client, 4, REMOTE_ADDR="192.0.2.1")[-1] == 429
    assert codes(client, 1, REMOTE_ADDR="192.0.2.2") == [200]


def test_an_address_that_a_visitor_makes_up_does_not_help(client, db, settings):
    made_up = [client.post("/write/", headers={"X-Forwarded-For": f"198.51.100.{n}"}).status_code for n in range(4)]
    assert made_up[-1] == 429
    settings.TRUSTED_PROXIES = 1
    behind = [
        client.post("/write/", headers={"X-Forwarded-For": f"198.51.100.{n}, 203.0.113.9"}).status_code
        for n in range(4)
    ]
    assert behind == [200, 200, 200, 429]
    other = client.post("/write/", headers={"X-Forwarded-For": "198.51.100.1, 203.0.113.10"})
    assert other.status_code == 200


def test_without_valkey_people_can_still_write(client, db, settings, monkeypatch):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        closed = free.getsockname()[1]
    limiter = ratelimit._limiter.__wrapped__(f"redis://127.0.0.1:{closed}/0")
    monkeypatch.setattr(ratelimit, "_limiter", lambda url: limiter)
    assert codes(client, 5) == [200] * 5
