"""Signing up, in and out: allauth's views, answering 422 to a form with errors. Spec 01, Accounts."""

from __future__ import annotations

from typing import Any

from allauth.account import views as allauth_views
from allauth.account.internal.flows.email_verification import verify_email_indirectly
from django.conf import settings
from django.forms import Form
from django.http import HttpResponse
from django.utils.decorators import method_decorator
from django.views.decorators.debug import sensitive_post_parameters

from community.demo_accounts import DEMO_PASSWORD, demo_accounts

_hides_passwords = method_decorator(sensitive_post_parameters("oldpassword", "password", "password1"), name="dispatch")


class _FormView:
    """A form with errors is answered with 422, so htmx and people see it for what it is."""

    def form_invalid(self, form: Form) -> HttpResponse:
        """Show the form again with what is wrong."""
        response: HttpResponse = super().form_invalid(form)  # type: ignore[misc]
        response.status_code = 422
        return response


class SignInView(_FormView, allauth_views.LoginView):  # type: ignore[misc] # allauth ships no types
    """Sign in with address and password; in demo mode also as one of four people with one click."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the demo accounts, which exist in demo mode only."""
        context: dict[str, Any] = super().get_context_data(**kwargs)
        demo = {"demo_accounts": demo_accounts(), "demo_password": DEMO_PASSWORD} if settings.DEMO else {}
        return {**context, **demo}


class SignUpView(_FormView, allauth_views.SignupView):  # type: ignore[misc]
    """Make an account with an address of an allowed domain."""


class ConfirmEmailView(allauth_views.ConfirmEmailView):  # type: ignore[misc]
    """The link in the mail: GET shows a button, the one POST confirms. Spec 00, Links that act."""

    def logout_other_user(self, confirmation: Any) -> None:
        """Sign nobody out for opening a link: mail scanners and wrong tabs open links too."""
        if self.request.method == "POST":
            super().logout_other_user(confirmation)


class PasswordForgottenView(_FormView, allauth_views.PasswordResetView):  # type: ignore[misc]
    """Ask for a link to choose a new password; the answer does not tell whether there is an account."""


@_hides_passwords
class NewPasswordView(_FormView, allauth_views.PasswordResetFromKeyView):  # type: ignore[misc]
    """The link in the mail: choose a new password. Who could open it has the address, so that counts as confirmed."""

    def form_valid(self, form: Form) -> HttpResponse:
        """Save the password, and with it confirm the address the link was sent to."""
        response: HttpResponse = super().form_valid(form)
        verify_email_indirectly(self.request, self.reset_user, self.reset_user.email)
        return response


class PasswordChangeView(_FormView, allauth_views.PasswordChangeView):  # type: ignore[misc]
    """Change the password while signed in."""


class PasswordSetView(_FormView, allauth_views.PasswordSetView):  # type: ignore[misc]
    """Choose a first password while signed in."""
