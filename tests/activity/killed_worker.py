"""A Celery worker for test_kill: the portal's own app, with a kind of mail that only that test queues.

``celery -A tests.activity.killed_worker worker`` runs it; what it connects to stands in the environment.
"""

import django

from portal.celery import app

django.setup()

from activity.mailkinds import mail_kinds  # noqa: E402
from tests.activity.kill_kind import KIND  # noqa: E402

mail_kinds.register(KIND)

__all__ = ["app"]
