"""What is the same for everyone, kept once: values that are read from the database, and pieces of pages once drawn.

There is no other cache (``tests/portal/test_shared.py`` finds one), and two ways to use this one.

``@shared`` keeps a **value** (a number, a list of rows) for some seconds, in Valkey for all processes and for a second
in each. ``of`` says what it is made of: whoever changes that calls ``Source.changed()`` in the transaction of the
write, and once it commits the value is made anew. ``@shared_keys`` keeps primary keys.

``@drawn`` keeps a **piece** of a page, in each process, for as long as there is room. Its key is everything that it
says: the arguments, and the language, which is added here.

**Nothing is read before it is known who may see what is in it**, and nobody's own is kept:

* what makes a value takes no argument and runs in no language, no zone and with no reader, so there is one value for
  all. ``readers`` says for whom it is; the only way to it is ``seen_by(reader)``, which refuses a visitor what is for
  members. It holds words, numbers and dates, never a row of a table that could lead to more;
* primary keys say nothing of who may read what they stand for, so they are not handed out: ``SharedKeys.seen_by``
  returns the rows that ``show`` finds for that reader, and ``show`` filters by visibility;
* a piece is found by what it says only. Whoever asks for it holds that already: a row that visibility let through. It
  is drawn from words and numbers, without a request, and the database is not asked meanwhile.

**Guarded.** Versions are read before a value is made, and it is kept under those: what was made of rows as they were
before a commit is never taken for what holds after it. A transaction that changed something itself makes its own until
it ends. PostgreSQL shows every statement what was committed when it began (READ COMMITTED), so make a value in one.

**No stampede.** When a value has had its time, one thread of one process makes it, and the others keep the old one for
that moment; without an old one each process makes it once.

**Without Valkey** each process keeps its own for ten seconds, by the rules of ``ui.valkey``: nobody waits.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from functools import update_wrapper
from pathlib import Path
from sys import getsizeof
from time import monotonic, time
from typing import Any, NamedTuple, NoReturn, Protocol, cast
from zlib import crc32

from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import get_language, override

from ui import valkey
from ui.writing import on_commit_once

#: Seconds that a process goes by what it read without asking Valkey again, and by what it made while Valkey is away.
BELIEVED, BELIEVED_ALONE = 1.0, 10.0
#: Seconds that one process is left to make a value, and that a thread without any waits for another.
MAKING, PATIENCE = 5, 2.0
#: Bytes (about) that the pieces of one process take, and the largest one that is kept.
MOST_KEPT, LARGEST_KEPT = 12_000_000, 400_000
_FRAME = 500  # bytes that a key and its place take beside the words in it


class Readers(Enum):
    """Who may know a shared value."""

    EVERYBODY = "everybody"
    MEMBERS = "members"


class Reader(Protocol):
    """Whoever looks at a page: a user, signed in or not."""

    @property
    def is_authenticated(self) -> bool: ...


# --- What values are made of -----------------------------------------------------------------------------------------
class Source:
    """Something that shared values are made of; ``source`` finds the one of a name."""

    def __init__(self, name: str) -> None:
        self.key = f"shared:version:{name}"
        self.values: list[SharedValue[Any]] = []
        self.changes = 0  # that this process has seen
        self._commit = self._forget  # one object, so that a transaction does it once

    def changed(self) -> None:
        """Say, in the transaction of the write, that it changes: its values are made anew once that commits."""
        on_commit_once(self._commit)

    @property
    def is_changed_here(self) -> bool:
        """Whether the transaction that runs here changed it and did not take that back."""
        return any(call is self._commit for _savepoints, call, _robust in transaction.get_connection().run_on_commit)

    def _forget(self) -> None:
        # Valkey first: whoever looks there before this has noted the changes of before, and does not keep it here.
        try:
            cache.set(self.key, secrets.token_hex(8), None)
        finally:
            with _lock:
                self.changes += 1
                for value in self.values:
                    value.kept = None


_lock = threading.Lock()
_SOURCES: dict[str, Source] = {}
_VALUES: list[SharedValue[Any]] = []


def source(name: str) -> Source:
    """Return the source of this name, always the same one."""
    return _SOURCES.setdefault(name, Source(name))


def everything_changed() -> None:
    """Say that all of it may have changed, as where data is loaded in bulk."""
    for each in list(_SOURCES.values()):
        each.changed()


# --- Values ----------------------------------------------------------------------------------------------------------
class _Kept[T](NamedTuple):
    """What a process goes by until then (on its monotonic clock)."""

    value: T
    until: float


class SharedValue[T]:
    """A value that is the same for all ``readers``; ``shared`` makes one of a function."""

    def __init__(
        self, make: Callable[[], T], of: Iterable[Source], lasts: int, readers: Readers, *, keeps_empty: bool = True
    ) -> None:
        self.__doc__ = make.__doc__
        self.make = make
        self.of = tuple(of)
        self.lasts = lasts
        self.readers = readers
        self.keeps_empty = keeps_empty
        self.kept: _Kept[T] | None = None
        self._key = ""
        self._turn = threading.Lock()
        _VALUES.append(self)
        for each in self.of:
            each.values.append(self)

    def seen_by(self, reader: Reader) -> T:
        """Return it, for ``reader`` to see. Raises PermissionDenied for a visitor where it is for members."""
        if self.readers is Readers.MEMBERS and not reader.is_authenticated:
            raise PermissionDenied(f"{self._name} is for members")
        if not _switch.is_on or any(each.is_changed_here for each in self.of):
            return self._made()
        kept = self.kept
        return kept.value if kept is not None and monotonic() < kept.until else self._looked_up()

    def _looked_up(self) -> T:
        noted = self._changes()
        found = cache.get_many([self.key, *(each.key for each in self.of)])
        versions = tuple(found.get(each.key) for each in self.of)
        is_alone = valkey.is_away()
        its_versions, made_at, value = found.get(self.key, (None, 0.0, None))
        if its_versions == versions and 0 <= time() - made_at < self.lasts:
            self._keep_here(value, BELIEVED, noted)
            return cast("T", value)
        kept = self.kept
        old = [value] if its_versions is not None else [kept.value] if kept is not None and is_alone else []
        if not self._turn.acquire(timeout=0 if old else PATIENCE):
            return cast("T", old[0]) if old else self._made()
        try:
            kept = self.kept
            if kept is not None and monotonic() < kept.until:  # another thread made it
                return kept.value
            if is_alone:
                value = self._made()
                self._keep_here(value, BELIEVED_ALONE, noted)
                return value
            return self._made_for_all(versions, noted, old)
        finally:
            self._turn.release()

    def _made_for_all(self, versions: tuple[str | None, ...], noted: Sequence[int], old: list[T]) -> T:
        # A turn is for these versions: after a change nobody waits for who makes what was before it.
        turn = ":".join([self.key, *map(str, versions)])
        is_ours = cache.add(turn, 1, MAKING)
        if old and not is_ours:
            return old[0]
        try:
            value = self._made()
            if value or self.keeps_empty:
                cache.set(self.key, (versions, time(), value), self.lasts + MAKING)
            else:
                cache.delete(self.key)
        finally:
            if is_ours:
                cache.delete(turn)
        self._keep_here(value, BELIEVED, noted)
        return value

    def _made(self) -> T:
        with override(None), timezone.override(None):
            value = self.make()
        _require_plain(value, self.make.__module__)
        return value

    def _keep_here(self, value: T, seconds: float, noted: Sequence[int]) -> None:
        """Go by ``value`` for some seconds, unless something changed since ``noted``."""
        with _lock:
            if (value or self.keeps_empty) and noted == self._changes():
                self.kept = _Kept(value, monotonic() + seconds)

    def _changes(self) -> Sequence[int]:
        return [each.changes for each in self.of]

    @property
    def _name(self) -> str:
        return f"{self.make.__module__}.{self.make.__qualname__}"

    @property
    def key(self) -> str:
        """Its key in Valkey; another one after an upgrade that touches its module, for its shape may have changed."""
        if not self._key:
            self._key = f"shared:{self._name}:{crc32(Path(self.make.__code__.co_filename).read_bytes()):08x}"
        return self._key


class SharedKeys[R, Rows]:
    """Primary keys that are the same for everyone, and only shown as the rows that a reader may see."""

    def __init__(self, keys: SharedValue[tuple[int, ...]], show: Callable[[R, Sequence[int]], Rows]) -> None:
        self._keys = keys
        self._show = show

    def seen_by(self, reader: R) -> Rows:
        """Return what ``show`` finds for ``reader`` among the keys."""
        return self._show(reader, self._keys.seen_by(cast("Reader", reader)))

    def shown_by[Others](self, show: Callable[[R, Sequence[int]], Others]) -> SharedKeys[R, Others]:
        """The same keys, shown in another way; ``show`` filters by visibility, too."""
        return SharedKeys(self._keys, show)


def shared[T](*, of: Iterable[Source], lasts: int, readers: Readers) -> Callable[[Callable[[], T]], SharedValue[T]]:
    """Keep what the decorated function makes for ``lasts`` seconds, or until something that it is made ``of`` changes.

    It returns words, numbers and dates: by themselves, in tuples, or in a ``NamedTuple`` of its own module.
    """
    return lambda make: SharedValue(make, of, lasts, readers)


def shared_keys[R, Rows](
    *, show: Callable[[R, Sequence[int]], Rows], of: Iterable[Source], lasts: int
) -> Callable[[Callable[[], tuple[int, ...]]], SharedKeys[R, Rows]]:
    """Keep the primary keys that the decorated function finds, as ``shared`` does; but not that there are none.

    ``show`` gets a member and the keys, and returns the rows of them that this member may see. It is for members.
    """
    return lambda make: SharedKeys(SharedValue(make, of, lasts, Readers.MEMBERS, keeps_empty=False), show)


_PLAIN = frozenset({str, int, bool, type(None), Decimal, float, date, datetime, timedelta})


def _require_plain(value: object, module: str) -> None:
    """Raise TypeError for what could be changed, belong to a reader, or lead to more than it says."""
    if isinstance(value, tuple) and (type(value) is tuple or type(value).__module__ == module):
        for each in value:
            _require_plain(each, module)
    elif type(value) not in _PLAIN:
        raise TypeError(f"a shared value holds words, numbers and dates, not a {type(value).__name__}")


# --- Pieces ----------------------------------------------------------------------------------------------------------
class Pieces:
    """Pieces by their keys, the young ones and the old ones: when the young ones take half the room, they are the old.

    So what is asked for stays, what is not goes, and a look costs no more than one in a dict.
    """

    def __init__(self, most: int) -> None:
        self.half = most // 2
        self.young: dict[Any, Any] = {}
        self.old: dict[Any, Any] = {}
        self.size = 0

    def get(self, key: Any) -> Any:
        """Return the piece, or None."""
        young = self.young.get(key)
        if young is not None:
            return young
        old = self.old.get(key)
        if old is not None:
            self.keep(key, old)
        return old

    def keep(self, key: Any, piece: str) -> None:
        """Keep a piece, unless it is very large."""
        size = getsizeof(piece) + sum(getsizeof(word) for word in key if isinstance(word, str)) + _FRAME
        if size > LARGEST_KEPT:
            return
        with _lock:
            if self.size + size > self.half:
                self.old, self.young, self.size = self.young, {}, 0
            self.young[key] = piece
            self.size += size

    def clear(self) -> None:
        """Keep nothing."""
        with _lock:
            self.young, self.old, self.size = {}, {}, 0


_pieces = Pieces(MOST_KEPT)
_SPOKEN = frozenset({str, SafeString, int, bool, type(None), date})


def drawn[**P, S: str](draw: Callable[P, S]) -> Callable[P, S]:
    """Keep what ``draw`` returns by its arguments and the language; a repeat is free.

    The arguments are words, whole numbers and days, or one ``NamedTuple`` of those: all that it says, and nothing that
    can be equal and still read otherwise (1.0 and 1, a moment in two zones). Of markup and text that look alike, each
    has its own piece. ``draw`` asks neither the database, nor the clock, nor the zone of the reader.

    Raises TypeError for other arguments.
    """

    def look(*args: P.args, **kwargs: P.kwargs) -> S:
        if kwargs or not _switch.is_on:
            return draw(*args, **kwargs)
        says = args[0] if len(args) == 1 and isinstance(args[0], tuple) else args
        key = (draw, get_language(), *says, *map(type, says))
        kept: S | None = _pieces.young.get(key) or _pieces.get(key)
        if kept is None:
            if not _SPOKEN.issuperset(map(type, says)):
                raise TypeError(f"{draw.__qualname__} draws words, whole numbers and days, not {says!r}")
            with connection.execute_wrapper(_refuse):
                piece: S = draw(*args, **kwargs)
            _pieces.keep(key, piece)
            return piece
        if _switch.is_proved:
            _prove(kept, draw, *args)
        return kept

    return update_wrapper(look, draw)


def _refuse(*_args: object) -> NoReturn:
    raise RuntimeError("a piece is drawn from what it is given; it does not ask the database")


def _prove(piece: str, draw: Callable[..., str], *args: Any) -> None:
    """Raise AssertionError unless ``piece`` is what would be drawn now, elsewhere in the world."""
    with timezone.override("Pacific/Kiritimati"):
        anew = draw(*args)
    if anew != piece or type(anew) is not type(piece):
        raise AssertionError(f"{draw.__qualname__} says more than its key: {piece!r} was kept, {anew!r} holds now")


# --- For tests -------------------------------------------------------------------------------------------------------
class _Switch:
    """Whether anything is kept, and whether every piece that is found is drawn anew and compared."""

    is_on = True
    is_proved = False


_switch = _Switch()


@contextmanager
def switched(*, on: bool = True, proved: bool = False) -> Generator[None]:
    """Keep nothing (``on=False``), or compare every piece that is found with what would be drawn now (``proved``)."""
    before = _switch.is_on, _switch.is_proved
    _switch.is_on, _switch.is_proved = on, proved
    try:
        yield
    finally:
        _switch.is_on, _switch.is_proved = before


def forget() -> None:
    """Forget what this process keeps, as a new one would."""
    _pieces.clear()
    with _lock:
        for value in _VALUES:
            value.kept = None
