"""The mail that asks whether a bottleneck is solved: answered in two clicks. Spec 02, Life."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _

from activity.announcements import Receivers, receivers
from activity.mailkinds import MailClass, MailContent, MailKind, mail_kinds
from activity.models import Activity, Announcement, Email
from issues.bottlenecks.models import Bottleneck, Vote
from issues.bottlenecks.rows import members_and_hubs
from ui.templatetags.ui import long_date

from .links import NOTICE
from .models import Ending, How, NoticeAnswer, Noticed

if TYPE_CHECKING:
    from community.models import User

ASKED = "solved_asked"

_day, _reach = lazy(long_date, str), lazy(members_and_hubs, str)


def ran_into(bottleneck: Bottleneck) -> QuerySet[User]:
    """Who voted for ``bottleneck`` or what points to it, or filed one of those: each with ``member``, their key."""
    voters = Vote.objects.filter(bottleneck__in=bottleneck.whole, member__isnull=False).values("member")
    filers = Bottleneck.objects.filter(pk__in=bottleneck.whole, author__isnull=False).values("author")
    members: QuerySet[User] = get_user_model().objects.filter(Q(pk__in=voters) | Q(pk__in=filers))
    return members.annotate(member=F("pk"))


def _asked_in(announcement: Announcement) -> QuerySet[Any]:
    ending = Ending.objects.select_related("bottleneck").get(pk=announcement.context["ending"])
    return ran_into(ending.bottleneck)


def _ended(announcement: Announcement) -> QuerySet[Any]:
    """Who ended the bottleneck that an entry is about, the last time."""
    endings = Ending.objects.filter(bottleneck__subject=announcement.entry.subject, by__isnull=False)
    return endings.order_by().filter(pk__in=endings.order_by("-pk").values("pk")[:1]).annotate(member=F("by"))


RAN_INTO_IT = receivers.register(Receivers(key="ran_into_it", rows=_asked_in))
WHO_ENDED_IT = receivers.register(Receivers(key="who_ended_it", rows=_ended))


def asked(ending: Ending, entry: Activity) -> Announcement:
    """Do you notice that it is solved: to those who voted for it, or filed it."""
    return Announcement(entry=entry, kind=ASKED, receivers=RAN_INTO_IT.key, context={"ending": ending.pk})


def load_many(mails: Sequence[Email]) -> dict[int, MailContent]:
    """What they show, in one statement; pointless once one has answered, or can no more."""
    keys = {mail.member.voter_key: mail.pk for mail in mails if mail.member}
    answers = NoticeAnswer.objects.filter(ending=OuterRef("pk"), voter_key__in=keys).order_by()
    rows = Ending.objects.asking().filter(asks_until__gt=timezone.now()).select_related("bottleneck__subject")
    rows = rows.defer("bottleneck__search").annotate(answered=ArraySubquery(answers.values("voter_key")))
    endings: Mapping[int, Any] = rows.in_bulk({mail.context["ending"] for mail in mails})
    return {
        mail.pk: _content(mail, endings[number])
        for mail in mails
        if (number := mail.context["ending"]) in endings
        and mail.member is not None
        and mail.member.voter_key not in endings[number].answered
    }


def _content(mail: Email, ending: Ending) -> MailContent:
    page = settings.BASE_URL + reverse("issues:notice_by_link", args=[mail.tokens.get(NOTICE.key, "")])
    bottleneck = ending.bottleneck
    return MailContent(
        context={
            "ending": ending,
            "bottleneck": bottleneck,
            "reach": _reach(bottleneck),
            "until": _day(ending.asks_until),
            "answers": [(Noticed(value).label, f"{page}?answer={value}") for value in Noticed.values],
            "bottleneck_url": settings.BASE_URL + bottleneck.subject.url,
        }
    )


def _sample() -> Email | None:
    """The mail about what was said to be solved last, or about a bottleneck with many votes as if it were."""
    ending = Ending.objects.standing().filter(how=How.SOLVED).order_by("-pk").first()
    now = timezone.now()
    if ending is None:
        bottleneck = Bottleneck.objects.filter(subject__is_shared=True, votes__member__isnull=False).first()
        if bottleneck is None:
            return None
        text = "Sinds vorige maand is er een gedeelde omgeving. Wie wil, kan erin."
        ending = Ending.objects.create(
            bottleneck=bottleneck, how=How.SOLVED, route=Bottleneck.Route.OURSELVES, text=text, ended_at=now
        )
    Ending.objects.filter(pk=ending.pk).update(
        asked_at=now, asks_until=now + timedelta(days=14), settled_at=None, result=None
    )
    member = ran_into(ending.bottleneck).filter(is_active=True).order_by("pk").first()
    if member is None:
        return None
    NoticeAnswer.objects.filter(ending=ending, voter_key=member.voter_key).delete()
    return Email(
        member=member,
        address=member.email,
        subject=ending.bottleneck.subject,
        kind=ASKED,
        context={"ending": ending.pk},
        dedupe_key=f"sample:{uuid.uuid4()}",
    )


def register() -> None:
    """Make the kind known to the outbox and to the settings of members; called once, when the app is ready."""
    mail_kinds.register(
        MailKind(
            key=ASKED,
            mail_class=MailClass.NEWS,
            template="issues/email/solved_asked",
            label=_("Question whether a bottleneck that you voted for is solved"),
            reason=_("You get this mail because you voted for this bottleneck, or filed it."),
            load_many=load_many,
            acts=(NOTICE,),
            sample=_sample,
        )
    )
