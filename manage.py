#!/usr/bin/env python
"""Run Django's commands: ``python manage.py help`` lists them."""

import os
import sys

from portal.embedded import EmbeddedError
from portal.local import environment


def main() -> None:
    """Hand the command line to Django, on the embedded servers unless ``DATABASE_URL`` names others."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    from django.core.management import execute_from_command_line

    try:
        with environment():
            execute_from_command_line(sys.argv)
    except EmbeddedError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
