"""What the clock has done for hubs (docs/schedule.md)."""

from celery import shared_task
from django.utils import timezone

from community.joining import actions as joining


@shared_task(acks_late=True)
def advance_join_requests() -> None:
    """Remind, pass on and tell, wherever a request to join has waited long enough."""
    joining.advance_requests(now=timezone.now())
