"""How a bottleneck ended, and whether those who ran into it notice that. Spec 02, Life."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from activity.visibility import may_read
from community.models import Hub
from issues.bottlenecks.models import Bottleneck, Route, State, Vote
from ui.markdown import render

if TYPE_CHECKING:
    from datetime import datetime

    from django.utils.safestring import SafeString

    from community.models import User

#: Characters of what supporters read.
WORDS_LENGTH = 2_000


class How(models.TextChoices):
    """In which way it ended; what supporters say of *solved* makes it confirmed, or open again."""

    SOLVED = State.SOLVED.value, _("It is solved")
    DECLINED = State.DECLINED.value, _("The formal organisation declined it")
    LAPSED = State.LAPSED.value, _("It is withdrawn: nobody runs into it any more, or it was a mistake")


class Noticed(models.TextChoices):
    """What somebody who ran into a bottleneck says once it is said to be solved."""

    YES = "yes", pgettext_lazy("do you notice it", "Yes, it is solved for me")
    PARTLY = "partly", pgettext_lazy("do you notice it", "Partly")
    NO = "no", pgettext_lazy("do you notice it", "No, I still run into it")
    UNKNOWN = "unknown", pgettext_lazy("do you notice it", "I do not know")


class EndingQuerySet(models.QuerySet["Ending"]):
    """Which ends."""

    def standing(self) -> Self:
        """Those that were not undone: of a bottleneck at most one."""
        return self.filter(undone_at=None)

    def to_ask_about(self, before: datetime) -> Self:
        """Solved ones, marked so ``before`` then, about which nobody was asked yet."""
        return self.standing().filter(how=How.SOLVED, asked_at=None, ended_at__lte=before)

    def asking(self) -> Self:
        """Those about which supporters are being asked."""
        return self.standing().filter(asked_at__isnull=False, settled_at=None)

    def waiting_for(self, member: User, now: datetime) -> Self:
        """Those about which ``member`` is asked and has not answered.

        They voted for it or filed it, or did so for what was merged into it or is a part of it.
        """
        same = Q(pk=OuterRef("bottleneck")) | Q(main=OuterRef("bottleneck"))
        same |= Q(subject__merged_into=OuterRef("bottleneck__subject"))
        votes = Vote.objects.filter(bottleneck=OuterRef("pk"), voter_key=member.voter_key)
        ran_into = Bottleneck.objects.filter(same, Q(author=member.pk) | Exists(votes))
        answered = NoticeAnswer.objects.filter(ending=OuterRef("pk"), voter_key=member.voter_key)
        rows = self.asking().filter(may_read(member, "bottleneck__subject"), asks_until__gt=now)
        rows = rows.filter(Exists(ran_into)).exclude(Exists(answered))
        return rows.select_related("bottleneck__subject").defer("bottleneck__search").order_by("asks_until", "pk")


class Ending(models.Model):
    """How a bottleneck ended, with the text that its supporters read.

    Of one that is said to be solved those are asked from ``asked_at`` until ``asks_until`` whether they notice it;
    ``result`` holds what they said, as ``{"yes": 4, …}``, from ``settled_at`` on, when nothing tells any more who said
    what. Undone, the bottleneck is open again.
    """

    How = How

    bottleneck = models.ForeignKey(Bottleneck, on_delete=models.PROTECT, related_name="endings")
    how = models.CharField(max_length=20, choices=How)
    route = models.CharField(max_length=20, choices=Route, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    hub = models.ForeignKey(Hub, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    text = models.TextField(max_length=WORDS_LENGTH)
    language = models.CharField(max_length=2, choices=settings.LANGUAGES, default="nl")
    ended_at = models.DateTimeField(default=timezone.now)
    asked_at = models.DateTimeField(null=True, blank=True)
    asks_until = models.DateTimeField(null=True, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    result = models.JSONField(null=True, blank=True)
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    undone_why = models.TextField(max_length=WORDS_LENGTH, blank=True)  # of who opened it again; answers say no words
    undone_language = models.CharField(max_length=2, choices=settings.LANGUAGES, default="nl")

    objects = EndingQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["bottleneck"], condition=Q(undone_at=None), name="one_standing_end_per_bottleneck"
            ),
            models.CheckConstraint(name="ending_is_of_a_known_kind", condition=Q(how__in=How.values)),
            models.CheckConstraint(
                name="what_is_solved_says_by_which_route",
                condition=Q(how="solved", route__in=Route.values) | (~Q(how="solved") & Q(route__in=["", "formal"])),
            ),
            models.CheckConstraint(
                name="who_is_asked_has_a_last_moment",
                condition=Q(asked_at=None, asks_until=None, settled_at=None)
                | Q(how="solved", asked_at__isnull=False, asks_until__isnull=False),
            ),
            models.CheckConstraint(
                name="what_is_settled_has_a_result",
                condition=Q(settled_at=None, result=None) | Q(settled_at__isnull=False, result__isnull=False),
            ),
        ]
        indexes = [
            models.Index(
                fields=["ended_at"],
                condition=Q(how="solved", asked_at=None, undone_at=None),
                name="ending_to_ask_about",
            ),
            models.Index(
                fields=["asks_until"], condition=Q(settled_at=None, undone_at=None), name="ending_asked_about"
            ),
        ]

    def __str__(self) -> str:
        return f"end {self.pk} of {self.bottleneck_id}"

    @property
    def html(self) -> SafeString:
        """What supporters read."""
        return render(self.text)

    @property
    def undone_html(self) -> SafeString:
        """Why it is open again."""
        return render(self.undone_why)

    def is_asking(self, now: datetime) -> bool:
        """Whether one can say now whether one notices it."""
        return (
            self.asked_at is not None
            and self.settled_at is None
            and self.undone_at is None
            and self.asks_until is not None
            and now < self.asks_until
        )


class NoticeAnswer(models.Model):
    """Whether somebody notices that it is solved; gone once that is settled. It names nobody but by the voter's key."""

    ending = models.ForeignKey(Ending, on_delete=models.CASCADE, related_name="answers", db_index=False)
    voter_key = models.UUIDField()
    answer = models.CharField(max_length=20, choices=Noticed)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["ending", "voter_key"], name="one_answer_per_member_and_end"),
            models.CheckConstraint(name="notice_is_a_known_answer", condition=Q(answer__in=Noticed.values)),
        ]

    def __str__(self) -> str:
        return f"answer about {self.ending_id}"
