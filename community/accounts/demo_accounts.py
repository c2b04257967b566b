"""The four people anyone can be in the demonstration. Spec 07, Demonstration community."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import pgettext_lazy

from ui.registry import Text

DEMO_PASSWORD = "doorbraak-demo"  # noqa: S105 - shown on the sign-in page of the demonstration, refused anywhere else


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """Somebody to be: a word for who it is, and the address to sign in with."""

    label: Text
    email: str


def demo_accounts() -> list[DemoAccount]:
    """The accounts that the sign-in page offers in demo mode, in the order of their buttons."""
    return [
        DemoAccount(pgettext_lazy("demo account", "member"), "member@doorbraak.example"),
        DemoAccount(pgettext_lazy("demo account", "representative"), "representative@doorbraak.example"),
        DemoAccount(pgettext_lazy("demo account", "facilitator"), "facilitator@doorbraak.example"),
        DemoAccount(pgettext_lazy("demo account", "newcomer"), "newcomer@doorbraak.example"),
    ]
