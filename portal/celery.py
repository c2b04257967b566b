"""The Celery app and the one table of scheduled work (docs/schedule.md explains it)."""

import os
import socket
from typing import Any

from celery import Celery
from celery.schedules import crontab
from celery.signals import celeryd_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

#: How long (seconds) the clock waits for an answer of Valkey, and a worker for a connection.
PATIENCE = 5.0

app = Celery("doorbraak")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@app.on_after_configure.connect
def name_redbeat_settings(sender: Celery, **_kwargs: object) -> None:
    """Give RedBeat its settings under the names it looks for; it warns about the namespaced ones."""
    waits = {"socket_timeout": PATIENCE, "socket_connect_timeout": PATIENCE}
    sender.conf.update(redbeat_redis_url=sender.conf.broker_url, redbeat_redis_options=waits)


@celeryd_init.connect
def let_workers_wait(conf: Any, **_kwargs: object) -> None:
    """Have a worker wait for a frozen Valkey as long as it takes.

    After a time-out Celery gives up saying that a task is done, and then takes no other. A machine that is gone is
    noticed by TCP, which ends the connection.
    """
    waits: dict[str, Any] = {"socket_timeout": None, "socket_connect_timeout": PATIENCE, "socket_keepalive": True}
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        waits["socket_keepalive_options"] = {socket.TCP_USER_TIMEOUT: 60_000}
    conf.broker_transport_options = {**conf.broker_transport_options, **waits}


# Every entry asks "what is due and not yet done", so a run that is late, doubled or missed does no harm. Those that
# come often expire, or a worker that comes back after a day would find a thousand calls for the same work.
app.conf.beat_schedule = {
    "send-outbox": {"task": "activity.tasks.send_outbox", "schedule": 30.0, "options": {"expires": 30}},
    "tell-followers": {"task": "activity.tasks.tell_followers", "schedule": 30.0, "options": {"expires": 30}},
    "prepare-digests": {
        "task": "activity.tasks.prepare_digests",
        "schedule": crontab(minute="*/10"),
        "options": {"expires": 600},
    },
    "empty-old-addresses": {"task": "activity.tasks.empty_old_addresses", "schedule": crontab(hour="3", minute="20")},
    "forget-old-notices": {"task": "activity.tasks.forget_old_notices", "schedule": crontab(hour="3", minute="30")},
    "forget-title-parts": {"task": "issues.tasks.forget_title_parts", "schedule": crontab(hour="3", minute="40")},
    "merge-bottlenecks": {
        "task": "issues.tasks.merge_due",
        "schedule": crontab(minute="*/5"),
        "options": {"expires": 300},
    },
    "publish-filed-anonymously": {
        "task": "issues.tasks.publish_filed_anonymously",
        "schedule": crontab(minute="5"),
        "options": {"expires": 3600},
    },
    "forget-old-drafts": {"task": "issues.tasks.forget_old_drafts", "schedule": crontab(hour="3", minute="50")},
    "remind-of-sessions": {
        "task": "events.tasks.remind_of_sessions",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
    "remind-of-consent-rounds": {
        "task": "activity.consent.tasks.remind_of_rounds",
        "schedule": crontab(minute="20"),
        "options": {"expires": 3600},
    },
    "count-consent-turnouts": {
        "task": "activity.consent.tasks.count_turnouts",
        "schedule": crontab(minute="*/5"),
        "options": {"expires": 300},
    },
    "close-consent-rounds": {
        "task": "activity.consent.tasks.close_due_rounds",
        "schedule": crontab(minute="*/5"),
        "options": {"expires": 300},
    },
    "ask-whether-solved": {
        "task": "issues.endings.tasks.ask_whether_solved",
        "schedule": crontab(hour="8", minute="5"),
        "options": {"expires": 6 * 3600},
    },
    "settle-whether-solved": {
        "task": "issues.endings.tasks.settle_answers",
        "schedule": crontab(minute="25"),
        "options": {"expires": 3600},
    },
    "advance-join-requests": {
        "task": "community.tasks.advance_join_requests",
        "schedule": crontab(minute="10"),
        "options": {"expires": 3600},
    },
    "expire-offers": {
        "task": "events.tasks.expire_offers",
        "schedule": crontab(minute="*/5"),
        "options": {"expires": 300},
    },
}
