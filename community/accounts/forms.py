"""The forms of signing up and in, in our own words. What they check is allauth's."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from allauth.account import forms as allauth_forms
from allauth.account.internal.flows import signup as signup_flow
from django import forms
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from community.people.models import User
from ui.addresses import shown_domain
from ui.forms import AddressField, PlainTextMixin

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise


def _word(form: forms.Form, name: str, label: _StrOrPromise, hint: _StrOrPromise = "", **attrs: str) -> None:
    """Give a field of allauth our label and hint, and no placeholder: those vanish while one types."""
    field = form.fields[name]
    field.label = label
    field.help_text = hint
    field.widget.attrs.pop("placeholder", None)
    field.widget.attrs.update(attrs)


def _take_any_form(form: forms.Form, name: str) -> None:
    """Replace allauth's field for an address by ours, which gives the address in its one form."""
    theirs = form.fields[name]
    form.fields[name] = AddressField(required=theirs.required, widget=theirs.widget)


def _password_rule() -> _StrOrPromise:
    return _("At least 12 characters. A short sentence is easy to remember and hard to guess.")


class SignInForm(PlainTextMixin, allauth_forms.LoginForm):  # type: ignore[misc] # allauth ships no types
    """Address and password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _take_any_form(self, "login")
        _word(self, "login", _("Work e-mail address"), autocomplete="username", inputmode="email")
        forgotten = format_html('<a href="{}">{}</a>', reverse("account_reset_password"), _("Password forgotten"))
        _word(self, "password", _("Password"), forgotten)


class SignUpForm(allauth_forms.SignupForm):  # type: ignore[misc]
    """Name, address and password of a newcomer with an address of an allowed domain."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _take_any_form(self, "email")
        domains: Iterable[str] = settings.SIGNUP_ALLOWED_DOMAINS
        hint = _("An address that ends in {domains}.")
        listed = ", ".join(f"@{shown_domain(domain)}" for domain in domains)
        _word(self, "email", _("Work e-mail address"), str(hint).format(domains=listed) if listed else "")
        _word(self, "password1", _("Choose a password"), _password_rule())

    def try_save(self, request: HttpRequest) -> tuple[User | None, HttpResponse | None]:
        """Save the member, or send the holder of an existing account a mail; the page says the same in both cases.

        Of two sign-ups with one address at the same moment the database lets one through; the other is answered like
        any later one.
        """
        if self.account_already_exists:
            make_password(self.cleaned_data["password1"])  # takes as long as making an account, so time tells nothing
        try:
            with transaction.atomic():
                user, response = super().try_save(request)
        except IntegrityError:
            user, response = None, signup_flow.prevent_enumeration(request, email=self.cleaned_data["email"])
        return user, response


class PasswordForgottenForm(PlainTextMixin, allauth_forms.ResetPasswordForm):  # type: ignore[misc]
    """Where to send the link."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _take_any_form(self, "email")
        _word(self, "email", _("Work e-mail address"), autocomplete="username")


class NewPasswordForm(PlainTextMixin, allauth_forms.ResetPasswordKeyForm):  # type: ignore[misc]
    """A new password, once: the browser shows or remembers it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["password2"]
        _word(self, "password1", _("Choose a new password"), _password_rule())


class PasswordChangeForm(PlainTextMixin, allauth_forms.ChangePasswordForm):  # type: ignore[misc]
    """The password that holds now, and the new one."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["password2"]
        _word(self, "oldpassword", _("The password you have now"))
        _word(self, "password1", _("Choose a new password"), _password_rule())


class PasswordSetForm(PlainTextMixin, allauth_forms.SetPasswordForm):  # type: ignore[misc]
    """A first password for a member who has none."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["password2"]
        _word(self, "password1", _("Choose a password"), _password_rule())
