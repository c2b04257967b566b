"""Shape and wording of merges; saving is for actions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from issues.bottlenecks.models import Tie
from ui.forms import HintedRadioSelect, PlainTextMixin
from ui.http import number_from

from .models import WORDS_LENGTH

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

TIES = [(Tie.MERGED.value, _("It is the same")), (Tie.CHILD.value, _("It is a part of something more general"))]
HINTS = {
    Tie.MERGED.value: _("One page remains. Who filed or supports one of the two has seven days to object."),
    Tie.CHILD.value: _("Both keep their page and their votes; the general one counts all members together. At once."),
}


def _words(
    label: _StrOrPromise, required: _StrOrPromise, *, rows: int = 4, help_text: _StrOrPromise = ""
) -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=WORDS_LENGTH,
        widget=forms.Textarea(attrs={"rows": rows}),
        help_text=help_text,
        error_messages={"required": required},
    )


class WordsForm(PlainTextMixin):
    """What somebody says to a merge, for all who may read it."""

    text = _words(_("Why"), _("Write something: who supports them reads it."))
    language = forms.ChoiceField(label=_("Language of this text"), choices=settings.LANGUAGES)


class ProposeForm(PlainTextMixin):
    """Which other one it belongs to, how, and why."""

    number = forms.CharField(
        label=_("Number of the other one"),
        max_length=20,
        help_text=_("The one that remains, for example 12. It stands at the top of its page."),
        error_messages={"required": _("Fill in the number of the other one.")},
    )
    tie = forms.ChoiceField(
        label=_("How do they belong together?"),
        choices=TIES,
        widget=HintedRadioSelect(hints=HINTS),
        error_messages={"required": _("Choose how they belong together.")},
    )
    reason = _words(
        _("Why"),
        _("Say why: who supports them reads it."),
        help_text=_("Who filed or supports one of the two reads this. It stays to be read."),
    )
    language = forms.ChoiceField(label=_("Language of this text"), choices=settings.LANGUAGES)

    def clean_number(self) -> int:
        """The number, however it is written: 12, #12."""
        number = number_from(str(self.cleaned_data["number"]).strip().removeprefix("#").strip())
        if number is None:
            raise forms.ValidationError(_("Fill in a number, for example 12."))
        return number
