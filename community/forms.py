"""What people fill in about themselves and their hubs; saving is for actions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from community.actions.topics import MOST_TOPICS, TOPIC_LENGTH, split_topics
from community.models import Hub, Membership, MembershipRole, Role, Topic, TopicKind, Unit, User
from community.people import MemberChoiceField, MemberField
from ui.forms import DayField, NameField, OneTimeKeyMixin, PlainTextMixin, VersionedFormMixin
from ui.registry import Text
from ui.validators import normal_name, validate_display_name
from ui.zones import zone_choices

#: How many present topics of a kind have a box; nobody can name more, but lists of old may have.
BOXES = 100


def validate_number_of_topics(number: int) -> None:
    """Raise ValidationError when these are more topics than a member or hub can name of one kind."""
    if number > MOST_TOPICS:
        raise forms.ValidationError(
            _("These are %(number)d topics; %(most)d is the most. Leave some out.")
            % {"number": number, "most": MOST_TOPICS},
            code="too_many",
        )


class TopicsField(forms.CharField):
    """Topics with commas between them; gives a list of labels. Suggestions stand in the datalist ``known-topics``."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("required", False)
        kwargs.setdefault("max_length", 2_000)
        super().__init__(**kwargs)
        self.widget.attrs.setdefault("autocomplete", "off")
        self.widget.attrs.setdefault("list", "known-topics")

    def to_python(self, value: Any) -> Any:
        """Return the labels, tidy and each once. Raises ValidationError for one that is no label, and for too many."""
        labels = split_topics(normal_name(super().to_python(value) or ""))
        validate_number_of_topics(len(labels))
        for label in labels:
            if len(label) > TOPIC_LENGTH:
                raise forms.ValidationError(
                    _("“%(topic)s…” is too long for a topic: %(limit)s characters is the most.")
                    % {"topic": label[:30], "limit": TOPIC_LENGTH}
                )
            validate_display_name(label)
        return labels

    def run_validators(self, value: Any) -> None:
        """Check nothing more: the labels were checked one by one."""

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compare lists of topics, not the spaces between them."""
        return split_topics(str(initial or "")) != split_topics(str(data or ""))


class _ActionJudges(forms.BaseModelForm[Any]):
    """Whether a name or address is free is for the action to judge, on locked rows and in plain words."""

    def validate_unique(self) -> None:
        """Leave it to the action."""

    def validate_constraints(self) -> None:
        """Leave it to the action."""


class ProfileForm(_ActionJudges, VersionedFormMixin, forms.ModelForm[User]):
    """Everything a member says about themselves. Spec 01, Member profile.

    Of each kind of topics the present ones are boxes to untick, and new ones are typed.
    """

    unit_name = NameField(
        label=gettext_lazy("Organisational unit"),
        max_length=120,
        required=False,
        widget=forms.TextInput(attrs={"list": "known-units", "autocomplete": "organization"}),
    )
    primary_hub = forms.ModelChoiceField(
        label=gettext_lazy("Primary hub"),
        queryset=Hub.objects.none(),
        required=False,
        help_text=gettext_lazy(
            "Your support counts for this hub from now on. What you supported before stays as it was."
        ),
    )
    time_zone = forms.ChoiceField(label=gettext_lazy("Time zone"))

    class Meta:
        model = User
        fields: ClassVar[list[str]] = [
            "name",
            "handle",
            "role",
            "role_other",
            "city",
            "bio",
            "bio_language",
            "language",
            "time_zone",
            "shows_support",
        ]
        help_texts: ClassVar[dict[str, Text]] = {
            "handle": gettext_lazy("In the address of your page. The old one keeps leading there."),
            "role_other": gettext_lazy("Only for the role “other”, or if you call it differently."),
            "bio": gettext_lazy("You can use Markdown: **bold**, lists and links."),
            "shows_support": gettext_lazy(
                "Off: your name is never shown with what you support. It counts all the same."
            ),
        }
        widgets: ClassVar[dict[str, forms.Widget]] = {
            "name": forms.TextInput(attrs={"autocomplete": "name"}),
            "city": forms.TextInput(attrs={"autocomplete": "address-level2"}),
            "bio": forms.Textarea(attrs={"rows": 6}),
        }

    def __init__(self, *args: Any, topics: Mapping[str, Iterable[Topic]], hubs: Iterable[Hub], **kwargs: Any) -> None:
        """``topics`` are the member's own by kind; ``hubs`` are those they belong to."""
        super().__init__(*args, **kwargs)
        self.initial["unit_name"] = self.instance.unit.name if self.instance.unit else ""
        zone_field: Any = self.fields["time_zone"]
        zone_field.choices = zone_choices(self.instance.time_zone)
        hubs = list(hubs)
        if hubs:
            choice: Any = self.fields["primary_hub"]
            choice.queryset = Hub.objects.filter(pk__in=[hub.pk for hub in hubs])
            choice.empty_label = None
            choice.required = True
            self.initial["primary_hub"] = self.instance.primary_hub_id
        else:
            del self.fields["primary_hub"]
        self._topics = {kind: list(topics.get(kind, ())) for kind in TopicKind.values}
        for kind in TopicKind:
            own = self._topics[kind.value][:BOXES]
            if own:
                self.fields[f"keep_{kind.value}"] = forms.MultipleChoiceField(
                    label=kind.label,
                    choices=[(str(topic.pk), str(topic)) for topic in own],
                    required=False,
                    widget=forms.CheckboxSelectMultiple,
                )
                self.initial[f"keep_{kind.value}"] = [str(topic.pk) for topic in own]
            self.fields[f"new_{kind.value}"] = TopicsField(label=kind.label)

    def clean_handle(self) -> str:
        """A handle is lower case, as addresses are."""
        handle: str = self.cleaned_data["handle"].lower()
        return handle

    def clean(self) -> dict[str, Any]:
        """Ask for words where the role is "other"."""
        cleaned = super().clean()
        if cleaned.get("role") == Role.OTHER and not cleaned.get("role_other"):
            self.add_error("role_other", _("Say in your own words what you do."))
        for kind in TopicKind.values:
            if new := self.new_labels(kind):  # whoever has too many from before can go on, and untick
                try:
                    validate_number_of_topics(len(self.kept_topics(kind)) + len(new))
                except forms.ValidationError as error:
                    self.add_error(f"new_{kind}", error)
        return cleaned

    @property
    def topic_groups(self) -> list[dict[str, Any]]:
        """The kinds of topics with their boxes and the field for new ones, as the template draws them."""
        return [
            {
                "kind": kind.value,
                "label": kind.label,
                "keep": self[f"keep_{kind.value}"] if f"keep_{kind.value}" in self.fields else None,
                "new": self[f"new_{kind.value}"],
            }
            for kind in (TopicKind.ASK_ME, TopicKind.CAN_DO, TopicKind.WANTS_TO_LEARN)
        ]

    def kept_topics(self, kind: str) -> list[Topic]:
        """The present topics of ``kind`` that are still ticked, or had no box."""
        ticked = set(self.cleaned_data.get(f"keep_{kind}", []))
        own = self._topics[kind]
        return [topic for topic in own[:BOXES] if str(topic.pk) in ticked] + own[BOXES:]

    def new_labels(self, kind: str) -> list[str]:
        """The labels typed for ``kind``."""
        labels: list[str] = self.cleaned_data.get(f"new_{kind}", [])
        return labels


class HubForm(_ActionJudges, VersionedFormMixin, forms.ModelForm[Hub]):
    """A hub's page, as its representatives and facilitators keep it."""

    unit_name = NameField(
        label=gettext_lazy("Organisational unit"),
        max_length=120,
        required=False,
        widget=forms.TextInput(attrs={"list": "known-units", "autocomplete": "off"}),
    )
    founded_on = DayField(label=gettext_lazy("Founded on"), required=False)
    topic_labels = TopicsField(
        label=gettext_lazy("Topics"), help_text=gettext_lazy("What one can ask this hub about, with commas between.")
    )

    class Meta:
        model = Hub
        fields: ClassVar[list[str]] = [
            "name",
            "slug",
            "tagline",
            "about",
            "language",
            "city",
            "state",
            "join_policy",
            "founded_on",
            "contact",
        ]
        help_texts: ClassVar[dict[str, Text]] = {
            "slug": gettext_lazy("In the address of the hub's page. The old one keeps leading there."),
            "about": gettext_lazy("You can use Markdown: **bold**, lists and links."),
            "contact": gettext_lazy("How people outside the hub reach you, for example a shared mailbox."),
        }
        widgets: ClassVar[dict[str, forms.Widget]] = {"about": forms.Textarea(attrs={"rows": 10})}

    field_order = (
        "name",
        "tagline",
        "about",
        "language",
        "topic_labels",
        "city",
        "unit_name",
        "state",
        "join_policy",
        "founded_on",
        "contact",
        "slug",
    )

    def __init__(self, *args: Any, topics: Iterable[Topic] = (), **kwargs: Any) -> None:
        """``topics`` are those the hub has now."""
        super().__init__(*args, **kwargs)
        self.initial["unit_name"] = self.instance.unit.name if self.instance.unit else ""
        self.initial["topic_labels"] = ", ".join(str(topic) for topic in topics)

    def clean_slug(self) -> str:
        """An address is lower case."""
        slug: str = self.cleaned_data["slug"].lower()
        return slug


class AdmitForm(PlainTextMixin):
    """Add somebody who asked to belong to a hub."""

    member = MemberField(label=gettext_lazy("Member"))


class NewHubForm(_ActionJudges, OneTimeKeyMixin, forms.ModelForm[Hub]):
    """The little a hub needs to begin; its representative writes the rest."""

    representative = MemberField(label=gettext_lazy("First representative"))

    class Meta:
        model = Hub
        fields: ClassVar[list[str]] = ["name", "tagline", "city", "language", "join_policy"]


class LeaveForm(PlainTextMixin):
    """Leaving a hub as its only representative: who speaks for it from now on."""

    FACILITATORS = "facilitators"

    successor = forms.ChoiceField(label=gettext_lazy("Who speaks for the hub from now on?"), widget=forms.RadioSelect)

    def __init__(self, *args: Any, members: Iterable[User], may_hand_over: bool, **kwargs: Any) -> None:
        """``members`` (``for_choice``) can be named; ``may_hand_over``: there is a facilitator to leave the hub to."""
        super().__init__(*args, **kwargs)
        choices: list[tuple[str, Text]] = [(str(member.pk), member.described) for member in members]
        if may_hand_over:
            choices.append((self.FACILITATORS, gettext_lazy("The facilitators, until somebody is found")))
        self.fields["successor"].choices = choices  # type: ignore[attr-defined]

    def chosen(self, members: Iterable[User]) -> User | None:
        """The member who was named, or None for the facilitators."""
        value = self.cleaned_data["successor"]
        return next((member for member in members if str(member.pk) == value), None)


class RepresentativeForm(PlainTextMixin):
    """Name a member of the hub as representative."""

    member = MemberChoiceField(label=gettext_lazy("Member"), queryset=User.objects.none())

    def __init__(self, *args: Any, hub: Hub, **kwargs: Any) -> None:
        """Members who take part in ``hub`` and do not speak for it yet."""
        super().__init__(*args, **kwargs)
        ordinary = Membership.objects.current().counted().filter(hub=hub, role=MembershipRole.MEMBER)
        members = User.objects.filter(pk__in=ordinary.values("member")).for_choice()
        self.fields["member"].queryset = members  # type: ignore[attr-defined]


def known_units() -> list[str]:
    """Names of units, for suggestions."""
    return list(Unit.objects.order_by("name").values_list("name", flat=True)[:300])
