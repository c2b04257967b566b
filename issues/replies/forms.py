"""Shape and wording of reply codes, questions and answers; saving is for actions."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from ui.forms import PlainTextMixin

from .codes import TYPED_LENGTH
from .models import WORDS_LENGTH


class CodeForm(PlainTextMixin):
    """A reply code as people type it."""

    code = forms.CharField(
        label=_("Reply code"),
        max_length=TYPED_LENGTH,
        help_text=_("Sixteen letters and figures. Spaces and hyphens do not matter."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
        error_messages={"required": _("Fill in your reply code.")},
    )


class _WordsForm(PlainTextMixin):
    language = forms.ChoiceField(label=_("Language of this text"), choices=settings.LANGUAGES)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        language = (get_language() or "nl")[:2]
        initial = {"language": language if language in {"nl", "en"} else "nl", **(kwargs.pop("initial", None) or {})}
        super().__init__(*args, initial=initial, **kwargs)


class QuestionForm(_WordsForm):
    """What a facilitator asks who filed something anonymously."""

    text = forms.CharField(
        label=_("Your question"),
        max_length=WORDS_LENGTH,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Whoever filed it reads this with your name. Ask nothing that would tell who they are."),
        error_messages={"required": _("Write your question.")},
    )
    field_order = ["text", "language"]


class AnswerForm(_WordsForm):
    """The answer of who filed it."""

    text = forms.CharField(
        label=_("Your answer"),
        max_length=WORDS_LENGTH,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Only facilitators read it. The day is kept, no time."),
        error_messages={"required": _("Write your answer.")},
    )
    field_order = ["text", "language"]
