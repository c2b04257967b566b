"""Topics that there are, in filters: by the address of one, or by any name that people use for it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from django.contrib.postgres.search import TrigramSimilarity
from django.core.exceptions import ValidationError
from django.db.models import F, Func, Q, QuerySet, TextField, Value
from django.db.models.functions import Greatest
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from community.picking.fields import PickInput
from community.picking.finding import MOST_TOLD, Finder, Option
from ui import statements
from ui.search import Word, finds, sought
from ui.validators import name_key

from .actions import MOST_TOPICS, find_topics
from .models import Topic

if TYPE_CHECKING:
    from community.models import User

SUGGESTED = 8
TOPIC_TEXT = Func(
    F("label_nl"),
    F("label_en"),
    Func(F("aliases"), Value(" "), function="array_to_string"),
    arg_joiner=" || ' ' || ",
    function="sort_key",
    output_field=TextField(),
)


class Topics(Finder[Topic]):
    """Topics of the shared vocabulary, the same for every member."""

    key = "topics"
    most = MOST_TOPICS
    parts_of_a_name = (1,)

    def address_in(self, word: str) -> str:
        """The address that ``word`` may be."""
        return word.lower() if len(word) <= 80 and slugify(word) == word.lower() else ""

    def by_address(self, addresses: set[str], reader: User | None) -> dict[str, Topic]:
        """Topics by their addresses."""
        return {topic.slug.lower(): topic for topic in Topic.objects.filter(slug__in=addresses)} if addresses else {}

    def by_name(self, names: Sequence[str], reader: User | None) -> dict[str, list[Topic]]:
        """Topics by the labels and other names they have."""
        known, found = find_topics(names), defaultdict[str, list[Topic]](list)
        for name in names:
            if (topic := known.get(name_key(name))) is not None:
                found[name].append(topic)
        return found

    def nearest(self, name: str, reader: User | None) -> list[Topic]:
        """Topics with a label that shares most trigrams with what was typed."""
        likeness = Greatest(TrigramSimilarity("label_nl", name), TrigramSimilarity("label_en", name))
        alike = Topic.objects.alias(likeness=likeness).filter(likeness__gt=0.2)
        return list(alike.order_by("-likeness", "pk")[:MOST_TOLD])

    def option(self, thing: Topic) -> Option:
        """Its address and its label in the language of the page."""
        return Option(thing.slug, str(thing))

    def unknown(self, name: str, nearest: Sequence[Topic]) -> ValidationError:
        """Nothing is called so, and what nearly is."""
        if nearest:
            text = _("There is no topic called “%(name)s”. Do you mean %(topics)s?")
            params = {"name": name, "topics": " · ".join(map(str, nearest))}
            return ValidationError(text, code="unknown", params=params)
        return ValidationError(_("There is no topic called “%(name)s”."), code="unknown", params={"name": name})

    def several(self, name: str, candidates: Sequence[Topic]) -> ValidationError:
        """Never: a name is of one topic, the first that had it."""
        return self.unknown(name, candidates)

    def too_many(self) -> ValidationError:
        """These are more than a field takes."""
        return ValidationError(_("These are more than %(limit)d topics."), code="many", params={"limit": self.most})


class Labels(Topics):
    """Topics as words of one's own: what nobody named before is added when the form is saved."""

    key = "labels"

    def address_in(self, word: str) -> str:
        """What is typed is the topic."""
        return word

    def by_address(self, addresses: set[str], reader: User | None) -> dict[str, Topic]:
        """The topic of that label, which has another in another language, or a new one."""
        known = find_topics(sorted(addresses)) if addresses else {}
        return {label: known.get(name_key(label)) or Topic(label_nl=label, label_en=label) for label in addresses}

    def option(self, thing: Topic) -> Option:
        """Its label; in the form the same one whatever the language of the page, which may change meanwhile."""
        return Option(thing.label_nl, str(thing))


TOPICS, LABELS = Topics(), Labels()


def suggested_topics(words: str, but: Collection[str] = ()) -> list[Topic]:
    """The few topics that best fit ``words``, without those of these addresses or labels. At most two statements."""
    typed = sought(words)
    if not typed:
        return []
    left_out = {text.casefold() for text in but}
    for roughly in (False, True):
        found = [
            topic
            for topic in statements.rows(_fitting, roughly, *typed)
            if left_out.isdisjoint({topic.slug, topic.label_nl.casefold(), topic.label_en.casefold()})
        ]
        if found:
            return found[:SUGGESTED]
    return []


def _fitting(roughly: bool, *words: Word) -> QuerySet[Topic]:
    fits = Q()
    for word in words:
        fits &= finds("text", word, roughly=roughly)
    return Topic.objects.alias(text=TOPIC_TEXT).filter(fits).order_by("slug")[: SUGGESTED + MOST_TOPICS]


def topic_filter() -> PickInput:
    """The box of a filter by topic; draw it with the topics that are chosen."""
    return PickInput(finder=TOPICS, most=1, none_label=gettext_lazy("All topics"), is_filter=True)
