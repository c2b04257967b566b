"""The member: the user model from the first migration. Spec 01, Member profile."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, ClassVar, Self
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Lower
from django.db.models.lookups import Exact
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from activity.notices.selectors import count_unread, number_unread
from community.organisation.models import FacilitatorTerm
from community.topics.models import MemberTopic
from ui import statements
from ui.addresses import normal_address
from ui.fields import AddressField, NameField, sort_key

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


class Role(models.TextChoices):
    """What somebody does in the field."""

    DATA_SCIENTIST = "data_scientist", _("data scientist")
    DATA_ENGINEER = "data_engineer", _("data engineer")
    DATA_ANALYST = "data_analyst", _("data analyst")
    DOMAIN_SPECIALIST = "domain_specialist", _("domain specialist")
    OTHER = "other", _("other")


class UserQuerySet(models.QuerySet["User"]):
    """Which members: who takes part, and who sees whom."""

    def active(self) -> Self:
        """Members who take part: activated and not suspended or leaving. Only these count in figures."""
        return self.filter(is_active=True, activated_at__isnull=False)

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Whom ``user`` may see: members see active members; facilitators and their representatives imported ones.

        Visitors see nobody. Spec 01, Import and export.
        """
        if not user.is_authenticated:
            return self.none()
        if user.is_facilitator:
            return self.filter(is_active=True)
        own = Q(
            memberships__ended_at=None,
            memberships__hub__memberships__member=user,
            memberships__hub__memberships__role="representative",
            memberships__hub__memberships__ended_at=None,
        )
        represented = User.objects.filter(own, activated_at=None, is_active=True).values("pk")
        return self.filter(Q(is_active=True) & (Q(activated_at__isnull=False) | Q(pk__in=represented)))

    def for_choice(self) -> Self:
        """Members to choose from, in order, with what ``described`` asks of them."""
        same_name = User.objects.filter(is_active=True, sort_name=OuterRef("sort_name")).exclude(pk=OuterRef("pk"))
        return self.select_related("unit").annotate(has_namesake=Exists(same_name)).order_by("sort_name", "pk")

    def by_handle(self, handle: str) -> Self:
        """The member who has this handle or had it before, whatever the case: no two ever do."""
        same = Exact(Lower("handle"), handle.lower())
        present = User.objects.filter(same).order_by().values("pk")
        return self.filter(pk__in=present.union(OldHandle.objects.filter(same).values("member")))  # by two indexes

    def for_request(self) -> Self:
        """The signed-in member with what every page asks of them, in one query."""
        terms = FacilitatorTerm.objects.filter(member=OuterRef("pk"), ended_at=None)
        return self.select_related("primary_hub__subject").annotate(
            facilitates=Exists(terms),
            new_notices=number_unread(OuterRef("pk")),
            has_topics=Exists(MemberTopic.objects.filter(member=OuterRef("pk"))),
            represented=ArraySubquery(_hubs_represented_by(OuterRef("pk"))),
        )


class UserManager(BaseUserManager.from_queryset(UserQuerySet)["User"]):  # type: ignore[misc]
    """Creates members; everywhere else ``actions`` does."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Make a member with the e-mail address ``email``. Raises ValidationError for what is no address."""
        fields.setdefault("handle", f"lid-{uuid.uuid4().hex[:10]}")
        user: User = self.model(email=normal_address(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Make an administrator: Django's admin for upkeep, and no more of the community than a member."""
        fields.setdefault("name", email.partition("@")[0])
        return self.create_user(
            email, password, is_staff=True, is_superuser=True, activated_at=timezone.now(), **fields
        )

    def get_by_natural_key(self, username: str | None) -> User:
        """Find by e-mail address, however it is written."""
        user: User = self.get(email=username)
        return user


class User(statements.Standing, AbstractBaseUser, PermissionsMixin):
    """A member of the community. The e-mail address is the login."""

    email = AddressField(_("e-mail address"))
    name = NameField(_("name"), max_length=120)
    handle = models.SlugField(_("handle"), max_length=60)
    voter_key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    role = models.CharField(_("role"), max_length=20, choices=Role, default=Role.DATA_SCIENTIST)
    role_other = models.CharField(_("role in own words"), max_length=60, blank=True)
    unit = models.ForeignKey(
        "community.Unit", verbose_name=_("organisational unit"), null=True, blank=True, on_delete=models.PROTECT
    )
    city = models.CharField(_("city"), max_length=60, blank=True)
    bio = models.TextField(_("about me"), blank=True, max_length=5_000)
    bio_language = models.CharField(_("language of this text"), max_length=2, choices=settings.LANGUAGES, default="nl")
    language = models.CharField(_("language"), max_length=2, choices=settings.LANGUAGES, default="nl")
    time_zone = models.CharField(_("time zone"), max_length=64, default="Europe/Amsterdam")
    primary_hub = models.ForeignKey(
        "community.Hub",
        verbose_name=_("primary hub"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="primary_members",
    )
    topics = models.ManyToManyField("community.Topic", through="community.MemberTopic", related_name="members")
    shows_support = models.BooleanField(_("show my name as supporter"), default=False)
    joined_on = models.DateField(_("member since"), default=timezone.localdate)
    seen_on = models.DateField(null=True, editable=False)
    activated_at = models.DateTimeField(null=True, blank=True)
    imported = models.JSONField(default=dict, blank=True, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)
    is_active = models.BooleanField(_("active"), default=True)
    is_staff = models.BooleanField(_("may use the admin"), default=False)
    sort_name = models.GeneratedField(expression=sort_key("name"), output_field=models.TextField(), db_persist=True)
    last_login = None  # the day last seen is all that is kept: spec 01, Member profile

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects = UserManager()

    class Meta:
        ordering = ["sort_name", "pk"]
        verbose_name = _("member")
        verbose_name_plural = _("members")
        indexes = [
            models.Index(fields=["sort_name", "id"], name="member_by_name"),
            models.Index(fields=["email"], name="member_by_address"),  # as it is kept, and allauth asks for it
            GinIndex(OpClass("sort_name", name="gin_trgm_ops"), name="member_name_trigrams"),
        ]
        constraints = [
            models.UniqueConstraint(Lower("email"), name="one_member_per_email_address"),
            models.CheckConstraint(
                name="address_in_its_one_form",
                condition=Q(email__regex=r"^[!-~]+$") & Q(email=Lower("email")),
            ),
            models.UniqueConstraint(Lower("handle"), name="one_member_per_handle"),
            models.CheckConstraint(name="member_has_a_known_role", condition=Q(role__in=Role.values)),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("community:member_detail", args=[self.handle])

    @cached_property
    def is_facilitator(self) -> bool:
        """Whether a facilitator term runs now; loaded with the request's member, else one query."""
        if "facilitates" in self.__dict__:
            return bool(self.__dict__["facilitates"])
        return self.facilitator_terms.filter(ended_at=None).exists()

    @property
    def says_what_they_know(self) -> bool:
        """Whether they filled in topics; loaded with the request's member, else one query."""
        if "has_topics" not in self.__dict__:
            self.has_topics = self.member_topics.exists()
        return bool(self.has_topics)

    @property
    def unread(self) -> int:
        """Of how many subjects there is something new for this member; loaded with the request's, else one query."""
        if "new_notices" not in self.__dict__:
            self.new_notices = count_unread(self)
        return self.new_notices

    @cached_property
    def represented_hub_ids(self) -> frozenset[int]:
        """The hubs this member speaks for now; loaded with the request's member, else asked once for each object."""
        if "represented" in self.__dict__:
            return frozenset(self.__dict__["represented"])
        return frozenset(statements.rows(_hubs_represented_by, self.pk))

    def statement_values(self) -> tuple[int, uuid.UUID]:
        """What a statement may ask of a member who reads."""
        return self.pk, self.voter_key

    def statement_shape(self) -> bool:
        """Facilitators see more, so their statements are others."""
        return self.is_facilitator

    def standing_in(self, values: tuple[Any, ...]) -> User:
        """Return a member of whom only these values are loaded."""
        member: User = User.from_db(None, ("id", "voter_key"), values)
        member.__dict__["facilitates"] = self.is_facilitator
        return member

    @property
    def described(self) -> str:
        """Who it is among others: name, unit, and the handle unless ``for_choice`` found no other of that name."""
        who = f"{self.name}, {self.unit}" if self.unit else self.name
        return f"{who} ({self.handle})" if self.__dict__.get("has_namesake", True) else who

    @property
    def zone(self) -> ZoneInfo:
        """The member's own time zone."""
        return ZoneInfo(self.time_zone)

    @property
    def role_label(self) -> str:
        """The role in words: their own if they gave any."""
        return self.role_other or str(Role(self.role).label)

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        """The first name, as a greeting uses it."""
        return self.name.split(" ")[0]


def _hubs_represented_by(member: int | OuterRef) -> models.QuerySet[Any, int]:
    """The hubs that a member speaks for now."""
    memberships: Any = User._meta.get_field("memberships").related_model
    found: models.QuerySet[Any, int] = memberships.objects.current().representatives().filter(member=member)
    return found.values_list("hub_id", flat=True)


class OldHandle(models.Model):
    """A handle somebody used before: it redirects, and nobody else can take it."""

    handle = models.SlugField(max_length=60)
    member = models.ForeignKey(User, on_delete=models.CASCADE, related_name="old_handles")

    class Meta:
        constraints = [models.UniqueConstraint(Lower("handle"), name="one_member_per_old_handle")]

    def __str__(self) -> str:
        return self.handle
