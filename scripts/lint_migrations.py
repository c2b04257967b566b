"""Check that migrations can run while the version before them still serves (docs/contributing.md, Migrations).

The linter reads the SQL of every migration of ours. A database that is being made is empty and serves nobody, so the
first migrations of an app may do as they like: those of ``NEW`` were made before there was anything to serve.
"""

import os
import sys

from portal.embedded import EmbeddedError
from portal.local import environment

APPS = ["portal", "events", "issues", "knowledge", "community", "activity"]


def lint() -> bool:
    """Print what is wrong; returns whether nothing is."""
    import django
    from django.apps import apps
    from django_migration_linter import MigrationLinter

    django.setup()
    linter = MigrationLinter(
        include_apps=[name for name in APPS if apps.is_installed(name)],
        ignore_initial_migrations=True,
        no_cache=True,
        quiet=["ok", "ignore"],
        # Going back is for development; what it loses is known.
        exclude_migration_tests=["RUNPYTHON_REVERSIBLE"],
    )
    linter.lint_all_migrations()
    linter.print_summary()
    return not linter.has_errors


def main() -> int:
    """Lint on the embedded servers, or on those of ``DATABASE_URL``; returns the exit code."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    os.environ.setdefault("LOG_LEVEL", "WARNING")
    try:
        with environment():
            return 0 if lint() else 1
    except EmbeddedError as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
