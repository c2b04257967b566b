"""Shape and wording of what hubs say when they take something up or stop; saving is for actions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from community.models import Hub
from ui.forms import MARKDOWN_HINT, PlainTextMixin

from .models import WORDS_LENGTH

if TYPE_CHECKING:
    from collections.abc import Collection


class AdoptForm(PlainTextMixin):
    """For which hub, and what it is going to do."""

    hub = forms.ModelChoiceField(label=_("For"), queryset=Hub.objects.none(), empty_label=None)
    plan = forms.CharField(
        label=_("What are you going to do?"),
        max_length=WORDS_LENGTH,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("Who supports it reads this once. One step is enough, with a day: who tries what, until when."),
        error_messages={"required": _("Say what your hub is going to do.")},
    )
    language = forms.ChoiceField(label=_("Language of this text"), choices=settings.LANGUAGES)

    def __init__(self, *args: Any, hubs: Collection[Hub], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["hub"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - made so above
        chosen = Hub.objects.filter(pk__in={hub.pk for hub in hubs})
        field.queryset = chosen.select_related("subject").order_by("sort_name", "pk")


class WordsForm(PlainTextMixin):
    """Why a hub stops, or why something is not for it."""

    words = forms.CharField(
        label=_("Why"),
        max_length=WORDS_LENGTH,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=MARKDOWN_HINT,
        error_messages={"required": _("Fill in one sentence.")},
    )
    language = forms.ChoiceField(label=_("Language of this text"), choices=settings.LANGUAGES)
