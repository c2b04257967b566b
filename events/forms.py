"""Forms of sessions: what a session is, where it is, why it is cancelled."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db.models import Model
from django.utils import timezone
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from community.hubs.fields import HubField
from community.models import Hub, User
from community.people.fields import MembersField
from events.models import Room, Session, SessionKind, SessionState
from events.times import ONE_EVENING, runs_past_midnight, until_next_day
from ui.forms import (
    DayField,
    HourField,
    LongLineInput,
    OneTimeKeyMixin,
    PlainTextMixin,
    VersionedFormMixin,
    local_moment,
)
from ui.templatetags.ui import long_date
from ui.zones import zone_choices

from .permissions import hubs_to_schedule_for

EVERYONE = "everyone"
YEARS = (20, 10)  # how far back a session may lie, and how far ahead


class _RoomField(forms.ModelChoiceField[Room]):
    def label_from_instance(self, obj: Room) -> str:
        size = f" ({obj.capacity})" if obj.capacity else ""
        return f"{obj.venue.city}: {obj.venue.name}, {obj.name}{size}"


class SessionForm(forms.ModelForm[Session]):
    """What a session is; ``fields_for_action`` gives it to the action.

    After ``is_valid``, ``runs_past_midnight`` says that the next day was taken for the last without being filled in.
    """

    runs_past_midnight = False

    day = DayField(label=_("Day"), years=YEARS)
    starts = HourField(label=pgettext_lazy("session", "From"))
    ends = HourField(label=pgettext_lazy("session", "Until"))
    last_day = DayField(
        label=_("Last day"), years=YEARS, required=False, help_text=_("Only if it lasts longer than one day.")
    )
    deadline = DayField(
        label=_("Sign up until"), years=YEARS, required=False, help_text=_("This day included. Empty: until it starts.")
    )
    is_public = forms.BooleanField(
        label=_("Visitors may see this session"),
        required=False,
        help_text=_("Title, day, city and description then stand on the landing page, for people without an account."),
    )
    time_zone = forms.ChoiceField(
        label=_("Time zone"), help_text=_("The clocks where it is. Members elsewhere also see their own time.")
    )
    hosts = MembersField(
        label=_("Hosts"),
        required=False,
        help_text=_("Start typing a name; put commas between several. They organise this session with you."),
    )
    room = _RoomField(
        label=_("Room"),
        queryset=Room.objects.none(),
        required=False,
        empty_label=_("No room (online, or not known yet)"),
    )

    link = forms.URLField(
        label=_("Link to take part online"),
        max_length=500,
        required=False,
        assume_scheme="https",
        validators=[URLValidator(schemes=["https", "http"])],
        help_text=_("Whoever has a place sees it on the page, in the mail and in the calendar."),
    )

    class Meta:
        model = Session
        fields: ClassVar[list[str]] = [
            "title",
            "kind",
            "hub",
            "description",
            "language",
            "time_zone",
            "room",
            "link",
            "capacity",
        ]
        help_texts: ClassVar[dict[str, Any]] = {
            "description": _("What it is about, and for whom. You can use Markdown."),
            "capacity": _("Empty: no limit. Who comes when all are taken waits in order."),
        }

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        session = self.instance
        self._by = by
        listed = hubs_to_schedule_for(by)
        # One that its organiser may not know of stands in no box; all others do where there are too many to list.
        self._is_picked = listed is None and (session.hub is None or session.hub.subject.may_be_read_by(by))
        self._hubs = {str(hub.pk): hub for hub in listed or ()}
        names = [(key, hub.name) for key, hub in self._hubs.items()]
        if session.hub and str(session.hub_id) not in self._hubs:
            self._hubs[str(session.hub_id)] = session.hub
            names.append((str(session.hub_id), self._name(session.hub, by)))
        everyone = [(EVERYONE, _("Everyone"))] if by.is_facilitator or (session.pk and session.hub is None) else []
        self.fields["hub"] = forms.ChoiceField(label=_("Whose session"), choices=[*everyone, *names])
        if self._is_picked:
            picked = HubField(label=_("Whose session"), help_text=_("Start typing the name of a hub. Empty: everyone."))
            picked.choose_for(by)
            picked.keep([session.hub] if session.hub else [])
            self.fields["hub"] = picked
        zone_field = self.fields["time_zone"]
        assert isinstance(zone_field, forms.ChoiceField)  # noqa: S101 - declared above
        zone_field.choices = zone_choices(session.time_zone, by.time_zone)
        room_field = self.fields["room"]
        assert isinstance(room_field, forms.ModelChoiceField)  # noqa: S101 - declared above
        room_field.queryset = Room.objects.select_related("venue")
        self.order_fields(
            [
                *("title", "kind", "hub", "day", "starts", "ends", "last_day", "time_zone", "room", "link"),
                *("capacity", "deadline", "description", "language", "hosts", "is_public"),
            ]
        )
        self.initial.update(what_of(session))
        self.initial.update(self._as_picked(self.initial))

    def _as_picked(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The hub among these values as its box has it, where it is a box."""
        if not self._is_picked or not values.get("hub"):
            return {}
        key = str(values["hub"])
        return {"hub": list(Hub.objects.visible_to(self._by).filter(pk=key)) if key != EVERYONE else []}

    @staticmethod
    def _name(hub: Hub, by: User) -> str:
        """The name of a hub; a host of its session may not know of it."""
        return hub.name if hub.subject.may_be_read_by(by) else gettext("a hub that is not shown")

    def clean_hub(self) -> Hub | None:
        """The hub itself; None means everyone's."""
        if self._is_picked:
            picked: Hub | None = self.cleaned_data["hub"]
            return picked
        return self._hubs.get(self.cleaned_data["hub"])

    def clean(self) -> dict[str, Any]:
        """Turn days and hours into moments, on the clocks where it is."""
        super().clean()
        cleaned = self.cleaned_data
        if cleaned.get("kind") == SessionKind.HUB_MEETING and cleaned.get("hub", self) is None:
            text = _("A hub meeting is of one hub. Choose which, or choose another kind.")
            self.add_error("hub", ValidationError(text, code="hub"))
        if self.errors.keys() & {"day", "starts", "ends", "last_day", "time_zone"}:
            return cleaned
        zone = ZoneInfo(cleaned["time_zone"])
        day, starts, ends = cleaned["day"], cleaned["starts"], cleaned["ends"]
        starts_at = self._moment("starts", day, starts, zone)
        ends_at = self._moment("ends", self._last_day(day, starts, ends), ends, zone)
        if starts_at and ends_at:
            if ends_at <= starts_at:
                self._refuse_order(day, starts, ends)
            elif ends_at - starts_at > timedelta(days=31):
                self.add_error("last_day", ValidationError(_("That is longer than a month."), code="long"))
            moved = starts_at != self.instance.starts_at
            if moved and starts_at <= timezone.now():
                self.add_error("day", ValidationError(_("This moment has passed already."), code="past"))
            cleaned["starts_at"], cleaned["ends_at"] = starts_at, ends_at
            cleaned["rsvp_deadline"] = self._deadline(cleaned.get("deadline"), starts_at, zone)
        return cleaned

    def _last_day(self, day: date, starts: time, ends: time) -> date:
        """The last day that was filled in, else the first; the next for an evening that runs past midnight."""
        last_day: date | None = self.cleaned_data.get("last_day")
        if last_day is None and runs_past_midnight(starts, ends):
            self.runs_past_midnight = not {"day", "starts", "ends"}.isdisjoint(self.changed_data)
            return day + timedelta(days=1)
        return last_day or day

    def _refuse_order(self, day: date, starts: time, ends: time) -> None:
        """Say at the field that mends it that the session would end before it starts."""
        last_day: date | None = self.cleaned_data.get("last_day")
        if last_day and last_day < day:
            self.add_error("last_day", ValidationError(_("The last day is before the first."), code="order"))
        elif ends < starts and until_next_day(starts, ends) < ONE_EVENING:
            text = _("It would end before it starts. Does it end on %(day)s? Then fill that in as the last day.")
            params = {"day": long_date(day + timedelta(days=1))}
            self.add_error("last_day", ValidationError(text, code="order", params=params))
        else:
            text = _("A session ends after it starts. Does it end on another day? Then fill in the last day, too.")
            self.add_error("ends", ValidationError(text, code="order"))

    def _moment(self, name: str, day: Any, hour: time, zone: ZoneInfo) -> datetime | None:
        try:
            return local_moment(day, hour, zone)
        except ValidationError as error:
            self.add_error(name, error)
            return None

    def _deadline(self, day: Any, starts_at: datetime, zone: ZoneInfo) -> datetime | None:
        """The end of the last day on which one can sign up: the start at the latest."""
        if day is None:
            return None
        if day > starts_at.astimezone(zone).date():
            self.add_error("deadline", ValidationError(_("This is after the start."), code="order"))
            return None
        return min(datetime.combine(day + timedelta(days=1), time.min, tzinfo=zone), starts_at)

    def fields_for_action(self) -> dict[str, Any]:
        """What ``schedule_session`` and ``change_session`` take."""
        names = [
            *("title", "kind", "hub", "description", "language", "time_zone", "room", "link", "capacity"),
            *("starts_at", "ends_at", "rsvp_deadline", "is_public", "hosts"),
        ]
        fields = {name: self.cleaned_data[name] for name in names}
        if self.instance.pk:  # whose account rests is not in the form, and loses nothing by it
            resting = self.instance.hosts.exclude(pk__in=User.objects.active())
            fields["hosts"] = [*fields["hosts"], *resting]
        return fields


def what_of(session: Session) -> dict[str, Any]:
    """A session as the fields of its form hold it."""
    if session._state.adding:
        return {}
    until = session.last_day_to_answer
    start, end = session.local_start, session.local_end
    is_one_day = start.date() == end.date()
    is_one_evening = start.date() + timedelta(days=1) == end.date() and runs_past_midnight(start.time(), end.time())
    return {
        "hub": str(session.hub_id or EVERYONE),
        "day": start.date(),
        "starts": start.time().replace(second=0, microsecond=0),
        "ends": end.time().replace(second=0, microsecond=0),
        "last_day": None if is_one_day or is_one_evening else end.date(),
        "deadline": until.astimezone(session.zone).date() if until else None,
        "is_public": session.is_public,
        "hosts": ", ".join(host.handle for host in session.hosts.active().order_by("sort_name", "pk")),
    }


class NewSessionForm(OneTimeKeyMixin, SessionForm):
    """A session that is not there yet."""

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, by=by, **kwargs)
        if not by.is_facilitator:  # who speaks for hubs can choose nothing but one of them
            self.initial.setdefault("kind", SessionKind.HUB_MEETING)


class EditSessionForm(VersionedFormMixin, SessionForm):
    """A session that is."""

    tell = forms.BooleanField(
        label=_("Mail everyone who signed up about this change"),
        required=False,
        help_text=_("Another time or place is told in any case."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.state != SessionState.PUBLISHED:
            del self.fields["tell"]

    def mark_stale(self, current: Model) -> None:
        """Show both, also of the fields that are not columns."""
        assert isinstance(current, Session)  # noqa: S101 - what this form is about
        stored = forms.model_to_dict(current, fields=list(self.fields))
        values = {**self.initial, **stored, **what_of(current)}
        self._show_both({**values, **self._as_picked(values)}, current.version)


class PlaceForm(PlainTextMixin):
    """A room that is not in the list yet; all empty when it is."""

    venue = forms.CharField(label=_("Name of the building"), max_length=120, required=False)
    address = forms.CharField(label=_("Address"), max_length=200, required=False)
    city = forms.CharField(label=_("City"), max_length=60, required=False)
    room = forms.CharField(label=_("Room"), max_length=80, required=False)
    capacity = forms.IntegerField(label=_("How many it holds"), min_value=1, max_value=100_000, required=False)
    route = forms.CharField(
        label=_("How to get there"),
        max_length=300,
        required=False,
        help_text=_("For example: 12 minutes on foot from the station."),
    )
    access = forms.CharField(
        label=_("Access"),
        max_length=200,
        required=False,
        help_text=_("For example: step-free, lift, hearing loop."),
    )

    prefix = "place"

    def clean(self) -> dict[str, Any]:
        """Nothing at all, or at least building, city and room."""
        cleaned = super().clean() or self.cleaned_data
        if self.is_filled:
            for name in ("venue", "city", "room"):
                if not cleaned.get(name) and name not in self.errors:
                    self.add_error(name, ValidationError(_("A new place needs this."), code="required"))
        return cleaned

    @property
    def is_filled(self) -> bool:
        """Whether somebody typed anything here."""
        return any(str(self[name].value() or "").strip() for name in self.fields)


class ReasonForm(PlainTextMixin):
    """Why a session is cancelled."""

    reason = forms.CharField(
        label=_("Why?"),
        max_length=300,
        widget=LongLineInput(attrs={"rows": 3}),
        help_text=_("Everyone who signed up reads this, in a mail and on the page."),
    )


class RemovalForm(PlainTextMixin):
    """Why a member is taken off the list."""

    reason = forms.CharField(label=_("Why?"), max_length=300, help_text=_("The member reads this in a mail."))
