"""The shared vocabulary of expertise."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from ui.fields import NameField


class Topic(models.Model):
    """Something one can know: with a label in both languages and the other names people use for it."""

    slug = models.SlugField(max_length=80, unique=True)
    label_en = NameField(_("English label"), max_length=60)
    label_nl = NameField(_("Dutch label"), max_length=60)
    aliases = ArrayField(NameField(max_length=60), verbose_name=_("other names"), default=list, blank=True)

    class Meta:
        ordering = ["label_nl", "pk"]
        verbose_name = _("topic")
        verbose_name_plural = _("topics")
        constraints = [
            models.UniqueConstraint(Lower("label_nl"), name="one_topic_per_dutch_label"),
            models.UniqueConstraint(Lower("label_en"), name="one_topic_per_english_label"),
        ]

    def __str__(self) -> str:
        return label_in_language(self.label_nl, self.label_en)


def label_in_language(dutch: str, english: str) -> str:
    """The one of a topic's two labels that suits the language of the page."""
    return dutch if (translation.get_language() or "").startswith("nl") else english


class TopicKind(models.TextChoices):
    """How a member relates to a topic."""

    CAN_DO = "can_do", pgettext_lazy("topic", "Can do")
    ASK_ME = "ask_me", pgettext_lazy("topic", "Ask me about")
    WANTS_TO_LEARN = "wants_to_learn", pgettext_lazy("topic", "Wants to learn")


class MemberTopic(models.Model):
    """A member knows, teaches or wants to learn a topic; confirmed on a day, because knowledge ages."""

    member = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="member_topics")
    topic = models.ForeignKey(Topic, on_delete=models.PROTECT, related_name="member_topics")
    kind = models.CharField(max_length=20, choices=TopicKind)
    confirmed_on = models.DateField(default=timezone.localdate)

    class Meta:
        ordering = ["kind", "topic__label_nl", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["member", "topic", "kind"], name="one_row_per_member_topic_and_kind"),
            models.CheckConstraint(name="member_topic_has_a_known_kind", condition=models.Q(kind__in=TopicKind.values)),
        ]

    def __str__(self) -> str:
        return f"{self.member}: {self.topic} ({self.kind})"
