"""Settings are read from the environment, checked at the start, and all of them are in docs/settings.md."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.deploy.compose import image_variables, services, variables

BASE_DIR = Path(__file__).resolve().parents[2]
GOOD = {
    "SECRET_KEY": "x" * 60,
    "DATABASE_URL": "postgres://portal:secret@localhost/portal",
    "REDIS_URL": "redis://localhost/0",
}


def run_python(code: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    """Run ``code`` in a process that has these variables only."""
    environment = {"PATH": os.environ["PATH"], **variables}
    return subprocess.run(
        [sys.executable, "-c", code], cwd=BASE_DIR, env=environment, capture_output=True, text=True, check=False
    )


def start_with(**variables: str) -> "subprocess.CompletedProcess[str]":
    """Read the settings in a process that has these variables only."""
    return run_python("import portal.settings as s; print(s.DEMO, s.DEBUG, s.BASE_URL)", **variables)


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


def test_domains_for_signing_up_are_read_as_people_write_them_and_a_wrong_one_is_told():
    code = "import portal.settings as s; print(s.SIGNUP_ALLOWED_DOMAINS)"
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": os.environ.get("PYTHONPATH", ""), **GOOD}

    def started(domains: str) -> "subprocess.CompletedProcess[str]":
        variables = {**environment, "SIGNUP_ALLOWED_DOMAINS": domains, "PYTHONIOENCODING": "utf-8"}
        command = [sys.executable, "-X", "utf8", "-c", code]
        return subprocess.run(command, cwd=BASE_DIR, env=variables, capture_output=True, text=True, check=False)

    assert started("Müller.example, @voorbeeld.example").stdout == "['xn--mller-kva.example', 'voorbeeld.example']\n"
    assert "SIGNUP_ALLOWED_DOMAINS must list domains" in started("☃.example").stderr


@pytest.mark.parametrize(
    "wrong",
    [{"SOURCE_URL": "code.example"}, {"SOURCE_URL": "javascript:alert(1)"}, {"CONTACT_EMAIL": "community"}],
)
def test_an_address_for_the_foot_of_pages_that_is_none_is_told(wrong):
    done = start_with(**GOOD, **wrong)
    assert done.returncode == 1
    assert f"{next(iter(wrong))} must look like" in done.stderr


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


def test_the_portal_answers_to_the_name_under_which_people_reach_it():
    done = run_python(
        "import portal.settings as s; print(s.ALLOWED_HOSTS)", **GOOD, BASE_URL="https://portal.example:444"
    )
    assert done.stdout == "['portal.example', 'localhost', '127.0.0.1', '[::1]']\n"


# --- Variables in files -----------------------------------------------------------------------------------------------

#: A value of each variable that settings.py reads, other than the one that holds without it.
OTHER = {
    **GOOD,
    "ALLOWED_HOSTS": "portal.example",
    "BASE_URL": "https://portal.example",
    "BEHIND_PROXY": "1",
    "CLOSED_PERIODS": "2026-12-24/2027-01-01",
    "CONTACT_EMAIL": "community@portal.example",
    "CSRF_TRUSTED_ORIGINS": "https://portal.example",
    "DATABASE_PASSWORD": "an/other:secret@",
    "DATABASE_POOL_SIZE": "7",
    "DEBUG": "1",
    "DEFAULT_FROM_EMAIL": "Portal <portal@portal.example>",
    "DEMO": "1",
    "DEV_MAIL_DIR": "/somewhere/mail",
    "EMAIL_URL": "smtp+tls://portal:secret@mail.portal.example:587",
    "EMBEDDED": "1",
    "GENERIC_MIN_HUBS": "4",
    "GENERIC_MIN_VOTES": "5",
    "HSTS_SECONDS": "60",
    "LOG_LEVEL": "ERROR",
    "REDIS_PASSWORD": "an/other:secret@",
    "SIGNUP_ALLOWED_DOMAINS": "portal.example",
    "SOURCE_URL": "https://code.example/portal",
    "STATIC_ROOT": "/somewhere/static",
    "TRUSTED_PROXIES": "2",
    "VAR_DIR": "/somewhere",
    "WRITE_RATE_LIMIT": "5/minute",
    "SEARCH_RATE_LIMIT": "6/minute",
    "VISITOR_RATE_LIMIT": "7/minute",
}
RECORD = """
import json, re
import portal.env
asked, given = set(), portal.env.given
portal.env.given = lambda name: (asked.add(name), given(name))[1]
import portal.settings
shown = {name: repr(value) for name, value in vars(portal.settings).items() if name.isupper() and name != "LANGUAGES"}
print(json.dumps({"asked": sorted(asked), "settings": shown}))
"""


def settings_with(**variables: str) -> dict[str, Any]:
    """Return the names that the settings ask for, and what they become, in a process with these variables only."""
    done = run_python(RECORD, **variables)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_every_variable_may_be_given_by_a_file(tmp_path):
    for name, value in OTHER.items():
        (tmp_path / name).write_text(f"{value}\n")
    by_value = settings_with(**OTHER)
    by_file = settings_with(**{f"{name}_FILE": str(tmp_path / name) for name in OTHER})
    assert by_value["asked"] == sorted(OTHER), "a variable without a value here, or a value without a variable"
    assert by_file == by_value
    assert "'PASSWORD': 'an/other:secret@'" in by_file["settings"]["DATABASES"]
    assert by_file["settings"]["REDIS_URL"] == "'redis://:an%2Fother%3Asecret%40@localhost/0'"


def test_what_is_wrong_with_a_file_is_one_line_each(tmp_path):
    (tmp_path / "empty").touch()
    (tmp_path / "bytes").write_bytes(b"\xff\xfe")
    done = start_with(
        SECRET_KEY_FILE=str(tmp_path / "missing"),
        DATABASE_URL_FILE=str(tmp_path / "empty"),
        REDIS_URL="redis://localhost/0",
        REDIS_URL_FILE=str(tmp_path / "missing"),
        EMAIL_URL_FILE=str(tmp_path / "bytes"),
    )
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "The portal cannot start:",
        f"  - SECRET_KEY_FILE: cannot read {tmp_path}/missing: No such file or directory",
        "  - REDIS_URL and REDIS_URL_FILE are both set; leave one of them out",
        f"  - DATABASE_URL_FILE: {tmp_path}/empty is empty",
        f"  - EMAIL_URL_FILE: {tmp_path}/bytes is not text in UTF-8",
    ]


def test_manage_py_starts_no_server_where_a_file_names_one(tmp_path):
    (tmp_path / "url").write_text("mysql://elsewhere/portal")
    done = run_python(
        "import sys, manage; sys.argv = ['manage.py', 'check']; manage.main()",
        **{**GOOD, "DATABASE_URL": "", "DATABASE_URL_FILE": str(tmp_path / "url"), "VAR_DIR": str(tmp_path / "var")},
    )
    assert "DATABASE_URL must start with postgres://" in done.stderr
    assert not (tmp_path / "var").exists()


# --- What is written about them ---------------------------------------------------------------------------------------


def of_the_procfile() -> set[str]:
    """The variables that the commands of the Procfile use."""
    return set(re.findall(r"\$\{?([A-Z_]+)", (BASE_DIR / "Procfile").read_text()))


def test_every_variable_is_documented():
    read = set(OTHER)  # which is what settings.py asks for, see above
    for name in ("local.py", "supervisor.py", "probe.py"):
        text = (BASE_DIR / "portal" / name).read_text()
        read |= set(re.findall(r"""(?:os\.environ(?:\.get\(|\[|\.setdefault\()|is_given\()"([A-Z_]+)\"""", text))
    read |= of_the_procfile()
    documented = set(re.findall(r"`([A-Z_]+)`", (BASE_DIR / "docs" / "settings.md").read_text()))
    assert len(read) > 20
    ours = {"MAKELEVEL", "PATH", "PYTHONWARNINGS", "DJANGO_SETTINGS_MODULE"}
    assert read - documented - ours == set()


def test_the_example_for_compose_names_every_variable_that_is_left_to_choose_and_its_default():
    text = (BASE_DIR / ".env.example").read_text()
    chosen = variables(text)
    shown = variables(re.sub(r"^#(?=[A-Z_]+=)", "", text, flags=re.MULTILINE))
    web = services()["web"]["environment"].keys() | image_variables("portal").keys()
    fixed = {name.removesuffix("_FILE") for name in web}
    for_one_machine = {"DEBUG", "DEMO", "EMBEDDED", "DEV_MAIL_DIR", "VAR_DIR"}
    assert shown.keys() == (OTHER.keys() | of_the_procfile()) - fixed - for_one_machine | {"COMPOSE_PROFILES"}
    assert settings_with(**GOOD, **shown) == settings_with(**GOOD, **chosen)
