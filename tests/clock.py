"""The portal's clock, but it calls for the outbox every second: ``celery --app tests.clock beat``."""

from portal.celery import app

__all__ = ["app"]

app.conf.beat_schedule["send-outbox"]["schedule"] = 1.0
