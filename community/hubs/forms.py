"""What people fill in about hubs; saving is for actions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy

from community.people.fields import MemberChoiceField, MemberField
from community.people.models import User
from community.topics.forms import TopicsField
from community.topics.models import Topic
from ui.forms import ActionJudgesMixin, DayField, NameField, OneTimeKeyMixin, PlainTextMixin, VersionedFormMixin
from ui.registry import Text

from .models import Hub, Membership, MembershipRole


class HubForm(ActionJudgesMixin, VersionedFormMixin, forms.ModelForm[Hub]):
    """A hub's page, as its representatives and facilitators keep it."""

    unit_name = NameField(
        label=gettext_lazy("Organisational unit"),
        max_length=120,
        required=False,
        widget=forms.TextInput(attrs={"list": "known-units", "autocomplete": "off"}),
    )
    founded_on = DayField(label=gettext_lazy("Founded on"), required=False, is_past=True)
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
        labels: ClassVar[dict[str, Text]] = {"slug": gettext_lazy("Web address")}
        help_texts: ClassVar[dict[str, Text]] = {
            "slug": gettext_lazy("The last part of the address of the hub's page. The old one keeps leading there."),
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


class NewHubForm(ActionJudgesMixin, OneTimeKeyMixin, forms.ModelForm[Hub]):
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
