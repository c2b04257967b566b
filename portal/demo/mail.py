"""Mail of the demonstration that failed for good, so that facilitators see what that looks like."""

from __future__ import annotations

from datetime import timedelta

from activity.mailing import message_id_for
from activity.models import EmailState
from community.accounts.emails import account_email
from events.emails import placed
from events.models import Rsvp, Session
from portal.demo.story import Story


def load_failed_mail(story: Story) -> None:
    """Write one mail that can be sent again, to a member, and one that cannot, to an address of nobody."""
    session = Session.objects.filter(starts_at__gt=story.midnight, state=Session.State.PUBLISHED).earliest("starts_at")
    rsvp = Rsvp.objects.going().filter(session=session).select_related("session", "member").earliest("pk")
    assert rsvp.member is not None  # noqa: S101 - nobody of the story is erased
    confirmation = placed(rsvp)
    confirmation.address = rsvp.member.email
    password = account_email("account/email/unknown_account", "j.jansen@elders.example", {})
    password.language, password.dedupe_key, password.secret, password.goes_first = "nl", "account:demo", None, True
    failed = [
        (confirmation, timedelta(days=2), 1, "550 5.1.1 Recipient address rejected: mailbox unavailable"),
        (password, timedelta(days=5), 17, "450 4.2.2 j.jansen@elders.example: mailbox full"),
    ]
    for mail, ago, attempts, error in failed:
        mail.state, mail.attempts, mail.last_error = EmailState.FAILED, attempts, error
        mail.created_at = mail.first_tried_at = mail.not_before = story.at(story.today - ago, 9, 12)
        mail.message_id = message_id_for(mail.dedupe_key)
        mail.save(force_insert=True)
