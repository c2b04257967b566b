"""Shape and wording of reports, decisions and appeals; saving is for actions."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ui.forms import HintedRadioSelect, PlainTextMixin

from .models import LONGEST_WORDS, Reason

HINTS = {
    Reason.PERSON.value: _("names a manager or colleague, or makes clear who it is"),
    Reason.HURTS.value: _("calls names, belittles or shuts out"),
    Reason.ELSEWHERE.value: _("advertises, says it twice, or is about something else"),
    Reason.CONFIDENTIAL.value: _("data, documents or names"),
    Reason.OTHER.value: _("write what"),
}


def _words(rows: int = 3) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


class ReportForm(PlainTextMixin):
    """What is wrong with it."""

    reason = forms.ChoiceField(
        label=_("What is wrong with it?"),
        choices=Reason.choices,
        widget=HintedRadioSelect(hints=HINTS),
        error_messages={"required": _("Choose what is wrong.")},
    )
    text = forms.CharField(label=_("Anything to add"), required=False, max_length=LONGEST_WORDS, widget=_words(2))

    def clean(self) -> dict[str, Any]:
        """Something else says what."""
        data = super().clean() or {}
        if data.get("reason") == Reason.OTHER and not data.get("text", "").strip():
            self.add_error("text", _("Say what is wrong."))
        return data


class HideForm(PlainTextMixin):
    """Hide it: why, and what whoever made it reads."""

    reason = forms.ChoiceField(label=_("Reason"), choices=[("", _("Choose a reason")), *Reason.choices])
    text = forms.CharField(
        label=_("What you write with it"),
        max_length=LONGEST_WORDS,
        widget=_words(),
        help_text=_("Whoever made it reads this with your name. Who reported it only reads what you decided."),
        error_messages={"required": _("Write why: whoever it is for reads it.")},
    )


class JudgeForm(HideForm):
    """Hide what was reported, or let it stand: then reason and text may be left out."""

    HIDE, STAND = "hide", "stand"

    do = forms.ChoiceField(
        label=_("What do you do?"),
        choices=[(HIDE, _("Hide it")), (STAND, _("Let it stand"))],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what you do.")},
    )
    field_order = ["do", "reason", "text"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.data.get("do") == self.STAND:
            self.fields["reason"].required = self.fields["text"].required = False


class AppealForm(PlainTextMixin):
    """Why it should be shown again."""

    text = forms.CharField(
        label=_("Your appeal"),
        max_length=LONGEST_WORDS,
        widget=_words(),
        error_messages={"required": _("Write why it should be shown again.")},
    )


class AnswerForm(PlainTextMixin):
    """What those concerned read with the answer; the button says which answer."""

    text = forms.CharField(
        label=_("What you write with it"),
        max_length=LONGEST_WORDS,
        widget=_words(),
        help_text=_("Whoever made it and whoever hid it read this with your name."),
        error_messages={"required": _("Write why: whoever it is for reads it.")},
    )
