"""Shape and wording of consent rounds; judging and saving is for actions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from ui.forms import MARKDOWN_HINT, DayField, HintedRadioSelect, OneTimeKeyMixin, PlainTextMixin
from ui.templatetags.ui import long_date

from . import clock
from .models import TEXT_LENGTH, WORDS_LENGTH, Answer, Verdict

if TYPE_CHECKING:
    from datetime import date

    from .models import Condition, ConsentRound, Position

LANGUAGES = (("nl", _("Dutch")), ("en", _("English")))


def page_language() -> str:
    """The language of the page, of which a new text mostly is."""
    language = (get_language() or "nl")[:2]
    return language if language in {"nl", "en"} else "nl"


class _AskingForm(PlainTextMixin):
    text = forms.CharField(
        label=_("Text to be agreed"),
        max_length=TEXT_LENGTH,
        widget=forms.Textarea(attrs={"rows": 10}),
        help_text=MARKDOWN_HINT,
    )
    closes_on = DayField(
        label=_("Last day to answer"), years=(0, 1), help_text=_("Answers count up to the end of that day.")
    )

    def clean_closes_on(self) -> date:
        """Refuse a day that leaves too few working days, or too many."""
        day: date = self.cleaned_data["closes_on"]
        today = clock.today()
        first, last = clock.first_day(today), clock.last_day(today)
        if not first <= day <= last:
            raise forms.ValidationError(
                gettext("Choose a day from %(first)s to %(last)s."),
                code="out_of_range",
                params={"first": long_date(first), "last": long_date(last)},
            )
        return day


class RoundForm(OneTimeKeyMixin, _AskingForm):
    """Open a round."""

    question = forms.CharField(
        label=_("Question"), max_length=200, help_text=_("What one says yes or no to: “Do you support this agreement?”")
    )
    language = forms.ChoiceField(label=_("Language of this text"), choices=LANGUAGES)
    field_order = ["creation_key", "question", "text", "language", "closes_on"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        usual = {"language": page_language(), "closes_on": clock.usual_day(clock.today())}
        kwargs["initial"] = {**usual, **kwargs.get("initial", {})}
        super().__init__(*args, **kwargs)


class TextForm(_AskingForm):
    """Put a new version of the text; ``version`` is the one it was opened with."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)

    def __init__(self, *args: Any, consent: ConsentRound, text: str, **kwargs: Any) -> None:
        first = clock.first_day(clock.today())
        kwargs["initial"] = {"version": consent.version, "text": text, "closes_on": max(first, consent.closes_on)}
        super().__init__(*args, **kwargs)


class SpeakForm(PlainTextMixin):
    """Take a position; ``version`` is the one that was read."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)
    answer = forms.ChoiceField(
        label=_("Your answer"),
        choices=Answer.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose an answer.")},
    )
    condition = forms.CharField(
        label=_("I support this if"),
        max_length=WORDS_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("Say it in words.")},
    )
    objection = forms.CharField(
        label=_("My objection"),
        max_length=WORDS_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("Say it in words.")},
    )
    language = forms.ChoiceField(label=_("Language of this text"), choices=LANGUAGES)

    def __init__(self, *args: Any, consent: ConsentRound, mine: Position | None, same: str = "", **kwargs: Any) -> None:
        initial: dict[str, Any] = {"version": consent.version, "language": page_language()}
        if same:
            initial |= {"answer": Answer.SUPPORT_IF, "condition": same}
        elif mine is not None:
            initial |= {"answer": mine.answer, "language": mine.language}
            initial[("objection", "condition")[mine.answer == Answer.SUPPORT_IF]] = mine.words
        super().__init__(*args, initial=initial, **kwargs)

    def take_version(self, version: int) -> None:
        """Stand for a newer version from now on: sending it again is a choice."""
        data = self.data.copy()  # type: ignore[attr-defined]  # request.POST itself cannot be changed
        data[self.add_prefix("version")] = str(version)
        self.data = data

    def clean(self) -> dict[str, Any]:
        """Ask for the words of the answer that is chosen, and for nothing that goes with another one."""
        cleaned = super().clean() or self.cleaned_data
        answer = cleaned.get("answer", "")
        box = {"support_if": "condition", "object": "objection"}.get(answer, "")
        beside = {"condition", "objection"} if box else {"condition", "objection", "language"}
        for name in beside - {box}:
            self.errors.pop(name, None)
        cleaned["words"] = cleaned.get(box, "")
        cleaned.setdefault("language", page_language())
        return cleaned


class ConditionForm(PlainTextMixin):
    """Say what becomes of a condition."""

    verdict = forms.ChoiceField(
        label=_("What becomes of it"),
        choices=[(it.value, capfirst(it.label)) for it in Verdict if it is not Verdict.OPEN],
        widget=HintedRadioSelect(
            hints={
                Verdict.MET: _("A version of the text has it."),
                Verdict.NOT_MET: _("It could not be done."),
                Verdict.DECLINED: _("You do not want it, and say why."),
            }
        ),
        error_messages={"required": _("Say what becomes of this condition.")},
    )
    version = forms.TypedChoiceField(
        label=_("Version that fulfils it"), coerce=int, required=False, help_text=_("Only where it is fulfilled.")
    )
    reason = forms.CharField(
        label=_("Why"), max_length=WORDS_LENGTH, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    language = forms.ChoiceField(label=_("Language of this text"), choices=LANGUAGES)

    def __init__(self, *args: Any, condition: Condition, **kwargs: Any) -> None:
        newest = condition.consent.version
        initial: dict[str, Any] = {"version": condition.version or newest, "language": page_language()}
        if condition.answered_at is not None:
            kept = {"verdict": condition.verdict, "reason": condition.reason, "language": condition.reason_language}
            initial |= kept
        super().__init__(*args, initial=initial, **kwargs)
        versions = range(newest, 0, -1)
        self.fields["version"].choices = [(it, gettext("version %(number)d") % {"number": it}) for it in versions]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Ask for the reason of a condition that is declined, beside its box."""
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("verdict") == Verdict.DECLINED and not cleaned.get("reason"):
            self.add_error("reason", gettext("Say why."))
        cleaned["version"] = cleaned.get("version") or None
        return cleaned
