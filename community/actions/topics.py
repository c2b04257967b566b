"""The shared vocabulary grows by use: what nobody named before is added. Spec 01, Hubs."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import IntegrityError, connection, transaction
from django.utils.text import slugify

from community.models import Topic, Unit
from community.names import first_free

TOPIC_LENGTH = 60
#: How many topics of one kind a member can name, and a hub.
MOST_TOPICS = 30


def split_topics(text: str) -> list[str]:
    """Return the topics in a list that people wrote with commas or semicolons, tidied, each once whatever its case."""
    found: dict[str, str] = {}
    for part in text.replace(";", ",").replace("\n", ",").split(","):
        label = " ".join(part.split())
        if label:
            found.setdefault(label.casefold(), label)
    return list(found.values())


def find_topics(labels: Iterable[str]) -> dict[str, Topic]:
    """Return the known topics by case-folded label; Dutch and English labels and aliases all count. One query."""
    wanted = {label.casefold() for label in labels}
    if not wanted:
        return {}
    known: dict[str, Topic] = {}
    for topic in Topic.objects.order_by("pk"):
        for label in (topic.label_nl, topic.label_en, *topic.aliases):
            if label.casefold() in wanted:
                known.setdefault(label.casefold(), topic)
    return known


@transaction.atomic
def find_or_create_topics(labels: Iterable[str]) -> list[Topic]:
    """Return the topics called ``labels``, in that order and each once; unknown ones are made with that one label."""
    labels = [label[:TOPIC_LENGTH] for label in labels]
    if not labels:
        return []
    with connection.cursor() as cursor:  # two people who name the same new topic at once get the same one
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('community.topics'))")
    known = find_topics(labels)
    taken = {slug.lower() for slug in Topic.objects.values_list("slug", flat=True)}
    for label in labels:
        if label.casefold() not in known:
            slug = first_free(slugify(label)[:70] or "topic", taken)
            taken.add(slug)
            known[label.casefold()] = Topic.objects.create(slug=slug, label_nl=label, label_en=label)
    return list({known[label.casefold()].pk: known[label.casefold()] for label in labels}.values())


def find_or_create_unit(name: str) -> Unit:
    """Return the unit called ``name`` whatever its case; an unknown one is made, at the top of the tree."""
    name = " ".join(name.split())
    unit = Unit.objects.filter(name__iexact=name).first()
    if unit is not None:
        return unit
    try:
        with transaction.atomic():
            return Unit.objects.create(name=name)
    except IntegrityError:  # somebody else made it a moment ago
        return Unit.objects.get(name=name)
