"""allauth as this community uses it: who may sign up, how a member begins, mail by the outbox. Spec 01, Accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.forms import Form, ValidationError
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from community.joining.selectors import in_words
from ui.addresses import normal_address, shown_domain
from ui.ratelimit import client_address

from . import devices, limits

if TYPE_CHECKING:
    from community.people.models import User


def may_sign_up(email: str) -> bool:
    """Whether the domain of ``email``, in its normal form, is one whose people may make an account themselves."""
    return email.rpartition("@")[2] in settings.SIGNUP_ALLOWED_DOMAINS


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc] # allauth ships no types
    """What allauth asks us."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """With no allowed domain nobody can sign up by themselves, and the page says so."""
        return bool(settings.SIGNUP_ALLOWED_DOMAINS)

    def clean_email(self, email: str) -> str:
        """Refuse a sign-up from another domain, plainly; the same words whether or not there is an account.

        Whatever form or library asks: from here on the address has its normal form. Raises ValidationError.
        """
        email = normal_address(email)
        is_signing_up = self.request is not None and self.request.path == reverse("account_signup")
        if is_signing_up and not may_sign_up(email):
            ends = in_words([f"@{shown_domain(domain)}" for domain in settings.SIGNUP_ALLOWED_DOMAINS], _("or"))
            raise ValidationError(
                _("Use a work address that ends in %(ends)s, or ask a member for an invitation.") % {"ends": ends},
                code="domain",
            )
        return email

    def new_user(self, request: HttpRequest) -> User:
        """Return an empty member, not saved yet."""
        from community.people.models import User

        return User()

    def save_user(self, request: HttpRequest, user: User, form: Form, commit: bool = True) -> User:
        """Make the member: handle from the name, language of the page. Not active until the address is confirmed."""
        from . import actions

        data = form.cleaned_data
        return actions.sign_up_member(
            name=data["name"],
            email=data["email"],
            password=data["password1"],
            language=(translation.get_language() or settings.LANGUAGE_CODE)[:2],
        )

    def get_email_confirmation_url(self, request: HttpRequest, emailconfirmation: Any) -> str:
        """The address of the page that confirms, on the portal's own address whatever the request said."""
        path = reverse("account_confirm_email", args=[emailconfirmation.key])
        return f"{settings.BASE_URL}{path}"

    def get_reset_password_from_key_url(self, key: str) -> str:
        """The address of the page to choose a new password."""
        uid, _dash, token = key.partition("-")
        path = reverse("account_reset_password_from_key", kwargs={"uidb36": uid, "key": token})
        return f"{settings.BASE_URL}{path}"

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        """Check a password, within the limits. Raises TooOften."""
        attempt = limits.SignIn.of(request, credentials.get("email", ""))
        attempt.begin()
        user: User | None = super().authenticate(request, **credentials)
        if user is None:
            attempt.failed()
        else:
            attempt.succeeded()
        return user

    def post_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse:
        """Let the device be known from now on."""
        response: HttpResponse = super().post_login(request, user, **kwargs)
        devices.remember_device(request, response, limits.account_key(user.email))
        return response

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Put allauth's mail into the outbox as one of our kinds; nothing is sent here. Spec 00, E-mail."""
        from activity.actions import queue_emails

        from .emails import ASKED_BY_ANYBODY, account_email

        if template_prefix == "account/email/unknown_account" and not may_sign_up(email):
            return  # whoever types a stranger's address must not be able to make us write to them
        if template_prefix in ASKED_BY_ANYBODY and limits.MAILS.hit(limits.account_key(email)):
            return
        queue_emails([account_email(template_prefix, email, context)])

    def get_client_ip(self, request: HttpRequest) -> str:
        """The client as the portal's own rate limits see it, behind ``TRUSTED_PROXIES`` proxies."""
        return client_address(request) or "unknown"

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        """Back to the profile; the message there says that the password has changed."""
        return reverse("community:profile_edit")

    def get_user_search_fields(self) -> list[str]:
        """Which columns allauth's admin pages search."""
        return ["name", "email"]

    def add_message(
        self,
        request: HttpRequest,
        level: int,
        message_template: str | None = None,
        message_context: dict[str, Any] | None = None,
        extra_tags: str = "",
        message: str | None = None,
    ) -> None:
        """Show our own sentence for what happened, or none where the page already says it."""
        context = message_context or {}
        texts = {
            "account/messages/email_confirmed.txt": _("Your e-mail address is confirmed."),
            "account/messages/email_confirmation_failed.txt": _(
                "This address could not be confirmed: another account uses it."
            ),
            "account/messages/password_changed.txt": _("Your password has changed."),
            "account/messages/password_set.txt": _("Your password has been set."),
            "account/messages/logged_out.txt": _("You are signed out."),
        }
        text = message or texts.get(message_template or "", "")
        if text:
            super().add_message(request, level, message_context=context, extra_tags=extra_tags, message=text)
