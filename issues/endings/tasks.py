"""What the clock has done about the ends of bottlenecks (docs/schedule.md)."""

from celery import shared_task
from django.utils import timezone

from . import actions


@shared_task(acks_late=True)
def ask_whether_solved() -> None:
    """Ask about what was said to be solved two weeks ago."""
    actions.ask_whether_solved(now=timezone.now())


@shared_task(acks_late=True)
def settle_answers() -> None:
    """Count what was said where the time to answer is over."""
    actions.settle_answers(now=timezone.now())
