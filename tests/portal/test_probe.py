"""What the health checks of containers are told."""

import socket

import pytest
import redis

from portal import probe
from tests.activity.sink import free_port


@pytest.fixture
def valkey(settings):
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        yield client


def test_a_clock_is_well_while_its_lock_is_fresh(valkey):
    assert probe.main(["beat"]) == "no clock holds the lock"
    valkey.set("redbeat::lock", "x", ex=119)
    assert probe.main(["beat"]) == ""
    valkey.set("redbeat::lock", "x", ex=40)  # not renewed for 80 seconds, and it should be every few
    assert probe.main(["beat"]) == "no clock holds the lock"


def test_a_process_that_does_not_answer_is_not_well(monkeypatch, valkey, settings):
    monkeypatch.setattr(probe, "SECONDS", 0.1)
    monkeypatch.setenv("PORT", str(free_port()))
    assert "refused" in probe.main(["web"])
    assert probe.main(["worker"]) == f"celery@{socket.gethostname()} does not answer"
    settings.REDIS_URL = f"redis://127.0.0.1:{free_port()}/0"
    assert "refused" in probe.main(["beat"])


@pytest.mark.parametrize("arguments", [[], ["database"], ["web", "beat"]])
def test_it_says_what_it_can_be_asked(arguments):
    assert probe.main(arguments).startswith("usage: ")
