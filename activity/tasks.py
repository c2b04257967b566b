"""What this app has done in the background (docs/schedule.md)."""

from celery import shared_task
from django.utils import timezone

from ui import valkey

from . import outbox
from .digests import prepare
from .notices import fanout


@shared_task(acks_late=True)
def send_outbox() -> None:
    """Send mail that is due; what is left after one run is taken up by the next."""
    if outbox.send_due():
        valkey.ask(send_outbox.delay, lambda: None)


@shared_task(acks_late=True)
def tell_followers() -> None:
    """Make the notifications of what happened; what is left after one run is taken up by the next."""
    if fanout.tell_due():
        valkey.ask(tell_followers.delay, lambda: None)


@shared_task(acks_late=True)
def prepare_digests() -> None:
    """Prepare the digests that are due; what is left after one run is taken up by the next."""
    some_are_left = prepare.prepare_due()
    valkey.ask(send_outbox.delay, lambda: None)
    if some_are_left:
        valkey.ask(prepare_digests.delay, lambda: None)


@shared_task(acks_late=True)
def empty_old_addresses() -> None:
    """Empty the addresses of mails sent 90 days ago."""
    outbox.empty_old_addresses(now=timezone.now())


@shared_task(acks_late=True)
def forget_old_notices() -> None:
    """Take out what members were told 90 days ago."""
    fanout.forget_old_notices(now=timezone.now())
