"""The shared vocabulary grows by use: what nobody named before is added. Spec 01, Hubs."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from django.utils.text import slugify

from community.names import FreeNames
from ui.validators import name_key
from ui.writing import hold

from .models import Topic

TOPIC_LENGTH = 60
#: How many topics of one kind a member can name, and a hub.
MOST_TOPICS = 30
#: The lock of whoever adds to what all share (units, topics, themes). A list adds many of each, one after the other: by
#: constraints alone two such transactions would wait for each other.
VOCABULARY = "community.vocabulary"


def split_topics(text: str) -> list[str]:
    """Return the topics in a list that people wrote with commas or semicolons, tidied, each once whatever its case."""
    found: dict[str, str] = {}
    for part in text.replace(";", ",").replace("\n", ",").split(","):
        label = " ".join(part.split())
        if label:
            found.setdefault(label.casefold(), label)
    return list(found.values())


def find_topics(labels: Iterable[str]) -> dict[str, Topic]:
    """Return the known topics by ``name_key`` of a label; Dutch and English labels and aliases all count. One query."""
    wanted = {name_key(label) for label in labels}
    if not wanted:
        return {}
    known: dict[str, Topic] = {}
    for topic in Topic.objects.order_by("pk"):
        for label in (topic.label_nl, topic.label_en, *topic.aliases):
            if (key := name_key(label)) in wanted:
                known.setdefault(key, topic)
    return known


def find_or_create_topics(labels: Iterable[str]) -> list[Topic]:
    """Return the topics called ``labels``, in that order and each once; unknown ones are made with that one label."""
    labels = [label[:TOPIC_LENGTH] for label in labels]
    known = topics_called(labels)
    return list({known[key].pk: known[key] for key in map(name_key, labels)}.values())


@transaction.atomic
def topics_called(labels: Iterable[str]) -> dict[str, Topic]:
    """Return the topics called ``labels`` by ``name_key`` of the label; unknown ones are made, in that order."""
    wanted = by_key(label[:TOPIC_LENGTH] for label in labels)
    known = find_topics(wanted.values())
    if wanted.keys() - known.keys():
        hold(VOCABULARY)
        known |= find_topics(wanted.values())
        while missing := [label for key, label in wanted.items() if key not in known]:
            _create_topics(missing)
            known |= find_topics(missing)
    return known


def by_key(names: Iterable[str]) -> dict[str, str]:
    """Tidy names by their keys, each once, as it was written first."""
    found: dict[str, str] = {}
    for name in names:
        found.setdefault(name_key(name), " ".join(name.split()))
    return found


def _create_topics(labels: Iterable[str]) -> None:
    """Make a topic of each of ``labels``; one that the table refuses is there by now, or its slug is."""
    slugs = FreeNames(slug.lower() for slug in Topic.objects.values_list("slug", flat=True))
    new = [Topic(slug=slugs.take(slugify(label)[:70] or "topic"), label_nl=label, label_en=label) for label in labels]
    Topic.objects.bulk_create(new, ignore_conflicts=True)
