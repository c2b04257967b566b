"""What the clock has done for bottlenecks (docs/schedule.md)."""

from celery import shared_task

from issues.bottlenecks.titles import forget_unused_parts


@shared_task(acks_late=True)
def forget_title_parts() -> None:
    """Take out the words that no title has any more."""
    forget_unused_parts()
