"""``manage.py erase_member``: what the page about privacy promises, carried out by an administrator."""

from __future__ import annotations

import pytest
from django.core.management import CommandError, call_command

from activity.models import Activity
from community.models import OldHandle, User
from issues.models import Vote
from tests.factories import UserFactory, VoteFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def iris() -> User:
    member: User = UserFactory(name="Iris Bos", handle="iris", email="iris@doorbraak.example")
    VoteFactory(member=member)
    return member


@pytest.mark.parametrize("handle", ["iris", "IRIS", "iris-before"])
def test_who_is_erased_is_said_and_confirmed_first(iris, handle, monkeypatch, capsys):
    OldHandle.objects.create(member=iris, handle="iris-before")
    asked: list[str] = []

    def answer(question: str) -> str:
        asked.append(question)
        return "iris"

    monkeypatch.setattr("builtins.input", answer)
    call_command("erase_member", handle)
    assert asked == ["Type iris to go on: "]
    said = capsys.readouterr().out
    assert "This erases Iris Bos (iris, iris@doorbraak.example) for good." in said
    assert "is erased" in said
    assert not User.objects.filter(pk=iris.pk).exists()
    assert Vote.objects.get().member is None
    assert Activity.objects.filter(verb="member_erased").count() == 1


@pytest.mark.parametrize("answer", ["", "yes", "anna"])
def test_without_the_handle_once_more_nothing_is_erased(iris, answer, monkeypatch):
    monkeypatch.setattr("builtins.input", lambda _question: answer)
    with pytest.raises(CommandError, match="Nothing was erased"):
        call_command("erase_member", "iris")
    assert User.objects.filter(pk=iris.pk).exists()


def test_a_script_is_not_asked(iris, monkeypatch):
    monkeypatch.setattr("builtins.input", lambda _question: pytest.fail("asked"))
    call_command("erase_member", "iris", "--noinput")
    assert not User.objects.filter(pk=iris.pk).exists()


def test_a_handle_that_nobody_has_is_an_error(iris):
    with pytest.raises(CommandError, match="Nobody has the handle nobody"):
        call_command("erase_member", "nobody", "--noinput")
    assert User.objects.filter(pk=iris.pk).exists()
