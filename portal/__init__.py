"""The portal: settings, URLs, Celery and the pages that span apps."""

from portal.celery import app as celery_app

__all__ = ["celery_app"]
