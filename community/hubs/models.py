"""Hubs and who belongs to them. Spec 01, Hubs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, Func, OuterRef, Q, Value
from django.db.models.functions import Coalesce, Lower
from django.db.models.lookups import Exact
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from activity.models import Subject
from activity.visibility import may_read
from community.organisation.models import Unit
from community.topics.models import Topic
from ui.fields import NameField, sort_key

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from community.people.models import User


class HubState(models.TextChoices):
    """Where a hub is in its life."""

    FORMING = "forming", pgettext_lazy("hub", "forming")
    ACTIVE = "active", pgettext_lazy("hub", "active")
    PILOT = "pilot", pgettext_lazy("hub", "pilot")
    DORMANT = "dormant", pgettext_lazy("hub", "dormant")
    CLOSED = "closed", pgettext_lazy("hub", "closed")


class JoinPolicy(models.TextChoices):
    """How one becomes a member of a hub."""

    OPEN = "open", pgettext_lazy("join policy", "open to everyone")
    REQUEST = "request", pgettext_lazy("join policy", "on request")
    INVITATION = "invitation", pgettext_lazy("join policy", "by invitation")


class MembershipRole(models.TextChoices):
    """What somebody is in a hub."""

    MEMBER = "member", pgettext_lazy("membership", "member")
    REPRESENTATIVE = "representative", pgettext_lazy("membership", "representative")


class HubQuerySet(models.QuerySet["Hub"]):
    """Which hubs, and what their cards show."""

    def alike(self, name: str) -> Self:
        """Hubs whose name one cannot tell from ``name`` by its letters: whatever case, accents and joiners."""
        return self.filter(sort_name=Func(Value(name), function="sort_key"))

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Hubs that ``user`` may know of, as ``Subject.visible_to`` decides; visitors of those that all members may.

        What a visitor reads of a hub is for its page to decide. Spec 00, Roles.
        """
        if not user.is_authenticated:
            return self.for_every_member()
        return self.filter(may_read(user, "subject"))

    def known_beside_shared_ones(self, user: User | AnonymousUser) -> Self:
        """Hubs that ``user`` may read of though not all members may; for a visitor all those that visitors may."""
        seen = self.filter(may_read(user, "subject"))
        return seen.filter(subject__is_shared=False) if user.is_authenticated else seen

    def for_every_member(self) -> Self:
        """Hubs that all members may know of, so that their number is the same for each of them."""
        return self.filter(subject__is_shared=True)

    def open(self) -> Self:
        """Hubs that are not closed."""
        return self.exclude(state=HubState.CLOSED)

    def by_slug(self, slug: str) -> Self:
        """The hub that has this address or had it before, whatever the case: no two ever do."""
        same = Exact(Lower("slug"), slug.lower())
        present = Hub.objects.filter(same).order_by().values("pk")
        return self.filter(pk__in=present.union(OldSlug.objects.filter(same).values("hub")))  # by two indexes

    def present_slug(self, slug: str) -> str:
        """The present address of the hub that has or had ``slug``; ``slug`` itself where none does."""
        return self.by_slug(slug).values_list("slug", flat=True).first() or slug

    def with_figures(self) -> Self:
        """Add ``member_count`` as it is kept: active members only. Spec 01, Member profile."""
        return self.annotate(member_count=Coalesce("membertally__number", 0))

    def for_list(self, user: User | AnonymousUser) -> Self:
        """Hubs that ``user`` may know of as their cards show them, with ``is_mine``; by name."""
        rows = self.visible_to(user).with_figures().order_by("sort_name", "pk")
        if not user.is_authenticated:
            return rows.annotate(is_mine=models.Value(value=False, output_field=models.BooleanField()))
        mine = Membership.objects.current().filter(hub=OuterRef("pk"), member=user)
        return rows.annotate(is_mine=Exists(mine))


class Hub(models.Model):
    """A place in the organisation where the field is alive (Dutch: kern)."""

    SUBJECT_KIND = "hub"
    State = HubState
    JoinPolicy = JoinPolicy

    subject = models.OneToOneField(Subject, on_delete=models.PROTECT, related_name="hub")
    name = NameField(_("name"), max_length=80)
    slug = models.SlugField(_("address"), max_length=80)
    tagline = models.CharField(_("in one line"), max_length=160, blank=True)
    about = models.TextField(_("about this hub"), blank=True, max_length=20_000)
    language = models.CharField(_("language of this text"), max_length=2, choices=settings.LANGUAGES, default="nl")
    unit = models.ForeignKey(
        Unit, verbose_name=_("organisational unit"), null=True, blank=True, on_delete=models.PROTECT
    )
    city = models.CharField(_("city"), max_length=60, blank=True)
    state = models.CharField(_("state"), max_length=20, choices=HubState, default=HubState.ACTIVE)
    join_policy = models.CharField(_("joining"), max_length=20, choices=JoinPolicy, default=JoinPolicy.OPEN)
    founded_on = models.DateField(_("founded on"), null=True, blank=True)
    contact = models.CharField(_("contact"), max_length=160, blank=True)
    topics = models.ManyToManyField(
        Topic, verbose_name=_("topics"), through="community.HubTopic", related_name="hubs", blank=True
    )
    imported = models.JSONField(default=dict, blank=True, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)
    sort_name = models.GeneratedField(expression=sort_key("name"), output_field=models.TextField(), db_persist=True)

    objects = HubQuerySet.as_manager()

    class Meta:
        ordering = ["sort_name", "pk"]
        verbose_name = _("hub")
        verbose_name_plural = _("hubs")
        indexes = [models.Index(fields=["sort_name", "id"], name="hub_by_name")]
        constraints = [
            models.UniqueConstraint(Lower("name"), name="one_hub_per_name"),
            models.UniqueConstraint(Lower("slug"), name="one_hub_per_address"),
            models.CheckConstraint(name="hub_has_a_known_state", condition=Q(state__in=HubState.values)),
            models.CheckConstraint(name="hub_has_a_known_join_policy", condition=Q(join_policy__in=JoinPolicy.values)),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("community:hub_detail", args=[self.slug])


class HubTopic(models.Model):
    """A hub works on a topic."""

    hub = models.ForeignKey(Hub, on_delete=models.CASCADE, related_name="hub_topics")
    topic = models.ForeignKey(Topic, on_delete=models.PROTECT, related_name="hub_topics")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["hub", "topic"], name="one_row_per_hub_and_topic")]

    def __str__(self) -> str:
        return f"{self.hub}: {self.topic}"


class OldSlug(models.Model):
    """An address a hub had before: it redirects, and no other hub can take it."""

    slug = models.SlugField(max_length=80)
    hub = models.ForeignKey(Hub, on_delete=models.CASCADE, related_name="old_slugs")

    class Meta:
        constraints = [models.UniqueConstraint(Lower("slug"), name="one_hub_per_old_address")]

    def __str__(self) -> str:
        return self.slug


class MembershipQuerySet(models.QuerySet["Membership"]):
    """Which memberships."""

    def current(self) -> Self:
        """Memberships that run now."""
        return self.filter(ended_at=None)

    def counted(self) -> Self:
        """Memberships of members who take part, as figures count them."""
        return self.filter(member__is_active=True, member__activated_at__isnull=False)

    def representatives(self) -> Self:
        """Memberships of representatives only."""
        return self.filter(role=MembershipRole.REPRESENTATIVE)


class Membership(models.Model):
    """Somebody belongs to a hub; ended ones stay as history until the account is erased."""

    Role = MembershipRole

    member = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    hub = models.ForeignKey(Hub, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=20, choices=MembershipRole, default=MembershipRole.MEMBER)
    started_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        ordering = ["started_at", "pk"]
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = [
            models.UniqueConstraint(
                fields=["member", "hub"], condition=Q(ended_at=None), name="one_running_membership_per_member_and_hub"
            ),
            models.CheckConstraint(
                name="membership_ends_after_it_starts",
                condition=Q(ended_at=None) | Q(ended_at__gte=F("started_at")),
            ),
            models.CheckConstraint(name="membership_has_a_known_role", condition=Q(role__in=MembershipRole.values)),
        ]
        indexes = [
            models.Index(fields=["hub", "ended_at"], name="membership_by_hub"),
            models.Index(
                fields=["hub", "-role", "started_at", "id"],
                condition=Q(ended_at=None),
                name="membership_first_of_hub",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.member} in {self.hub}"


class HubTally(models.Model):
    """A number kept for each hub, which ``community.hubs.tallies`` counts; a hub without a row has none of them."""

    hub = models.OneToOneField(Hub, primary_key=True, on_delete=models.CASCADE, related_name="%(class)s")
    number = models.PositiveIntegerField(default=0)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.hub_id}: {self.number}"

    @classmethod
    def counted(cls) -> models.QuerySet[Any]:
        """The rows it counts; each has a ``hub``."""
        raise NotImplementedError


class MemberTally(HubTally):
    """How many active members a hub has."""

    class Meta:
        verbose_name = "members"

    @classmethod
    def counted(cls) -> models.QuerySet[Any]:
        """Memberships that run, of members who take part."""
        return Membership.objects.current().counted()
