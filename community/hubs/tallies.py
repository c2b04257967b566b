"""Numbers kept for each hub: one statement counts them for an act, for ``manage.py recount`` and for bulk loads.

An act that may change a number counts it anew, last of all (``docs/architecture.md``, Who waits for whom): rows of
tallies are locked after members. Whoever comes second counts with what the first has committed, whatever both locked
before.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.db import transaction
from django.db.models import Count, F, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from ui.kept import Difference, KeptFigures
from ui.shared import Source, source

from .models import Hub, HubTally


def keep(tally: type[HubTally], hubs: Iterable[int]) -> None:
    """Count ``tally`` anew for these hubs (primary keys), in the caller's transaction and as the last thing in it."""
    wanted = sorted(set(hubs))
    if not wanted:
        return
    source_of(tally).changed()
    tally._default_manager.bulk_create([tally(hub_id=pk) for pk in wanted], ignore_conflicts=True)
    rows = tally._default_manager.filter(hub__in=wanted)
    list(rows.order_by("hub").select_for_update(no_key=True).values_list("hub"))
    rows.update(number=_number(tally, "hub"))  # in a statement of its own: it sees what was committed during the wait


def source_of(tally: type[HubTally]) -> Source:
    """The numbers of ``tally``: what shared values are made of (``ui.shared``)."""
    return source(tally._meta.label_lower)


@transaction.atomic
def keep_all(tally: type[HubTally]) -> None:
    """Count ``tally`` anew for every hub; for data that was loaded in bulk."""
    keep(tally, Hub.objects.values_list("pk", flat=True))


def differences(tally: type[HubTally]) -> Iterator[Difference]:
    """Every hub whose kept number is not what its rows add up to; in one statement, so one view of the data."""
    kept = Coalesce(F(f"{tally._meta.model_name}__number"), 0)
    hubs: QuerySet[Any] = Hub.objects.annotate(kept=kept, counted=_number(tally, "pk")).order_by("pk")
    for pk, slug, number, counted in hubs.exclude(kept=F("counted")).values_list("pk", "slug", "kept", "counted"):
        yield Difference(pk, f"hub {slug}: {tally._meta.verbose_name} {number} should be {counted}")


def figures_of(tally: type[HubTally]) -> KeptFigures:
    """What ``manage.py recount`` needs to prove and repair ``tally``."""
    return KeptFigures(
        key=tally._meta.label_lower,
        rows=f"hubs with their number of {tally._meta.verbose_name}",
        number=Hub.objects.count,
        differences=lambda: differences(tally),
        repair=transaction.atomic(lambda pk: keep(tally, [pk])),
    )


def _number(tally: type[HubTally], hub: str) -> Coalesce:
    """The number itself, counted: a subquery that needs no join."""
    rows = tally.counted().filter(hub=OuterRef(hub)).order_by()
    figure = rows.values("hub").annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(figure, output_field=IntegerField()), 0)
