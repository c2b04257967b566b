"""A Valkey that is away: what is asked of it once, what holds meanwhile, and what is not believed afterwards."""

from __future__ import annotations

import socket
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import pytest
from django.conf import settings as portal_settings
from django.core.cache.backends.base import BaseCache
from django.test import Client

from portal.embedded import EmbeddedValkey
from tests.absence import end_absence
from tests.factories import UserFactory
from ui import cache as our_cache
from ui import ratelimit, valkey


def cache_at(url: str) -> BaseCache:
    options = {"socket_timeout": 0.15, "socket_connect_timeout": 0.15}
    return our_cache.ValkeyCache(url, {"KEY_PREFIX": "doorbraak", "OPTIONS": options})


ASKED: dict[str, tuple[Callable[[BaseCache], object], object]] = {
    "add": (lambda cache: cache.add("a", 1), True),
    "get": (lambda cache: cache.get("a", "nothing"), "nothing"),
    "set": (lambda cache: cache.set("a", 1), None),
    "touch": (lambda cache: cache.touch("a"), False),
    "delete": (lambda cache: cache.delete("a"), False),
    "get_many": (lambda cache: cache.get_many(["a"]), {}),
    "has_key": (lambda cache: "a" in cache, False),
    "incr": (lambda cache: cache.get_or_set("a", lambda: 7), 7),
    "set_many": (lambda cache: cache.set_many({"a": 1}), []),
    "delete_many": (lambda cache: cache.delete_many(["a"]), None),
    "clear": (lambda cache: cache.clear(), False),
}


def test_every_way_to_ask_the_cache_is_tried_here():
    theirs = import_module("django.core.cache.backends.redis").RedisCacheClient
    ways = {name for name in vars(theirs) if not name.startswith("_") and name != "get_client"}
    assert ways == set(ASKED)
    assert ways <= set(vars(our_cache._Client))


@pytest.mark.usefixtures("_alone")
@pytest.mark.parametrize("way", ASKED)
def test_a_closed_port_is_a_miss_whatever_is_asked(way, settings):
    with socket.create_server(("127.0.0.1", 0)) as free:
        closed = free.getsockname()[1]
    settings.REDIS_URL = f"redis://127.0.0.1:{closed}/0"
    cache = cache_at(settings.REDIS_URL)
    call, expected = ASKED[way]
    assert call(cache) == expected
    assert valkey.is_away()
    assert call(cache) == expected
    with pytest.raises(ValueError, match="not found"):
        cache.incr("a")


@pytest.mark.usefixtures("_alone")
def test_a_frozen_valkey_is_asked_once_by_all_that_a_process_does(settings, silent, client, db):
    try:
        settings.REDIS_URL = silent.url
        cache = cache_at(silent.url)
        for call, expected in ASKED.values():
            assert call(cache) == expected
        limit = ratelimit.Limit("for a test", "2/minute")
        assert [bool(limit.hit("somebody")) for _time in range(3)] == [False, False, True]
        assert valkey.ask(lambda: pytest.fail("asked again"), lambda: "calm") == "calm"
        assert len(silent.came) == 1
    finally:
        del ratelimit.LIMITS["for a test"]


def test_a_page_waits_less_than_a_fifth_of_a_second_for_valkey():
    from portal import settings as production

    assert production.CACHES["default"]["OPTIONS"] == {"socket_timeout": 0.15, "socket_connect_timeout": 0.15}
    assert production.VALKEY_WAIT == 0.15
    broker = production.CELERY_BROKER_TRANSPORT_OPTIONS
    assert (broker["socket_timeout"], broker["socket_connect_timeout"]) == (0.15, 0.15)
    assert production.CELERY_TASK_PUBLISH_RETRY is False


@pytest.mark.usefixtures("_alone")
def test_who_signed_out_while_valkey_was_away_is_not_found_signed_in_when_it_is_back(
    settings, monkeypatch, tmp_path: Path, db
):
    with EmbeddedValkey(tmp_path / "valkey") as server:  # keeps what it holds while it is stopped
        settings.REDIS_URL = server.url
        settings.CACHES = {"default": {**portal_settings.CACHES["default"], "LOCATION": server.url}}
        client = Client()
        client.force_login(UserFactory())
        stolen = Client()
        stolen.cookies["sessionid"] = client.cookies["sessionid"].value
        assert stolen.get("/members/").status_code == 200
        server.stop()
        monkeypatch.setattr(valkey, "REST", 0.05)
        assert client.post("/sign-out/").status_code == 302
        absence = valkey._absence
        server.start()
        absence.join()
        assert not valkey.is_away()
        assert stolen.get("/members/").status_code == 302


def test_a_call_that_failed_in_one_test_is_forgotten_in_the_next(settings):
    def fail() -> int:
        raise OSError

    assert valkey.ask(fail, lambda: 1) == 1
    assert valkey.is_away()
    end_absence()
    assert not valkey.is_away()
    assert valkey.ask(lambda: 2, lambda: 1) == 2
