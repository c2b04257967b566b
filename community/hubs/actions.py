"""Hubs: founding, changing, joining, leaving, and who speaks for them. Spec 01, Hubs."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext as _

from activity.actions import create_subject, find_created, record, update_subject
from activity.following.actions import begin_follow, end_follow
from activity.locks import hold_member, lock_account, lock_accounts, lock_subject
from activity.models import Activity
from community import verbs
from community.follows import JOINED
from community.names import first_free, slug_base
from community.organisation.models import FacilitatorTerm
from community.people.models import User
from community.registries import hub_hooks
from community.topics.models import Topic
from ui.errors import RuleBroken, StaleForm
from ui.writing import hold

from . import tallies
from .models import Hub, HubTopic, JoinPolicy, Membership, MembershipRole, MemberTally, OldSlug

#: The lock of whoever chooses a hub's name or address: present and old ones are two tables.
SLUGS = "community.slugs"

#: So long after founding a hub the same form, sent anew, leads to it.
JUST_NOW = timedelta(minutes=15)

HUB_FIELDS = frozenset(
    {
        "name",
        "slug",
        "tagline",
        "about",
        "language",
        "unit",
        "city",
        "state",
        "join_policy",
        "founded_on",
        "contact",
    }
)


def _locked(hub: Hub, by: User | None = None) -> Hub:
    """The hub as it is now, locked until the transaction ends, and ``by`` held.

    Raises RuleBroken when the account of ``by`` is gone.
    """
    subject = lock_subject(hub.subject_id)
    fresh = Hub.objects.select_for_update(of=("self",), no_key=True).get(pk=hub.pk)
    fresh.subject = subject
    if by is not None:
        hold_member(by)
    return fresh


def free_slug(name: str) -> str:
    """Return an address made from ``name`` that no hub has or had; the unique constraint has the last word."""
    return first_free(slug_base(name), _taken_slugs)


def _taken_slugs(among: list[str]) -> set[str]:
    """Which of these addresses, in lower case, a hub has or had."""
    key = Lower("slug")
    return {
        *Hub.objects.annotate(key=key).filter(key__in=among).values_list("key", flat=True),
        *OldSlug.objects.annotate(key=key).filter(key__in=among).values_list("key", flat=True),
    }


@transaction.atomic
def found_hub(
    *,
    name: str,
    by: User | None = None,
    representative: User | None = None,
    topics: Iterable[Topic] = (),
    creation_key: uuid.UUID | None = None,
    imported: Mapping[str, Any] | None = None,
    **fields: Any,
) -> Hub:
    """Make a hub called ``name``; its address comes from the name. ``by`` None: the portal itself (an import).

    ``representative`` becomes its member and speaks for it. ``fields`` are columns of ``HUB_FIELDS``, ``imported`` is
    what a list said, for its next import. A repeat of ``by`` with the same ``creation_key`` gives the hub made first,
    and so does a form of theirs (one with a key) that founds a hub of that name again within ``JUST_NOW``: whoever goes
    back in the browser sends what they typed with another key.

    Raises RuleBroken when there is a hub of that name otherwise.
    """
    hold(SLUGS)
    if by is not None:
        hold_member(by)
    earlier = find_created(Hub.SUBJECT_KIND, creation_key, by)
    if earlier is not None:
        return Hub.objects.get(subject=earlier)
    alike = Hub.objects.alike(name)
    if by is not None and creation_key is not None and (just_made := alike.filter(_founded_just_now(by)).first()):
        return just_made
    if alike.exists():
        raise RuleBroken(_("There is a hub of that name already."), field="name")
    language = fields.get("language", "nl")
    subject = create_subject(Hub.SUBJECT_KIND, title=name, language=language, creation_key=creation_key, by=by)
    slug = fields.pop("slug", None) or free_slug(name)
    hub = Hub.objects.create(subject=subject, name=name, slug=slug, imported=dict(imported or {}), **fields)
    update_subject(subject, url=hub.get_absolute_url(), hubs=[subject])
    set_hub_topics(hub, topics)
    record(subject, verbs.HUB_FOUNDED, by=by, system=by is None)
    if representative is not None:
        _make_representative(hub, representative, by or representative)
    return hub


def _founded_just_now(by: User) -> Exists:
    """Whether ``by`` founded a hub a moment ago, as the ledger has it."""
    since = timezone.now() - JUST_NOW
    entries = Activity.objects.filter(verb=verbs.HUB_FOUNDED.key, actor=by, at__gte=since)
    return Exists(entries.filter(subject=OuterRef("subject")))


@transaction.atomic
def update_hub(
    *,
    hub: Hub,
    by: User | None,
    version: int,
    fields: Mapping[str, Any],
    topics: Iterable[Topic] | None = None,
    imported: Mapping[str, Any] | None = None,
) -> Hub:
    """Change what a hub's page says. ``fields`` are columns of ``HUB_FIELDS``; ``topics`` are all of its topics.

    ``imported`` is what a list said, for its next import.

    A new address keeps the old one: it redirects, and no other hub can take it.

    Raises StaleForm when the hub was saved since ``version``, RuleBroken for a name or address that is taken.
    """
    unknown = set(fields) - HUB_FIELDS
    if unknown:
        raise ValueError(f"not part of a hub's page: {sorted(unknown)}")
    hold(SLUGS)
    fresh = _locked(hub, by)
    if fresh.version != version:
        raise StaleForm(_("Somebody else saved this hub in the meantime."))
    if "name" in fields and Hub.objects.alike(fields["name"]).exclude(pk=fresh.pk).exists():
        raise RuleBroken(_("There is a hub of that name already."), field="name")
    slug = fields.get("slug", fresh.slug)
    if slug != fresh.slug:
        _change_slug(fresh, slug)
    columns = dict(fields) if imported is None else {**fields, "imported": dict(imported)}
    for name, value in columns.items():
        setattr(fresh, name, value)
    fresh.version += 1
    fresh.save(update_fields=[*columns, "version"])
    if topics is not None:
        set_hub_topics(fresh, topics)
    closed_at = (fresh.subject.closed_at or timezone.now()) if fresh.state == Hub.State.CLOSED else None
    update_subject(
        fresh.subject,
        title=fresh.name,
        language=fresh.language,
        url=fresh.get_absolute_url(),
        closed_at=closed_at,
    )
    record(fresh.subject, verbs.HUB_CHANGED, by=by, system=by is None)
    _has_changed(fresh, by)
    return fresh


def _has_changed(hub: Hub, by: User | None) -> None:
    """Let follow what other parts of the portal do when a hub, or who speaks for it, has changed."""
    for hook in hub_hooks:
        hook.changed(hub, by)


def set_hub_topics(hub: Hub, topics: Iterable[Topic]) -> None:
    """Make ``topics`` all topics of ``hub``."""
    wanted = {topic.pk for topic in topics}
    HubTopic.objects.filter(hub=hub).exclude(topic__in=wanted).delete()
    HubTopic.objects.bulk_create([HubTopic(hub=hub, topic_id=pk) for pk in wanted], ignore_conflicts=True)


@transaction.atomic
def join_hub(*, hub: Hub, by: User) -> bool:
    """Make ``by`` a member of an open hub; the first hub joined becomes the primary one.

    A repeat changes nothing and returns False.

    Raises RuleBroken for a closed hub, and for one that is joined on request or by invitation. Spec 01, Hubs.
    """
    fresh = _locked(hub, by)
    if Membership.objects.current().filter(hub=fresh, member=by).exists():
        return False
    if fresh.state == Hub.State.CLOSED:
        raise RuleBroken(_("This hub is closed."))
    if fresh.join_policy == JoinPolicy.REQUEST:
        raise RuleBroken(_("This hub is joined on request: ask one of its representatives."))
    if fresh.join_policy == JoinPolicy.INVITATION:
        raise RuleBroken(_("This hub is joined by invitation: ask one of its representatives."))
    return _join(fresh, by, None)[1]


@transaction.atomic
def admit_member(*, hub: Hub, member: User, by: User) -> bool:
    """Make ``member`` one of ``hub`` because somebody who may (``by``) says so, whatever the hub's way of joining.

    For hubs on request or by invitation, once the member asked. A repeat changes nothing and returns False.

    Raises RuleBroken for a closed hub, and for somebody who does not take part. Who may admit is for the caller to ask.
    """
    fresh = _locked(hub, by)
    if Membership.objects.current().filter(hub=fresh, member=member).exists():
        return False
    if fresh.state == Hub.State.CLOSED:
        raise RuleBroken(_("This hub is closed."))
    if not (member.is_active and member.activated_at):
        raise RuleBroken(_("{name} has no active account.").format(name=member.name))
    return _join(fresh, member, by)[1]


def _join(hub: Hub, member: User, by: User | None) -> tuple[Membership, bool]:
    """The membership and whether it is new, with the primary hub if there was none; ``hub`` is locked or new.

    ``by`` lets them in; None: they join by themselves.
    """
    locked = lock_account(member)
    # An import writes memberships with the member locked only.
    membership, is_new = Membership.objects.get_or_create(hub=hub, member=locked, ended_at=None)
    if is_new:
        if locked.primary_hub_id is None:
            User.objects.filter(pk=locked.pk).update(primary_hub=hub)
            member.primary_hub = hub
        record(hub.subject, verbs.HUB_JOINED, by=locked)
        begin_follow(hub.subject, locked, JOINED)
        for hook in hub_hooks:
            hook.joined(hub, locked, by)
        tallies.keep(MemberTally, [hub.pk])
    return membership, is_new


@transaction.atomic
def leave_hub(*, hub: Hub, by: User, successor: User | None = None, hand_to_facilitators: bool = False) -> bool:
    """End ``by``'s membership; it stays as history. A repeat changes nothing and returns False.

    The last representative names a ``successor`` (who becomes one) or hands the hub to the facilitators. Leaving the
    primary hub makes the longest other membership the primary one, else there is none. Past votes keep their hub.

    Raises RuleBroken for a last representative who does neither. Spec 01, Hubs.
    """
    fresh = _locked(hub, by)
    lock_accounts(by, *([successor] if successor else []))
    membership = Membership.objects.current().filter(hub=fresh, member=by).first()
    if membership is None:
        return False
    if membership.role == MembershipRole.REPRESENTATIVE and not _others_represent(fresh, by):
        _settle_succession(fresh, by, successor, hand_to_facilitators=hand_to_facilitators)
    _end(fresh, membership, by)
    return True


def _settle_succession(hub: Hub, by: User, successor: User | None, *, hand_to_facilitators: bool) -> None:
    """See that somebody looks after ``hub`` once its last representative ``by`` is gone."""
    if successor is not None:
        if successor.pk == by.pk:
            raise RuleBroken(_("Name somebody else: you are leaving."))
        _make_representative(hub, successor, by)
    elif hand_to_facilitators:
        if not FacilitatorTerm.objects.filter(ended_at=None, member__is_active=True).exists():
            raise RuleBroken(_("There is no facilitator to hand this hub to. Name another representative first."))
    else:
        raise RuleBroken(
            _("You are the only representative of this hub. Name another one first, or hand the hub to a facilitator.")
        )


def _others_represent(hub: Hub, member: User) -> bool:
    """Whether somebody besides ``member`` speaks for ``hub``; judged with the hub locked."""
    others = Membership.objects.current().representatives().filter(hub=hub, member__is_active=True)
    return others.exclude(member=member).exists()


def _end(hub: Hub, membership: Membership, member: User) -> None:
    """End a membership and choose the next primary hub if this was it; ``hub`` is locked."""
    locked = lock_account(member)
    membership.ended_at = timezone.now()
    membership.save(update_fields=["ended_at"])
    if locked.primary_hub_id == hub.pk:
        longest = (
            Membership.objects.current()
            .filter(member=locked)
            .select_related("hub")
            .order_by("started_at", "pk")
            .first()
        )
        member.primary_hub = longest.hub if longest else None
        User.objects.filter(pk=locked.pk).update(primary_hub=member.primary_hub)
    if membership.role == MembershipRole.REPRESENTATIVE:
        record(hub.subject, verbs.REPRESENTATIVE_ENDED, by=locked)
    record(hub.subject, verbs.HUB_LEFT, by=locked)
    end_follow(hub.subject, locked, JOINED)
    if membership.role == MembershipRole.REPRESENTATIVE:
        _has_changed(hub, locked)
    tallies.keep(MemberTally, [hub.pk])


@transaction.atomic
def set_primary_hub(*, hub: Hub, by: User) -> bool:
    """Make ``hub`` the one ``by``'s coming votes count for; past votes keep theirs. A repeat returns False.

    Raises RuleBroken when ``by`` does not belong to it.
    """
    locked = lock_account(by)
    if not Membership.objects.current().filter(hub=hub, member=locked).exists():
        raise RuleBroken(_("Only a hub that you belong to can be your primary hub."))
    if locked.primary_hub_id == hub.pk:
        return False
    User.objects.filter(pk=by.pk).update(primary_hub=hub)
    by.primary_hub = hub
    return True


@transaction.atomic
def name_representative(*, hub: Hub, member: User, by: User) -> bool:
    """Let ``member`` speak for ``hub``; they become its member if they were not. A repeat returns False.

    Raises RuleBroken for somebody who does not take part. Who may name is for the caller to ask.
    """
    return _make_representative(_locked(hub, by), member, by)


def _make_representative(hub: Hub, member: User, by: User) -> bool:
    if not member.is_active:
        raise RuleBroken(_("{name} has no active account.").format(name=member.name))
    membership = Membership.objects.current().filter(hub=hub, member=member).first() or _join(hub, member, by)[0]
    if membership.role == MembershipRole.REPRESENTATIVE:
        return False
    membership.role = MembershipRole.REPRESENTATIVE
    membership.save(update_fields=["role"])
    record(hub.subject, verbs.REPRESENTATIVE_NAMED, by=by, data={"member": member.pk})
    _has_changed(hub, by)
    return True


@transaction.atomic
def end_representative(
    *, hub: Hub, member: User, by: User, successor: User | None = None, hand_to_facilitators: bool = False
) -> bool:
    """Let ``member`` be an ordinary member of ``hub`` again. A repeat changes nothing and returns False.

    The last one names a ``successor`` (who becomes one) or hands the hub to the facilitators.

    Raises RuleBroken for a last representative of whom neither is said. Spec 01, Hubs.
    """
    fresh = _locked(hub, by)
    lock_accounts(member, *([successor] if successor else []))
    membership = Membership.objects.current().representatives().filter(hub=fresh, member=member).first()
    if membership is None:
        return False
    if not _others_represent(fresh, member):
        if successor is None and not hand_to_facilitators:
            raise RuleBroken(
                _("{name} is the only representative of this hub. Name another one first.").format(name=member.name)
            )
        _settle_succession(fresh, member, successor, hand_to_facilitators=hand_to_facilitators)
    membership.role = MembershipRole.MEMBER
    membership.save(update_fields=["role"])
    record(fresh.subject, verbs.REPRESENTATIVE_ENDED, by=by, data={"member": member.pk})
    _has_changed(fresh, by)
    return True


def _change_slug(hub: Hub, slug: str) -> None:
    """Give ``hub`` another address and keep the old one; one it had before comes back to it."""
    refusal = RuleBroken(_("This address is taken. Choose another one."), field="slug")
    if OldSlug.objects.filter(slug__iexact=slug).exclude(hub=hub).exists():
        raise refusal
    if Hub.objects.filter(slug__iexact=slug).exclude(pk=hub.pk).exists():
        raise refusal
    OldSlug.objects.filter(hub=hub, slug__iexact=slug).delete()
    if slug.lower() != hub.slug.lower():
        try:
            with transaction.atomic():
                OldSlug.objects.create(hub=hub, slug=hub.slug)
        except IntegrityError as error:
            raise refusal from error
