"""What people fill in about themselves; saving is for actions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from community.hubs.models import Hub
from community.people.models import Role, User
from community.topics.forms import TopicsField, validate_number_of_topics
from community.topics.models import Topic, TopicKind
from ui.forms import ActionJudgesMixin, NameField, VersionedFormMixin
from ui.registry import Text
from ui.zones import zone_choices

#: How many present topics of a kind have a box; nobody can name more, but lists of old may have.
BOXES = 100


class ProfileForm(ActionJudgesMixin, VersionedFormMixin, forms.ModelForm[User]):
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
    time_zone = forms.ChoiceField(label=gettext_lazy("Time zone"), widget=forms.Select(attrs={"data-zones": ""}))

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
            "handle": gettext_lazy("The last part of the address of your page. The old one keeps leading there."),
            "role_other": gettext_lazy("Only for “other”, or if you call it differently."),
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
    def chosen_zone(self) -> str:
        """The name of the time zone that the form shows; folded away where it is the usual one."""
        choices: Any = self.fields["time_zone"]
        return str(dict(choices.choices).get(self["time_zone"].value(), ""))

    @property
    def has_usual_zone(self) -> bool:
        """Whether the time zone is the portal's own, so that hardly anybody wants to see the choice."""
        return bool(self["time_zone"].value() == settings.TIME_ZONE and "time_zone" not in self.errors)

    @property
    def topic_groups(self) -> list[dict[str, Any]]:
        """The kinds of topics with their boxes and the field for new ones, as the template draws them."""
        return [
            {
                "kind": kind.value,
                "label": kind.label,
                "hint": _("Members can mail you about these: your page then shows your address.")
                if kind is TopicKind.ASK_ME
                else "",
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
