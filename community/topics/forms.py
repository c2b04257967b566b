"""Topics as people type them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _

from community.picking.fields import PickInput
from ui.validators import normal_name, validate_display_name

from .actions import MOST_TOPICS, TOPIC_LENGTH, split_topics
from .fields import LABELS


def validate_number_of_topics(number: int, most: int = MOST_TOPICS) -> None:
    """Raise ValidationError when these are more topics than a member or hub can name of one kind, or than ``most``."""
    if number > most:
        raise forms.ValidationError(
            _("These are %(number)d topics; %(most)d is the most. Leave some out.") % {"number": number, "most": most},
            code="too_many",
        )


class TopicsField(forms.CharField):
    """Topics, chosen or typed with commas between them; gives a list of labels. Known ones are suggested."""

    def __init__(self, *, most: int = MOST_TOPICS, **kwargs: Any) -> None:
        kwargs.setdefault("required", False)
        kwargs.setdefault("max_length", 2_000)
        kwargs.setdefault("widget", PickInput(finder=LABELS, most=most))
        super().__init__(**kwargs)
        self.most = most

    def to_python(self, value: Any) -> Any:
        """Return the labels, tidy and each once. Raises ValidationError for one that is no label, and for too many."""
        labels = split_topics(normal_name(super().to_python(value) or ""))
        validate_number_of_topics(len(labels), self.most)
        for label in labels:
            if len(label) > TOPIC_LENGTH:
                raise forms.ValidationError(
                    _("“%(topic)s…” is too long for a topic: %(limit)s characters is the most.")
                    % {"topic": label[:30], "limit": TOPIC_LENGTH}
                )
            validate_display_name(label)
        return labels

    def run_validators(self, value: Any) -> None:
        """Check nothing more: the labels were checked one by one."""

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compare lists of topics, not the spaces between them."""
        return split_topics(_text(initial)) != split_topics(_text(data))

    def in_words(self, value: Any) -> str:
        """The topics with commas between them, whether they are labels, rows or what was typed."""
        return ", ".join(split_topics(_text(value)))


def _text(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value or "")
