"""The form of a page at the foot: its text in both languages."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms

from ui.forms import MARKDOWN_HINT, ActionJudgesMixin, VersionedFormMixin

from .models import Page


class PageForm(ActionJudgesMixin, VersionedFormMixin, forms.ModelForm[Page]):
    """Both texts together: who changes one sees what the other says."""

    class Meta:
        model = Page
        fields: ClassVar[list[str]] = ["dutch", "english"]
        widgets: ClassVar[dict[str, forms.Widget]] = {
            "dutch": forms.Textarea(attrs={"rows": 18, "lang": "nl"}),
            "english": forms.Textarea(attrs={"rows": 18, "lang": "en"}),
        }
        help_texts: ClassVar[dict[str, Any]] = {
            "dutch": MARKDOWN_HINT,
            "english": MARKDOWN_HINT,
        }

    def __init__(self, *args: Any, instance: Page, **kwargs: Any) -> None:
        super().__init__(*args, instance=instance, **kwargs)
        self.initial.update({column: instance.text_in(language) for language, column in Page.COLUMNS.items()})

    @property
    def texts(self) -> dict[str, str]:
        """What was typed, by language."""
        return {language: self.cleaned_data[column] for language, column in Page.COLUMNS.items()}
