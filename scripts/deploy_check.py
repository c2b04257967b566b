"""Run ``manage.py check --deploy`` as in production: ``DEBUG=0`` and exactly the variables of docs/settings.md."""

import os
import subprocess
import sys

PRODUCTION = {
    "SECRET_KEY": "checked-only-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "DEBUG": "0",
    "BASE_URL": "https://doorbraak.example",
    "ALLOWED_HOSTS": "doorbraak.example",
    "CSRF_TRUSTED_ORIGINS": "https://doorbraak.example",
    "DATABASE_URL": "postgres://portal:unused@database.invalid/portal",
    "REDIS_URL": "redis://:unused@valkey.invalid:6379/0",
    "EMAIL_URL": "smtp+tls://portal:unused@mail.invalid:587",
    "DEFAULT_FROM_EMAIL": "Doorbraak <noreply@doorbraak.example>",
    "SIGNUP_ALLOWED_DOMAINS": "doorbraak.example",
}


def main() -> int:
    """Return the exit code of the check; a warning fails it."""
    inherited = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    return subprocess.run(command, env={**inherited, **PRODUCTION}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
