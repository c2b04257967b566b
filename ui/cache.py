"""The cache: Django's own on Valkey, except that a Valkey that is away holds nothing and refuses nobody."""

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any, NoReturn

from django.core.cache.backends.redis import RedisCache, RedisCacheClient

from ui.valkey import ask


class _Client(RedisCacheClient):
    """Reads are misses, writes go nowhere, and nobody else is seen to hold a lock."""

    def add(self, key: Any, value: Any, timeout: Any) -> bool:
        return ask(partial(super().add, key, value, timeout), lambda: True, writes=True)

    def get(self, key: Any, default: Any) -> Any:
        return ask(partial(super().get, key, default), lambda: default)

    def set(self, key: Any, value: Any, timeout: Any) -> None:
        ask(partial(super().set, key, value, timeout), _nothing, writes=True)

    def touch(self, key: Any, timeout: Any) -> bool:
        return ask(partial(super().touch, key, timeout), lambda: False)

    def delete(self, key: Any) -> bool:
        return ask(partial(super().delete, key), lambda: False, writes=True)

    def get_many(self, keys: Iterable[Any]) -> dict[Any, Any]:
        return ask(partial(super().get_many, keys), dict)

    def has_key(self, key: Any) -> bool:
        return ask(partial(super().has_key, key), lambda: False)

    def incr(self, key: Any, delta: int) -> Any:
        return ask(partial(super().incr, key, delta), partial(_unknown, key), writes=True)

    def set_many(self, data: Mapping[Any, Any], timeout: Any) -> None:
        ask(partial(super().set_many, data, timeout), _nothing, writes=True)

    def delete_many(self, keys: Iterable[Any]) -> None:
        ask(partial(super().delete_many, keys), _nothing, writes=True)

    def clear(self) -> bool:
        return ask(super().clear, lambda: False, writes=True)


def _nothing() -> None:
    return None


def _unknown(key: object) -> NoReturn:
    raise ValueError(f"Key {key!r} not found.")


class ValkeyCache(RedisCache):
    """Spec 00, Reliability: pages, sign-in and writes go on without Valkey."""

    def __init__(self, server: Any, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._class = _Client
