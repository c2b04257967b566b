"""Hubs in forms and filters: by the address of their page, and shown by name."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

from django.contrib.postgres.search import TrigramSimilarity
from django.core.exceptions import ValidationError
from django.db.models import Case, Exists, IntegerField, OuterRef, Q, When
from django.db.models.functions import Lower
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from community.picking.fields import PickField, PickInput
from community.picking.finding import FEW, MOST_TOLD, Finder, Option, sort_keys
from ui import statements
from ui.search import Phrase, Word, finds, folded, sought

from .models import Hub, HubQuerySet, Membership, OldSlug

if TYPE_CHECKING:
    from community.people.models import User

#: So many hubs one field takes.
MOST_HUBS = 100
SUGGESTED = 8

_SLUG = re.compile(r"(?:\S*/hubs/)?([-\w]{1,80})/?", re.ASCII)


class Hubs(Finder[Hub]):
    """Hubs that the reader may know of, closed ones too: by address, an old one too, or by name."""

    key = "hubs"
    most = MOST_HUBS
    hint = gettext_lazy("Start typing a name. Put commas between several.")
    suggests_at_once = True

    def address_in(self, word: str) -> str:
        """The address that ``word`` may be."""
        found = _SLUG.fullmatch(word.lower())
        return found[1] if found else ""

    def by_address(self, addresses: set[str], reader: User | None) -> dict[str, Hub]:
        """Hubs by the addresses they have or had, in lower case."""
        if not addresses:
            return {}
        found = {hub.slug.lower(): hub for hub in _known(reader).alias(key=Lower("slug")).filter(key__in=addresses)}
        if missing := addresses - found.keys():
            old = dict(OldSlug.objects.alias(key=Lower("slug")).filter(key__in=missing).values_list("slug", "hub"))
            hubs = {hub.pk: hub for hub in _known(reader).filter(pk__in=old.values())} if old else {}
            found |= {slug.lower(): hubs[pk] for slug, pk in old.items() if pk in hubs}
        return found

    def by_name(self, names: Sequence[str], reader: User | None) -> dict[str, list[Hub]]:
        """Hubs by their names as they were typed, whatever accents and case."""
        if not names:
            return {}
        keys = sort_keys(names)
        hubs: defaultdict[str, list[Hub]] = defaultdict(list)
        for hub in _known(reader).filter(sort_name__in=keys.values()).order_by("sort_name", "pk")[: self.most]:
            hubs[hub.sort_name].append(hub)
        return {name: hubs[key] for name, key in keys.items() if key in hubs}

    def nearest(self, name: str, reader: User | None) -> list[Hub]:
        """Open hubs whose names share most trigrams with what was typed."""
        likeness = TrigramSimilarity("sort_name", folded(name))  # type: ignore[arg-type]  # django-stubs know only text
        alike = _known(reader).open().annotate(likeness=likeness).filter(likeness__gt=0.2)
        return list(alike.order_by("-likeness", "pk")[:MOST_TOLD])

    def option(self, thing: Hub) -> Option:
        """Its address and its name."""
        return Option(thing.slug, thing.name)

    def unknown(self, name: str, nearest: Sequence[Hub]) -> ValidationError:
        """No hub has this name, and which have nearly."""
        if nearest:
            text = _("There is no hub called “%(name)s”. Do you mean %(hubs)s?")
            params = {"name": name, "hubs": " · ".join(hub.name for hub in nearest)}
            return ValidationError(text, code="unknown", params=params)
        return ValidationError(_("There is no hub called “%(name)s”."), code="unknown", params={"name": name})

    def several(self, name: str, candidates: Sequence[Hub]) -> ValidationError:
        """More than one have it, but for letters that one cannot tell apart: their addresses."""
        hubs = " · ".join(f"{hub.name} ({hub.slug})" for hub in candidates)
        text = _("There are more hubs called “%(name)s”: %(hubs)s. Type the last part of the web address.")
        return ValidationError(text, code="several", params={"name": name, "hubs": hubs})

    def too_many(self) -> ValidationError:
        """These are more than a field takes."""
        return ValidationError(_("These are more than %(limit)d hubs."), code="many", params={"limit": self.most})

    def all_if_few(self, reader: User | None) -> list[Hub] | None:
        """All open hubs, by name, where a page can show them."""
        hubs = statements.rows(_first_open, reader) if reader is not None else list(_first_open(None))
        return hubs if len(hubs) <= FEW else None


HUBS = Hubs()


def _visible(reader: User | None) -> HubQuerySet:
    hubs: HubQuerySet = Hub.objects.for_every_member() if reader is None else Hub.objects.visible_to(reader)
    return hubs


def _known(reader: User | None) -> HubQuerySet:
    return _visible(reader).select_related("subject")


def _first_open(reader: User | None) -> HubQuerySet:
    return _visible(reader).open().only("slug", "name").order_by("sort_name", "pk")[: FEW + 1]


def suggested_hubs(reader: User, words: str, but: Collection[str] = ()) -> list[Hub]:
    """The few open hubs that best fit ``words`` by their names, without these addresses; one's own first without words.

    At most two statements: where no name holds the words, typing errors are allowed for.
    """
    for roughly in (False, True):
        found = statements.rows(_fitting, reader, roughly, Phrase(words.strip()), *sought(words))
        shown = [hub for hub in found if hub.slug not in but]
        if shown or not words.strip():
            return shown[:SUGGESTED]
    return []


def _fitting(reader: User, roughly: bool, typed: Phrase, *words: Word) -> HubQuerySet:
    fits = Q()
    for word in words:
        fits &= finds("sort_name", word, roughly=roughly)
    hubs: HubQuerySet = Hub.objects.visible_to(reader).open().filter(fits)
    if words:
        rank = Case(When(sort_name__startswith=folded(typed.text), then=0), default=1, output_field=IntegerField())
    else:
        mine = Membership.objects.current().filter(hub=OuterRef("pk"), member=reader)
        rank = Case(When(Exists(mine), then=0), default=1, output_field=IntegerField())
    # As many more as can be chosen already.
    return hubs.only("name", "slug").order_by(rank, "sort_name", "pk")[: SUGGESTED + MOST_HUBS]


class HubsField(PickField[Hub]):
    """Open hubs, chosen or typed; gives a list. Call ``choose_for`` first: who reads decides which there are."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"finder": HUBS, "required": False, **kwargs})
        self.kept: frozenset[int] = frozenset()

    def keep(self, hubs: Collection[Hub]) -> None:
        """Take these also when they are closed by now: they were chosen before."""
        self.kept = frozenset(hub.pk for hub in hubs)

    def clean(self, value: Any) -> Any:
        """Find the hubs. Raises ValidationError for what is not clear, and for one that is closed."""
        found: list[Hub] = super().clean(value)
        closed = [hub for hub in found if hub.state == Hub.State.CLOSED and hub.pk not in self.kept]
        if closed:
            raise ValidationError(
                [ValidationError(_("“%(hub)s” is closed."), code="closed", params={"hub": hub.name}) for hub in closed]
            )
        return found


class HubField(HubsField):
    """One open hub, chosen or typed; gives the hub or None."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(most=1, **kwargs)

    def clean(self, value: Any) -> Any:
        """Find the hub. Raises ValidationError when it is not clear which that is."""
        hubs = super().clean(value)
        if len(hubs) > 1:
            raise ValidationError(_("Name one hub only."), code="several")
        return hubs[0] if hubs else None


def hub_filter(reader: User) -> PickInput:
    """The box of a filter by hub; draw it with the hubs that are chosen."""
    return PickInput(finder=HUBS, most=1, reader=reader, none_label=gettext_lazy("All hubs"), is_filter=True)
