"""Whoever files without a name."""

from __future__ import annotations

import pytest

from community.models import User
from tests.factories import HubFactory, member_of


@pytest.fixture
def author() -> User:
    hub = HubFactory(name="Kern Groot")
    for _each in range(5):
        member_of(hub)
    return member_of(hub, name="Xanthippe Zonderling", handle="xanthippe", email="xanthippe@doorbraak.example")
