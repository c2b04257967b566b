"""What one hears of us, and how: shape and wording of the choices. Spec 06, Notifications."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import time
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from activity.following.forms import HINTS
from activity.following.models import FollowLevel, HearingSettings
from ui.forms import HintedRadioSelect, PlainTextMixin

from .kinds import CHANNELS, Channel, NoticeGroup, NoticeKind, notice_groups, notice_kinds

HOURS = [(f"{hour:02}:00", f"{hour:02}:00") for hour in range(24)]


@dataclass(frozen=True, slots=True)
class Box:
    """One box of the matrix: a kind by a channel. Without ``is_offered`` it only shows what is so."""

    name: str
    label: Any
    is_on: bool
    is_offered: bool
    is_now: bool


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the matrix."""

    kind: NoticeKind
    boxes: list[Box]


class HearingForm(PlainTextMixin, forms.ModelForm[HearingSettings]):
    """When one hears of us, how much by default, and what by which channel."""

    level = forms.TypedChoiceField(
        label=_("How much do you want to hear?"),
        choices=FollowLevel.choices,
        coerce=int,
        widget=HintedRadioSelect(hints={str(int(level)): hint for level, hint in HINTS.items()}),
    )
    digest_hour = forms.TypedChoiceField(label=_("Hour"), choices=list(enumerate(dict(HOURS))), coerce=int)
    quiet_from = forms.TypedChoiceField(label=_("From"), choices=HOURS, coerce=time.fromisoformat)
    quiet_until = forms.TypedChoiceField(label=_("Until"), choices=HOURS, coerce=time.fromisoformat)

    class Meta:
        model = HearingSettings
        fields = [
            "digest_period",
            "digest_weekday",
            "digest_hour",
            "only_digest",
            "quiet_from",
            "quiet_until",
            "quiet_weekends",
            "level",
        ]

    def __init__(self, *args: Any, channels: Mapping[str, set[Channel]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.channels = channels
        for name in ("quiet_from", "quiet_until"):
            self.initial[name] = f"{self.initial[name]:%H:00}"
        for kind in notice_kinds:
            for channel in kind.offers:
                self.fields[f"{kind.key}-{channel}"] = forms.BooleanField(
                    required=False, label=CHANNELS[channel], initial=channel in channels[kind.key]
                )

    def clean(self) -> dict[str, Any] | None:
        """Quiet hours begin and end at different times: else nobody could tell whether it is always or never quiet."""
        cleaned = super().clean()
        values = cleaned or {}
        if values.get("quiet_from") is not None and values.get("quiet_from") == values.get("quiet_until"):
            self.add_error("quiet_until", _("Choose another hour than the one it begins at."))
        return cleaned

    def wanted(self) -> dict[str, set[Channel]]:
        """The channels of the kinds that were changed, by key."""
        chosen = {
            kind.key: {channel for channel in kind.offers if self.cleaned_data.get(f"{kind.key}-{channel}")}
            for kind in notice_kinds
            if kind.offers
        }
        return {key: on for key, on in chosen.items() if on != self.channels[key] & set(notice_kinds[key].offers)}

    def hearing(self) -> dict[str, Any]:
        """The columns of ``HearingSettings``."""
        return {name: self.cleaned_data[name] for name in self.Meta.fields}

    def groups(self) -> Iterator[tuple[NoticeGroup, list[Row]]]:
        """The matrix: the kinds of each group, in order."""
        for group in notice_groups:
            kinds = [kind for kind in notice_kinds if kind.group is group]
            rows = [Row(kind, [self._box(kind, channel) for channel in Channel]) for kind in kinds]
            if rows:
                yield group, rows

    def _box(self, kind: NoticeKind, channel: Channel) -> Box:
        name = f"{kind.key}-{channel}"
        is_offered = channel in kind.offers
        is_on = bool(self[name].value()) if is_offered else channel in self.channels[kind.key]
        return Box(name, CHANNELS[channel], is_on, is_offered, channel is Channel.MAIL)
