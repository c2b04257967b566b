"""Every write to bottlenecks and votes. Spec 02."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from activity.actions import create_subject, find_created, link_subjects, record, update_subject
from activity.following.actions import begin_follow, end_follow
from activity.locks import hold_member, lock_subject, lock_subjects
from activity.models import Subject
from community.hubs import tallies
from community.models import Hub, MemberTally
from community.topics.actions import find_or_create_topics
from issues import verbs
from issues.drafts.actions import throw_away_draft
from issues.follows import FILED, VOTED
from issues.replies.actions import ZONE, change_filing, keep_filing, mark_published, take_due
from issues.themes.actions import hold_theme
from issues.themes.models import Theme
from issues.ties import FILED_AT
from ui.errors import RuleBroken, StaleForm
from ui.search import folded
from ui.writing import hold

from .figures import COLUMNS, own_reach, recount
from .models import (
    EVIDENCE_LENGTH,
    HOURS_ERROR,
    MAX_HOURS,
    MIN_HOURS,
    MOST_TOPICS,
    TEXTS,
    Attribution,
    Bottleneck,
    BottleneckTally,
    BottleneckTopic,
    ToldManager,
    TouchedHub,
    Vote,
)
from .places import filing_place
from .sets import begins_again, keep_touched, lock_set
from .votes import as_one

if TYPE_CHECKING:
    from community.models import Topic, User
    from issues.registries import LifeStep
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
    tried: str = "",
    theme: Theme | None = None,
    hubs: Iterable[Hub] | None = None,
    topics: Iterable[str] = (),
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

    ``hubs`` are the hubs it touches; without a list the primary hub of ``by``. ``topics`` are labels, at most ten; what
    nobody named before is added to the vocabulary. ``at`` is where it came up: tied to
    that subject if ``by`` may still file there, and filed all the same if not. ``creation_key`` is the one-time key of
    the form: a second call with it returns what the first one made. So does one with the same title within minutes, for
    who goes back and files again has a new key. Raises RuleBroken for hours out of range, for
    too many topics, and for a key that somebody else used. Spec 02, Filing.
    """
    if attribution not in {Attribution.NAMED, Attribution.CONFIDENTIAL}:
        raise ValueError("what is filed with an author is named or confidential")
    _check_hours(hours)
    hold(f"filing:{by.pk}")
    if (again := _just_filed(by, title)) is not None:
        return again
    about = _topics_called(topics)
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
        tried=tried,
        theme=hold_theme(theme),
        language=language,
        author=by,
        attribution=attribution,
        told_manager=told_manager,
        told_on=told_on if told_manager in {ToldManager.YES, ToldManager.NO_REACTION} else None,
    )
    touch_hubs(bottleneck, touched)
    _tell_topics(bottleneck, about)
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
    tried: str = "",
    theme: Theme | None = None,
    hubs: Iterable[Hub] = (),
    topics: Iterable[str] = (),
    language: str = "nl",
    now: datetime | None = None,
) -> Bottleneck:
    """Put small things right within 30 minutes of filing; supporters have voted for the text as it stands after that.

    ``hubs`` and ``topics`` (labels, at most ten) are all it has from then on. ``version`` is the one the form was
    opened with. Raises StaleForm when somebody saved in between, RuleBroken after 30 minutes or once it is closed.
    Without a change nothing is written. Spec 02, Filing; 00, Two people at once.
    """
    about = _topics_called(topics)
    bottleneck, subject = lock_bottleneck(bottleneck, by)
    theme = hold_theme(theme)
    if subject.closed_at:
        raise RuleBroken(_("This bottleneck is closed, so its text stays as it is."))
    if subject.merged_into_id is not None:
        raise RuleBroken(_("This bottleneck was merged into another, so its text stays as it is."))
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
        "tried": tried,
        "theme_id": theme.pk if theme else None,
        "language": language,
    }
    touched = list(hubs)
    before = own_hubs(bottleneck)
    changed = [name for name, value in new.items() if getattr(bottleneck, name) != value]
    if {hub.pk for hub in touched} != before:
        changed.append("hubs")
    if {topic.pk for topic in about} != set(bottleneck.topics.values_list("pk", flat=True)):
        changed.append("topics")
    if not changed:
        return bottleneck
    for name, value in new.items():
        setattr(bottleneck, name, value)
    bottleneck.version += 1
    bottleneck.save(update_fields=[*new, "version"])
    touch_hubs(bottleneck, touched)
    _tell_topics(bottleneck, about)
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


@begins_again
def cast_vote(*, bottleneck: Bottleneck, by: User, hours: Decimal | None = None, evidence: str = "") -> VoteResult:
    """Count ``by``'s vote for their primary hub, with ``hours`` lost a month (0.5 to 80) and a line of ``evidence``.

    A vote for one that was merged is one for its main one. A repeated vote changes nothing, nor does one of who
    supports something that was merged into it. Raises RuleBroken once the bottleneck is closed and for hours out of
    range. Spec 02, Support and Merge.
    """
    _check_hours(hours)
    locked = lock_set(bottleneck, by)
    shown = locked.shown(bottleneck)
    if shown.subject.closed_at:
        raise RuleBroken(_("This bottleneck is closed, so voting has ended."))
    new = {
        "member": by,
        "hub": by.primary_hub,
        "hours": hours,
        "evidence": evidence.strip()[:EVIDENCE_LENGTH],
    }
    vote = _vote_in_set(shown, by) if shown.parts else None
    if vote is None:
        votes = Vote.objects.select_related("hub")
        vote, added = votes.get_or_create(bottleneck=shown, voter_key=by.voter_key, defaults=new)
    else:
        added = False
    if not added:
        return VoteResult(shown, vote, has_changed=False)
    record(shown.subject, verbs.VOTED, data={"hub": by.primary_hub_id})  # no actor: nobody's votes are tracked
    begin_follow(shown.subject, by, VOTED)
    was_generic = shown.generic_at is not None
    hub_votes = count_anew(locked.above(shown), hub=vote.hub_id)
    made_generic = shown.generic_at is not None and not was_generic
    return VoteResult(shown, vote, has_changed=True, hub_votes=hub_votes, made_generic=made_generic)


@begins_again
def take_back_vote(*, bottleneck: Bottleneck, by: User) -> VoteResult:
    """Remove ``by``'s vote with its estimate and evidence. Without a vote nothing changes.

    Who supports it takes that back for all that was merged into it: after an unmerge they support neither. "Generic"
    stays once reached. Raises RuleBroken once the bottleneck is closed. Spec 02, Support, Merge and Generic.
    """
    locked = lock_set(bottleneck, by)
    shown = locked.shown(bottleneck)
    if shown.subject.closed_at:
        raise RuleBroken(_("This bottleneck is closed, so voting has ended."))
    votes = list(_votes_in_set(shown, by))
    if not votes:
        return VoteResult(shown, None, has_changed=False)
    Vote.objects.filter(pk__in=[vote.pk for vote in votes]).delete()
    record(shown.subject, verbs.VOTE_TAKEN_BACK, data={"hub": votes[0].hub_id})
    for vote in votes:
        end_follow(vote.bottleneck.subject, by, VOTED)
    _count_parts_anew(shown, votes)
    count_anew(locked.above(shown))
    return VoteResult(shown, None, has_changed=True)


@begins_again
def update_estimate(*, bottleneck: Bottleneck, by: User, hours: Decimal | None, evidence: str = "") -> VoteResult:
    """Set the hours a month (0.5 to 80, or none) and the line of evidence that go with ``by``'s vote.

    Who has several votes in a set that was merged says so for all of them: the largest counts, and what one says last
    is meant. The same ones again change nothing. Raises RuleBroken without a vote, once the bottleneck is closed and
    for hours out of range. Spec 02, Support and Merge.
    """
    _check_hours(hours)
    locked = lock_set(bottleneck, by)
    shown = locked.shown(bottleneck)
    if shown.subject.closed_at:
        raise RuleBroken(_("This bottleneck is closed, so estimates stay as they are."))
    votes = list(_votes_in_set(shown, by))
    vote = as_one(votes)
    if vote is None:
        raise RuleBroken(_("Vote first: an estimate goes with your vote."))
    evidence = evidence.strip()[:EVIDENCE_LENGTH]
    if (vote.hours, vote.evidence) == (hours, evidence):
        return VoteResult(shown, vote, has_changed=False)
    if vote.hours != hours:
        record(shown.subject, verbs.HOURS_ESTIMATED)
    said: dict[str, Any] = {"hours": hours}
    if vote.evidence != evidence:
        said["evidence"] = evidence
    Vote.objects.filter(pk__in=[each.pk for each in votes]).update(**said)
    vote.hours, vote.evidence = hours, evidence
    _count_parts_anew(shown, votes)
    count_anew(locked.above(shown))
    return VoteResult(shown, vote, has_changed=True)


def _votes_in_set(shown: Bottleneck, by: User) -> QuerySet[Vote]:
    """The votes of ``by`` for the locked ``shown`` and for what was merged into it, the oldest first."""
    votes = Vote.objects.filter(bottleneck__any=shown.whole, voter_key=by.voter_key)
    merged = Q(bottleneck=shown) | Q(bottleneck__subject__merged_into=shown.subject)
    return votes.filter(merged).select_related("hub", "bottleneck__subject").defer(*_LONG).order_by("cast_at", "pk")


_LONG = ("bottleneck__search", "bottleneck__situation", "bottleneck__impact", "bottleneck__wish")


def _vote_in_set(shown: Bottleneck, by: User) -> Vote | None:
    return as_one(list(_votes_in_set(shown, by)))


def _count_parts_anew(shown: Bottleneck, votes: Iterable[Vote]) -> None:
    """Keep the figures of what was merged into ``shown`` where ``votes`` changed, up to ``shown`` itself."""
    changed = {vote.bottleneck_id for vote in votes} - {shown.pk}
    if changed:
        below = Bottleneck.objects.filter(pk__any=shown.parts).order_by("pk").only("parts")
        for part in below:
            if changed & set(part.whole):
                recount(part.pk, parts=part.parts)


def count_anew(rows: Iterable[Bottleneck], *, hub: int | None = None) -> int:
    """Keep the figures of these locked rows, which are one and all above it; how many votes of ``hub`` the first has.

    For whoever changes votes or links.
    """
    first, *above = rows
    hub_votes = _recount(first, first.subject, hub=hub)
    for row in above:
        _recount(row, row.subject)
    return hub_votes


@begins_again
def repair_figures(*, number: int) -> None:
    """Make the figures of bottleneck ``number`` equal to its votes, for ``manage.py recount --fix``."""
    locked = lock_set(Bottleneck.objects.only("subject", "main").get(pk=number))
    row = locked.rows[number]
    _recount(row, row.subject)


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
    tried: str = "",
    theme: Theme | None = None,
    hubs: Iterable[Hub] | None = None,
    topics: Iterable[str] = (),
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
        "tried": tried,
        "theme": theme.pk if theme else None,
        "hubs": sorted(hub.pk for hub in _large_enough(hub.pk for hub in touched)),
        "topics": list(topics)[:MOST_TOPICS],  # found, or added, with all else: a new one would tell the minute
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
    published, hubs_changed, due = 0, set[int](), take_due(now)
    labels = {label for filing in due for label in filing.content.get("topics", ())}
    find_or_create_topics(sorted(labels))  # names come before all else that is locked
    for filing in due:
        content = filing.content
        if not content:
            logger.error("What was filed anonymously on %s cannot be opened: its SECRET_KEY is gone", filing.day)
            continue
        touched = _large_enough(content["hubs"])
        at = datetime.combine(filing.day, time.min, ZONE)
        texts = {name: content.get(name, "") for name in (*TEXTS, "language")}
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
            theme=hold_theme(Theme.objects.filter(pk=content["theme"]).first()),
            attribution=Attribution.ANONYMOUS,
            noted_hours=Decimal(content["hours"]) if content["hours"] is not None else None,
            filed_at=at,
        )
        touch_hubs(bottleneck, touched)
        _tell_topics(bottleneck, find_or_create_topics(content.get("topics", ())))
        update_subject(subject, url=bottleneck.get_absolute_url())
        record(subject, verbs.BOTTLENECK_FILED_UNNAMED, at=at)
        mark_published(filing, subject)
        hubs_changed |= {hub.pk for hub in touched}
        published += 1
    tallies.keep(BottleneckTally, hubs_changed)
    return published


def published_as(filing: AnonymousFiling) -> Bottleneck:
    """What was filed anonymously became. Raises RuleBroken while it waits for the night."""
    found = Bottleneck.objects.defer("search").filter(subject=filing.subject_id).first()
    if found is None:
        raise RuleBroken(_("Members cannot read this yet."))
    return found


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
    touch_hubs(bottleneck, touched)
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
        touch_hubs(bottleneck, touched)
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


def mark_step(bottleneck: Bottleneck, step: LifeStep, at: datetime | None) -> None:
    """Keep with the locked row when ``step`` of its life-line was taken; None takes it off the line again.

    Who takes a next step for a generic bottleneck has done what the facilitators owe (spec 02, Generic).
    """
    life = {key: day for key, day in bottleneck.life.items() if key != step.key}
    if at is not None:
        life[step.key] = at.isoformat()
        if bottleneck.owes_step:
            bottleneck.stepped_at = at
    bottleneck.life = life
    bottleneck.save(update_fields=["life", "stepped_at"])


def _recount(bottleneck: Bottleneck, subject: Subject, *, hub: int | None = None) -> int:
    """Keep the figures with the locked row, and say so once when it has become generic. Spec 02, Generic.

    Returns how many of the votes are of ``hub``.
    """
    figures, hub_votes = recount(bottleneck.pk, hub, parts=bottleneck.parts)
    for name in COLUMNS:
        setattr(bottleneck, name, getattr(figures, name))
    if bottleneck.generic_at is None and _is_enough(figures.member_count, figures.hub_count):
        bottleneck.generic_at, bottleneck.generic_with = timezone.now(), bottleneck.parts
        bottleneck.save(update_fields=["generic_at", "generic_with"])
        record(
            subject,
            verbs.BECAME_GENERIC,
            system=True,
            data={"members": figures.member_count, "hubs": figures.hub_count},
        )
    elif bottleneck.generic_with and _is_enough(*own_reach(bottleneck.pk)):
        bottleneck.generic_with = []  # by now it would be so without the others
        bottleneck.save(update_fields=["generic_with"])
    return hub_votes


def _is_enough(members: int, hubs: int) -> bool:
    """Whether so many members of so many hubs make a bottleneck generic."""
    return hubs >= settings.GENERIC_MIN_HUBS and members >= settings.GENERIC_MIN_VOTES


def count_with(rows: Iterable[Bottleneck], added: Bottleneck) -> None:
    """Keep the figures of these locked rows, to which ``added`` points now.

    What is generic stays so, and makes all that it points to generic: since then, for a merge does not start the clock
    of who owes a next step anew. Spec 02, Generic.
    """
    for row in rows:
        _recount(row, row.subject)
        if row.generic_at is None and added.generic_at is not None:
            row.generic_at, row.generic_with = added.generic_at, added.whole
            row.save(update_fields=["generic_at", "generic_with"])
            data = {"members": row.member_count, "hubs": row.hub_count}
            record(row.subject, verbs.BECAME_GENERIC, system=True, data=data)


def count_without(rows: Iterable[Bottleneck], gone: Collection[int]) -> None:
    """Keep the figures of these locked rows, to which ``gone`` no longer point, and what they were only with those.

    What became generic with the help of ``gone`` stays so if what is left would do; else it ends. Spec 02, Generic.
    """
    for row in rows:
        helped = set(gone) & set(row.generic_with)
        _recount(row, row.subject)
        if not helped or not row.generic_with:
            continue
        if _is_enough(row.member_count, row.hub_count):
            row.generic_with = row.parts
            row.save(update_fields=["generic_with"])
            continue
        row.generic_at, row.generic_with = None, []
        row.save(update_fields=["generic_at", "generic_with"])
        record(row.subject, verbs.GENERIC_ENDED, system=True)


def own_hubs(bottleneck: Bottleneck) -> set[int]:
    """The hubs that it touches itself, whatever was merged into it."""
    return set(TouchedHub.objects.filter(bottleneck=bottleneck, is_from_filer=True).values_list("hub", flat=True))


def touch_hubs(bottleneck: Bottleneck, hubs: Iterable[Hub]) -> None:
    """Make ``hubs`` the hubs that this bottleneck touches itself; whoever calls counts them anew (``tallies.keep``)."""
    wanted = {hub.pk for hub in hubs}
    touched = TouchedHub.objects.filter(bottleneck=bottleneck)
    touched.filter(is_from_filer=True).exclude(hub__in=wanted).delete()
    if bottleneck.parts:
        touched.filter(is_from_filer=False, hub__in=wanted).update(is_from_filer=True)
    TouchedHub.objects.bulk_create(
        [TouchedHub(bottleneck=bottleneck, hub_id=pk) for pk in sorted(wanted)], ignore_conflicts=True
    )
    if bottleneck.parts:
        keep_touched(bottleneck)


def _topics_called(labels: Iterable[str]) -> list[Topic]:
    """The topics of these labels; unknown ones are added. First of all: others wait for nothing while they add some."""
    topics = find_or_create_topics(labels)
    if len(topics) > MOST_TOPICS:
        raise RuleBroken(_("A bottleneck has %(most)d topics at most.") % {"most": MOST_TOPICS})
    return topics


def _tell_topics(bottleneck: Bottleneck, topics: Iterable[Topic]) -> None:
    """Make ``topics`` what this bottleneck is about."""
    wanted = {topic.pk for topic in topics}
    BottleneckTopic.objects.filter(bottleneck=bottleneck).exclude(topic__in=wanted).delete()
    BottleneckTopic.objects.bulk_create(
        [BottleneckTopic(bottleneck=bottleneck, topic_id=pk) for pk in sorted(wanted)], ignore_conflicts=True
    )


def _check_hours(hours: Decimal | None) -> None:
    """Refuse hours out of range in words; the database would refuse them in a stack trace."""
    if hours is not None and not MIN_HOURS <= hours <= MAX_HOURS:
        raise RuleBroken(str(HOURS_ERROR))
