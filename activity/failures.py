"""Mails that failed for good, as facilitators see them: to whom, why, and whether it can be sent again. Spec 06."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from ui.addresses import shown_address
from ui.pagination import Count
from ui.shared import Readers, shared, source

from .mailkinds import mail_kinds
from .models import Email, EmailState
from .visibility import belonging

if TYPE_CHECKING:
    from community.models import User

#: How an error begins that no server answered.
CANNOT_BE_RENDERED = "cannot be rendered"
UNUSABLE_ADDRESS = "not a usable address or header"

#: Which mails failed: one does, or is sent again.
FAILED_MAIL = source("activity:failed_mail")
#: Home tells of what failed in this time.
NEWS_FOR = timedelta(days=30)
MOST_COUNTED = 99

_LOCAL_PART = re.compile(r"[^\s<>\"'(),;:@]+@")


@dataclass(frozen=True, slots=True)
class Failure:
    """A mail as the page shows it.

    ``member`` is to whom it goes, else ``domain`` is what may be told of the address ("" where it was removed).
    ``answer`` is what the server said, in its own words; ``why`` is said in ours, where no server was asked.
    ``why_not`` says why it cannot be sent again. ``is_on_its_way``: it was sent again meanwhile.
    """

    pk: int
    label: str
    member: User | None
    domain: str
    tried_at: datetime
    attempts: int
    why: str
    answer: str
    why_not: str
    is_on_its_way: bool = False


def why_not_again(mail: Email) -> str:
    """Why ``mail`` cannot be sent again, in the current language; "" where it can."""
    kind = mail_kinds.get(mail.kind)
    if kind is None:
        return _("Mails of this kind are no longer sent.")
    if not mail.address:
        return _("Its address and what it said have been removed, so it cannot be sent again.")
    if kind.has_secret and mail.secret is None:
        return _("It held a link for its reader alone, which has been removed. They can ask for a new one.")
    return ""


def shown(mail: Email) -> Failure:
    """Return what the page shows of ``mail``; one that was sent again meanwhile, too."""
    kind = mail_kinds.get(mail.kind)
    domain = shown_address(mail.address).rpartition("@")[2]
    why, answer = _told(mail)
    return Failure(
        pk=mail.pk,
        label=str(kind.label) if kind else _("A kind of mail that is no longer sent"),
        member=mail.member,
        domain=domain,
        tried_at=mail.first_tried_at or mail.created_at,
        attempts=mail.attempts,
        why=why,
        answer=answer,
        why_not=why_not_again(mail),
        is_on_its_way=mail.state != EmailState.FAILED,
    )


def _told(mail: Email) -> tuple[str, str]:
    """What is said of why it failed, and what the server answered, without the address: that is nobody else's."""
    error = mail.last_error
    if error.startswith(CANNOT_BE_RENDERED):
        return _("The portal could not write this mail. Whoever runs the portal finds more in its log."), ""
    if error.startswith(UNUSABLE_ADDRESS):
        return _("No mail can be sent to this address."), ""
    answer = _LOCAL_PART.sub("…@", error)
    local = mail.address.rpartition("@")[0]
    if local:
        answer = re.sub(rf"(?<!\w){re.escape(local)}(?!\w)", "…", answer, flags=re.IGNORECASE)
    return "", answer


def recent(request: HttpRequest) -> dict[str, Any] | None:
    """How many mails failed lately, for the home of a facilitator; None for others, and where there are none."""
    if not request.user.is_authenticated or not belonging.facilitates(request.user):
        return None
    number = number_failed.seen_by(request.user)
    return {"count": Count(min(number, MOST_COUNTED), number > MOST_COUNTED)} if number else None


@shared(of=[FAILED_MAIL], lasts=60, readers=Readers.MEMBERS)
def number_failed() -> int:
    """How many mails failed lately, counted until there are too many to count."""
    return Email.objects.failed_since(timezone.now() - NEWS_FOR)[: MOST_COUNTED + 1].count()
