"""Signing up, in and out: allauth's views, answering 422 to a form with errors. Spec 01, Accounts."""

from __future__ import annotations

from typing import Any

from allauth.account import views as allauth_views
from allauth.account.internal.flows.email_verification import verify_email_indirectly
from django.conf import settings
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.decorators import method_decorator
from django.views.decorators.debug import sensitive_post_parameters

from activity.links import FAILED_LINKS
from ui.addresses import shown_address
from ui.ratelimit import Limit, origin

from . import devices, limits
from .demo_accounts import DEMO_PASSWORD, demo_accounts

#: Where a session keeps the address that its visitor just proved to have, for the sign-in page to show once.
PROVED_ADDRESS = "account_proved_address"

_hides_passwords = method_decorator(sensitive_post_parameters("oldpassword", "password", "password1"), name="dispatch")


class _FormView:
    """A form with errors is answered with 422, so htmx and people see it for what it is."""

    def form_invalid(self, form: Form) -> HttpResponse:
        """Show the form again with what is wrong."""
        response: HttpResponse = super().form_invalid(form)  # type: ignore[misc]
        response.status_code = 422
        return response


class _ForAnyMailbox(_FormView):
    """A form that anybody can send for any mailbox, so often as ``limit`` allows."""

    limit: Limit

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Count it first: whether there is an account plays no part."""
        limits.require_form(self.limit, request, request.POST.get("email", ""))
        response: HttpResponseBase = super().post(request, *args, **kwargs)  # type: ignore[misc]
        return response


class _OfPassword(_FormView):
    """A form in which a member shows to know a password: not a place to guess it."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Count it first."""
        limits.PASSWORD_CHANGES.require(str(request.user.pk))
        response: HttpResponseBase = super().post(request, *args, **kwargs)  # type: ignore[misc]
        return response


class SignInView(_FormView, allauth_views.LoginView):  # type: ignore[misc] # allauth ships no types
    """Sign in with address and password; in demo mode also as one of four people with one click."""

    def get_initial(self) -> dict[str, Any]:
        """Fill in the address that a link from a mail has just proved; it stands in no address bar, and only once."""
        initial: dict[str, Any] = super().get_initial()
        proved = self.request.session.pop(PROVED_ADDRESS, "")
        return {**initial, "login": proved} if proved else initial

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the demo accounts, which exist in demo mode only."""
        context: dict[str, Any] = super().get_context_data(**kwargs)
        demo = {"demo_accounts": demo_accounts(), "demo_password": DEMO_PASSWORD} if settings.DEMO else {}
        return {**context, **demo}


class SignUpView(_ForAnyMailbox, allauth_views.SignupView):  # type: ignore[misc]
    """Make an account with an address of an allowed domain."""

    limit = limits.SIGN_UPS


class ConfirmEmailView(allauth_views.ConfirmEmailView):  # type: ignore[misc]
    """The link in the mail: GET shows a button, the one POST confirms. Spec 00, Links that act.

    In the browser in which that person signed up within the hour they are signed in as well, in a new session (allauth
    looks into the session, never at the link alone: a link can be forwarded). Anywhere else they come to the sign-in
    page with their address filled in.
    """

    def logout_other_user(self, confirmation: Any) -> None:
        """Sign nobody out for opening a link: mail scanners and wrong tabs open links too."""
        if self.request.method == "POST":
            super().logout_other_user(confirmation)

    def post(self, *args: Any, **kwargs: Any) -> HttpResponse:
        """Confirm; pressed a second time, the page says that the link was used."""
        try:
            response: HttpResponse = super().post(*args, **kwargs)
        except Http404:
            return redirect(self.request.path)
        return response

    def respond(self, success: bool) -> HttpResponse:
        """Lead on to the sign-in page, which then knows the address."""
        if success:
            self.request.session[PROVED_ADDRESS] = shown_address(self.object.email_address.email)
        response: HttpResponse = super().respond(success)
        return response


class PasswordForgottenView(_ForAnyMailbox, allauth_views.PasswordResetView):  # type: ignore[misc]
    """Ask for a link to choose a new password; the answer does not tell whether there is an account."""

    limit = limits.PASSWORDS_FORGOTTEN


@_hides_passwords
class NewPasswordView(_FormView, allauth_views.PasswordResetFromKeyView):  # type: ignore[misc]
    """The link in the mail: choose a new password. Who could open it has the address, so that counts as confirmed."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Count a link that does not work, like every link that acts."""
        response: HttpResponseBase = super().dispatch(request, *args, **kwargs)
        if not response.has_header("Location") and self.reset_user is None:
            FAILED_LINKS.require(origin(request))
        return response

    def form_valid(self, form: Form) -> HttpResponse:
        """Save the password, and with it confirm the address the link was sent to; what went wrong before is over."""
        response: HttpResponse = super().form_valid(form)
        email = self.reset_user.email
        verify_email_indirectly(self.request, self.reset_user, email)
        limits.SignIn.of(self.request, email).succeeded()
        devices.remember_device(self.request, response, limits.account_key(email))
        self.request.session[PROVED_ADDRESS] = shown_address(email)
        return response


class PasswordChangeView(_OfPassword, allauth_views.PasswordChangeView):  # type: ignore[misc]
    """Change the password while signed in."""


class PasswordSetView(_OfPassword, allauth_views.PasswordSetView):  # type: ignore[misc]
    """Choose a first password while signed in."""
