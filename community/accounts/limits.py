"""How often one may try to get in, sign up or have account mail sent. Spec 01, Accounts; 00, Security.

Nobody is kept out by what others do from elsewhere, and nobody learns here whether an address has an account: what is
counted is the address that was typed.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from ui.addresses import normal_address
from ui.ratelimit import Limit, TooOften, origin

from . import devices

#: Wrong passwords for one account from one address or known device.
FAILURES = Limit("sign-in", "5/5 minutes")
#: Wrong passwords for one account from anywhere. Beyond it an address of which one was wrong waits; any other gets in.
FAILURES_OF_ACCOUNT = Limit("sign-in, one account", "100/hour")
#: Wrong passwords from one address, for any account; a known device is not stopped by it.
FAILURES_OF_ORIGIN = Limit("sign-in, one address", "300/5 minutes")
#: Forms for one mailbox from one address.
SIGN_UPS = Limit("sign-up", "10/5 minutes")
PASSWORDS_FORGOTTEN = Limit("password forgotten", "5/5 minutes")
#: Each of these two forms from one address, for any mailbox: an auditorium that signs up at once stays far below it.
FORMS_OF_ORIGIN = Limit("account form, one address", "1000/hour")
#: Passwords that one member changes, or fails to.
PASSWORD_CHANGES = Limit("password change", "10/5 minutes")
#: Mails that anybody can have sent to one mailbox. Those beyond it are not sent, and the page is the same: the ones
#: before say what to do.
MAILS = Limit("account mail", "5/hour")


def account_key(email: str) -> str:
    """Return what stands for the account of ``email`` in counts and cookies, in which no address is to be read."""
    with suppress(ValidationError):  # what is no address is counted as it was typed
        email = normal_address(email)
    return salted_hmac("community.limits", email.strip().upper(), algorithm="sha256").hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class SignIn:
    """One try to sign in to ``account`` (a key) by ``who``: a device that did so before, or else an address."""

    account: str
    origin: str
    device: str | None

    @classmethod
    def of(cls, request: HttpRequest, email: str) -> SignIn:
        account = account_key(email)
        return cls(account, origin(request), devices.known_device(request, account))

    @property
    def who(self) -> str:
        return f"device {self.device}" if self.device else self.origin

    def begin(self) -> None:
        """Count the try as a failure until it succeeds. Raises TooOften when there were too many."""
        if not self.device:
            seconds = FAILURES_OF_ORIGIN.wait(self.origin)
            if not seconds and FAILURES.counted(self.account, self.who):
                seconds = FAILURES_OF_ACCOUNT.wait(self.account)
            if seconds:
                raise TooOften(seconds)
        FAILURES.require(self.account, self.who)

    def failed(self) -> None:
        """Count a wrong password for account and address as well."""
        FAILURES_OF_ACCOUNT.hit(self.account)
        FAILURES_OF_ORIGIN.hit(self.origin)

    def succeeded(self) -> None:
        """Forget the failures of ``who`` with this account."""
        FAILURES.clear(self.account, self.who)


def require_form(limit: Limit, request: HttpRequest, email: str) -> None:
    """Count a form that anybody can send for any mailbox. Raises TooOften, whether or not there is an account."""
    limit.require(account_key(email), origin(request))
    FORMS_OF_ORIGIN.require(limit.name, origin(request))
