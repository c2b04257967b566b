"""Shape and wording of next steps; saving is for actions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from community.models import Hub
from ui.forms import PlainTextMixin

from .models import WORDS_LENGTH

if TYPE_CHECKING:
    from collections.abc import Collection


class ProposeForm(PlainTextMixin):
    """Which hubs are asked to take a generic bottleneck up, and why."""

    hubs = forms.ModelMultipleChoiceField(
        label=_("Which hubs?"),
        queryset=Hub.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Those with most votes for it. It waits for their representatives, who take it up or say why not."),
        error_messages={"required": _("Choose a hub.")},
    )
    text = forms.CharField(
        label=_("What do you ask of them?"),
        max_length=WORDS_LENGTH,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("Who supports it reads this once, with your name."),
        error_messages={"required": _("Say why: supporters read it.")},
    )
    language = forms.ChoiceField(label=_("Language of this text"), choices=settings.LANGUAGES)

    def __init__(self, *args: Any, offered: Collection[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["hubs"]
        assert isinstance(field, forms.ModelMultipleChoiceField)  # noqa: S101 - made so above
        chosen = Hub.objects.filter(pk__in=offered)
        field.queryset = chosen.select_related("subject").order_by("sort_name", "pk")


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
