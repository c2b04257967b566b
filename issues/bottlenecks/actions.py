"""Every write to bottlenecks and votes. Spec 02."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from activity.actions import create_subject, find_created, link_subjects, record, update_subject
from activity.following.actions import begin_follow, end_follow
from activity.locks import hold_member, lock_subject, lock_subjects
from activity.models import Subject
from community.hubs import tallies
from community.models import Hub, MemberTally
from issues import verbs
from issues.drafts.actions import throw_away_draft
from issues.follows import FILED, VOTED
from issues.replies.actions import ZONE, change_filing, keep_filing, mark_published, take_due
from issues.themes.models import Theme
from issues.ties import FILED_AT
from ui.errors import RuleBroken, StaleForm
from ui.search import folded
from ui.writing import hold

from .figures import COLUMNS, recount
from .models import (
    EVIDENCE_LENGTH,
    HOURS_ERROR,
    MAX_HOURS,
    MIN_HOURS,
    Attribution,
    Bottleneck,
    BottleneckTally,
    ToldManager,
    TouchedHub,
    Vote,
)
from .places import filing_place

if TYPE_CHECKING:
    from community.models import User
    from issues.replies.models import AnonymousFiling

logger = logging.getLogger(__name__)

FILING = "bottleneck"  # the form whose drafts are kept
SHOWN_FROM = 5  # active members of a hub that an anonymous bottleneck says it touches
SAME_AGAIN = timedelta(minutes=10)  # who files the same title again meanwhile went back in the browser


@dataclass(frozen=True, slots=True)
class VoteResult:
    """What an act on a vote left: the locked row with its figures of that moment, and the member's vote, if any.

    Whoever answers shows these and reads nothing a second time. ``hub_votes`` is how many votes the hub of a vote that
    was just cast has here (0 without a hub); ``made_generic`` whether this vote was the last one that was missing.
    """

    bottleneck: Bottleneck
    vote: Vote | None
    has_changed: bool
    hub_votes: int = 0
    made_generic: bool = False


@transaction.atomic
def file_bottleneck(
    *,
    by: User,
    title: str,
    situation: str,
    impact: str = "",
    wish: str = "",
    theme: Theme | None = None,
    hubs: Iterable[Hub] | None = None,
    hours: Decimal | None = None,
    language: str = "nl",
    at: Subject | None = None,
    creation_key: uuid.UUID | None = None,
    attribution: str = Attribution.NAMED,
    told_manager: str = "",
    told_on: date | None = None,
) -> Bottleneck:
    """File a bottleneck by name or confidentially and cast the filer's vote with it, ``hours`` lost a month included.

    The ledger does not know who filed a confidential one. ``told_manager`` says whether the filer told a manager, and
    ``told_on`` when. A draft of it goes. What is anonymous goes through ``file_anonymously``: ValueError.

    ``hubs`` are the hubs it touches; without a list the primary hub of ``by``. ``at`` is where it came up: tied to
    that subject if ``by`` may still file there, and filed all the same if not. ``creation_key`` is the one-time key of
    the form: a second call with it returns what the first one made. So does one with the same title within minutes, for
    who goes back and files again has a new key. Raises RuleBroken for hours out of range, and for a key that somebody
    else used. Spec 02, Filing.
    """
    if attribution not in {Attribution.NAMED, Attribution.CONFIDENTIAL}:
        raise ValueError("what is filed with an author is named or confidential")
    _check_hours(hours)
    hold(f"filing:{by.pk}")
    if (again := _just_filed(by, title)) is not None:
        return again
    place = None
    if at is not None and lock_subjects([at.pk]):
        place = filing_place(at.pk, by)
    touched = list(hubs) if hubs is not None else [by.primary_hub] if by.primary_hub else []
    try:
        with transaction.atomic():
            subject = create_subject(
                Bottleneck.SUBJECT_KIND,
                title=title,
                language=language,
                hubs=[hub.subject for hub in touched],
                creation_key=creation_key,
                by=by,
            )
    except IntegrityError:
        first = find_created(Bottleneck.SUBJECT_KIND, creation_key, by)
        if first is None:
            raise
        return Bottleneck.objects.get(subject=first)
    bottleneck = Bottleneck.objects.create(
        subject=subject,
        title=title,
        situation=situation,
        impact=impact,
        wish=wish,
        theme=theme,
        language=language,
        author=by,
        attribution=attribution,
        told_manager=told_manager,
        told_on=told_on if told_manager in {ToldManager.YES, ToldManager.NO_REACTION} else None,
    )
    _touch(bottleneck, touched)
    update_subject(subject, url=bottleneck.get_absolute_url())
    if place is not None:
        link_subjects(subject, FILED_AT, place)
    if attribution == Attribution.NAMED:
        record(subject, verbs.BOTTLENECK_FILED, by=by, other=place)
    else:
        record(subject, verbs.BOTTLENECK_FILED_UNNAMED, other=place)
    begin_follow(subject, by, FILED)
    voted = cast_vote(bottleneck=bottleneck, by=by, hours=hours)
    tallies.keep(BottleneckTally, [hub.pk for hub in touched])
    throw_away_draft(by=by, form=FILING)
    return voted.bottleneck


def _just_filed(by: User, title: str) -> Bottleneck | None:
    """What ``by`` filed with this title a few minutes ago; whoever files holds the name of that."""
    since = timezone.now() - SAME_AGAIN
    recent = Bottleneck.objects.visible_to(by).open().filed_by(by).filter(filed_at__gt=since, sort_title=folded(title))
    return recent.select_related("subject").order_by("pk").first()


@transaction.atomic
def correct_bottleneck(
    *,
    bottleneck: Bottleneck,
    by: User,
    version: int,
    title: str,
    situation: str,
    impact: str = "",
    wish: str = "",
    theme: Theme | None = None,
    hubs: Iterable[Hub] = (),
    language: str = "nl",
    now: datetime | None = None,
) -> Bottleneck:
    """Put small things right within 30 minutes of filing; supporters have voted for the text as it stands after that.

    ``version`` is the one the form was opened with. Raises StaleForm when somebody saved in between, RuleBroken after
    30 minutes or once it is closed. Without a change nothing is written. Spec 02, Filing; 00, Two people at once.
    """
    bottleneck, subject = lock_bottleneck(bottleneck, by)
    if subject.closed_at:
        raise RuleBroken(_("This bottleneck is closed, so its text stays as it is."))
    if bottleneck.author_id != by.pk:
        raise RuleBroken(_("Only the one who filed this bottleneck can correct it."))
    if (now or timezone.now()) > bottleneck.correctable_until:
        raise RuleBroken(_("Corrections are possible for 30 minutes after filing. That time is over."))
    if bottleneck.version != version:
        raise StaleForm(_("Somebody else saved this in the meantime."))
    new = {
        "title": title,
        "situation": situation,
        "impact": impact,
        "wish": wish,
        "theme_id": theme.pk if theme else None,
        "language": language,
    }
    touched = list(hubs)
    before = set(bottleneck.hubs.values_list("pk", flat=True))
    changed = [name for name, value in new.items() if getattr(bottleneck, name) != value]
    if {hub.pk for hub in touched} != before:
        changed.append("hubs")
    if not changed:
        return bottleneck
    for name, value in new.items():
        setattr(bottleneck, name, value)
    bottleneck.version += 1
    bottleneck.save(update_fields=[*new, "version"])
    _touch(bottleneck, touched)
    update_subject(
        subject,
        title=title,
        language=language,
        url=bottleneck.get_absolute_url(),
        hubs=[hub.subject for hub in touched],
    )
    fields = {"fields": [name.removesuffix("_id") for name in changed]}
    if bottleneck.attribution == Attribution.CONFIDENTIAL:
        record(subject, verbs.BOTTLENECK_CORRECTED_UNNAMED, data=fields)
    else:
        record(subject, verbs.BOTTLENECK_CORRECTED, by=by, data=fields)
    if "hubs" in changed:
        tallies.keep(BottleneckTally, before ^ {hub.pk for hub in touched})
    return bottleneck


@transaction.atomic
def cast_vote(*, bottleneck: Bottleneck, by: User, hours: Decimal | None = None, evidence: str = "") -> VoteResult:
    """Count ``by``'s vote for their primary hub, with ``hours`` lost a month (0.5 to 80) and a line of ``evidence``.

    A repeated vote changes nothing. Raises RuleBroken once the bottleneck is closed and for hours out of range.
    Spec 02, Support.
    """
    _check_hours(hours)
    bottleneck, subject = lock_bottleneck(bottleneck, by)
    if subject.closed_at:
        raise RuleBroken(_("This bottleneck is closed, so voting has ended."))
    new = {
        "member": by,
        "hub": by.primary_hub,
        "hours": hours,
        "evidence": evidence.strip()[:EVIDENCE_LENGTH],
    }
    votes = Vote.objects.select_related("hub")
    vote, added = votes.get_or_create(bottleneck=bottleneck, voter_key=by.voter_key, defaults=new)
    if not added:
        return VoteResult(bottleneck, vote, has_changed=False)
    record(subject, verbs.VOTED, data={"hub": by.primary_hub_id})  # no actor: nobody's votes are tracked
    begin_follow(subject, by, VOTED)
    was_generic = bottleneck.generic_at is not None
    hub_votes = _recount(bottleneck, subject, hub=vote.hub_id)
    made_generic = bottleneck.generic_at is not None and not was_generic
    return VoteResult(bottleneck, vote, has_changed=True, hub_votes=hub_votes, made_generic=made_generic)


@transaction.atomic
def take_back_vote(*, bottleneck: Bottleneck, by: User) -> VoteResult:
    """Remove ``by``'s vote with its estimate and evidence. Without a vote nothing changes.

    "Generic" stays once reached. Raises RuleBroken once the bottleneck is closed. Spec 02, Support and Generic.
    """
    bottleneck, subject = lock_bottleneck(bottleneck, by)
    if subject.closed_at:
        raise RuleBroken(_("This bottleneck is closed, so voting has ended."))
    vote = Vote.objects.filter(bottleneck=bottleneck, voter_key=by.voter_key).first()
    if vote is not None:
        vote.delete()
        record(subject, verbs.VOTE_TAKEN_BACK, data={"hub": vote.hub_id})
        end_follow(subject, by, VOTED)
        _recount(bottleneck, subject)
    return VoteResult(bottleneck, None, has_changed=vote is not None)


@transaction.atomic
def update_estimate(*, bottleneck: Bottleneck, by: User, hours: Decimal | None, evidence: str = "") -> VoteResult:
    """Set the hours a month (0.5 to 80, or none) and the line of evidence that go with ``by``'s vote.

    The same ones again change nothing. Raises RuleBroken without a vote, once the bottleneck is closed and for hours
    out of range. Spec 02, Support.
    """
    _check_hours(hours)
    bottleneck, subject = lock_bottleneck(bottleneck, by)
    if subject.closed_at:
        raise RuleBroken(_("This bottleneck is closed, so estimates stay as they are."))
    vote = Vote.objects.select_related("hub").filter(bottleneck=bottleneck, voter_key=by.voter_key).first()
    if vote is None:
        raise RuleBroken(_("Vote first: an estimate goes with your vote."))
    evidence = evidence.strip()[:EVIDENCE_LENGTH]
    if (vote.hours, vote.evidence) == (hours, evidence):
        return VoteResult(bottleneck, vote, has_changed=False)
    if vote.hours != hours:
        record(subject, verbs.HOURS_ESTIMATED)
    vote.hours, vote.evidence = hours, evidence
    vote.save(update_fields=["hours", "evidence"])
    _recount(bottleneck, subject)
    return VoteResult(bottleneck, vote, has_changed=True)


@transaction.atomic
def repair_figures(*, number: int) -> None:
    """Make the figures of bottleneck ``number`` equal to its votes, for ``manage.py recount --fix``."""
    bottleneck, subject = lock_bottleneck(Bottleneck.objects.only("subject").get(pk=number))
    _recount(bottleneck, subject)


# --- Without a name --------------------------------------------------------------------------------------------------
@transaction.atomic
def file_anonymously(
    *,
    by: User,
    key: uuid.UUID,
    title: str,
    situation: str,
    impact: str = "",
    wish: str = "",
    theme: Theme | None = None,
    hubs: Iterable[Hub] | None = None,
    hours: Decimal | None = None,
    language: str = "nl",
    now: datetime | None = None,
) -> str:
    """File a bottleneck of which nobody, the database included, knows whose it is; returns its reply code.

    It is sealed and gets its number at night, together with all others of that day and in random order
    (``publish_anonymous``): a number or an entry of the ledger in between would tell the minute. It follows nothing and
    casts no vote; ``hours`` lost a month stay with it. A hub with fewer than five active members is left out. ``key``
    is the one-time key of the form: a second call with it returns the same code. Raises RuleBroken for hours out of
    range, after three on one day and for the same words again. Spec 02, Filing.
    """
    _check_hours(hours)
    touched = list(hubs) if hubs is not None else [by.primary_hub] if by.primary_hub else []
    content = {
        "title": title,
        "situation": situation,
        "impact": impact,
        "wish": wish,
        "theme": theme.pk if theme else None,
        "hubs": sorted(hub.pk for hub in _large_enough(hub.pk for hub in touched)),
        "hours": str(hours) if hours is not None else None,
        "language": language,
    }
    return keep_filing(content=content, key=key, by=by, now=now)


@transaction.atomic
def correct_anonymous(*, filing: AnonymousFiling, code: str, **texts: str) -> None:
    """Put the ``texts`` (columns of a bottleneck) of what waits under ``code`` right, until it is published."""
    change_filing(code=code, content={**filing.content, **texts})


@transaction.atomic
def publish_anonymous(*, now: datetime) -> int:
    """Give what was filed anonymously before today its number, all together and in random order; returns how many.

    Filed is the day at 00:00 (Europe/Amsterdam), in the ledger too. Of what was sealed with a key that is gone nothing
    can be read: it stays where it is. A second run finds nothing. Spec 02, Filing.
    """
    published, hubs_changed = 0, set[int]()
    for filing in take_due(now):
        content = filing.content
        if not content:
            logger.error("What was filed anonymously on %s cannot be opened: its SECRET_KEY is gone", filing.day)
            continue
        touched = _large_enough(content["hubs"])
        at = datetime.combine(filing.day, time.min, ZONE)
        texts = {name: content[name] for name in ("title", "situation", "impact", "wish", "language")}
        subject = create_subject(
            Bottleneck.SUBJECT_KIND,
            title=texts["title"],
            language=texts["language"],
            hubs=[hub.subject for hub in touched],
            at=at,
        )
        bottleneck = Bottleneck.objects.create(
            **texts,
            subject=subject,
            theme=Theme.objects.filter(pk=content["theme"]).first(),
            attribution=Attribution.ANONYMOUS,
            noted_hours=Decimal(content["hours"]) if content["hours"] is not None else None,
            filed_at=at,
        )
        _touch(bottleneck, touched)
        update_subject(subject, url=bottleneck.get_absolute_url())
        record(subject, verbs.BOTTLENECK_FILED_UNNAMED, at=at)
        mark_published(filing, subject)
        hubs_changed |= {hub.pk for hub in touched}
        published += 1
    tallies.keep(BottleneckTally, hubs_changed)
    return published


def _large_enough(hubs: Iterable[int]) -> list[Hub]:
    """Those of these hubs that are large enough to say nothing about one of their members."""
    large = MemberTally.objects.filter(number__gte=SHOWN_FROM).values("hub")
    return list(Hub.objects.filter(pk__in=set(hubs)).filter(pk__in=large).select_related("subject").order_by("pk"))


# --- Import ----------------------------------------------------------------------------------------------------------
@transaction.atomic
def add_imported(
    *, origin: str, number: int | None, hubs: Iterable[Hub], fields: Mapping[str, Any], snapshot: Mapping[str, Any]
) -> Bottleneck:
    """Add a bottleneck from a list: without an author and without votes, whatever stickers it had. Spec 01, Import.

    The numbers of its hubs are counted after the last row: ``finish_import``.
    ``fields`` are columns of the bottleneck, ``snapshot`` is what the file said, for the next import of it.
    """
    touched = list(hubs)
    language = fields.get("language", "nl")
    subject = create_subject(
        Bottleneck.SUBJECT_KIND, title=fields["title"], language=language, hubs=[hub.subject for hub in touched]
    )
    bottleneck = Bottleneck.objects.create(
        **{"language": language, **fields},
        subject=subject,
        attribution=Attribution.IMPORTED,
        origin=origin,
        origin_number=number,
        imported=dict(snapshot),
    )
    _touch(bottleneck, touched)
    update_subject(subject, url=bottleneck.get_absolute_url())
    record(subject, verbs.BOTTLENECK_LISTED, system=True)
    return bottleneck


@transaction.atomic
def update_imported(
    *, bottleneck: Bottleneck, hubs: Iterable[Hub] | None, fields: Mapping[str, Any], snapshot: Mapping[str, Any]
) -> None:
    """Take over what a list says anew: the columns in ``fields``, and all ``hubs`` unless that is None.

    The numbers of its hubs are counted after the last row: ``finish_import``.
    """
    bottleneck, subject = lock_bottleneck(bottleneck)
    for name, value in {**fields, "imported": dict(snapshot), "version": bottleneck.version + 1}.items():
        setattr(bottleneck, name, value)
    bottleneck.save(update_fields=[*fields, "imported", "version"])
    touched = list(hubs) if hubs is not None else None
    if touched is not None:
        _touch(bottleneck, touched)
    update_subject(
        subject,
        hubs=[hub.subject for hub in touched] if touched is not None else None,
        title=bottleneck.title,
        language=bottleneck.language,
        url=bottleneck.get_absolute_url(),
    )
    changed = [*fields, *(["hubs"] if touched is not None else [])]
    record(subject, verbs.BOTTLENECK_CORRECTED, system=True, data={"fields": changed})


@transaction.atomic
def finish_import() -> None:
    """Count what touches each hub, last of all: its rows would be in the way of who waits for what comes after them."""
    tallies.keep_all(BottleneckTally)


# --- Erasure ---------------------------------------------------------------------------------------------------------
def forget_voter(member: User) -> None:
    """Unlink the votes and words of a member whose account is erased; figures stay as they are. Spec 02, Support.

    What they filed stays under "former member": the key to the author is emptied with the account.
    """
    Vote.objects.filter(member=member).update(member=None, evidence="")


def bottlenecks_known_to(member: User) -> set[int]:
    """The subjects of the bottlenecks that ``member`` filed or votes for."""
    filed = Bottleneck.objects.filter(author=member).values_list("subject", flat=True)
    return {*filed, *Vote.objects.filter(member=member).values_list("bottleneck__subject", flat=True)}


def lock_bottleneck(bottleneck: Bottleneck, by: User | None = None) -> tuple[Bottleneck, Subject]:
    """The bottleneck and its subject as they are now, locked, and ``by`` held.

    Raises RuleBroken when the account of ``by`` is gone.
    """
    subject = lock_subject(bottleneck.subject_id)
    locked = Bottleneck.objects.select_for_update(no_key=True).defer("search").get(pk=bottleneck.pk)
    locked.subject = subject
    if by is not None:
        hold_member(by)
    return locked, subject


def _recount(bottleneck: Bottleneck, subject: Subject, *, hub: int | None = None) -> int:
    """Keep the figures with the locked row, and say so once when it has become generic. Spec 02, Generic.

    Returns how many of the votes are of ``hub``.
    """
    figures, hub_votes = recount(bottleneck.pk, hub)
    for name in COLUMNS:
        setattr(bottleneck, name, getattr(figures, name))
    is_generic = figures.hub_count >= settings.GENERIC_MIN_HUBS and figures.member_count >= settings.GENERIC_MIN_VOTES
    if is_generic and bottleneck.generic_at is None:
        bottleneck.generic_at = timezone.now()
        bottleneck.save(update_fields=["generic_at"])
        record(
            subject,
            verbs.BECAME_GENERIC,
            system=True,
            data={"members": figures.member_count, "hubs": figures.hub_count},
        )
    return hub_votes


def _touch(bottleneck: Bottleneck, hubs: Iterable[Hub]) -> None:
    """Make ``hubs`` the hubs that this bottleneck touches."""
    wanted = {hub.pk for hub in hubs}
    TouchedHub.objects.filter(bottleneck=bottleneck).exclude(hub__in=wanted).delete()
    TouchedHub.objects.bulk_create(
        [TouchedHub(bottleneck=bottleneck, hub_id=pk) for pk in sorted(wanted)], ignore_conflicts=True
    )


def _check_hours(hours: Decimal | None) -> None:
    """Refuse hours out of range in words; the database would refuse them in a stack trace."""
    if hours is not None and not MIN_HOURS <= hours <= MAX_HOURS:
        raise RuleBroken(str(HOURS_ERROR))
