"""Reading the environment so that everything wrong with it is told at once, a line per problem (docs/settings.md).

Any variable ``NAME`` may be given as ``NAME_FILE``, the path of a file that holds its value: so secrets
reach a container without standing in its environment.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

from ui.addresses import ascii_domain

#: Parameters travel beside a statement, so that PostgreSQL can keep the plan of one that is asked again
#: (``ui.statements`` says of which: planning the ten short questions of a page costs more than answering them).
BOUND_BY_SERVER = {"server_side_binding": True}

_TRUE, _FALSE = {"1", "true", "yes", "on"}, {"0", "false", "no", "off", ""}


def is_given(name: str) -> bool:
    """Tell whether the variable ``name`` is there, or a file for it; the file is not opened."""
    return bool(os.environ.get(name) or os.environ.get(f"{name}_FILE"))


def given(name: str) -> str | None:
    """Return the variable ``name`` or what stands in the file of ``name``_FILE, without white space around it.

    None when neither is there. Raises ImproperlyConfigured when both are, and when the file cannot be read.
    """
    value, path = os.environ.get(name), os.environ.get(f"{name}_FILE")
    if not path:
        return value
    if value:
        raise ImproperlyConfigured(f"{name} and {name}_FILE are both set; leave one of them out")
    try:
        if text := Path(path).read_text("utf-8").strip():
            return text
    except OSError as error:
        raise ImproperlyConfigured(f"{name}_FILE: cannot read {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ImproperlyConfigured(f"{name}_FILE: {path} is not text in UTF-8") from error
    raise ImproperlyConfigured(f"{name}_FILE: {path} is empty")


class _Variables(Mapping[str, str]):
    """The environment as django-environ looks into it, with the files."""

    def __init__(self, read: Callable[[str], str | None]) -> None:
        self._read = read

    def __getitem__(self, name: str) -> str:
        value = self._read(name)
        if value is None:
            raise KeyError(name)
        return value

    def __iter__(self) -> Iterator[str]:
        return iter(os.environ)

    def __len__(self) -> int:
        return len(os.environ)


class CheckedEnv(environ.Env):  # type: ignore[misc]
    """django-environ, but a missing or unreadable value is noted; ``finish`` then stops the start.

    Until then its default stands in, so that the settings can be read to the end.
    """

    def __init__(self) -> None:
        super().__init__()
        self.problems: list[str] = []
        self.ENVIRON = _Variables(self._text)

    def note(self, problem: str) -> None:
        """Add a problem that reading alone does not find; the same one is told once."""
        if problem not in self.problems:
            self.problems.append(problem)

    def _text(self, name: str) -> str | None:
        """Return what is given for ``name``; a file that cannot be read is noted and counts as nothing given."""
        try:
            return given(name)
        except ImproperlyConfigured as error:
            self.note(str(error))
            return None

    def required(self, name: str) -> str:
        """Return the variable ``name``, or note that it is missing."""
        value: str = self.str(name, default="")
        if not value and not os.environ.get(f"{name}_FILE"):
            self.note(f"{name} is not set (docs/settings.md says what it is for)")
        return value

    def switch(self, name: str, *, default: bool) -> bool:
        """Return a yes or no; unlike django-environ's own, a typing error is not a no."""
        text = self._text(name)
        if text is None:
            return default
        if text.strip().lower() not in _TRUE | _FALSE:
            self.note(f"{name} must be 1 or 0, not {text!r}")
        return text.strip().lower() in _TRUE

    def number(self, name: str, *, default: int, minimum: int = 0) -> int:
        """Return a whole number of at least ``minimum``."""
        text = (self._text(name) or "").strip()
        if not text:
            return default
        if not text.isdecimal() or int(text) < minimum:
            self.note(f"{name} must be a whole number from {minimum}, not {text!r}")
            return default
        return int(text)

    def choice(self, name: str, *, default: str, among: tuple[str, ...]) -> str:
        """Return one of a few words, in capitals."""
        text = (self._text(name) or "").strip().upper() or default
        if text not in among:
            self.note(f"{name} must be one of {', '.join(among)}, not {text!r}")
            return default
        return text

    def periods(self, name: str) -> list[tuple[date, date]]:
        """Return stretches of days written as ISO 8601 intervals, ``2026-12-24/2027-01-01``, both days included."""
        found = []
        for text in self.list(name, default=[]):
            first, _slash, last = text.strip().partition("/")
            try:
                period = date.fromisoformat(first), date.fromisoformat(last)
            except ValueError:
                period = None
            if period is None or period[0] > period[1]:
                self.note(f"{name} must hold periods like 2026-12-24/2027-01-01, not {text!r}")
            else:
                found.append(period)
        return found

    def origin(self, name: str, *, default: str) -> str:
        """Return scheme and host of an address such as ``https://portal.example``, without a slash at the end."""
        text = (self._text(name) or default).rstrip("/")
        try:
            parts = urlsplit(text)
            good = parts.scheme in {"http", "https"} and bool(parts.hostname) and not parts.path and parts.port != 0
        except ValueError:
            good = False
        if not good:
            self.note(f"{name} must look like https://portal.example, not {text!r}")
            return default
        return text

    def web_address(self, name: str) -> str:
        """Return an address on the web such as ``https://code.example/portal``, or "" where none is given."""
        text = (self._text(name) or "").strip()
        parts = urlsplit(text)
        if text and not (parts.scheme in {"http", "https"} and parts.netloc):
            self.note(f"{name} must look like https://code.example/portal, not {text!r}")
            return ""
        return text

    def mailbox(self, name: str) -> str:
        """Return an e-mail address, or "" where none is given."""
        text = (self._text(name) or "").strip()
        local, _at, domain = text.rpartition("@")
        if text and not (local and domain and " " not in text):
            self.note(f"{name} must look like community@organisation.example, not {text!r}")
            return ""
        return text

    def domains(self, name: str, *, default: list[str]) -> list[str]:
        """Return the mail domains of a list with commas, in the form that addresses have (``ui.addresses``)."""
        found = []
        for text in self.list(name, default=default):
            try:
                found.append(ascii_domain(text.strip().removeprefix("@")))
            except UnicodeError:
                self.note(f"{name} must list domains such as portal.example, not {text!r}")
        return found

    def database(self, name: str, password: str) -> dict[str, Any]:
        """Return Django's settings of the PostgreSQL database at the URL in ``name``; empty when that is missing.

        The variable ``password`` holds its password where that does not stand in the URL.
        """
        if not self.required(name):
            return {}
        try:
            found: dict[str, Any] = self.db_url(name)
        except (ImproperlyConfigured, ValueError) as error:
            self.note(f"{name} cannot be read: {error}")
            return {}
        if not str(found.get("ENGINE", "")).endswith(("postgresql", "psycopg2")):
            self.note(f"{name} must start with postgres:// because the portal runs on PostgreSQL only")
        found["PASSWORD"] = self.str(password, default="") or found.get("PASSWORD", "")
        options = {**BOUND_BY_SERVER, **found.get("OPTIONS", {})}
        return {**found, "ENGINE": "django.db.backends.postgresql", "OPTIONS": options}

    def redis_address(self, name: str, password: str) -> str:
        """Return the URL of Valkey or Redis in ``name``, with what the variable ``password`` holds in it."""
        url = self.required(name)
        if url and not url.startswith(("redis://", "rediss://")):
            self.note(f"{name} must start with redis:// or rediss://")
        if secret := self.str(password, default=""):
            parts = urlsplit(url)
            url = parts._replace(netloc=f":{quote(secret, safe='')}@{parts.netloc.rpartition('@')[2]}").geturl()
        return url

    def mailer(self, name: str, *, default: str) -> dict[str, Any]:
        """Return an entry for Django's MAILERS from the URL in ``name``; a server has 20 seconds to answer."""
        try:
            found: dict[str, Any] = self.email_url(name, default=default)
        except (ImproperlyConfigured, ValueError, KeyError) as error:
            self.note(f"{name} cannot be read: {error}")
            return {}
        mailer: dict[str, Any] = {"BACKEND": found["EMAIL_BACKEND"]}
        if mailer["BACKEND"].endswith("smtp.EmailBackend"):
            mailer["OPTIONS"] = {
                "host": found["EMAIL_HOST"],
                "port": found["EMAIL_PORT"],
                "username": found["EMAIL_HOST_USER"],
                "password": found["EMAIL_HOST_PASSWORD"],
                "use_tls": found.get("EMAIL_USE_TLS", False),
                "use_ssl": found.get("EMAIL_USE_SSL", False),
                "timeout": 20,
            }
        return mailer

    def finish(self) -> None:
        """End the process with every problem noted, if any."""
        if self.problems:
            raise SystemExit("\n".join(["The portal cannot start:", *(f"  - {problem}" for problem in self.problems)]))
