"""Every page, every form on it and every parameter it reads, found by asking all addresses and not by a list."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime, time
from typing import Any
from unittest import mock
from urllib.parse import urlencode

from django import forms
from django.db import connection, transaction
from django.http import QueryDict
from django.test import Client

from community.models import FacilitatorTerm, Membership, MembershipRole, User

type Data = Mapping[str, Any]

FORM_TYPE = "application/x-www-form-urlencoded"


class Asked(QueryDict):
    """Parameters that remember which of them the code asked for."""

    names: set[str] = set()

    def __getitem__(self, name: str) -> Any:
        self.names.add(name)
        return super().__getitem__(name)

    def __contains__(self, name: object) -> bool:
        self.names.add(str(name))
        return super().__contains__(name)

    def get(self, name: str, default: Any = None) -> Any:
        self.names.add(name)
        return super().get(name, default)

    def getlist(self, name: str, default: Any = None) -> Any:
        self.names.add(name)
        return super().getlist(name, default)


@contextmanager
def names_asked() -> Iterator[set[str]]:
    """Collect the names of all parameters, of addresses and of bodies, that the code asks for in this block."""
    Asked.names = set()
    with (
        mock.patch("django.core.handlers.wsgi.QueryDict", Asked),
        mock.patch("django.http.request.QueryDict", Asked),
    ):
        yield Asked.names


class Work:
    """What a request costs the database: statements, and characters of statements with their parameters."""

    def __init__(self) -> None:
        self.statements = 0
        self.characters = 0

    def __repr__(self) -> str:
        return f"{self.statements} statements of {self.characters} characters"

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        self.statements += 1
        self.characters += len(sql) + len(str(params))
        return execute(sql, params, many, context)


def may_everything(author: User) -> User:
    """Let ``author`` speak for the hub, facilitate and administer: no door of the walk is closed."""
    Membership.objects.filter(member=author).update(role=MembershipRole.REPRESENTATIVE)
    FacilitatorTerm.objects.create(member=author)
    User.objects.filter(pk=author.pk).update(is_superuser=True, is_staff=True)
    fresh: User = User.objects.get(pk=author.pk)
    return fresh


class Walker:
    """Asks for pages as one person, from another address each time, and leaves everything as it was."""

    _addresses = itertools.count()

    def __init__(self, person: User | None) -> None:
        self.client = Client(raise_request_exception=False)
        if person is not None:
            self.client.force_login(person)

    def get(self, path: str, data: Data | None = None, **extra: Any) -> Any:
        """Open ``path``; whatever changed is taken back."""
        return self._ask("get", f"{path}?{urlencode(data, doseq=True)}" if data else path, **extra)

    def post(self, path: str, data: Data, *, keep: bool = False, **extra: Any) -> Any:
        """Send a form to ``path``; whatever changed is taken back unless it is to ``keep``."""
        body = urlencode(data, doseq=True)
        return self._ask("post", path, keep=keep, data=body, content_type=FORM_TYPE, **extra)

    def _ask(self, method: str, path: str, *, keep: bool = False, **extra: Any) -> Any:
        number = next(self._addresses)
        address = f"10.{number // 65536}.{number // 256 % 256}.{number % 256}"
        work = Work()
        with transaction.atomic(), connection.execute_wrapper(work):
            response = getattr(self.client, method)(path, REMOTE_ADDR=address, **extra)
            transaction.set_rollback(not keep)
        response.work = work
        return response


def forms_on(response: Any) -> list[forms.BaseForm]:
    """The forms of a page, each once; those that it does not draw do not count."""
    found: dict[int, forms.BaseForm] = {}
    for layer in response.context or ():
        for context in layer.dicts if hasattr(layer, "dicts") else [layer]:
            for value in context.values():
                if isinstance(value, forms.BaseForm):
                    found[id(value)] = value
    return [form for form in found.values() if any(f'name="{box.html_name}"' in response.text for box in form)]


def filled(found: list[forms.BaseForm]) -> dict[str, Any]:
    """What a browser sends when somebody opens the page and presses the button."""
    sent: dict[str, Any] = {}
    for form in found:
        for box in form:
            value = box.value()
            if value is None or value is False:
                continue
            if isinstance(value, datetime | date | time):
                value = value.isoformat()
            sent[box.html_name] = [str(item) for item in value] if isinstance(value, list | tuple) else str(value)
    return sent
