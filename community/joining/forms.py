"""What is filled in when asking to join a hub, and when answering that."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from community.hubs.models import Hub
from community.joining.models import LONGEST_WORDS, JoinRequest
from ui.forms import NameField, PlainTextMixin


def _words(rows: int = 3) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


class AskForm(PlainTextMixin):
    """Ask to belong to a hub."""

    words = forms.CharField(
        label=gettext_lazy("What are you looking for here?"),
        required=False,
        max_length=LONGEST_WORDS,
        widget=_words(),
        help_text=gettext_lazy("Only whoever decides about it reads this."),
    )


class AcceptForm(PlainTextMixin):
    """A word of welcome with the yes."""

    words = forms.CharField(
        label=gettext_lazy("A word of welcome"), required=False, max_length=LONGEST_WORDS, widget=_words(2)
    )


class DeclineForm(PlainTextMixin):
    """Why not, and which other hub may suit whoever asks."""

    ANOTHER = "another"

    reason = forms.CharField(
        label=gettext_lazy("Why"),
        max_length=LONGEST_WORDS,
        widget=_words(),
        error_messages={"required": gettext_lazy("Say why in one sentence.")},
    )
    other = forms.ChoiceField(
        label=gettext_lazy("Which hub does suit?"), required=False, widget=forms.RadioSelect, initial=""
    )
    other_name = NameField(label=gettext_lazy("Name of that hub"), required=False, max_length=80)

    def __init__(
        self, *args: Any, join_request: JoinRequest, may_suit: Sequence[tuple[str, str]], **kwargs: Any
    ) -> None:
        """``may_suit`` are other hubs to choose from, by address and name."""
        super().__init__(*args, **kwargs)
        self.join_request = join_request
        name = join_request.member.get_short_name()
        self.fields["reason"].help_text = _("%(name)s reads this, with your name.") % {"name": name}
        another, none = (self.ANOTHER, _("another one …")), ("", _("I know none"))
        self.fields["other"].choices = [*may_suit, another, none]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Find the hub that is named: one that every member may know of, and that is not closed."""
        cleaned = super().clean() or self.cleaned_data
        chosen, typed = cleaned.get("other", ""), cleaned.get("other_name", "").strip()
        hubs = Hub.objects.for_every_member().open().exclude(pk=self.join_request.hub_id)
        cleaned["other_hub"] = None
        if chosen and chosen != self.ANOTHER:
            cleaned["other_hub"] = hubs.by_slug(chosen).first()
        elif chosen == self.ANOTHER or typed:
            found = hubs.alike(typed).first() or hubs.by_slug(typed).first() if typed else None
            if found is None:
                text = (
                    _("There is no other hub of that name.") if typed else _("Name that hub, or choose another answer.")
                )
                self.add_error("other_name", text)
            cleaned["other_hub"] = found
        return cleaned
