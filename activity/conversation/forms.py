"""Shape and wording of what people say; saving is for actions."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from ui.forms import OneTimeKeyMixin, PlainTextMixin, VersionedFormMixin

from .models import Comment


class _TextForm(forms.ModelForm[Comment]):
    class Meta:
        model = Comment
        fields = ["text", "language"]
        widgets = {"text": forms.Textarea(attrs={"rows": 3})}
        help_texts = {
            "text": _("**bold**, lists and links are fine. Name somebody with @, something with its # and number.")
        }
        error_messages = {"text": {"required": _("Write something first.")}}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["text"].required = True


class CommentForm(OneTimeKeyMixin, _TextForm):
    """Say something about a subject, in the language of the page unless another one is chosen."""

    follow = forms.BooleanField(
        label=_("Follow this"), help_text=_("You then hear of new comments."), required=False, initial=True
    )
    field_order = ["creation_key", "text", "language", "follow"]

    def __init__(self, *args: Any, offers_follow: bool = False, **kwargs: Any) -> None:
        language = (get_language() or "nl")[:2]
        kwargs["initial"] = {"language": language if language in {"nl", "en"} else "nl", **kwargs.get("initial", {})}
        super().__init__(*args, auto_id="comment_%s", **kwargs)
        if not offers_follow:
            del self.fields["follow"]


class PreviewForm(PlainTextMixin, _TextForm):
    """What is typed into either of the others, to be shown as it would be read."""


class CommentChangeForm(VersionedFormMixin, _TextForm):
    """Put one's own comment in other words."""
