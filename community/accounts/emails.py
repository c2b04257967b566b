"""Mails about accounts. allauth decides when; here is which, and what they carry. Spec 01, Accounts; 06, Outbox."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from activity.mailkinds import MailClass, MailContent, MailKind, mail_kinds
from activity.models import Email
from activity.sealing import seal
from community.people.models import User

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

# allauth's name of a mail → our kind. What allauth could send besides belongs to pages that this portal does not offer.
_KINDS = {
    "account/email/email_confirmation": "account_confirm",
    "account/email/email_confirmation_signup": "account_confirm",
    "account/email/account_already_exists": "account_exists",
    "account/email/unknown_account": "account_unknown",
    "account/email/password_reset_key": "account_password_link",
    "account/email/password_reset": "account_password_changed",
    "account/email/password_changed": "account_password_changed",
    "account/email/password_set": "account_password_changed",
}
#: The mails that whoever types an address has sent to it; the others tell of what its owner did.
ASKED_BY_ANYBODY = {prefix for prefix, kind in _KINDS.items() if kind != "account_password_changed"}


def account_email(template_prefix: str, address: str, context: dict[str, Any]) -> Email:
    """The outbox row for a mail that allauth wants sent to ``address``; links travel sealed, never in plain columns.

    Raises KeyError for a mail of a page that the portal does not offer.
    """
    member = User.objects.filter(email=address).first()
    links: dict[str, Any] = {
        name: context[name] for name in ("activate_url", "password_reset_url", "signup_url") if name in context
    }
    kind = _KINDS[template_prefix]
    if kind in {"account_exists", "account_password_changed"}:
        links["password_reset_url"] = f"{settings.BASE_URL}{reverse('account_reset_password')}"
    if "signup_url" in links:
        links["signup_url"] = f"{settings.BASE_URL}{reverse('account_signup')}"
    return Email(
        address=address,
        member=member,
        kind=kind,
        language=member.language if member else (translation.get_language() or settings.LANGUAGE_CODE)[:2],
        secret=seal(links),
        dedupe_key=f"account:{uuid.uuid4()}",
    )


def _sample(kind: str) -> Email | None:
    """A mail of ``kind`` to the member who came last, with a link that leads nowhere."""
    member = User.objects.filter(is_active=True, activated_at__isnull=False).order_by("pk").last()
    prefix = next(prefix for prefix, its_kind in _KINDS.items() if its_kind == kind)
    link = f"{settings.BASE_URL}/…/"
    links = dict.fromkeys(("activate_url", "password_reset_url", "signup_url"), link)
    return account_email(prefix, member.email, links) if member else None


def _opened(mails: Iterable[Email]) -> dict[int, MailContent]:
    return {mail.pk: MailContent(context=mail.opened()) for mail in mails}


def register() -> None:
    """Register the kinds of mail about accounts; called once, when the app is ready."""
    kinds: list[tuple[str, _StrOrPromise, _StrOrPromise]] = [
        (
            "account_confirm",
            _("Confirming your e-mail address"),
            _("You get this mail because somebody made an account with this address."),
        ),
        (
            "account_exists",
            _("An account exists already"),
            _("You get this mail because somebody tried to make an account with this address."),
        ),
        (
            "account_unknown",
            _("There is no account"),
            _("You get this mail because somebody asked for a new password with this address."),
        ),
        (
            "account_password_link",
            _("Choosing a new password"),
            _("You get this mail because somebody asked for a new password with this address."),
        ),
        (
            "account_password_changed",
            _("Your password has changed"),
            _("You get this mail because the password of your account has changed."),
        ),
    ]
    for key, label, reason in kinds:
        mail_kinds.register(
            MailKind(
                key=key,
                mail_class=MailClass.ACCOUNT,
                template=f"account/email/{key.removeprefix('account_')}",
                label=label,
                reason=reason,
                load_many=_opened,
                has_secret=True,
                sample=partial(_sample, key),
            )
        )
