"""What people fill in about hubs; saving is for actions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext, gettext_lazy

from community.people.fields import MemberField, suggest_of
from community.people.models import User, UserQuerySet
from community.topics.forms import TopicsField
from community.topics.models import Topic
from ui.forms import ActionJudgesMixin, DayField, NameField, OneTimeKeyMixin, PlainTextMixin, VersionedFormMixin
from ui.registry import Text

from .models import Hub, Membership


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
        self.initial["topic_labels"] = list(topics)

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

    successor = MemberField(
        label=gettext_lazy("Who speaks for the hub from now on?"),
        required=False,
        help_text=gettext_lazy("Somebody of this hub. Start typing a name."),
    )
    hand_over = forms.BooleanField(label=gettext_lazy("The facilitators, until somebody is found"), required=False)

    def __init__(self, *args: Any, hub: Hub, leaving: User, may_hand_over: bool, **kwargs: Any) -> None:
        """Without ``leaving``; ``may_hand_over``: there is a facilitator to leave the hub to."""
        super().__init__(*args, **kwargs)
        self.candidates = _members_of(hub).exclude(pk=leaving.pk)
        suggest_of(self.fields["successor"], hub.slug)
        if not may_hand_over:
            del self.fields["hand_over"]
        elif not self.candidates.exists():
            del self.fields["successor"]

    def clean_successor(self) -> User | None:
        """Somebody who takes part in the hub."""
        return _one_of(self.candidates, self.cleaned_data["successor"])

    def clean(self) -> dict[str, Any]:
        """One of both: a member, or the facilitators."""
        cleaned = super().clean() or self.cleaned_data
        if not self.errors and bool(cleaned.get("successor")) == bool(cleaned.get("hand_over")):
            asked = "successor" if "successor" in self.fields else "hand_over"
            if "hand_over" in self.fields:
                text = gettext("Name somebody of this hub, or leave it to the facilitators: one of both.")
            else:
                text = gettext("Name somebody of this hub.")
            self.add_error(asked, ValidationError(text, code="one"))
        return cleaned

    @property
    def chosen(self) -> User | None:
        """The member who was named, or None for the facilitators."""
        return self.cleaned_data.get("successor")


class RepresentativeForm(PlainTextMixin):
    """Name a member of the hub as representative."""

    member = MemberField(
        label=gettext_lazy("Member"), help_text=gettext_lazy("Somebody of this hub. Start typing a name.")
    )

    def __init__(self, *args: Any, hub: Hub, **kwargs: Any) -> None:
        """Members who take part in ``hub`` and do not speak for it yet."""
        super().__init__(*args, **kwargs)
        speaking = Membership.objects.current().representatives().filter(hub=hub)
        self.candidates = _members_of(hub).exclude(pk__in=speaking.values("member"))
        suggest_of(self.fields["member"], hub.slug)

    def clean_member(self) -> User | None:
        """Somebody who takes part in the hub, and does not speak for it yet."""
        return _one_of(self.candidates, self.cleaned_data["member"])


def _members_of(hub: Hub) -> UserQuerySet:
    members = Membership.objects.current().counted().filter(hub=hub)
    found: UserQuerySet = User.objects.filter(pk__in=members.values("member"))
    return found


def _one_of(candidates: UserQuerySet, member: User | None) -> User | None:
    """Return ``member``. Raises ValidationError for somebody who is not among those who can be named."""
    if member is not None and not candidates.filter(pk=member.pk).exists():
        text = gettext("%(name)s is not a member of this hub, or speaks for it already.")
        raise ValidationError(text, code="other", params={"name": member.name})
    return member
