"""Who took what up. Spec 02, Adoption."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import get_object_or_404

from activity.visibility import may_read
from community.models import Hub
from ui import statements

from .models import Adoption, AdoptionQuerySet

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from community.models import User
    from issues.bottlenecks.models import Bottleneck

#: Of what a hub took up its page shows this many; of who took a bottleneck up its page shows as many.
SHOWN = 10


def of_bottleneck(bottleneck: Bottleneck, reader: User) -> list[Adoption]:
    """Which hubs work on a bottleneck, were asked to, or did.

    One query for a row that a page has loaded: its life-line and its section both ask.
    """
    kept: tuple[User, list[Adoption]] | None = vars(bottleneck).get("_adoptions_read")
    if kept is None or kept[0] != reader:
        kept = vars(bottleneck)["_adoptions_read"] = (reader, statements.rows(_of_bottleneck, bottleneck.pk, reader))
    return kept[1]


def _of_bottleneck(bottleneck: int, reader: User) -> AdoptionQuerySet:
    return Adoption.objects.of_bottleneck(bottleneck, reader)[:SHOWN]


def of_hub(hub: int, reader: User) -> list[Adoption]:
    """What a hub works on or delivered; one query."""
    return statements.rows(_of_hub, hub, reader)


def _of_hub(hub: int, reader: User) -> AdoptionQuerySet:
    return Adoption.objects.of_hub(hub, reader)[:SHOWN]


def hubs_spoken_for(member: User) -> QuerySet[Hub]:
    """The hubs for which ``member`` may take bottlenecks up."""
    hubs: QuerySet[Hub] = Hub.objects.open().filter(pk__in=member.represented_hub_ids)
    return hubs.select_related("subject").order_by("sort_name", "pk")


def without_those_on(bottleneck: int, hubs: QuerySet[Hub]) -> QuerySet[Hub]:
    """``hubs`` but those that work on a bottleneck already."""
    return hubs.exclude(pk__in=Adoption.objects.running().filter(bottleneck=bottleneck).values("hub"))


def asked(numbers: list[int]) -> list[Adoption]:
    """What hubs were asked to take up and have not answered, of these primary keys, with hub and bottleneck."""
    return statements.rows(_asked, numbers)


def _asked(numbers: list[int]) -> AdoptionQuerySet:
    rows = Adoption.objects.asked().filter(pk__any=numbers).select_related("hub", "bottleneck__subject")
    return rows.defer("bottleneck__search").order_by("pk")


def find_adoption(reader: User, pk: int) -> Adoption:
    """The adoption with its hub and bottleneck, if ``reader`` may know of all of it. Raises Http404."""
    rows = Adoption.objects.filter(may_read(reader, "bottleneck__subject"), may_read(reader, "hub__subject"))
    rows = rows.select_related("hub__subject", "bottleneck__subject").defer("bottleneck__search")
    adoption: Adoption = get_object_or_404(rows, pk=pk)
    return adoption
