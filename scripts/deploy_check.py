"""Run ``manage.py check --deploy`` as in production: ``DEBUG=0`` and the variables of docs/settings.md, none else.

The check asks the database for its version, so the servers are the embedded ones, passed as any others would be.
"""

import os
import subprocess
import sys

from portal.embedded import EmbeddedError
from portal.local import environment

PRODUCTION = {
    "SECRET_KEY": "checked-only-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "DEBUG": "0",
    "BASE_URL": "https://doorbraak.example",
    "ALLOWED_HOSTS": "doorbraak.example",
    "CSRF_TRUSTED_ORIGINS": "https://doorbraak.example",
    "EMAIL_URL": "smtp+tls://portal:unused@mail.invalid:587",
    "DEFAULT_FROM_EMAIL": "Doorbraak <noreply@doorbraak.example>",
    "SIGNUP_ALLOWED_DOMAINS": "doorbraak.example",
}


def main() -> int:
    """Return the exit code of the check; a warning fails it."""
    try:
        with environment():
            servers = ("DATABASE_URL", "REDIS_URL", "PATH", "HOME", "LANG", "TMPDIR", "VAR_DIR")
            given = {name: os.environ[name] for name in servers if name in os.environ}
            command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
            return subprocess.run(command, env={**given, **PRODUCTION}, check=False).returncode
    except EmbeddedError as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
