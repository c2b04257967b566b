"""Shape and wording of input about bottlenecks; saving is for actions."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.core.exceptions import NON_FIELD_ERRORS
from django.db.models import TextChoices
from django.utils.html import format_html
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from community.hubs.fields import HubsField
from community.models import Hub
from community.picking.fields import LONGEST_NAME
from community.topics.forms import TopicsField
from issues.themes.forms import ThemeSelect
from issues.themes.models import Theme
from ui.forms import (
    LONGEST_TEXT,
    DayField,
    HintedRadioSelect,
    OneTimeKeyMixin,
    PlainDecimalField,
    PlainTextMixin,
    VersionedFormMixin,
)
from ui.shared import drawn

from .models import (
    EVIDENCE_LENGTH,
    HOURS_ERROR,
    MAX_HOURS,
    MIN_HOURS,
    MOST_TOPICS,
    TEXTS,
    TITLE_LENGTH,
    Attribution,
    Bottleneck,
    Route,
    Sort,
    State,
    ToldManager,
)
from .selectors import touched_hubs

if TYPE_CHECKING:
    from django.utils.safestring import SafeString

    from community.models import User


class Show(TextChoices):
    """The quick filters of the board."""

    ALL = "", pgettext_lazy("bottlenecks", "All open")
    GENERIC = "generic", pgettext_lazy("bottlenecks", "Generic")
    UNSUPPORTED = "unsupported", pgettext_lazy("bottlenecks", "Not yet supported by me")
    SUPPORTED = "supported", pgettext_lazy("bottlenecks", "Supported by me")
    MINE = "mine", pgettext_lazy("bottlenecks", "Filed by me")


class Status(TextChoices):
    """Whether the board shows what is open, or what has ended: all of it, in one way, or by one route."""

    OPEN = "", pgettext_lazy("status of bottlenecks", "Open")
    ENDED = "ended", pgettext_lazy("status of bottlenecks", "Ended")
    SOLVED = State.SOLVED.value, pgettext_lazy("status of bottlenecks", "Said to be solved")
    CONFIRMED = State.CONFIRMED.value, pgettext_lazy("status of bottlenecks", "Solved, confirmed")
    DECLINED = State.DECLINED.value, pgettext_lazy("status of bottlenecks", "Declined")
    LAPSED = State.LAPSED.value, pgettext_lazy("status of bottlenecks", "Withdrawn")
    FORMAL = Route.FORMAL.value, pgettext_lazy("status of bottlenecks", "Ended by the formal organisation")
    OURSELVES = Route.OURSELVES.value, pgettext_lazy("status of bottlenecks", "Ended by ourselves")
    ITSELF = Route.ITSELF.value, pgettext_lazy("status of bottlenecks", "Ended by itself")
    BREAKTHROUGH = "breakthrough", pgettext_lazy("status of bottlenecks", "Breakthroughs")


def hours_field() -> PlainDecimalField:
    """The field for hours lost a month: 0.5 to 80, one decimal, comma or dot."""
    errors = dict.fromkeys(
        ("invalid", "min_value", "max_value", "max_digits", "max_decimal_places", "max_whole_digits"), HOURS_ERROR
    )
    return PlainDecimalField(
        label=_("Hours a month it costs me"),
        suffix=_("hours"),
        required=False,
        min_value=MIN_HOURS,
        max_value=MAX_HOURS,
        max_digits=4,
        decimal_places=1,
        error_messages=errors,
    )


class _TextForm(forms.ModelForm[Bottleneck]):
    """What filing and correcting have in common."""

    hubs = HubsField(label=_("Happens in"))
    topics = TopicsField(
        label=_("Topics"),
        most=MOST_TOPICS,
        help_text=_("What it is about: start typing, with commas between several."),
    )

    class Meta:
        model = Bottleneck
        fields = [*TEXTS, "theme", "language"]
        widgets = {
            "situation": forms.Textarea(attrs={"rows": 5}),
            "impact": forms.Textarea(attrs={"rows": 3}),
            "wish": forms.Textarea(attrs={"rows": 3}),
            "tried": forms.Textarea(attrs={"rows": 3}),
            "theme": ThemeSelect,
        }
        help_texts = {
            "title": _("For example: “Access to source data takes months”."),
            "situation": _("**bold**, lists and links are fine."),
        }
        error_messages = {
            "title": {"required": _("Fill in one sentence.")},
            "situation": {"required": _("Tell what happens, a few words will do.")},
        }

    def __init__(self, *args: Any, member: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.member = member
        theme, hubs = self.fields["theme"], self.fields["hubs"]
        assert isinstance(theme, forms.ModelChoiceField)  # noqa: S101 - made so by Meta
        assert isinstance(hubs, HubsField)  # noqa: S101 - declared above
        theme.queryset = Theme.objects.all()
        theme.empty_label = _("No theme yet")
        hubs.choose_for(member)


def _own(member: User) -> list[Hub]:
    """The primary hub, where a bottleneck can still be said to happen."""
    hub = member.primary_hub
    is_shown = hub is not None and hub.state != Hub.State.CLOSED and hub.subject.may_be_read_by(member)
    return [hub] if hub is not None and is_shown else []


class AttributionField(forms.ChoiceField):
    """With one's name or without it; who is not asked (a page from before, a program) files by name."""

    def __init__(self) -> None:
        hints = {
            Attribution.NAMED: _("Colleagues can come and talk to you. Your own vote goes with it."),
            Attribution.CONFIDENTIAL: _("Only facilitators see your name. Your own vote goes with it, unnamed."),
            Attribution.ANONYMOUS: _(
                "We do not keep who you are. You get a reply code, once. Nothing you type is saved before you file, "
                "and members can read it from tomorrow on."
            ),
        }
        super().__init__(
            label=_("With your name?"),
            choices=[
                (Attribution.NAMED.value, pgettext_lazy("filing", "With my name")),
                (Attribution.CONFIDENTIAL.value, pgettext_lazy("filing", "Confidentially")),
                (Attribution.ANONYMOUS.value, pgettext_lazy("filing", "Anonymously")),
            ],
            initial=Attribution.NAMED.value,
            widget=HintedRadioSelect(hints={key.value: hint for key, hint in hints.items()}),
        )

    def clean(self, value: Any) -> Any:
        """Nothing is by name."""
        return super().clean(value or Attribution.NAMED.value)


class FilingForm(OneTimeKeyMixin, _TextForm):
    """File a bottleneck: by name, confidentially or anonymously."""

    hours = hours_field()
    attribution = AttributionField()
    told_manager = forms.ChoiceField(
        label=_("Did you tell your manager?"),
        required=False,
        choices=[("", pgettext_lazy("told my manager", "I would rather not say")), *ToldManager.choices],
        help_text=_("Only shown added up, per unit, from five filers on. Nobody reads whose manager."),
    )
    told_on = DayField(label=_("When did you tell?"), required=False, years=(10, 0), is_past=True)
    field_order = [
        *("creation_key", "title", "situation", "hours", "impact", "wish", "tried", "theme", "hubs"),
        *("topics", "told_manager", "told_on", "language", "attribution"),
    ]
    #: What is kept of it as a draft: not the one-time key, which is of one form only.
    DRAFTED = [name for name in field_order if name != "creation_key"]

    @property
    def has_more(self) -> bool:
        """Whether something is filled in, or wrong, below what everybody fills in."""
        more = ("impact", "wish", "tried", "theme", "topics", "hours", "told_manager")
        wrong = set(self.errors) - {"title", "situation", "attribution", NON_FIELD_ERRORS}
        return bool(wrong) or any(self[name].value() for name in more)

    @property
    def is_anonymous(self) -> bool:
        """Whether *anonymous* is chosen, whatever else is wrong."""
        return bool(self["attribution"].data == Attribution.ANONYMOUS)

    @property
    def typed(self) -> dict[str, Any]:
        """What was typed, as a draft keeps it: bounded, by field; nothing where only choices were made."""
        content: dict[str, Any] = {}
        for name in self.DRAFTED:
            if sent := self[name].data:
                content[name] = str(sent)[:LONGEST_TEXT].replace("\0", "")
        return content if any(content.get(name) for name in TEXTS) else {}

    def __init__(self, *args: Any, member: User, **kwargs: Any) -> None:
        language = (get_language() or "nl")[:2]
        kwargs["initial"] = {
            "hubs": _own(member),
            "language": language if language in {"nl", "en"} else "nl",
            **kwargs.get("initial", {}),
        }
        super().__init__(*args, member=member, **kwargs)


class AnonymousCorrectionForm(PlainTextMixin):
    """Put the text of what waits to be published right, by reply code."""

    title = forms.CharField(
        label=_("In one sentence"), max_length=TITLE_LENGTH, error_messages={"required": _("Fill in one sentence.")}
    )
    situation = forms.CharField(
        label=_("What happens?"),
        widget=forms.Textarea(attrs={"rows": 5}),
        error_messages={"required": _("Tell what happens, a few words will do.")},
    )
    impact = forms.CharField(label=_("What does it cost?"), required=False, widget=forms.Textarea(attrs={"rows": 3}))
    wish = forms.CharField(label=_("What would help?"), required=False, widget=forms.Textarea(attrs={"rows": 3}))
    tried = forms.CharField(
        label=_("What did you try already?"), required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    language = forms.ChoiceField(label=_("Language of this text"), choices=settings.LANGUAGES)


class CorrectionForm(VersionedFormMixin, _TextForm):
    """Put small things right within half an hour of filing."""

    def __init__(self, *args: Any, member: User, **kwargs: Any) -> None:
        super().__init__(*args, member=member, **kwargs)
        touched = touched_hubs(self.instance, member)
        self.initial["hubs"] = touched
        self.initial["topics"] = list(self.instance.topics.order_by("slug"))
        hubs = self.fields["hubs"]
        assert isinstance(hubs, HubsField)  # noqa: S101 - declared above
        hubs.keep(touched)

    def clean_hubs(self) -> list[Hub]:
        """What was chosen, and the hubs it touches that its author may not know of."""
        unseen = self.instance.hubs.exclude(pk__in=Hub.objects.visible_to(self.member).values("pk"))
        return [*self.cleaned_data["hubs"], *unseen.select_related("subject")]


class EstimateForm(PlainTextMixin):
    """My hours a month and an example in one sentence, with my vote."""

    hours = hours_field()
    evidence = forms.CharField(
        label=_("An example in one sentence"),
        required=False,
        max_length=EVIDENCE_LENGTH,
        help_text=_("What happened, and when? Members who may see this bottleneck can read it, not your name."),
    )


def estimate_fields(form: EstimateForm) -> SafeString:
    """Draw both fields; as everybody has them, who gave hours and no example, they are drawn once."""
    if form.is_bound or form.initial.get("evidence"):
        return _both_fields(form)
    return _estimate_fields(str(form.initial.get("hours") or ""))


@drawn
def _estimate_fields(hours: str) -> SafeString:
    return _both_fields(EstimateForm(initial={"hours": Decimal(hours) if hours else None}))


def _both_fields(form: EstimateForm) -> SafeString:
    return format_html("{}{}", form["hours"].as_field_group(), form["evidence"].as_field_group())


class BoardForm(PlainTextMixin):
    """What the board shows: everything in it comes from the address, and nonsense there counts as not said."""

    q = forms.CharField(required=False, max_length=200)
    sort = forms.ChoiceField(required=False, choices=Sort.choices)
    show = forms.ChoiceField(required=False, choices=Show.choices)
    theme = forms.SlugField(required=False, max_length=80)
    hub = forms.SlugField(required=False, max_length=80)
    hub_typed = forms.CharField(required=False, max_length=LONGEST_NAME)
    topic = forms.SlugField(required=False, max_length=80)
    topic_typed = forms.CharField(required=False, max_length=LONGEST_NAME)
    status = forms.ChoiceField(required=False, choices=Status.choices)
    at = forms.IntegerField(required=False, min_value=1)

    @property
    def wanted(self) -> dict[str, str]:
        """The fields that make sense, all as text."""
        self.is_valid()
        return {name: str(self.cleaned_data.get(name) or "").strip() for name in self.fields}
