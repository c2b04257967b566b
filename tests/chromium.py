"""Find a Chromium for the browser tests, or install one: ``python -m tests.chromium``."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

#: First the one without windows: it draws the same and starts and loads in half the time.
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
MAC = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")


def find() -> str | None:
    """Return the path of a Chromium or Chrome that starts, Playwright's own included, or None."""
    found = [shutil.which(name) for name in NAMES]
    found += [str(MAC) if MAC.exists() else None, _playwrights_own()]
    named = os.environ.get("CHROMIUM")
    return next((path for path in [named, *found] if path and _starts(path)), None)


def _starts(path: str) -> bool:
    """Tell whether it runs at all: some distributions install a stub, or libraries are missing."""
    try:
        done = subprocess.run([path, "--version"], capture_output=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def _playwrights_own() -> str | None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


def install() -> str | None:
    """Install one: Debian's as root, else Playwright's. Returns its path, or None when neither works."""
    if os.geteuid() == 0 and shutil.which("apt-get"):
        print("No Chromium found; installing Debian's.", flush=True)
        subprocess.run(["apt-get", "update", "-qq"], check=False)
        apt = ["apt-get", "install", "-y", "-qq", "--no-install-recommends"]
        for package in NAMES[:2]:  # older ones have no package without windows
            subprocess.run([*apt, package], env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"}, check=False)
            if path := find():
                return path
    print("No Chromium found; installing Playwright's.", flush=True)
    subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False)
    return find()


def main() -> int:
    """Make sure there is one; without it the browser tests are skipped, and in CI nothing passes."""
    if find() or install():
        return 0
    print(
        "\n*** NO CHROMIUM: none was found and none could be installed. The browser tests will not run. ***\n"
        "*** Install Chromium or Chrome, or set CHROMIUM to its path.                                  ***\n",
        file=sys.stderr,
    )
    return 1 if os.environ.get("CI") else 0


if __name__ == "__main__":
    sys.exit(main())
