"""What docs/architecture.md names is there: files, folders, functions, commands. A page that rots fails."""

from __future__ import annotations

import re
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest
from django.core.management import get_commands

ROOT = Path(__file__).resolve().parents[2]
PAGE = "docs/architecture.md"
PACKAGES = ("portal", "events", "issues", "knowledge", "community", "activity", "ui", "tests", "scripts")
#: What the page makes up, to show how one would add it, what is not of our making, and the folder that running makes.
MADE_UP = {
    "var/",
    "thank_for_session",
    "verbs.THANKED",
    "SKIP LOCKED",
    "AppConfig.ready",
    "add_perm",
    "gettext_lazy",
    "x",
}
NAME = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*")


def spans() -> list[str]:
    """What stands between backticks, outside of blocks, each once."""
    text = re.sub(r"^```.*?^```", "", (ROOT / PAGE).read_text(), flags=re.MULTILINE | re.DOTALL)
    return sorted(set(re.findall(r"`([^`]+)`", text)))


@cache
def defined() -> frozenset[str]:
    """Every name that our code gives to something: functions, classes, constants, columns, parameters."""
    given = re.compile(r"(?:\bdef |\bclass )(\w+)|\b(\w+)\b(?= ?[:=])|^    (\w+),$|[\x22'](\w+)[\x22']", re.MULTILINE)
    files = (path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
    ours = [path for path in files if "migrations" not in path.parts and path != Path(__file__)]
    return frozenset(name for path in ours for found in given.findall(path.read_text()) for name in found if name)


def is_there(span: str) -> bool:
    """Whether ``span`` names something of the portal, or is no name at all."""
    name = re.match(NAME, span)
    if name is None or "<" in span or span in MADE_UP or name[0] in MADE_UP:
        return True
    command, _space, argument = span.partition(" ")
    if command == "make":
        return re.search(rf"^{argument}:", (ROOT / "Makefile").read_text(), re.MULTILINE) is not None
    if command in {"manage.py", *get_commands()}:
        return command != "manage.py" or argument.split(" ")[0] in {"", *get_commands()}
    path, _hash, part = span.partition("#")
    if re.search(r"/|\.(py|yml|md|js|html|toml|txt)$", path):
        return is_file(path, part)
    return is_known(name[0]) and all(word in defined() for word in re.findall(r"\b(\w+)=", span))


def is_file(path: str, part: str) -> bool:
    """Whether a file or folder is at ``path`` (or is so called somewhere), with this ``{% partialdef %}`` in it."""
    found = [ROOT / path] if "/" in path.rstrip("/") else [ROOT / path, *ROOT.glob(f"[!.]*/{path}")]
    found += [*ROOT.glob(f"*/*/{path}")] if "/" not in path.rstrip("/") else []
    there = [one for one in found if one.exists()]
    return any(not part or f"partialdef {part} " in one.read_text() for one in there)


def is_known(name: str) -> bool:
    """Whether a module, or what is in one, is so called; a name that stands alone is one that our code gives."""
    first, *_rest = words = name.split(".")
    if first in PACKAGES and len(words) > 1:
        return any(resolves(words, modules) for modules in range(len(words), 0, -1))
    return all(word in defined() or word in PACKAGES or hasattr(str, word) for word in words if word != "objects")


def resolves(words: list[str], modules: int) -> bool:
    """Whether the first ``modules`` of ``words`` are a module that has the rest."""
    try:
        found: object = import_module(".".join(words[:modules]))
    except ModuleNotFoundError:
        return False
    for word in words[modules:]:
        if word not in {*dir(found), *getattr(found, "__annotations__", {})}:
            models = (
                getattr(import_module(".".join([*words[:modules], "models"])), word, None) if modules == 1 else None
            )
            if models is None:
                return False
            found = models
        else:
            found = getattr(found, word)
    return True


@pytest.mark.parametrize("span", spans())
def test_what_the_page_names_is_there(span: str) -> None:
    assert is_there(span), f"{PAGE} names {span!r}, which nothing is called"


@pytest.mark.parametrize(
    "gone",
    [
        "activity/nothing.py",
        "nothing.py",
        "templates/events/session_detail.html#nothing",
        "events.actions.places.nothing",
        "issues.bottlenecks.nothing.cast_vote",
        "activity.Nothing",
        "a_name_of_nothing",
        "make nothing",
        "manage.py nothing",
        "Subject.objects.a_name_of_nothing(user)",
    ],
)
def test_what_is_gone_is_noticed(gone: str) -> None:
    assert not is_there(gone)


def test_every_folder_of_an_app_and_every_floor_stands_on_the_page() -> None:
    said = set(spans())
    rooms = {
        path.parent.name
        for app in ("events", "issues", "community", "activity")
        for path in (ROOT / app).glob("*/__init__.py")
        if (path.parent / "models.py").exists() or (path.parent / "views.py").exists()
    }
    missing = {f"{name}/" for name in rooms | {app for app in PACKAGES[:-2] if (ROOT / app).is_dir()}} - said
    assert not missing
