"""Links that act: a token in a mail or feed stands for one person, one object and one act. Spec 00, Links that act.

A token is ``<public id>.<HMAC-SHA256 of purpose, id and epoch>`` and derived each time it is shown: nothing in the
database gives a working link away, and raising the epoch makes every earlier token void.
"""

from __future__ import annotations

import base64
import binascii
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import TYPE_CHECKING, Concatenate

from django.conf import settings
from django.db.models import Q
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac

from ui.ratelimit import Limit, origin

from .models import ActingLink, LinkPurpose, Subject

if TYPE_CHECKING:
    from community.models import User

SALT = "doorbraak.activity.links"
#: Tokens that lead nowhere, from one address. One that works is never counted nor stopped: a whole organisation may
#: come from one address.
FAILED_LINKS = Limit("failed link", "120/minute")


@dataclass(frozen=True, slots=True)
class Act:
    """What a link does: for whom, and about what (a subject, a kind of mail, or neither)."""

    purpose: LinkPurpose | str
    member_id: int
    subject_id: int | None = None
    kind: str = ""


def token_for(
    *,
    purpose: LinkPurpose | str,
    member: User,
    subject: Subject | None = None,
    kind: str = "",
    expires_at: datetime | None = None,
) -> str:
    """Return the token of one act; a repeated call returns the same one until it is renewed or revoked.

    ``expires_at`` (default: never) replaces what an earlier call said. For many links at once: ``tokens_for``.
    """
    act = Act(purpose, member.pk, subject.pk if subject else None, kind)
    return tokens_for([act], expires_at=expires_at)[act]


def tokens_for(acts: Iterable[Act], *, expires_at: datetime | None = None) -> dict[Act, str]:
    """Return the tokens of many acts in at most three queries, making the links that are not there yet."""
    wanted = set(acts)
    found = _find(wanted)
    missing = wanted - found.keys()
    if missing:
        ActingLink.objects.bulk_create(
            [
                ActingLink(
                    purpose=act.purpose,
                    member_id=act.member_id,
                    subject_id=act.subject_id,
                    kind=act.kind,
                    expires_at=expires_at,
                )
                for act in sorted(missing, key=lambda act: (act.purpose, act.member_id, act.subject_id or 0, act.kind))
            ],
            ignore_conflicts=True,
        )
        found |= _find(missing)
    changed = [link for link in found.values() if link.expires_at != expires_at]
    if changed and expires_at is not None:
        ActingLink.objects.filter(pk__in=[link.pk for link in changed]).update(expires_at=expires_at)
    return {act: derive(link) for act, link in found.items()}


def _find(acts: Iterable[Act]) -> dict[Act, ActingLink]:
    acts = list(acts)
    if not acts:
        return {}
    rows = ActingLink.objects.filter(
        purpose__in={act.purpose for act in acts},
        member__in={act.member_id for act in acts},
        kind__in={act.kind for act in acts},
    )
    subjects = {act.subject_id for act in acts}
    rows = rows.filter(
        Q(subject__in=subjects - {None}) | Q(subject=None) if None in subjects else Q(subject__in=subjects)
    )
    links = {Act(row.purpose, row.member_id, row.subject_id, row.kind): row for row in rows}
    return {act: links[act] for act in acts if act in links}


def derive(link: ActingLink) -> str:
    """Return the token of ``link`` in its present epoch."""
    return f"{_b64(link.public_id.bytes)}.{_b64(_mac(link, settings.SECRET_KEY))}"


def resolve(token: str, purpose: LinkPurpose | str) -> ActingLink | None:
    """Return the link that ``token`` stands for, with its member and subject; None unless it may act now.

    It may not when it was changed, made for another purpose, renewed or revoked since, has expired, or when the member
    is no longer active. One query. The signature is compared in constant time.
    """
    public_id, _dot, signature = token.partition(".")
    try:
        raw = base64.urlsafe_b64decode(f"{public_id}==")
        pk = uuid.UUID(bytes=raw)
    except (binascii.Error, ValueError):
        return None
    rows = ActingLink.objects.select_related("member", "subject")
    link = rows.filter(public_id=pk, purpose=purpose, revoked_at=None, member__is_active=True).first()
    if link is None or _b64(raw) != public_id or not signature.isascii():
        return None
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    matches = [constant_time_compare(signature, _b64(_mac(link, secret))) for secret in secrets]
    if not any(matches) or (link.expires_at is not None and link.expires_at <= timezone.now()):
        return None
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
    """Guard a view whose URL carries a token: no referrer, not indexed, failures limited. No session is needed.

    The view raises Http404 for a token that does not work.
    """

    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        try:
            response = view(request, *args, **kwargs)
        except Http404:
            FAILED_LINKS.require(origin(request))
            raise
        response["Referrer-Policy"] = "no-referrer"
        response["X-Robots-Tag"] = "noindex, nofollow"
        response.setdefault("Cache-Control", "private, no-store")
        return response

    return guarded
