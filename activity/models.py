"""Subjects, the ledger of what happened to them, the outbox, and links that act. Spec 00 and 06."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Self

from django.conf import settings
from django.db import models
from django.db.models import ExpressionWrapper, F, Q
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from ui.fields import AddressField

from .consent import models as _consent  # noqa: F401 - where Django looks for models
from .conversation import models as _conversation  # noqa: F401 - where Django looks for models
from .digests import models as _digests  # noqa: F401 - the same
from .following import models as _following  # noqa: F401 - the same
from .kinds import COMMUNITY, FORGOTTEN, SubjectKind, subject_kinds
from .moderation import models as _moderation  # noqa: F401 - where Django looks for models
from .notices import models as _notices  # noqa: F401 - the same
from .sealing import unseal

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from community.models import User


class Audience(models.TextChoices):
    """Who may see a subject."""

    PUBLIC = "public", _("everyone, also without an account")
    MEMBERS = "members", _("all members")
    HUBS = "hubs", _("members of its hubs")
    REPRESENTATIVES = "representatives", _("representatives of hubs")
    NAMED = "named", _("named persons")


#: When the community was announced: before anything that happened in it, lists from before the portal included.
ALWAYS = datetime(1970, 1, 1, tzinfo=UTC)


class SubjectQuerySet(models.QuerySet["Subject"]):
    """Which subjects."""

    def community(self) -> Subject:
        """The one subject of what has no subject of its own."""
        defaults = {"title": "Doorbraak", "url": "/", "audience": Audience.MEMBERS, "announced_at": ALWAYS}
        subject, _new = self.get_or_create(kind=COMMUNITY.key, defaults=defaults)
        return subject

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """What ``user`` may see: ``visibility.may_read`` decides it."""
        from .visibility import may_read  # it is about these models

        return self.filter(may_read(user))

    def for_every_member(self) -> Self:
        """What ``visible_to`` finds for whichever member, so that its number is the same for each of them."""
        return self.filter(is_shared=True)

    def hubs_of(self, member: User) -> Self:
        """The subjects of the hubs that ``member`` belongs to now; by name."""
        from .visibility import belonging  # it is about these models

        return self.filter(pk__in=belonging.hub_subjects_of(member)).order_by("title", "pk")

    def for_feeds_of(self, member: User) -> Self:
        """What a feed of ``member`` may be about: what they see, but nothing hidden, whoever reads.

        A feed leaves the portal: what it holds lies in programs of others and cannot be fetched back.
        """
        return self.visible_to(member).filter(hidden_at=None)


class Subject(models.Model):
    """Whatever people can follow and discuss has one. Its owner's actions keep it in the same transaction."""

    Audience = Audience

    kind = models.CharField(max_length=20)  # of ``kinds.subject_kinds``
    title = models.CharField(max_length=200)
    language = models.CharField(max_length=2, choices=settings.LANGUAGES, default="nl")
    url = models.CharField(max_length=300)
    hubs = models.ManyToManyField("self", symmetrical=False, related_name="subjects", blank=True)
    audience = models.CharField(max_length=20, choices=Audience, default=Audience.MEMBERS)
    readers = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="+", blank=True)
    announced_at = models.DateTimeField(null=True, blank=True)  # empty: a draft
    hidden_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    merged_into = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="merged")
    creation_key = models.UUIDField(null=True, blank=True, unique=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now)
    #: Whether every member may read it: the answer for nearly all subjects and readers, so that nothing else is asked.
    is_shared = models.GeneratedField(
        expression=ExpressionWrapper(
            Q(announced_at__isnull=False, hidden_at=None, audience__in=["public", "members"]), models.BooleanField()
        ),
        output_field=models.BooleanField(),
        db_persist=True,
    )

    objects = SubjectQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        indexes = [
            models.Index(fields=["kind"], name="subject_by_kind"),
            models.Index(fields=["audience", "id"], condition=Q(is_shared=False), name="subject_not_shared"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["kind"], condition=Q(kind="community"), name="one_community"),
            models.CheckConstraint(name="subject_has_a_known_audience", condition=Q(audience__in=Audience.values)),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return self.url

    @property
    def registered_kind(self) -> SubjectKind:
        """What its app says of its kind."""
        return subject_kinds.get(self.kind) or FORGOTTEN

    def may_be_read_by(self, user: User | AnonymousUser) -> bool:
        """Whether ``visible_to`` finds it for ``user``; asked of the database only if it is not shared."""
        if self.is_shared and user.is_authenticated:
            return True
        return Subject.objects.visible_to(user).filter(pk=self.pk).exists()


class SubjectLink(models.Model):
    """A subject is tied to another in one way; ``ties.links_of`` reads them from both sides."""

    from_subject = models.ForeignKey(Subject, on_delete=models.CASCADE, related_name="links_from", db_index=False)
    to_subject = models.ForeignKey(Subject, on_delete=models.CASCADE, related_name="links_to", db_index=False)
    kind = models.CharField(max_length=40)  # of ``ties.link_kinds``
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [
            models.Index(fields=["to_subject", "kind", "-created_at"], name="link_by_to_subject"),
            models.Index(fields=["from_subject", "kind", "-created_at"], name="link_by_from_subject"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["from_subject", "to_subject", "kind"], name="one_link_per_pair_and_kind"),
            models.CheckConstraint(name="no_subject_is_linked_to_itself", condition=~Q(from_subject=F("to_subject"))),
        ]

    def __str__(self) -> str:
        return f"{self.from_subject_id} {self.kind} {self.to_subject_id}"


class ActorKind(models.TextChoices):
    """Who acts, also when nobody is named."""

    MEMBER = "member", _("a member")  # named by ``actor``; without one: a former member
    SYSTEM = "system", _("the portal")
    UNSIGNED = "unsigned", _("nobody in particular")  # recording it would amount to watching people
    OFFICIAL = "official", _("an official")


class Reader(models.TextChoices):
    """Who reads an entry of the ledger."""

    SUBJECT = "subject", _("whoever may see the subject")
    FACILITATORS = "facilitators", _("facilitators only")


class ActivityQuerySet(models.QuerySet["Activity"]):
    """Which entries of the ledger."""

    def since_announced(self) -> Self:
        """What readers of a subject may know of it: neither the audit log, nor what a draft went through."""
        return self.filter(readers=Reader.SUBJECT, subject__announced_at__lte=F("at"))

    def for_feed_of(self, member: User, about: Subject) -> Self:
        """News about ``about`` and, if it is a hub, about what belongs to it; of everything if it is the community.

        Newest first, with what a sentence needs. Without the audit log, and without what a draft went through.
        """
        rows = self.since_announced().filter(is_news=True, subject__in=Subject.objects.for_feeds_of(member))
        if about.kind != COMMUNITY.key:
            belonging = Subject.hubs.through.objects.filter(to_subject=about).values("from_subject")
            rows = rows.filter(Q(subject=about) | Q(subject__in=belonging))
        return rows.select_related("subject", "actor", "other").order_by("-at", "-pk")


class Activity(models.Model):
    """One thing that happened. Append-only: a trigger refuses DELETE and every UPDATE but ``actor`` to NULL."""

    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    actor_kind = models.CharField(max_length=20, choices=ActorKind)
    actor_label = models.CharField(max_length=100, blank=True, default="", db_default="")  # an official's function
    verb = models.CharField(max_length=60)
    is_news = models.BooleanField(default=False, db_default=False)  # as its verb said when it was written
    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="activities")
    other = models.ForeignKey(Subject, null=True, on_delete=models.PROTECT, related_name="+")
    data = models.JSONField(default=dict)
    readers = models.CharField(max_length=20, choices=Reader, default=Reader.SUBJECT)
    at = models.DateTimeField(default=timezone.now)

    objects = ActivityQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        verbose_name_plural = "activities"
        indexes = [
            models.Index(fields=["subject", "-at"], name="activity_by_subject"),
            # Feeds are asked for all day long, and a thousand votes may lie between two entries of theirs.
            models.Index(fields=["-at", "-id"], condition=Q(is_news=True), name="activity_is_news"),
            # The log of the facilitators: what only they read, and what some verbs say.
            models.Index(fields=["-at", "-id"], condition=Q(readers="facilitators"), name="activity_of_facilitators"),
            models.Index(fields=["verb", "-at"], name="activity_by_verb"),
        ]
        constraints = [
            models.CheckConstraint(name="activity_actor_is_a_member", condition=Q(actor=None) | Q(actor_kind="member")),
            models.CheckConstraint(
                name="activity_has_a_known_actor_kind", condition=Q(actor_kind__in=ActorKind.values)
            ),
            models.CheckConstraint(
                name="only_an_official_has_a_label", condition=Q(actor_label="") | Q(actor_kind="official")
            ),
            models.CheckConstraint(name="activity_has_known_readers", condition=Q(readers__in=Reader.values)),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.verb}"


class FanOut(models.Model):
    """An entry of the ledger of which nobody was told yet; the row goes once whoever follows its subject is.

    It is written in the transaction of its entry, which waits for nothing else: ``activity.notices.fanout``.
    """

    entry = models.OneToOneField(Activity, on_delete=models.PROTECT, related_name="+")
    not_before = models.DateTimeField(default=timezone.now)
    attempts = models.PositiveSmallIntegerField(default=0, db_default=0)
    last_error = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["not_before", "pk"]

    def __str__(self) -> str:
        return f"of entry {self.entry_id}"


class Announcement(models.Model):
    """An entry of the ledger that many are to hear of by mail; the row goes once the mails are made.

    It is written in the transaction of its entry, and the sender makes all its mails in one statement
    (``activity.announcements``). It names nobody: the entry knows who acted, and ``receivers`` who gets it by then.
    """

    entry = models.ForeignKey(Activity, on_delete=models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(max_length=60)  # of ``mailkinds.mail_kinds``
    receivers = models.CharField(max_length=60)  # of ``announcements.receivers``
    context = models.JSONField(default=dict, blank=True)  # what the mails have in common: ids and moments only
    not_before = models.DateTimeField(default=timezone.now)
    attempts = models.PositiveSmallIntegerField(default=0, db_default=0)
    last_error = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["not_before", "pk"]
        constraints = [models.UniqueConstraint(fields=["entry", "kind"], name="one_announcement_per_entry_and_kind")]

    def __str__(self) -> str:
        return f"{self.kind} to {self.receivers}"


class EmailState(models.TextChoices):
    """Where a mail is on its way."""

    WAITING = "waiting", _("waiting")
    SENDING = "sending", _("being sent")
    SENT = "sent", _("sent")
    FAILED = "failed", _("failed")
    CANCELLED = "cancelled", _("cancelled")


#: When a mail was tried first, or first since it was sent again.
TRIED_AT = Coalesce("first_tried_at", "created_at")


class EmailQuerySet(models.QuerySet["Email"]):
    """Which mails."""

    def to(self, member: User) -> Self:
        """Mails to ``member``, also those that only carry the address, which is kept in one form everywhere."""
        return self.filter(Q(member=member) | Q(address=member.email, address__gt=""))

    def failed(self) -> Self:
        """What no server took, for good; the last first. ``tried_at`` is when that was begun."""
        rows = self.filter(state=EmailState.FAILED).annotate(tried_at=TRIED_AT)
        return rows.select_related("member").order_by("-tried_at", "-pk")

    def failed_since(self, moment: datetime) -> Self:
        """What failed in the time from ``moment`` on."""
        return self.failed().filter(tried_at__gte=moment)


class Email(models.Model):
    """A mail in the outbox: one row per occasion, whoever queues it and however often. Spec 06, Outbox."""

    State = EmailState

    address = AddressField(blank=True)
    member = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    subject = models.ForeignKey(Subject, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=60)
    language = models.CharField(max_length=2, choices=settings.LANGUAGES, default="nl")
    context = models.JSONField(default=dict, blank=True)
    secret = models.BinaryField(null=True, blank=True, editable=False)
    dedupe_key = models.CharField(max_length=200, unique=True)
    goes_first = models.BooleanField(default=False, db_default=False, editable=False)
    not_before = models.DateTimeField(default=timezone.now)
    state = models.CharField(max_length=20, choices=EmailState, default=EmailState.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0, db_default=0)
    first_tried_at = models.DateTimeField(null=True, blank=True, editable=False)
    last_error = models.CharField(max_length=500, blank=True)
    message_id = models.CharField(max_length=120, blank=True)
    claimed_by = models.BigIntegerField(null=True, blank=True)
    claimed_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    sent_at = models.DateTimeField(null=True, blank=True)

    objects = EmailQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("mail")
        verbose_name_plural = _("outbox")
        indexes = [
            models.Index(
                fields=["-goes_first", "not_before", "id"], condition=Q(state="waiting"), name="email_due_in_order"
            ),
            models.Index(fields=["claimed_by"], condition=Q(state="sending"), name="email_claimed"),
            models.Index(fields=["address"], condition=Q(address__gt=""), name="email_by_address"),
            models.Index(TRIED_AT.desc(), F("id").desc(), condition=Q(state="failed"), name="email_failed"),
        ]
        constraints = [
            models.CheckConstraint(name="email_has_a_known_state", condition=Q(state__in=EmailState.values)),
            models.CheckConstraint(
                name="claimed_email_is_being_sent",
                condition=Q(state="sending", claimed_by__isnull=False) | ~Q(state="sending"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} ({self.state})"

    def opened(self) -> dict[str, Any]:
        """What was sealed into ``secret``; empty when there is none, or none any more."""
        return unseal(bytes(self.secret)) if self.secret else {}

    @cached_property
    def tokens(self) -> dict[str, str]:
        """The tokens of the links that act of this mail, by purpose; the sender sets them for a whole batch."""
        return {}


class MailChoice(models.Model):
    """A member's explicit yes or no to one kind of mail; without a row the kind's default holds."""

    member = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="mail_choices")
    kind = models.CharField(max_length=60)
    is_wanted = models.BooleanField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["member", "kind"], name="one_choice_per_member_and_mail_kind")]

    def __str__(self) -> str:
        return f"{self.member}: {self.kind} {self.is_wanted}"


class HolderKind(models.TextChoices):
    """Who holds a link that acts."""

    MEMBER = "member", _("a member")
    OFFICIAL = "official", _("an official")
    INVITEE = "invitee", _("somebody who is invited")
    OUTSIDER = "outsider", _("somebody from outside")


class ActingLink(models.Model):
    """What a token ``<public id>.<HMAC>`` stands for: one person, one object, one act. Spec 00, Links that act.

    The token itself is derived whenever it is rendered and never stored; raising ``epoch`` makes all earlier ones void.
    Its holder is ``member``, or somebody without an account: ``holder_key`` is what their app knows them by, an id and
    never a name or an address.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    purpose = models.CharField(max_length=20)  # of ``links.link_purposes``
    holder_kind = models.CharField(
        max_length=20, choices=HolderKind, default=HolderKind.MEMBER, db_default=HolderKind.MEMBER.value
    )
    holder_key = models.CharField(max_length=60, blank=True, default="", db_default="")
    member = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.CASCADE, related_name="acting_links"
    )
    subject = models.ForeignKey(Subject, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=60, blank=True)
    epoch = models.PositiveIntegerField(default=1)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["purpose", "member", "holder_kind", "holder_key", "subject", "kind"],
                nulls_distinct=False,
                name="one_link_per_holder_and_act",
            ),
            models.CheckConstraint(name="link_has_a_known_holder", condition=Q(holder_kind__in=HolderKind.values)),
            models.CheckConstraint(
                name="a_member_or_somebody_else_holds_a_link",
                condition=Q(member__isnull=False, holder_kind="member", holder_key="")
                | (Q(member=None, holder_key__gt="") & ~Q(holder_kind="member")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.public_id}"

    @property
    def holding_member(self) -> User:
        """The member who holds it, for purposes that are for members only. Raises LookupError for anybody else."""
        if self.member is None:
            raise LookupError(f"no member holds {self}")
        return self.member


class TodoQuerySet(models.QuerySet["Todo"]):
    """What waits for whom."""

    def open(self) -> Self:
        """What still waits with its holder: neither done nor passed on."""
        return self.filter(done_at=None, passed_on_at=None)

    def open_for(self, member: User) -> Self:
        """What waits for ``member``: in person, as a representative of a hub, or as a facilitator.

        Of subjects that they may see only. What is due first comes first, and then what waits longest.
        """
        from .visibility import belonging, may_read  # it is about these models

        mine = Q(member=member) | Q(hub__in=belonging.represented_by(member))
        if belonging.facilitates(member):
            mine |= Q(is_for_facilitators=True)
        rows = self.open().filter(mine & may_read(member, "subject")).select_related("subject")
        return rows.order_by(F("due_on").asc(nulls_last=True), "created_at", "pk")

    def about(self, kind: str, subject: Subject | int, *keys: str) -> Self:
        """Those of ``kind`` about a subject, or about these of its things only."""
        rows = self.filter(kind=kind, subject=subject)
        return rows.filter(key__in=keys) if keys else rows


class Todo(models.Model):
    """Something that waits for somebody. The actions of its owner keep it. Spec 00, What waits for whom.

    It is exactly one's: a member's, the representatives' of a hub (``hub`` is that hub's subject), or the
    facilitators'. ``kind`` says what it is (``activity.todos``); ``key`` names the thing within the subject, where a
    subject has several. Passed on, it stays as history and waits with somebody else.
    """

    kind = models.CharField(max_length=60)
    member = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.CASCADE, related_name="todos"
    )
    hub = models.ForeignKey(Subject, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    is_for_facilitators = models.BooleanField(default=False)
    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="todos")
    key = models.CharField(max_length=60, blank=True)
    due_on = models.DateField(null=True, blank=True)  # a day in Europe/Amsterdam
    created_at = models.DateTimeField(default=timezone.now)
    reminded_at = models.DateTimeField(null=True, blank=True)
    passed_on_at = models.DateTimeField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)

    objects = TodoQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        indexes = [
            models.Index(fields=["member"], condition=Q(done_at=None, passed_on_at=None), name="todo_open_of_member"),
            models.Index(fields=["hub"], condition=Q(done_at=None, passed_on_at=None), name="todo_open_of_hub"),
            models.Index(fields=["subject", "kind", "key"], name="todo_by_subject"),
        ]
        constraints = [
            models.CheckConstraint(
                name="todo_has_one_holder",
                condition=Q(member__isnull=False, hub=None, is_for_facilitators=False)
                | Q(member=None, hub__isnull=False, is_for_facilitators=False)
                | Q(member=None, hub=None, is_for_facilitators=True),
            ),
            models.UniqueConstraint(
                fields=["kind", "subject", "key", "member", "hub", "is_for_facilitators"],
                condition=Q(done_at=None, passed_on_at=None),
                nulls_distinct=False,
                name="one_open_todo_per_holder_and_thing",
            ),
            models.CheckConstraint(name="todo_is_done_or_passed_on", condition=Q(done_at=None) | Q(passed_on_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}".strip()
