"""Ideas."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.urls import reverse

from activity.models import Subject
from activity.visibility import may_read

if TYPE_CHECKING:
    from community.models import User


class IdeaQuerySet(models.QuerySet["Idea"]):
    """Which ideas."""

    def visible_to(self, user: User) -> Self:
        """What ``user`` may read."""
        return self.filter(may_read(user, "subject"))


class Idea(models.Model):
    """Something that might work."""

    SUBJECT_KIND = "idea"

    subject = models.OneToOneField(Subject, on_delete=models.PROTECT, related_name="idea")
    text = models.TextField(max_length=10_000)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="ideas")

    objects = IdeaQuerySet.as_manager()

    def __str__(self) -> str:
        return self.subject.title

    def get_absolute_url(self) -> str:
        return reverse("smallapp:idea_detail", args=[self.pk])
