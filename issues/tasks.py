"""What the clock has done for bottlenecks (docs/schedule.md)."""

from celery import shared_task
from django.utils import timezone

from issues.bottlenecks.actions import publish_anonymous
from issues.bottlenecks.titles import forget_unused_parts
from issues.drafts.actions import forget_old_drafts as forget_drafts
from issues.merging import actions as merging


@shared_task(acks_late=True)
def forget_title_parts() -> None:
    """Take out the words that no title has any more."""
    forget_unused_parts()


@shared_task(acks_late=True)
def merge_due() -> None:
    """Let those merges take effect to which nobody objected in time."""
    merging.merge_due(now=timezone.now())


@shared_task(acks_late=True)
def publish_filed_anonymously() -> None:
    """Publish what was filed without a name before today."""
    publish_anonymous(now=timezone.now())


@shared_task(acks_late=True)
def forget_old_drafts() -> None:
    """Delete drafts that nobody went on with."""
    forget_drafts(now=timezone.now())
