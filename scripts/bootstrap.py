#!/usr/bin/env python3
"""Make .venv and install one list of requirements in it: `python3 scripts/bootstrap.py embedded|dev`.

Runs on any Python from 3.8, with the standard library only. It finds a Python 3.13 that really works; where there is
none it installs uv in a folder of its own and lets uv fetch one. A second run changes nothing and needs no network.
"""

import glob
import hashlib
import os
import shutil
import subprocess
import sys

TYPE_CHECKING = False  # the annotations are strings: an old Python must get as far as being told it is too old
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any, NoReturn

if sys.version_info < (3, 8):
    sys.exit("Doorbraak needs Python 3.8 or newer to begin with; this is %d.%d." % sys.version_info[:2])

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VENV = os.path.join(ROOT, ".venv")
PYTHON = os.path.join(VENV, "bin", "python")
HELPER = os.path.join(ROOT, ".make", "uv")
LISTS = ("embedded", "dev")  # each holds the ones before it


def wanted_version() -> str:
    """Return the version in .python-version, such as "3.13"."""
    with open(os.path.join(ROOT, ".python-version")) as file:
        return file.read().strip()


def say(text: str) -> None:
    """Print one line of progress."""
    print(text, flush=True)


def fail(text: str) -> "NoReturn":
    """End with one line."""
    sys.exit("\n" + text if sys.stdout.isatty() else text)


def run(command: "list[str]", **options: "Any") -> "tuple[int, str]":
    """Run ``command``; return its exit code and what it wrote, and never raise."""
    try:
        done = subprocess.run(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True, timeout=900, **options
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return 1, str(error)
    return done.returncode, done.stdout


def reason(output: str) -> str:
    """Choose the line of ``output`` that says most about what went wrong."""
    if "No space left on device" in output:
        return "the disk is full"
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    telling = [line for line in lines if "ERROR" in line or "error" in line]
    return (telling or lines or ["no reason given"])[-1]


def works(python: str, version: str) -> bool:
    """Tell whether ``python`` starts, is of ``version`` and can make environments (some installs cannot)."""
    code = "import sys, ensurepip, venv, ssl, zlib; print('%d.%d' % sys.version_info[:2])"
    status, output = run([python, "-I", "-c", code], cwd="/")
    return status == 0 and output.strip() == version


def candidates(version: str) -> "Iterator[str]":
    """Yield the places where a Python of ``version`` may be, the likeliest first."""
    yield sys.executable
    for folder in os.environ.get("PATH", "").split(os.pathsep):
        yield os.path.join(folder, "python" + version)
    home = os.path.expanduser("~")
    pyenv = os.environ.get("PYENV_ROOT") or os.path.join(home, ".pyenv")
    data = os.environ.get("XDG_DATA_HOME") or os.path.join(home, ".local", "share")
    patterns = (
        os.path.join(pyenv, "versions", version + ".*", "bin", "python" + version),
        os.path.join(data, "uv", "python", "cpython-" + version + ".*", "bin", "python" + version),
        "/opt/homebrew/bin/python" + version,
        "/usr/local/bin/python" + version,
        "/opt/python*/bin/python" + version,
    )
    for pattern in patterns:
        for path in sorted(glob.glob(pattern), reverse=True):
            yield path
    uv = shutil.which("uv")
    if uv:
        status, output = run([uv, "python", "find", "--no-project", version], cwd="/")
        if status == 0:
            yield output.strip()


def fetched(version: str) -> str:
    """Return a Python of ``version`` that uv fetched, after installing uv where there is none."""
    uv = shutil.which("uv") or os.path.join(HELPER, "bin", "uv")
    if not os.path.exists(uv):
        say("No Python %s here; installing uv to fetch it." % version)
        status, output = run([sys.executable, "-m", "venv", "--clear", HELPER])
        if status and hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get"):
            run(["apt-get", "update"])
            run(["apt-get", "install", "-y", "--no-install-recommends", "python3-venv"])
            status, output = run([sys.executable, "-m", "venv", "--clear", HELPER])
        if status:
            fail("This Python cannot make environments (on Debian: apt install python3-venv): " + reason(output))
        pip = os.path.join(HELPER, "bin", "python")
        status, output = run([pip, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "uv"])
        if status:
            fail("Cannot install uv to fetch Python %s: %s" % (version, reason(output)))
    environment = dict(os.environ, UV_PYTHON_INSTALL_DIR=os.path.join(ROOT, ".make", "python"))
    if "PIP_CERT" in environment:
        environment.setdefault("SSL_CERT_FILE", environment["PIP_CERT"])
    status, output = run([uv, "python", "install", "--no-bin", version], env=environment, cwd="/")
    if status:
        fail("Python %s is needed: install it and try again. Fetching it failed: %s" % (version, reason(output)))
    status, output = run([uv, "python", "find", "--no-project", "--managed-python", version], env=environment, cwd="/")
    python = output.strip()
    if status or not works(python, version):
        fail("The Python %s that uv fetched does not work: %s" % (version, reason(output)))
    return python


def make_environment(version: str) -> None:
    """Make .venv, or keep the one that is there when it works and has the right version."""
    if works(PYTHON, version):
        return
    python = next(
        (path for path in candidates(version) if path and os.path.exists(path) and works(path, version)), None
    )
    python = python or fetched(version)
    say("Making .venv with %s" % os.path.realpath(python))
    status, output = run([python, "-m", "venv", "--clear", VENV])
    if status:
        fail("Cannot make .venv: " + reason(output))


def digest(name: str) -> str:
    """Return the name and hash of a list of requirements, as the stamp in .venv holds it."""
    with open(os.path.join(ROOT, "requirements", name + ".txt"), "rb") as file:
        return "%s %s" % (name, hashlib.sha256(file.read()).hexdigest())


def install(name: str) -> None:
    """Install the list ``name`` unless it, or a list that holds it, is what .venv was last made from."""
    stamp = os.path.join(VENV, ".installed")
    enough = [digest(each) for each in LISTS[LISTS.index(name) :]]
    try:
        with open(stamp) as file:
            if file.read() in enough:
                return
    except OSError:
        pass
    say("Installing requirements/%s.txt (once; this takes a minute)" % name)
    if os.path.exists(stamp):
        os.remove(stamp)
    path = os.path.join(ROOT, "requirements", name + ".txt")
    options = ["--require-hashes", "--quiet", "--disable-pip-version-check", "--no-input", "--progress-bar=off"]
    status, output = run([PYTHON, "-m", "pip", "install"] + options + ["-r", path])
    if status:
        sys.stderr.write(output)
        fail("Cannot install requirements/%s.txt: %s" % (name, reason(output)))
    with open(stamp, "w") as file:
        file.write(enough[0])


def main() -> None:
    """Do what the module says, for the list named on the command line."""
    name = sys.argv[1] if len(sys.argv) > 1 else "embedded"
    if name not in LISTS:
        fail("usage: bootstrap.py " + "|".join(LISTS))
    try:
        make_environment(wanted_version())
        install(name)
    except OSError as error:
        fail("Cannot make the environment in %s: %s" % (ROOT, error.strerror or error))
    except KeyboardInterrupt:
        fail("Stopped before the environment was ready; run it again to go on.")


if __name__ == "__main__":
    main()
