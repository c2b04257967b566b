"""What consent rounds add to the registries of the floors and rooms below, once, when the app is ready."""

from __future__ import annotations

from django.utils.translation import gettext_lazy

from ui.registry import NavEntry, footer

from . import digests, emails, notices, permissions, sections, tasks, verbs  # noqa: F401 - all others register themselves


def register() -> None:
    """Fill them."""
    emails.register()
    digests.register()
    sections.register()
    footer.register(
        NavEntry(
            key="consent", label=gettext_lazy("Consent rounds"), url="activity:consent_list", icon="scale", order=45
        )
    )
