"""Themes in forms."""

from __future__ import annotations

from typing import Any

from django import forms

from .models import Theme


class ThemeSelect(forms.Select):
    """Themes, each in the language of its name."""

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Mark an option with the language of its theme; the empty one speaks the reader's."""
        option = super().create_option(name, value, *args, **kwargs)
        theme = getattr(value, "instance", None)  # of a ModelChoiceIteratorValue
        if isinstance(theme, Theme):
            option["attrs"]["lang"] = theme.language
        return option
