"""Compile the catalogues of ``locale/``: ``.mo`` files are built, not committed, and need no gettext on the machine."""

import os
from pathlib import Path

LOCALE_DIR = Path(__file__).resolve().parent.parent / "locale"


def compile_catalogues(folder: Path = LOCALE_DIR) -> list[Path]:
    """Compile every ``.po`` under ``folder`` that is newer than its ``.mo``.

    Returns the files written. A catalogue appears whole or not at all, so processes may do this side by side.
    """
    import polib

    written: list[Path] = []
    for source in sorted(folder.glob("*/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime_ns >= source.stat().st_mtime_ns:
            continue
        part = target.with_name(f"{target.name}.{os.getpid()}")
        polib.pofile(str(source)).save_as_mofile(str(part))
        part.replace(target)
        written.append(target)
    return written


if __name__ == "__main__":
    compile_catalogues()
