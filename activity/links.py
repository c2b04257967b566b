"""Links that act: a token in a mail or feed stands for one person, one object and one act. Spec 00, Links that act.

A token is ``<public id>.<HMAC-SHA256 of purpose, id and epoch>`` and derived each time it is shown: nothing in the
database gives a working link away, and raising the epoch makes every earlier token void.
"""

from __future__ import annotations

import base64
import binascii
import uuid
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import TYPE_CHECKING, Any, Concatenate

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone, translation
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext as _

from ui.errors import RuleBroken
from ui.ratelimit import Limit, origin
from ui.registry import Registry, Text

from .locks import hold_members
from .models import ActingLink, HolderKind, Subject

if TYPE_CHECKING:
    from community.models import User

SALT = "doorbraak.activity.links"
#: Tokens that lead nowhere, from one address. One that works is never counted nor stopped: a whole organisation may
#: come from one address.
FAILED_LINKS = Limit("failed link", "120/minute")


def until_renewed(_link: ActingLink) -> None:
    """For links that somebody subscribed to: they act until their holder has them renewed, or the account goes."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class LinkPurpose:
    """What links of one purpose do, who holds them, and until when they act.

    ``key`` is what the database keeps and what tokens are made of, at most 20 characters: never change it, or every
    address that somebody has stops working. ``does`` says what happens, as in "This link can: give a place back".
    ``ends_at`` is asked whenever a link is opened, so that a thing that moves takes its links along; None is until
    it is renewed or revoked. The app whose act it is registers it. Spec 00, Links that act.
    """

    key: str
    does: Text
    ends_at: Callable[[ActingLink], datetime | None] = until_renewed
    holders: Collection[str] = (HolderKind.MEMBER,)
    order: int = 100


link_purposes: Registry[LinkPurpose] = Registry("purposes of links that act")

FEED = link_purposes.register(
    LinkPurpose(key="feed", does=pgettext_lazy("purpose of a link", "read a feed as one member"))
)
UNSUBSCRIBE = link_purposes.register(
    LinkPurpose(key="unsubscribe", does=pgettext_lazy("purpose of a link", "stop one kind of mail"))
)


@dataclass(frozen=True, slots=True)
class Bearer:
    """Somebody without an account who holds a link: what they are, and the id that their app knows them by."""

    kind: HolderKind
    key: str


@dataclass(frozen=True, slots=True)
class Act:
    """What a link does: for whom, and about what (a subject, a kind of mail, or neither).

    Raises ValueError where links of this purpose are not for such a holder.
    """

    purpose: LinkPurpose
    holder: int | Bearer  # an int is a member's primary key
    subject_id: int | None = None
    kind: str = ""

    def __post_init__(self) -> None:
        if self.holder_columns["holder_kind"] not in self.purpose.holders:
            raise ValueError(f"{self.purpose.key!r} is no link for {self.holder!r}")

    @property
    def holder_columns(self) -> dict[str, Any]:
        """Who holds it, as a link keeps it."""
        if isinstance(self.holder, Bearer):
            return {"member_id": None, "holder_kind": str(self.holder.kind), "holder_key": self.holder.key}
        return {"member_id": self.holder, "holder_kind": HolderKind.MEMBER.value, "holder_key": ""}

    @property
    def columns(self) -> dict[str, Any]:
        """All that a link keeps of it."""
        about = {"purpose": self.purpose.key, "subject_id": self.subject_id, "kind": self.kind}
        return {**about, **self.holder_columns}


def token_for(*, purpose: LinkPurpose, member: User, subject: Subject | None = None, kind: str = "") -> str:
    """Return the token of one act; a repeated call returns the same one until it is renewed or revoked.

    Raises RuleBroken when the account is gone. For many links at once: ``tokens_for``.
    """
    act = Act(purpose, member.pk, subject.pk if subject else None, kind)
    token = tokens_for([act]).get(act)
    if token is None:
        raise RuleBroken(_("This account no longer exists."))
    return token


def token_for_bearer(*, purpose: LinkPurpose, bearer: Bearer, subject: Subject | None = None, kind: str = "") -> str:
    """Return the token of one act of somebody without an account. Their app makes sure that they are still there."""
    act = Act(purpose, bearer, subject.pk if subject else None, kind)
    return tokens_for([act])[act]


def tokens_for(acts: Iterable[Act]) -> dict[Act, str]:
    """Return the tokens of many acts in at most four queries, making the links that are not there yet.

    Acts of members who are gone are left out.
    """
    wanted = set(acts)
    found = _find(wanted)
    missing = wanted - found.keys()
    if missing:
        found |= _made(missing)
    return {act: derive(link) for act, link in found.items()}


@transaction.atomic
def _made(missing: Iterable[Act]) -> dict[Act, ActingLink]:
    """Make these links, for those who are not being erased at this moment."""
    here = hold_members({act.holder for act in missing if isinstance(act.holder, int)})
    acts = [act for act in missing if isinstance(act.holder, Bearer) or act.holder in here]
    # In one order, so that two transactions that make the same links wait for each other in turn.
    acts.sort(key=lambda act: str(sorted(act.columns.items())))
    ActingLink.objects.bulk_create([ActingLink(**act.columns) for act in acts], ignore_conflicts=True)
    return _find(acts)


def _find(acts: Iterable[Act]) -> dict[Act, ActingLink]:
    acts = list(acts)
    if not acts:
        return {}
    rows = ActingLink.objects.filter(
        _held_by([act.holder for act in acts]),
        purpose__in={act.purpose.key for act in acts},
        kind__in={act.kind for act in acts},
    )
    subjects = {act.subject_id for act in acts}
    rows = rows.filter(
        Q(subject__in=subjects - {None}) | Q(subject=None) if None in subjects else Q(subject__in=subjects)
    )
    links = {_act_of_link(row): row for row in rows}
    return {act: links[act] for act in acts if act in links}


def _held_by(holders: Iterable[int | Bearer]) -> Q:
    """Links of these members and of these others, and perhaps of some more."""
    holders = set(holders)
    bearers = {holder for holder in holders if isinstance(holder, Bearer)}
    members = Q(member__in=holders - bearers)
    if not bearers:
        return members
    keys, kinds = {bearer.key for bearer in bearers}, {bearer.kind for bearer in bearers}
    return members | Q(member=None, holder_kind__in=kinds, holder_key__in=keys)


def _act_of_link(link: ActingLink) -> Act:
    holder = link.member_id or Bearer(HolderKind(link.holder_kind), link.holder_key)
    return Act(link_purposes[link.purpose], holder, link.subject_id, link.kind)


def derive(link: ActingLink) -> str:
    """Return the token of ``link`` in its present epoch."""
    return f"{_b64(link.public_id.bytes)}.{_b64(_mac(link, settings.SECRET_KEY))}"


class LinkEnded(Http404):
    """A token that was good until what it is for was over; ``acts_by_link`` says so on a page of its own."""

    def __init__(self, link: ActingLink) -> None:
        super().__init__("this link has ended")
        self.link = link


def resolve(token: str, purpose: LinkPurpose) -> ActingLink | None:
    """Return the link that ``token`` stands for, with its member and subject; None unless it may act now.

    It may not when it was changed, made for another purpose, renewed or revoked since, when the member is no longer
    active, or when links of its purpose are no longer for such a holder. One query, and what its purpose asks. The
    signature is compared in constant time.

    Raises LinkEnded for one that was good and has expired (``link_uses``).
    """
    public_id, _dot, signature = token.partition(".")
    try:
        raw = base64.urlsafe_b64decode(f"{public_id}==")
        pk = uuid.UUID(bytes=raw)
    except (binascii.Error, ValueError):
        return None
    rows = ActingLink.objects.select_related("member", "subject")
    rows = rows.filter(Q(member__is_active=True) | Q(member=None), revoked_at=None)
    link = rows.filter(public_id=pk, purpose=purpose.key, holder_kind__in=purpose.holders).first()
    if link is None or _b64(raw) != public_id or not signature.isascii():
        return None
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    matches = [constant_time_compare(signature, _b64(_mac(link, secret))) for secret in secrets]
    if not any(matches):
        return None
    ends = [moment for moment in (link.expires_at, purpose.ends_at(link)) if moment is not None]
    if any(moment <= timezone.now() for moment in ends):
        raise LinkEnded(link)
    return link


def _mac(link: ActingLink, secret: str | bytes) -> bytes:
    message = f"{link.purpose}:{link.public_id.hex}:{link.epoch}"
    mac: bytes = salted_hmac(SALT, message, secret=secret, algorithm="sha256").digest()
    return mac


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def acts_by_link[**P](
    view: Callable[Concatenate[HttpRequest, P], HttpResponseBase],
) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
    """Guard a view whose URL carries a token: not indexed, failures limited. No session is needed.

    No page of the portal tells others where its readers come from (``SECURE_REFERRER_POLICY``).

    The view raises Http404 for a token that does not work; one that has ended answers 410, and is no failure.
    """

    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        try:
            response = view(request, *args, **kwargs)
        except LinkEnded as ended:
            member = ended.link.member
            with translation.override(member.language if member else get_language()):
                response = render(request, "activity/link_ended.html", status=410)
        except Http404:
            FAILED_LINKS.require(origin(request))
            raise
        response["X-Robots-Tag"] = "noindex, nofollow"
        response.setdefault("Cache-Control", "private, no-store")
        return response

    return guarded
