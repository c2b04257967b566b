"""Shape and wording of next steps; saving is for actions."""

from __future__ import annotations

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from ui.forms import PlainTextMixin

from .models import WORDS_LENGTH


class WhyNotForm(PlainTextMixin):
    """Why a generic bottleneck is not taken up."""

    text = forms.CharField(
        label=_("Why not now"),
        max_length=WORDS_LENGTH,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("Who supports it reads this once, with your name. Say what would have to change."),
        error_messages={"required": _("Say why: supporters read it.")},
    )
    language = forms.ChoiceField(label=_("Language of this text"), choices=settings.LANGUAGES)
