"""The shared vocabulary grows by use: what nobody named before is added. Spec 01, Hubs."""

from __future__ import annotations

from collections.abc import Iterable
from operator import attrgetter

from django.db import IntegrityError, connection, transaction
from django.utils.text import slugify

from community.models import Topic, Unit
from community.names import FreeNames
from ui.validators import name_key

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
    wanted: dict[str, str] = {}
    for label in labels:
        wanted.setdefault(name_key(label[:TOPIC_LENGTH]), label[:TOPIC_LENGTH])
    if not wanted:
        return {}
    with connection.cursor() as cursor:  # two people who name the same new topic at once get the same one
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('community.topics'))")
    known = find_topics(wanted.values())
    slugs = FreeNames(slug.lower() for slug in Topic.objects.values_list("slug", flat=True))
    new = {
        key: Topic(slug=slugs.take(slugify(label)[:70] or "topic"), label_nl=label, label_en=label)
        for key, label in wanted.items()
        if key not in known
    }
    Topic.objects.bulk_create(new.values())
    return {**known, **new}


@transaction.atomic
def find_or_create_units(names: Iterable[str]) -> dict[str, Unit]:
    """Return the units called ``names`` by ``name_key`` of the name; unknown ones are made, at the top of the tree."""
    wanted: dict[str, str] = {}
    for name in names:
        wanted.setdefault(name_key(name), " ".join(name.split()))
    if not wanted:
        return {}
    known = _units_by_key()
    missing = [Unit(name=name) for key, name in wanted.items() if key not in known]
    if missing:
        # Somebody else may be making one at this moment; in one order, so that two lists wait for each other in turn.
        Unit.objects.bulk_create(sorted(missing, key=attrgetter("name")), ignore_conflicts=True)
        known = _units_by_key()
    return {key: known[key] for key in wanted}


def _units_by_key() -> dict[str, Unit]:
    return {name_key(unit.name): unit for unit in Unit.objects.order_by("-pk")}


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
