"""What machines are told about this process and the servers behind it."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection
from django.utils import timezone

from activity.actions import record
from activity.models import Announcement, Email, Subject
from community import verbs
from portal import health


@pytest.mark.django_db
def test_healthz_answers_without_asking_any_server(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        response = client.get("/healthz")
    assert response.status_code == 200
    assert response.content == b"ok\n"
    assert "no-cache" in response["Cache-Control"]


def test_healthz_only_answers_reading(client):
    assert client.post("/healthz").status_code == 405


@pytest.mark.django_db
def test_readyz_is_content_when_everything_answers(client):
    response = client.get("/readyz")
    assert response.status_code == 200
    assert response.json() == {
        "status": "ok",
        "database": "ok",
        "valkey": "ok",
        "migrations": "ok",
        "queue": "ok",
        "queue_age_seconds": 0,
    }


@pytest.mark.django_db
def test_readyz_tells_how_long_the_oldest_due_mail_waits_and_stays_ready(client):
    now = timezone.now()
    Email.objects.create(kind="invitation", dedupe_key="late", not_before=now - timedelta(minutes=20))
    Email.objects.create(kind="invitation", dedupe_key="later", not_before=now + timedelta(days=1))
    response = client.get("/readyz")
    assert response.status_code == 200
    assert response.json()["queue"] == "late"
    assert 1200 <= response.json()["queue_age_seconds"] < 1260


@pytest.mark.django_db
def test_readyz_tells_when_nobody_makes_the_mails_of_an_announcement(client):
    entry = record(Subject.objects.community(), verbs.MEMBER_ERASED, system=True)
    due = timezone.now() - timedelta(minutes=20)
    Announcement.objects.create(entry=entry, kind="invitation", receivers="all", not_before=due)
    assert client.get("/readyz").json()["queue"] == "late"


@pytest.mark.django_db
def test_readyz_is_unready_when_a_migration_is_missing(client, monkeypatch):
    monkeypatch.setattr(health, "_applied", set())
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'sessions'")
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["migrations"] == "missing"


@pytest.mark.django_db
def test_readyz_is_unready_when_the_database_refuses(client, monkeypatch):
    def refuse(*_args: object, **_kwargs: object) -> bool:
        raise DatabaseError

    monkeypatch.setattr(health, "_migrations_applied", refuse)
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["database"] == "unreachable"


@pytest.mark.django_db
def test_readyz_tells_that_valkey_does_not_answer_and_stays_ready(client, settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    response = client.get("/readyz")
    assert response.status_code == 200
    assert response.json()["status"] == "ok"
    assert response.json()["valkey"] == "unreachable"
    assert response.json()["database"] == "ok"
