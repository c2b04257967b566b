"""Units and topics that lists name: all of a list at once, and new ones listed in its report."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from community.organisation.actions import find_or_create_units
from community.organisation.models import Unit
from community.topics import actions
from community.topics.models import Topic
from ui.validators import name_key

from .reporting import Report


def units_called(names: Iterable[str], report: Report) -> Mapping[str, Unit]:
    """The units called ``names``, by ``name_key``."""
    before = set(Unit.objects.values_list("pk", flat=True))
    units = find_or_create_units(names)
    report.new_units.extend(unit.name for unit in units.values() if unit.pk not in before)
    return units


def topics_called(labels: Iterable[str], report: Report) -> Mapping[str, Topic]:
    """The topics called ``labels``, by ``name_key``."""
    before = set(Topic.objects.values_list("pk", flat=True))
    topics = actions.topics_called(labels)
    new = {topic.pk: topic.label_nl for topic in topics.values() if topic.pk not in before}
    report.new_topics.extend(new.values())
    return topics


def chosen_topics(labels: Iterable[str], topics: Mapping[str, Topic]) -> list[Topic]:
    """The topics called ``labels``, in that order and each once."""
    return list({topics[name_key(label)].pk: topics[name_key(label)] for label in labels}.values())
