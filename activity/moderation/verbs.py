"""What happens in moderation: for the log of the facilitators, and in no timeline. Spec 06, Moderation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import ngettext_lazy, pgettext_lazy

from activity.verbs import Verb, verbs

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise


def _logged(key: str, sentence: _StrOrPromise, icon: str) -> Verb:
    return verbs.register(Verb(key=key, sentence=sentence, icon=icon, is_told=False, is_logged=True))


def _reported(key: str, sentence: _StrOrPromise, plural: _StrOrPromise) -> Verb:
    """Without who did: that is known to nobody but the report itself."""
    return verbs.register(
        Verb(
            key=key,
            sentence=sentence,
            plural=plural,
            icon="flag",
            group="reports",
            is_signed=False,
            is_told=False,
            is_logged=True,
        )
    )


COMMENT_REPORTED = _reported(
    "comment_reported",
    pgettext_lazy("ledger", "A member reported a comment"),
    ngettext_lazy("%(count)d member reported a comment", "%(count)d members reported a comment", "count"),
)
SUBJECT_REPORTED = _reported(
    "subject_reported",
    pgettext_lazy("ledger", "A member reported this"),
    ngettext_lazy("%(count)d member reported this", "%(count)d members reported this", "count"),
)
COMMENT_STOOD = _logged("comment_stood", pgettext_lazy("ledger", "{actor} let a reported comment stand"), "eye")
SUBJECT_STOOD = _logged("subject_stood", pgettext_lazy("ledger", "{actor} let this stand"), "eye")
COMMENT_HIDDEN = _logged("comment_hidden", pgettext_lazy("ledger", "{actor} hid a comment"), "eye-off")
SUBJECT_HIDDEN = _logged("subject_hidden", pgettext_lazy("ledger", "{actor} hid this"), "eye-off")
HIDING_APPEALED = _logged("hiding_appealed", pgettext_lazy("ledger", "{actor} appealed"), "scale")
HIDING_KEPT = _logged("hiding_kept", pgettext_lazy("ledger", "{actor} kept it hidden after an appeal"), "scale")
COMMENT_RESTORED = _logged("comment_restored", pgettext_lazy("ledger", "{actor} showed the comment again"), "undo-2")
SUBJECT_RESTORED = _logged("subject_restored", pgettext_lazy("ledger", "{actor} showed this again"), "undo-2")
