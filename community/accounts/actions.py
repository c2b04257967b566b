"""How members come and go: signing up, taking part, erasing an account. Spec 01, Accounts and Privacy."""

from __future__ import annotations

import json
from typing import Any

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.backends.cached_db import SessionStore
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from activity.actions import forget_member, record
from activity.consent.actions import forget_speaker, subjects_of_rounds_with
from activity.conversation.actions import subjects_spoken_about
from activity.locks import lock_account, lock_subjects
from activity.models import Subject
from activity.moderation.actions import forget_judged, subjects_judged_about
from community import verbs
from community.hubs import tallies
from community.hubs.models import Hub, Membership, MemberTally
from community.organisation.models import FacilitatorTerm
from community.people.actions import HANDLES, free_handle
from community.people.models import User
from community.registries import erasure_hooks
from community.sources import MEMBERS
from ui.addresses import shown_address
from ui.writing import hold


@transaction.atomic
def create_member(
    *, name: str, email: str, password: str | None = None, is_active_now: bool = True, **fields: Any
) -> User:
    """Make a member called ``name``; the handle comes from the name.

    ``is_active_now`` says that the member takes part from now on; without it they are known, but counted nowhere and
    sent nothing until ``activate_member`` (imported, or address not confirmed). ``fields`` are further columns.

    Raises IntegrityError when the address belongs to a member already, whatever its case.
    """
    hold(HANDLES)
    user: User = User.objects.create_user(email, password, name=name, handle=free_handle(name), **fields)
    if is_active_now:
        activate_member(member=user)
    return user


@transaction.atomic
def sign_up_member(*, name: str, email: str, password: str, language: str) -> User:
    """Make the account of somebody who signed up; it becomes active once the address is confirmed.

    Raises IntegrityError when the address belongs to a member already. Spec 01, Accounts.
    """
    return create_member(
        name=name, email=email, password=password, is_active_now=False, language=language, bio_language=language
    )


@transaction.atomic
def activate_member(*, member: User) -> bool:
    """Let ``member`` take part: the address is confirmed, or an imported member signs in for the first time.

    From now on figures count them and mail reaches them. A repeat changes nothing and returns False.
    """
    fresh = lock_account(member)
    if fresh.activated_at:
        member.activated_at = fresh.activated_at
        return False
    member.activated_at = timezone.now()
    User.objects.filter(pk=member.pk).update(activated_at=member.activated_at)
    record(Subject.objects.community(), verbs.MEMBER_JOINED_COMMUNITY, by=member)
    MEMBERS.changed()
    tallies.keep(MemberTally, fresh.memberships.current().values_list("hub", flat=True))
    return True


@transaction.atomic
def erase_member(*, member: User) -> None:
    """Erase ``member`` for good. Votes, figures, lists and the ledger stay right; what they wrote loses its author.

    Afterwards no table holds their name, address or words about themselves: not the account, its addresses and
    sessions, not the outbox, not the admin's log. The apps above do their part by ``erasure_hooks`` (future places go
    to the waitlist, votes keep nothing but hub and figures). A hub whose only representative goes lies with the
    facilitators from then on. A repeat changes nothing.
    """
    fresh = _locked(member)
    if fresh is None:
        return
    for hook in erasure_hooks:
        hook.run(fresh)
    _end_terms(fresh)
    _hand_over_hubs(fresh)
    forget_speaker(fresh)
    forget_judged(fresh)
    forget_member(fresh)
    _forget_in_upkeep(fresh)
    sessions = _sessions_of(fresh)
    hubs = list(fresh.memberships.current().values_list("hub", flat=True))
    fresh.delete()
    record(Subject.objects.community(), verbs.MEMBER_ERASED, system=True)
    MEMBERS.changed()
    tallies.keep(MemberTally, hubs)
    for key in sessions:
        SessionStore(key).delete()


class _MoreToLockError(Exception):
    """The member did something new while their account was waited for."""


def _locked(member: User) -> User | None:
    """Lock every subject whose rows name ``member``, then the member; None when the account is gone already.

    What they do in between adds a subject, which may not be locked after the member: then all is let go and locked
    anew. With the member's row locked nothing more can be added.
    """
    while True:
        try:
            with transaction.atomic():
                subjects = lock_subjects(_subjects_of(member))
                fresh: User | None = User.objects.select_for_update(of=("self",)).filter(pk=member.pk).first()
                if fresh is not None and not subjects.issuperset(_subjects_of(fresh)):
                    raise _MoreToLockError
                return fresh
        except _MoreToLockError:
            continue


def _subjects_of(member: User) -> set[int]:
    hubs = Hub.objects.filter(Q(pk__in=member.memberships.values("hub")) | _mentions(member))
    others = (hook.subjects(member) for hook in erasure_hooks)
    spoken = subjects_spoken_about(member) | subjects_of_rounds_with(member) | subjects_judged_about(member)
    return set(hubs.values_list("subject", flat=True)) | spoken.union(*others)


def _mentions(member: User) -> Q:
    """Hubs whose contact line names ``member``."""
    named = Q(contact__icontains=member.email) | Q(contact__icontains=member.name)
    return named | Q(contact__icontains=shown_address(member.email))


def _end_terms(member: User) -> None:
    """A facilitator's running term ends now; the row stays, without a name, so that every term stays public."""
    running = FacilitatorTerm.objects.filter(member=member, ended_at=None)
    if running.update(ended_at=timezone.now()):
        record(Subject.objects.community(), verbs.FACILITATOR_ENDED, system=True)


def _hand_over_hubs(member: User) -> None:
    """End what the member spoke for; the rows of the memberships go with the account."""
    running = Membership.objects.current().representatives().filter(member=member).select_related("hub__subject")
    for membership in running:
        record(membership.hub.subject, verbs.REPRESENTATIVE_ENDED, system=True)


def _forget_in_upkeep(member: User) -> None:
    """Empty what the admin's log and hubs' contact lines say of the member; allauth's rows go with the account."""
    about = Q(content_type=ContentType.objects.get_for_model(User), object_id=str(member.pk))
    named = Q(object_repr__icontains=member.email) | Q(change_message__icontains=member.email)
    named |= Q(object_repr__icontains=member.name) | Q(change_message__icontains=member.name)
    LogEntry.objects.filter(about | named).update(object_repr="–", change_message="")
    Hub.objects.filter(_mentions(member)).update(contact="")


def _sessions_of(member: User) -> list[str]:
    """The keys of every session that is or knows the member: signed in, half-way through signing up, or long over."""
    found = []
    for session in Session.objects.iterator(2_000):
        data = session.get_decoded()
        if data.get("_auth_user_id") == str(member.pk) or member.email in json.dumps(data, default=str).lower():
            found.append(session.session_key)
    return found
