"""What the clock has done for consent rounds (docs/schedule.md)."""

from celery import shared_task
from django.utils import timezone

from . import actions


@shared_task(acks_late=True)
def close_due_rounds() -> None:
    """Close the rounds whose last day is over."""
    actions.close_due_rounds(now=timezone.now())


@shared_task(acks_late=True)
def count_turnouts() -> None:
    """Count how many spoke."""
    actions.count_turnouts()


@shared_task(acks_late=True)
def remind_of_rounds() -> None:
    """Queue the reminders that are due."""
    actions.remind_of_rounds(now=timezone.now())
