"""Registries, and the navigation that is made of one."""

from dataclasses import dataclass

import pytest
from django.core.exceptions import ImproperlyConfigured

from ui.registry import Registry


@dataclass(frozen=True)
class Section:
    key: str
    order: int = 100


def test_entries_come_by_order_and_then_by_key():
    sections: Registry[Section] = Registry("sections")
    for section in (Section("b"), Section("a"), Section("z", 1)):
        sections.register(section)
    assert [section.key for section in sections] == ["z", "a", "b"]
    assert sections["a"] == Section("a")
    assert sections.get("nothing") is None
    assert "b" in sections
    assert len(sections) == 3


def test_a_key_is_taken_once():
    sections: Registry[Section] = Registry("sections")
    sections.register(Section("a"))
    with pytest.raises(ImproperlyConfigured, match="'a' is registered twice"):
        sections.register(Section("a", 2))


def test_a_test_can_register_for_a_while():
    sections: Registry[Section] = Registry("sections")
    with sections.temporarily(Section("a")):
        assert "a" in sections
    assert list(sections) == []
