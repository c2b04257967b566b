"""Sessions, their venues and who comes. Spec 04."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Self
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Exists, F, FilteredRelation, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from activity.models import Subject
from activity.visibility import may_read
from community.models import Hub, Membership
from ui.fields import sort_key, tstzrange
from ui.lookups import is_among
from ui.search import Word, finds, holds, holds_variant, resembles

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from community.models import User


class Venue(models.Model):
    """A place where sessions are held."""

    name = models.CharField(_("name"), max_length=120, unique=True)
    address = models.CharField(_("address"), max_length=200, blank=True)
    city = models.CharField(_("city"), max_length=60)
    route = models.CharField(_("how to get there"), max_length=300, blank=True)
    access = models.CharField(_("access"), max_length=200, blank=True)

    class Meta:
        ordering = ["city", "name", "pk"]
        verbose_name = _("venue")
        verbose_name_plural = _("venues")

    def __str__(self) -> str:
        return f"{self.name}, {self.city}"


class Room(models.Model):
    """A room of a venue: what a session books."""

    venue = models.ForeignKey(Venue, on_delete=models.PROTECT, related_name="rooms")
    name = models.CharField(_("name"), max_length=80)
    capacity = models.PositiveIntegerField(_("capacity"), null=True, blank=True, validators=[MinValueValidator(1)])

    class Meta:
        ordering = ["venue__city", "venue__name", "name", "pk"]
        verbose_name = _("room")
        verbose_name_plural = _("rooms")
        constraints = [models.UniqueConstraint(fields=["venue", "name"], name="one_room_per_venue_and_name")]

    def __str__(self) -> str:
        return f"{self.venue}, {self.name}"


class SessionKind(models.TextChoices):
    """What kind of meeting it is."""

    COMMUNITY_DAY = "community_day", _("community day")
    ROUND_TABLE = "round_table", _("representatives’ round table")
    HUB_MEETING = "hub_meeting", _("hub meeting")
    WORKSHOP = "workshop", _("workshop")
    TALK = "talk", _("talk")
    ONLINE = "online", pgettext_lazy("session", "online")


class SessionState(models.TextChoices):
    """Where a session is in its life."""

    DRAFT = "draft", pgettext_lazy("session", "draft")
    PUBLISHED = "published", pgettext_lazy("session", "published")
    CANCELLED = "cancelled", pgettext_lazy("session", "cancelled")


class SessionQuerySet(models.QuerySet["Session"]):
    """Which sessions, and what a row shows."""

    def organised_by(self, user: User) -> Self:
        """Sessions that ``user`` organises: all for a facilitator, else their hubs' and those they host."""
        if user.is_facilitator:
            return self
        represents = Membership.objects.current().representatives().filter(member=user, hub=OuterRef("hub"))
        hosts = Session.hosts.through.objects.filter(session=OuterRef("pk"), user=user)
        return self.filter(Exists(represents) | Exists(hosts))

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """What ``user`` may see: what was published as ``Subject.visible_to`` decides, drafts only their organisers."""
        shown = may_read(user, "subject")
        if not user.is_authenticated:
            return self.filter(shown)
        organised = Session.objects.organised_by(user).filter(published_at=None).values("pk")
        return self.filter(shown | is_among("pk", organised))

    def with_answer_of(self, user: User | AnonymousUser) -> Self:
        """Add ``my_rsvp``, ``my_state``, ``my_position``, ``my_offer_expires_at``: what ``user`` answered, or None."""
        member = user.pk if user.is_authenticated else 0  # nobody
        rows = self.alias(mine=FilteredRelation("rsvps", condition=Q(rsvps__member=member)))
        return rows.annotate(
            my_rsvp=F("mine__pk"),
            my_state=F("mine__state"),
            my_position=F("mine__position"),
            my_offer_expires_at=F("mine__offer_expires_at"),
        )

    def answered(self, *states: str) -> Self:
        """Of rows ``with_answer_of`` a member: those answered with one of ``states``; without any: not answered."""
        return self.filter(**{"my_state__in": states} if states else {"my_state": None})

    def for_agenda(self, user: User | AnonymousUser) -> Self:
        """Rows as the agenda shows them; a draft that was cancelled is only kept, not shown."""
        rows = self.visible_to(user).exclude(state=SessionState.CANCELLED, published_at=None)
        return rows.with_answer_of(user).select_related("hub__subject", "room__venue")

    def coming(self, now: datetime) -> Self:
        """Those that have not ended, the nearest first."""
        return self.filter(ends_at__gt=now).order_by("starts_at", "pk")

    def past(self, now: datetime) -> Self:
        """Those that have ended, the latest first."""
        return self.filter(ends_at__lte=now).order_by("-starts_at", "-pk")

    def matching(self, *words: Word, roughly: bool = False) -> Self:
        """Those with each of ``words`` in title, description, hub or place; ``roughly`` forgives typing errors."""
        rows = self if words else self.none()
        for word in words:
            rows = rows.filter(pk__in=_having(word, roughly=roughly))
        return rows


def _having(word: Word, *, roughly: bool) -> models.QuerySet[Session, Any]:
    """The sessions with ``word``: by text, by hub and by place, each through an index of its own."""
    texts = Session.objects.alias(its_title=sort_key("title"), its_text=sort_key("title", "description"))
    by_text = holds("its_text", word)
    if roughly:
        by_text = holds_variant("its_text", word) | resembles("its_title", word)
    hubs = Hub.objects.for_every_member().filter(finds("sort_name", word, roughly=roughly))
    places = Room.objects.alias(place=sort_key("name", "venue__name", "venue__city"))
    rooms = places.filter(finds("place", word, roughly=roughly))
    found = (texts.filter(by_text), Session.objects.filter(hub__in=hubs), Session.objects.filter(room__in=rooms))
    first, *others = (rows.order_by().values("pk") for rows in found)
    return first.union(*others, all=True)


class Session(models.Model):
    """A meeting, of a hub or of the community (``hub`` empty); physical by default."""

    SUBJECT_KIND = "session"
    Kind = SessionKind
    State = SessionState

    subject = models.OneToOneField(Subject, on_delete=models.PROTECT, related_name="session")
    kind = models.CharField(_("kind"), max_length=20, choices=SessionKind, default=SessionKind.COMMUNITY_DAY)
    hub = models.ForeignKey(
        Hub, verbose_name=_("whose session"), null=True, blank=True, on_delete=models.PROTECT, related_name="sessions"
    )
    title = models.CharField(_("title"), max_length=120)
    description = models.TextField(_("description"), blank=True, max_length=20_000)
    language = models.CharField(_("language of this text"), max_length=2, choices=settings.LANGUAGES, default="nl")
    starts_at = models.DateTimeField(_("starts"))
    ends_at = models.DateTimeField(_("ends"))
    time_zone = models.CharField(_("time zone"), max_length=64, default="Europe/Amsterdam")
    rsvp_deadline = models.DateTimeField(_("sign up before"), null=True, blank=True)
    room = models.ForeignKey(
        Room, verbose_name=_("room"), null=True, blank=True, on_delete=models.PROTECT, related_name="sessions"
    )
    #: To take part from elsewhere. Like the way in of a building it is for whoever has a place.
    link = models.URLField(_("link to take part online"), max_length=500, blank=True, default="", db_default="")
    capacity = models.PositiveIntegerField(
        _("places"), null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(100_000)]
    )
    hosts = models.ManyToManyField(
        settings.AUTH_USER_MODEL, verbose_name=_("hosts"), related_name="hosted_sessions", blank=True
    )
    state = models.CharField(max_length=20, choices=SessionState, default=SessionState.DRAFT)
    cancel_reason = models.CharField(_("why it is cancelled"), max_length=300, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    changed_at = models.DateTimeField(default=timezone.now)
    # How many hold a place (going or offered), and how often time, place or state changed (RFC 5545, SEQUENCE).
    taken_count = models.PositiveIntegerField(default=0)
    sequence = models.PositiveIntegerField(default=0)
    version = models.PositiveIntegerField(default=1, editable=False)

    # What ``with_answer_of`` adds.
    my_rsvp: int | None
    my_state: str | None
    my_position: int | None
    my_offer_expires_at: datetime | None

    objects = SessionQuerySet.as_manager()

    class Meta:
        ordering = ["starts_at", "pk"]
        verbose_name = _("session")
        verbose_name_plural = _("sessions")
        indexes = [
            models.Index(fields=["starts_at", "id"], name="session_by_start"),
            GinIndex(OpClass(sort_key("title"), name="gin_trgm_ops"), name="session_title_trigrams"),
            GinIndex(OpClass(sort_key("title", "description"), name="gin_trgm_ops"), name="session_text_trigrams"),
        ]
        constraints = [
            models.CheckConstraint(
                name="session_ends_after_it_starts",
                condition=Q(ends_at__gt=F("starts_at")),
                violation_error_message=_("A session ends after it starts."),
            ),
            models.CheckConstraint(
                name="rsvp_deadline_before_the_start",
                condition=Q(rsvp_deadline=None) | Q(rsvp_deadline__lte=F("starts_at")),
                violation_error_message=_("The last moment to sign up is before the start."),
            ),
            models.CheckConstraint(
                name="cancelled_session_has_a_reason", condition=~Q(state="cancelled") | ~Q(cancel_reason="")
            ),
            models.CheckConstraint(name="session_has_a_known_state", condition=Q(state__in=SessionState.values)),
            models.CheckConstraint(name="session_has_a_known_kind", condition=Q(kind__in=SessionKind.values)),
            models.CheckConstraint(
                name="hub_meeting_is_of_a_hub",
                condition=~Q(kind="hub_meeting") | Q(hub__isnull=False),
                violation_error_message=_("A hub meeting is of one hub."),
            ),
            ExclusionConstraint(
                name="one_session_per_room_and_time",
                expressions=[
                    ("room", RangeOperators.EQUAL),
                    (tstzrange("starts_at", "ends_at"), RangeOperators.OVERLAPS),
                ],
                condition=Q(room__isnull=False) & ~Q(state="cancelled"),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("events:session_detail", args=[self.pk, slugify(self.title) or "-"])

    @property
    def zone(self) -> ZoneInfo:
        """The session's own time zone."""
        return ZoneInfo(self.time_zone)

    @property
    def local_start(self) -> datetime:
        """The start in the session's own zone."""
        return self.starts_at.astimezone(self.zone)

    @property
    def local_end(self) -> datetime:
        """The end in the session's own zone."""
        return self.ends_at.astimezone(self.zone)

    @property
    def venue(self) -> Venue | None:
        """Where it is, as far as that is known."""
        return self.room.venue if self.room else None

    @property
    def is_public(self) -> bool:
        """Whether visitors may see it, too."""
        return self.subject.audience == Subject.Audience.PUBLIC

    @property
    def free_count(self) -> int | None:
        """How many places are free; None when there is no limit. Never negative, also after lowering the capacity."""
        return None if self.capacity is None else max(self.capacity - self.taken_count, 0)

    @property
    def is_full(self) -> bool:
        """Whether no place is free."""
        return self.free_count == 0

    @property
    def last_day_to_answer(self) -> datetime | None:
        """The last moment of the last day on which one can sign up, if there is one."""
        return self.rsvp_deadline - timedelta(seconds=1) if self.rsvp_deadline else None

    @property
    def is_today(self) -> bool:
        """Whether it starts on this day, on the clocks where it is."""
        return self.local_start.date() == timezone.localdate(timezone=self.zone)

    @property
    def has_started(self) -> bool:
        """Whether it has begun."""
        return self.starts_at <= timezone.now()

    @property
    def has_ended(self) -> bool:
        """Whether it is over."""
        return self.ends_at <= timezone.now()

    @property
    def takes_bottlenecks(self) -> bool:
        """Whether what came up there can be filed at it: it has started, and took place as far as anybody knows."""
        return self.state == SessionState.PUBLISHED and self.has_started

    @property
    def takes_answers(self) -> bool:
        """Whether one can still sign up: published, before the start and before the last moment to sign up."""
        now = timezone.now()
        closes = min(self.starts_at, self.rsvp_deadline or self.starts_at)
        return self.state == SessionState.PUBLISHED and now < closes


class RsvpState(models.TextChoices):
    """What a member answered, and what came of it."""

    GOING = "going", pgettext_lazy("rsvp", "going")
    WAITLISTED = "waitlisted", pgettext_lazy("rsvp", "on the waitlist")
    OFFERED = "offered", pgettext_lazy("rsvp", "offered a place")
    MAYBE = "maybe", pgettext_lazy("rsvp", "maybe")
    NOT_GOING = "not_going", pgettext_lazy("rsvp", "not going")


class RsvpQuerySet(models.QuerySet["Rsvp"]):
    """Which answers."""

    def going(self) -> Self:
        """Those with a place."""
        return self.filter(state=RsvpState.GOING)

    def concerned(self) -> Self:
        """Those who want to be kept informed: all but who is not going."""
        return self.exclude(state=RsvpState.NOT_GOING).exclude(member=None)

    def waitlisted(self) -> Self:
        """The waitlist, first come first."""
        return self.filter(state=RsvpState.WAITLISTED).order_by("position", "pk")


class Rsvp(models.Model):
    """One member's answer to one session. Nobody is ever marked absent."""

    State = RsvpState

    session = models.ForeignKey(Session, on_delete=models.PROTECT, related_name="rsvps")
    member = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="rsvps"
    )
    hub = models.ForeignKey(Hub, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=20, choices=RsvpState)
    position = models.PositiveIntegerField(null=True, blank=True)
    placing = models.PositiveIntegerField(default=0)
    placed_at = models.DateTimeField(null=True, blank=True)
    offer_expires_at = models.DateTimeField(null=True, blank=True)
    shows_name = models.BooleanField(_("Members may see that I come"), default=True)
    # What the member's calendar has seen, so that the next message counts higher (RFC 5546, SEQUENCE).
    sequence = models.PositiveIntegerField(default=0)
    answered_at = models.DateTimeField(default=timezone.now)
    # What the organisers gave as their reason when they took the place back; for the member's mail and page.
    removal_reason = models.CharField(max_length=300, blank=True, default="", db_default="")

    objects = RsvpQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        verbose_name = _("RSVP")
        verbose_name_plural = _("RSVPs")
        indexes = [
            models.Index(fields=["session", "state", "position"], name="rsvp_by_session_and_state"),
            models.Index(fields=["offer_expires_at"], condition=Q(state="offered"), name="rsvp_offers"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["session", "member"], name="one_rsvp_per_member_and_session"),
            models.UniqueConstraint(
                fields=["session", "position"],
                name="one_rsvp_per_waitlist_position",
                deferrable=models.Deferrable.DEFERRED,
            ),
            models.CheckConstraint(
                name="exactly_the_waitlist_has_positions",
                condition=Q(state="waitlisted", position__gte=1) | (~Q(state="waitlisted") & Q(position=None)),
            ),
            models.CheckConstraint(
                name="exactly_offers_expire",
                condition=Q(state="offered", offer_expires_at__isnull=False)
                | (~Q(state="offered") & Q(offer_expires_at=None)),
            ),
            models.CheckConstraint(name="rsvp_has_a_known_state", condition=Q(state__in=RsvpState.values)),
        ]

    def __str__(self) -> str:
        return f"{self.member} {self.state} {self.session}"
