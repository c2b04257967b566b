"""What the clock has done for sessions (docs/schedule.md)."""

from celery import shared_task
from django.utils import timezone

from events import actions


@shared_task(acks_late=True)
def remind_of_sessions() -> None:
    """Queue the reminders that are due."""
    actions.remind_of_sessions(now=timezone.now())


@shared_task(acks_late=True)
def expire_offers() -> None:
    """Offer places on that nobody accepted in time."""
    actions.expire_offers(now=timezone.now())
