"""Keep the Dutch catalogue in step with the source, without gettext on the machine.

``python -m scripts.messages`` extracts every marked string of the code and the templates and brings
``locale/nl/LC_MESSAGES/django.po`` up to date: new strings are added empty, changed places noted, those that left the
source removed. Nothing is guessed (no fuzzy entries). ``--check`` changes nothing and fails when a translation is
missing, fuzzy, no longer used, does not hold the same placeholders as its source, or uses a word that is not ours
(docs/words.md).
"""

import argparse
import io
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import polib
from babel.messages.extract import extract_python
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
WORDS = ROOT / "docs" / "words.md"
CATALOGUE = ROOT / "locale" / "nl" / "LC_MESSAGES" / "django.po"
APPS = ("portal", "events", "issues", "knowledge", "community", "activity", "ui")
TEMPLATES = ("html", "txt", "xml", "ics")

#: What marks a string. Babel finds the calls; which argument is what, is read off the name of the function.
KEYWORDS = ["_", "gettext_noop"]
KEYWORDS += [f"{name}{lazy}" for name in ("gettext", "ngettext", "pgettext", "npgettext") for lazy in ("", "_lazy")]
_PLACEHOLDER = re.compile(r"%\((\w+)\)[#0\- +]*[\d.]*[a-zA-Z]|(?<!%)(?:%%)*(%[sd])|\{(\w*)[^{}]*\}")

COLUMNS = 3  # of the table of what is refused

Key = tuple[str, str, str]  # context, message, plural


def messages_of(code: str) -> Iterator[tuple[int, Key, list[str]]]:
    """Yield line, key and translators' comments of every marked string in Python ``code``."""
    keywords: Any = KEYWORDS  # Babel only asks what is in it
    found: Iterator[Any] = extract_python(io.BytesIO(code.encode()), keywords, ["Translators"], {"encoding": "utf-8"})
    for line, function, arguments, comments in found:
        texts: list[object] = list(arguments) if isinstance(arguments, tuple) else [arguments]
        context = texts.pop(0) if "pgettext" in function else ""
        message = texts[0] if texts else None
        plural = texts[1] if "ngettext" in function or "npgettext" in function else ""
        if isinstance(message, str) and message:  # not a variable: that was marked elsewhere
            yield line, (str(context or ""), message, str(plural or "")), list(comments)


def sources(root: Path = ROOT) -> Iterator[tuple[Path, str]]:
    """Yield every file that may hold marked strings, as Python code."""
    for app in APPS:
        for path in sorted((root / app).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path, path.read_text()
    folders = [root / "templates", *(root / app / "templates" for app in APPS)]
    for path in sorted(path for folder in folders for kind in TEMPLATES for path in folder.rglob(f"*.{kind}")):
        # Django turns a template into code for xgettext; without the indentation it is Python enough for Babel.
        code = templatize(path.read_text(), origin=str(path))
        yield path, "\n".join(line.strip() for line in code.splitlines())


def extract(root: Path = ROOT) -> polib.POFile:
    """Return a catalogue of all marked strings under ``root``, in the order of the source."""
    catalogue = polib.POFile(wrapwidth=120, check_for_duplicates=False)
    entries: dict[tuple[str, str], polib.POEntry] = {}
    for path, code in sources(root):
        for _line, (context, message, plural), comments in messages_of(code):
            entry = entries.get((context, message))
            if entry is None:
                entry = polib.POEntry(msgid=message, msgctxt=context or None)
                entries[context, message] = entry
                catalogue.append(entry)
            if plural and not entry.msgid_plural:
                entry.msgid_plural = plural
                entry.msgstr_plural = {0: "", 1: ""}
            place = (str(path.relative_to(root)), "")  # no line numbers: they change with every edit and tell little
            if place not in entry.occurrences:
                entry.occurrences.append(place)
            if comments and not entry.comment:
                entry.comment = "\n".join(comments)
            if path.suffix == ".py" and re.search(r"%\(\w+\)|%[sd]", message) and "python-format" not in entry.flags:
                entry.flags.append("python-format")
    return catalogue


def update(catalogue: polib.POFile, fresh: polib.POFile) -> None:
    """Make ``catalogue`` hold exactly the strings of ``fresh``, with the translations it had."""
    had = {(entry.msgctxt or "", entry.msgid): entry for entry in catalogue}
    catalogue.clear()
    for entry in fresh:
        old = had.get((entry.msgctxt or "", entry.msgid))
        if old is not None:
            entry.tcomment = old.tcomment
            entry.flags += [flag for flag in old.flags if flag not in entry.flags and flag != "python-format"]
            if entry.msgid_plural:
                entry.msgstr_plural = old.msgstr_plural or {0: old.msgstr, 1: ""}
            else:
                entry.msgstr = old.msgstr or old.msgstr_plural.get(0, "")
        catalogue.append(entry)


def placeholders(text: str) -> set[str]:
    """Return the names that ``text`` expects to be filled in."""
    return {
        match.group(0) if match.group(3) is None else "{" + match.group(3) + "}"
        for match in _PLACEHOLDER.finditer(text)
    }


def problems(catalogue: polib.POFile, fresh: polib.POFile) -> list[str]:
    """Say what keeps ``catalogue`` from being a complete translation of ``fresh``, one line each."""
    found: list[str] = []
    had = {(entry.msgctxt or "", entry.msgid): entry for entry in catalogue if not entry.obsolete}
    wanted = {(entry.msgctxt or "", entry.msgid): entry for entry in fresh}
    for key, entry in wanted.items():
        old = had.get(key)
        where = entry.occurrences[0][0]
        texts = [] if old is None else list(old.msgstr_plural.values()) if entry.msgid_plural else [old.msgstr]
        if old is None or not texts or not all(texts):
            found.append(f"missing: {where}: {entry.msgid!r}")
        elif old.fuzzy:
            found.append(f"fuzzy: {where}: {entry.msgid!r}")
        elif old.msgid_plural != entry.msgid_plural:
            found.append(f"other plural: {where}: {entry.msgid!r}")
        elif any(not placeholders(text) <= placeholders(entry.msgid + (entry.msgid_plural or "")) for text in texts):
            found.append(f"unknown placeholder: {where}: {entry.msgid!r}")
        elif not entry.msgid_plural and placeholders(texts[0]) != placeholders(entry.msgid):
            found.append(f"lost placeholder: {where}: {entry.msgid!r}")
    found += [f"no longer used: {message!r}" for key, message in ((key, key[1]) for key in had) if key not in wanted]
    return found


class Refused(NamedTuple):
    """What no Dutch text may hold, what to write in its place, and where it means something else."""

    pattern: re.Pattern[str]
    write: str
    but: re.Pattern[str] | None

    def is_in(self, text: str) -> bool:
        """Whether ``text`` holds it."""
        return bool(self.pattern.search(text)) and not (self.but and self.but.search(text))


def refused_words(table: str) -> list[Refused]:
    """Read the last table of ``docs/words.md``: what it refuses stands between backticks.

    Raises ValueError when there is none.
    """
    found = []
    for line in table.rpartition("| refused |")[2].splitlines():
        cells = [cell.replace(r"\|", "|").strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        patterns = [re.match("`(.+?)`", cell) for cell in cells]
        if len(cells) == COLUMNS and patterns[0]:
            but = re.compile(patterns[2][1], re.IGNORECASE) if patterns[2] else None
            found.append(Refused(re.compile(patterns[0][1], re.IGNORECASE), cells[1], but))
    if not found:
        raise ValueError("docs/words.md has no table of what is refused")
    return found


def words_not_ours(catalogue: polib.POFile, refused: list[Refused]) -> list[str]:
    """Say which translations use words of other houses, one line each."""
    found = []
    for entry in catalogue:
        for text in entry.msgstr_plural.values() if entry.msgid_plural else [entry.msgstr]:
            plain = _PLACEHOLDER.sub("", text)
            found += [
                f"not our word: {entry.occurrences[0][0] if entry.occurrences else '?'}: {text!r} (write: {word.write})"
                for word in refused
                if word.is_in(plain)
            ]
    return found


def main() -> int:
    """Update or check the catalogue; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing; fail when a translation is wanting")
    checking = parser.parse_args().check
    catalogue = polib.pofile(str(CATALOGUE), wrapwidth=120) if CATALOGUE.exists() else new_catalogue()
    fresh = extract()
    if not checking:
        update(catalogue, fresh)
        CATALOGUE.parent.mkdir(parents=True, exist_ok=True)
        catalogue.save(str(CATALOGUE))
    found = problems(catalogue, fresh) + words_not_ours(catalogue, refused_words(WORDS.read_text("utf-8")))
    for problem in found:
        print(problem)
    print(f"{len(fresh)} strings, {len(found)} to look at" + (" (make messages)" if found and checking else ""))
    return 1 if found and checking else 0


def new_catalogue() -> polib.POFile:
    """Return an empty Dutch catalogue."""
    catalogue = polib.POFile(wrapwidth=120)
    catalogue.metadata = {
        "Project-Id-Version": "Doorbraak",
        "Language": "nl",
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=UTF-8",
        "Content-Transfer-Encoding": "8bit",
        "Plural-Forms": "nplurals=2; plural=(n != 1);",
    }
    return catalogue


if __name__ == "__main__":
    sys.exit(main())
