"""A member asks to belong to a hub. Spec 01, Hubs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Cast
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from activity.models import Subject, Todo, TodoQuerySet
from community.hubs.models import Hub, Membership

if TYPE_CHECKING:
    from community.people.models import User

#: What a member writes with a request, and who answers it writes back, is at most so long.
LONGEST_WORDS = 500
#: The kind of todo that a request is to whom it lies with; its ``key`` is the request's.
TODO_KIND = "join_request"


class JoinRequestState(models.TextChoices):
    """What became of a request."""

    WAITING = "waiting", pgettext_lazy("join request", "waiting")
    ACCEPTED = "accepted", pgettext_lazy("join request", "accepted")
    DECLINED = "declined", pgettext_lazy("join request", "declined")
    WITHDRAWN = "withdrawn", pgettext_lazy("join request", "withdrawn")
    LAPSED = "lapsed", pgettext_lazy("join request", "lapsed")  # the hub was closed


class JoinRequestQuerySet(models.QuerySet["JoinRequest"]):
    """Which requests."""

    def waiting(self) -> Self:
        """Requests that nobody answered yet."""
        return self.filter(state=JoinRequestState.WAITING)

    def for_decider(self, user: User) -> Self:
        """Requests about which ``user`` decides, or did; nobody but these and the requester reads one.

        That is who speaks for the hub and, once it lies with the facilitators, who facilitates.
        """
        speaks = Membership.objects.current().representatives().filter(hub=OuterRef("hub"), member=user)
        decides = Q(Exists(speaks))
        if user.is_facilitator:
            decides |= Q(Exists(todos_of_request().filter(is_for_facilitators=True)))
        return self.filter(decides, hub__subject__in=Subject.objects.visible_to(user))


def todos_of_request() -> TodoQuerySet:
    """The todos of a request, for a subquery over requests."""
    key = Cast(OuterRef("pk"), models.CharField())
    return Todo.objects.filter(kind=TODO_KIND, subject=OuterRef("hub__subject"), key=key)


class JoinRequest(models.Model):
    """Somebody asks to belong to a hub. With whom it lies, and lay before, its todos tell."""

    State = JoinRequestState

    hub = models.ForeignKey(Hub, on_delete=models.PROTECT, related_name="join_requests")
    member = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="join_requests")
    words = models.TextField(_("what are you looking for here?"), blank=True, max_length=LONGEST_WORDS)
    language = models.CharField(max_length=2, choices=settings.LANGUAGES, default="nl")
    asked_at = models.DateTimeField(default=timezone.now)
    state = models.CharField(max_length=20, choices=JoinRequestState, default=JoinRequestState.WAITING)
    ended_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    answer = models.TextField(blank=True, max_length=LONGEST_WORDS)
    answer_language = models.CharField(max_length=2, choices=settings.LANGUAGES, default="nl")
    other_hub = models.ForeignKey(Hub, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    objects = JoinRequestQuerySet.as_manager()

    class Meta:
        ordering = ["asked_at", "pk"]
        verbose_name = _("request to join")
        verbose_name_plural = _("requests to join")
        indexes = [
            models.Index(fields=["member", "hub", "-id"], name="join_request_of_member"),
            models.Index(fields=["hub", "asked_at"], condition=Q(state="waiting"), name="join_request_waiting"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["hub", "member"], condition=Q(state="waiting"), name="one_waiting_request_per_member_and_hub"
            ),
            models.CheckConstraint(
                name="join_request_has_a_known_state", condition=Q(state__in=JoinRequestState.values)
            ),
            models.CheckConstraint(
                name="only_a_waiting_request_has_no_end",
                condition=Q(state="waiting", ended_at=None) | (~Q(state="waiting") & Q(ended_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="join_request_is_declined_with_a_reason", condition=~Q(state="declined") | ~Q(answer="")
            ),
            models.CheckConstraint(
                name="another_hub_is_named_when_declining", condition=Q(other_hub=None) | Q(state="declined")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.member} → {self.hub} ({self.state})"

    @property
    def key(self) -> str:
        """What stands for this request in its todos."""
        return str(self.pk)
