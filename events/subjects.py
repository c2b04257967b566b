"""Sessions as subjects. Spec 00, One subject, one ledger."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from activity.kinds import Keeper, SubjectKind, subject_kinds
from community.models import User
from community.subjects import representatives_to_ask
from events.models import Session
from issues.registries import FilingPlace, filing_places
from ui.markdown import excerpt

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from activity.models import Subject


def _author(subjects: Sequence[Subject], reader: User | AnonymousUser) -> Mapping[int, str]:
    """Who hosts it, by name."""
    seen = User.objects.visible_to(reader)
    hosts = Session.hosts.through.objects.filter(session__subject__in=subjects, user__in=seen)
    names: dict[int, list[str]] = defaultdict(list)
    for pk, name in hosts.order_by("user__sort_name", "user").values_list("session__subject", "user__name"):
        names[pk].append(name)
    return {pk: ", ".join(found) for pk, found in names.items()}


def _excerpt(subjects: Sequence[Subject]) -> Mapping[int, str]:
    rows = Session.objects.filter(subject__in=subjects).order_by().values_list("subject", "description")
    return {pk: excerpt(description) for pk, description in rows if description}


def _keepers(subject: Subject, reader: User) -> Sequence[Keeper]:
    """Who hosts it, then who represents the hub whose session it is; each once."""
    session = Session.objects.select_related("hub").get(subject=subject)
    hosts = session.hosts.visible_to(reader).order_by("sort_name", "pk")
    found = [Keeper(member, pgettext_lazy("who runs a session", "host")) for member in hosts]
    known = {keeper.member for keeper in found}
    speaking = representatives_to_ask(session.hub, reader) if session.hub else []
    return found + [keeper for keeper in speaking if keeper.member not in known]


def _makers(subjects: Sequence[Subject]) -> Mapping[int, Collection[int]]:
    """Who hosts it."""
    hosts = Session.hosts.through.objects.filter(session__subject__in=subjects).order_by()
    found: dict[int, list[int]] = defaultdict(list)
    for pk, member in hosts.values_list("session__subject", "user"):
        found[pk].append(member)
    return found


def _takes_bottlenecks(subject: Subject) -> bool:
    return any(session.takes_bottlenecks for session in Session.objects.filter(subject=subject))


def _may_file_in_bulk(member: User, subject: Subject) -> bool:
    """Whoever organises a session writes down what came up there."""
    sessions = Session.objects.filter(subject=subject)
    return any(member.has_perm("events.organise_session", session) for session in sessions)


SESSION = subject_kinds.register(
    SubjectKind(
        key=Session.SUBJECT_KIND,
        word=pgettext_lazy("kind of subject", "session"),
        page="events:session_detail",
        feed_hint=_("Whether this session moves or is cancelled."),
        author=_author,
        excerpt=_excerpt,
        keepers=_keepers,
        makers=_makers,
        order=30,
    )
)
filing_places.register(FilingPlace(key=SESSION.key, is_open=_takes_bottlenecks, may_file_in_bulk=_may_file_in_bulk))
