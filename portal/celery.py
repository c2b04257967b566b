"""The Celery app and the one table of scheduled work (docs/schedule.md explains it)."""

import os

from celery import Celery
from celery.schedules import crontab

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

app = Celery("doorbraak")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@app.on_after_configure.connect
def name_redbeat_settings(sender: Celery, **_kwargs: object) -> None:
    """Give RedBeat its settings under the names it looks for; it warns about the namespaced ones."""
    sender.conf.update(redbeat_redis_url=sender.conf.broker_url, redbeat_redis_options={})


# Every entry asks "what is due and not yet done", so a run that is late, doubled or missed does no harm. Those that
# come often expire, or a worker that comes back after a day would find a thousand calls for the same work.
app.conf.beat_schedule = {
    "send-outbox": {"task": "activity.tasks.send_outbox", "schedule": 30.0, "options": {"expires": 30}},
    "empty-old-addresses": {"task": "activity.tasks.empty_old_addresses", "schedule": crontab(hour="3", minute="20")},
    "remind-of-sessions": {
        "task": "events.tasks.remind_of_sessions",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
    "expire-offers": {
        "task": "events.tasks.expire_offers",
        "schedule": crontab(minute="*/5"),
        "options": {"expires": 300},
    },
}
