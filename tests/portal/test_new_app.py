"""A new app is new files only: the small app of the tests, installed into a portal that has never heard of it."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LAYERS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"][0]["layers"]
FLOORS = [name for name in LAYERS if (ROOT / name).is_dir()]


@pytest.mark.slow
def test_a_small_app_has_timeline_feed_page_mail_and_todos_for_its_own_files() -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    command = [sys.executable, "-m", "pytest", "-q", "-n", "0", "--ds", "tests.smallapp.settings"]
    done = subprocess.run(
        [*command, "tests/smallapp/checks.py"], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-5_000:] + done.stderr[-2_000:]
    assert "passed" in done.stdout


def test_nothing_in_the_portal_knows_the_small_app() -> None:
    files = [path for app in [*FLOORS, "templates"] for path in (ROOT / app).rglob("*.*") if path.suffix != ".pyc"]
    assert [str(path) for path in files if b"smallapp" in path.read_bytes()] == []
