"""Shape and wording of what facilitators change in the list of themes; judging and saving is for actions."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from activity.consent.forms import RoundForm
from ui.forms import MARKDOWN_HINT, ActionJudgesMixin, PlainTextMixin, VersionedFormMixin

from .models import WHY_LENGTH, ThemeVersion, VersionedTheme


class _ThemeForm(ActionJudgesMixin, forms.ModelForm[VersionedTheme]):
    class Meta:
        model = VersionedTheme
        fields = ["name", "explanation", "language"]
        widgets = {"explanation": forms.Textarea(attrs={"rows": 5})}
        labels = {"name": _("Name"), "explanation": _("What it is about"), "language": _("Language of this text")}
        help_texts = {
            "name": _("A word or two: it stands beside every bottleneck of this theme."),
            "explanation": MARKDOWN_HINT,
        }
        error_messages = {"name": {"required": _("Give the theme a name.")}}


class AddForm(_ThemeForm, PlainTextMixin):
    """A new theme."""


class ChangeForm(VersionedFormMixin, _ThemeForm):
    """Another name or explanation of a theme on the draft."""


class _ListedSelect(forms.Select):
    """Themes of a version, each in the language of its name."""

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Mark an option with the language of its theme."""
        option = super().create_option(name, value, *args, **kwargs)
        theme = getattr(value, "instance", None)
        if isinstance(theme, VersionedTheme):
            option["attrs"]["lang"] = theme.language
        return option


class RemoveForm(PlainTextMixin):
    """Where the bottlenecks of a theme go that is left out."""

    goes_to = forms.ModelChoiceField(
        queryset=VersionedTheme.objects.none(),
        label=_("Its bottlenecks go to"),
        required=False,
        empty_label=_("No theme"),
        widget=_ListedSelect,
    )

    def __init__(self, *args: Any, theme: VersionedTheme, **kwargs: Any) -> None:
        super().__init__(*args, initial={"goes_to": theme.goes_to_id}, **kwargs)
        others = VersionedTheme.objects.filter(of_version=theme.of_version_id, place__isnull=False)
        self.fields["goes_to"].queryset = others.exclude(pk=theme.pk).order_by("place", "pk")  # type: ignore[attr-defined]


class ProposeForm(RoundForm):
    """Put the draft before the members: the text to be agreed is the list itself."""

    text = None  # type: ignore[assignment]  # Django leaves the field out
    why = forms.CharField(
        label=_("Why it changes"),
        max_length=WHY_LENGTH,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Members read it with the list. Bold text, lists and links are possible."),
        error_messages={"required": _("Say why: who is asked wants to know.")},
    )
    field_order = ["creation_key", "why", "question", "language", "closes_on"]

    def __init__(self, *args: Any, draft: ThemeVersion, asks_again: bool, **kwargs: Any) -> None:
        question = gettext("Do you support these themes (version %(number)d)?") % {"number": draft.number}
        super().__init__(*args, initial={"question": question}, **kwargs)
        if asks_again:  # in the round that is open, whose question stays
            self.fields["question"].required = False
            self.fields["question"].widget = forms.HiddenInput()
