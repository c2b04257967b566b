"""Which characters a font can draw: the table "cmap" of a TrueType file, as far as the fonts of papers use it."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path


def characters_of(path: Path) -> frozenset[str]:
    """The characters that the font in this file has a glyph for. Raises ValueError for a table of another kind."""
    data = path.read_bytes()
    start = _table(data, b"cmap")
    number = struct.unpack_from(">H", data, start + 2)[0]
    codes: set[int] = set()
    for at in range(number):
        platform, encoding, offset = struct.unpack_from(">HHI", data, start + 4 + 8 * at)
        if platform == 0 or (platform, encoding) in {(3, 1), (3, 10)}:  # Unicode
            codes.update(_codes(data, start + offset))
    return frozenset(map(chr, codes))


def _table(data: bytes, tag: bytes) -> int:
    number = struct.unpack_from(">H", data, 4)[0]
    for at in range(number):
        name, _checksum, offset, _length = struct.unpack_from(">4sIII", data, 12 + 16 * at)
        if name == tag:
            return int(offset)
    raise ValueError(f"a font without a table {tag!r}")


def _codes(data: bytes, at: int) -> Iterator[int]:
    kind = struct.unpack_from(">H", data, at)[0]
    if kind == 4:
        yield from _codes_of_segments(data, at)
    elif kind == 12:
        groups = struct.unpack_from(">I", data, at + 12)[0]
        for group in range(groups):
            first, last, _glyph = struct.unpack_from(">III", data, at + 16 + 12 * group)
            yield from range(first, last + 1)
    elif kind != 14:  # variation sequences add no characters
        raise ValueError(f"a font with a character map of format {kind}")


def _codes_of_segments(data: bytes, at: int) -> Iterator[int]:
    segments = struct.unpack_from(">H", data, at + 6)[0] // 2
    ends, starts = at + 14, at + 16 + 2 * segments
    deltas, offsets = starts + 2 * segments, starts + 4 * segments
    for segment in range(segments):
        place = 2 * segment
        first, last, delta, offset = (
            struct.unpack_from(">H", data, base + place)[0] for base in (starts, ends, deltas, offsets)
        )
        for code in range(first, min(last, 0xFFFE) + 1):
            glyph = code
            if offset:
                glyph = struct.unpack_from(">H", data, offsets + place + offset + 2 * (code - first))[0]
                if not glyph:
                    continue
            if (glyph + delta) % 0x10000:
                yield code
