"""What the clock and the actions have done in the background by this app (docs/schedule.md)."""

from celery import shared_task


@shared_task
def send_outbox() -> None:
    """Send what is due."""
