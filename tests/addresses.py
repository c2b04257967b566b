"""The addresses of the portal, and what their pages read of the query: found by code, so that new ones are tested."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from django.http import QueryDict
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

NOT_OURS = ("admin:",)


@dataclass(frozen=True)
class Address:
    """An address by its full name, with the names of its arguments."""

    name: str
    arguments: frozenset[str]


def addresses(patterns: list[URLPattern | URLResolver] | None = None, namespace: str = "") -> Iterator[Address]:
    """Every address of the portal that has a name, the admin's left out."""
    for entry in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(entry, URLResolver):
            yield from addresses(entry.url_patterns, f"{entry.namespace}:" if entry.namespace else namespace)
        elif entry.name and not namespace.startswith(NOT_OURS):
            yield Address(f"{namespace}{entry.name}", frozenset(entry.pattern.regex.groupindex))


def plain_pages() -> list[str]:
    """Every address that has no part to fill in."""
    return [reverse(address.name) for address in addresses() if not address.arguments]


@contextmanager
def keys_read() -> Iterator[set[str]]:
    """The keys that are looked up in ``request.GET`` in the block."""
    read: set[str] = set()

    class Recording(QueryDict):
        def __getitem__(self, key: str) -> Any:
            read.add(key)
            return super().__getitem__(key)

        def getlist(self, key: str, default: Any = None) -> Any:
            read.add(key)
            return super().getlist(key, default)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.core.handlers.wsgi.QueryDict", Recording)
        yield read


def queries(client: Client) -> dict[str, set[str]]:
    """By path, the keys of the query that each page without arguments reads when ``client`` asks for it."""
    found: dict[str, set[str]] = {}
    for path in plain_pages():
        with keys_read() as read:
            status = client.get(path).status_code
        if status == 200 and read:
            found[path] = read
    return found
