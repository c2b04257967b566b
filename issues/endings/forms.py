"""Shape and wording of how a bottleneck ends and is opened again; saving is for actions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from issues.bottlenecks.models import Route
from ui.forms import MARKDOWN_HINT, PlainTextMixin

from .models import WORDS_LENGTH, How, Noticed

if TYPE_CHECKING:
    from collections.abc import Sequence


class TextForm(PlainTextMixin):
    """What came of it, for those who voted."""

    text = forms.CharField(
        label=_("What came of it?"),
        max_length=WORDS_LENGTH,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("Who supports it reads this once: what is different now, since when, and where to find it."),
        error_messages={"required": _("Say what came of it: who supports this reads it.")},
    )
    language = forms.ChoiceField(label=_("Language of this text"), choices=settings.LANGUAGES)


class EndForm(TextForm):
    """How it ended, by whom, and what came of it."""

    how = forms.ChoiceField(
        label=_("How does it end?"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose how it ends.")},
    )
    route = forms.ChoiceField(
        label=_("Who solved it?"),
        choices=Route.choices,
        widget=forms.RadioSelect,
        required=False,
        help_text=_("Only where it is solved."),
    )

    field_order = ("how", "route", "text", "language")

    def __init__(self, *args: Any, ways: Sequence[How], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        how = self.fields["how"]
        assert isinstance(how, forms.ChoiceField)  # noqa: S101 - made so above
        how.choices = [(way.value, way.label) for way in ways]

    def clean(self) -> dict[str, Any]:
        """A solved one says by which route."""
        cleaned = super().clean() or {}
        if cleaned.get("how") == How.SOLVED and not cleaned.get("route"):
            self.add_error("route", _("Say who solved it."))
        return cleaned


class ReopenForm(PlainTextMixin):
    """Why it is open again."""

    why = forms.CharField(
        label=_("Why"),
        max_length=WORDS_LENGTH,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=MARKDOWN_HINT,
        error_messages={"required": _("Say why: who supports this reads it.")},
    )
    language = forms.ChoiceField(label=_("Language of this text"), choices=settings.LANGUAGES)


class NoticeForm(PlainTextMixin):
    """Whether one notices that it is solved."""

    answer = forms.ChoiceField(
        label=_("Do you notice it?"),
        choices=Noticed.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose an answer."), "invalid_choice": _("Choose an answer.")},
    )
