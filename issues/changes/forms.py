"""Shape and wording of a change that is put to the supporters; saving is for actions."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from issues.bottlenecks.models import TEXTS, Bottleneck
from ui.forms import MARKDOWN_HINT, VersionedFormMixin

from .models import WHY_LENGTH


class ChangeForm(VersionedFormMixin, forms.ModelForm[Bottleneck]):
    """What a bottleneck says from now on, and why."""

    why = forms.CharField(
        label=_("Why do you change it?"),
        max_length=WHY_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=MARKDOWN_HINT,
        error_messages={"required": _("Say why: who supports this reads it.")},
    )

    class Meta:
        model = Bottleneck
        fields = TEXTS
        widgets = {
            "situation": forms.Textarea(attrs={"rows": 5}),
            "impact": forms.Textarea(attrs={"rows": 3}),
            "wish": forms.Textarea(attrs={"rows": 3}),
            "tried": forms.Textarea(attrs={"rows": 3}),
        }
        error_messages = {
            "title": {"required": _("Fill in one sentence.")},
            "situation": {"required": _("Tell what happens, a few words will do.")},
        }
