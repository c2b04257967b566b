"""Settings are read from the environment, checked at the start, and all of them are in docs/settings.md."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

BASE_DIR = Path(__file__).resolve().parents[2]
GOOD = {
    "SECRET_KEY": "x" * 60,
    "DATABASE_URL": "postgres://portal:secret@localhost/portal",
    "REDIS_URL": "redis://localhost/0",
}


def start_with(**variables: str) -> "subprocess.CompletedProcess[str]":
    """Read the settings in a process that has these variables only."""
    environment = {"PATH": os.environ["PATH"], **variables}
    code = "import portal.settings as s; print(s.DEMO, s.DEBUG, s.BASE_URL)"
    return subprocess.run(
        [sys.executable, "-c", code], cwd=BASE_DIR, env=environment, capture_output=True, text=True, check=False
    )


def test_three_variables_suffice():
    assert start_with(**GOOD).stdout == "False False http://localhost:8000\n"


def test_every_problem_is_one_line_and_all_are_told_at_once():
    done = start_with(
        DEBUG="maybe", BASE_URL="portal", EMAIL_URL="pigeon://x", DATABASE_URL="mysql://x", DATABASE_POOL_SIZE="many"
    )
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "The portal cannot start:",
        "  - DEBUG must be 1 or 0, not 'maybe'",
        "  - SECRET_KEY is not set (docs/settings.md says what it is for)",
        "  - BASE_URL must look like https://portal.example, not 'portal'",
        "  - REDIS_URL is not set (docs/settings.md says what it is for)",
        "  - DATABASE_URL must start with postgres:// because the portal runs on PostgreSQL only",
        "  - DATABASE_POOL_SIZE must be a whole number from 1, not 'many'",
        "  - EMAIL_URL cannot be read: Invalid email schema pigeon",
    ]


@pytest.mark.parametrize(
    ("variables", "outcome"),
    [
        ({"DEMO": "1"}, "refused"),
        ({"DEMO": "1", "DEBUG": "1"}, "True True"),
        ({"EMBEDDED": "1"}, "True False"),
        ({"EMBEDDED": "1", "DEMO": "0"}, "False False"),
    ],
)
def test_demo_mode_is_for_the_embedded_servers_and_for_development(variables, outcome):
    done = start_with(**GOOD, **variables)
    assert outcome in done.stdout + done.stderr


def test_every_variable_is_documented():
    read = set()
    for path in [BASE_DIR / "portal" / name for name in ("settings.py", "local.py", "supervisor.py")]:
        text = path.read_text()
        read |= set(re.findall(r"""env\.\w+\(\s*"([A-Z_]+)\"""", text))
        read |= set(re.findall(r"""os\.environ(?:\.get\(|\[|\.setdefault\()"([A-Z_]+)\"""", text))
    read |= set(re.findall(r"\$\{?([A-Z_]+)", (BASE_DIR / "Procfile").read_text()))
    documented = set(re.findall(r"`([A-Z_]+)`", (BASE_DIR / "docs" / "settings.md").read_text()))
    assert len(read) > 20
    assert read - documented - {"MAKELEVEL", "PATH", "PYTHONWARNINGS"} == set()
