"""What an act on a vote did, in a sentence: the same one in the box, in a row, read out, and without JavaScript."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils.translation import gettext, ngettext

from .rows import plain_number
from .selectors import SPLIT_FROM

if TYPE_CHECKING:
    from ui.http import MemberRequest

    from .actions import VoteResult
    from .models import Bottleneck

KEPT = "said_of_vote"  # in the session, from the answer to a plain form to the page it leads to


@dataclass(frozen=True, slots=True)
class Said:
    """The sentence, whose ``first`` words stand out; ``is_vote`` if it answers a vote, ``needs_hub`` without one."""

    first: str
    rest: str = ""
    is_vote: bool = False
    needs_hub: bool = False

    def __str__(self) -> str:
        """All of it, for a message and for the live region."""
        return f"{self.first} {self.rest}".strip()


def said_of(result: VoteResult) -> Said:
    """Say what ``result`` did: which number one is, how many of one's hub, and what is missing to generic.

    How many of a hub is said from five on: fewer would tell who (spec 02, Support).
    """
    bottleneck, vote = result.bottleneck, result.vote
    number = bottleneck.member_count
    if vote is None:
        members = ngettext("It has %(members)s member now.", "It has %(members)s members now.", number) % {
            "members": plain_number(number)
        }
        return Said(gettext("Your vote is taken back."), members if number else gettext("It has no votes now."))
    if not result.has_changed:
        return Said(gettext("Your vote is here already."))
    if result.made_generic:
        return Said(
            gettext("You are number %(number)s, and now it is generic.") % {"number": plain_number(number)},
            is_vote=True,
        )
    first = (
        gettext("You are the first.")
        if number == 1
        else gettext("You are number %(number)s.") % {"number": plain_number(number)}
    )
    if vote.hub_id is None:
        rest = gettext("You have no main hub yet, so your vote counts for no hub.")
        return Said(first, rest, is_vote=True, needs_hub=True)
    if number == 1:
        return Said(first, gettext("Ask a colleague whether it happens there too."), is_vote=True)
    of_hub = gettext("Of your hub that makes %(votes)s.") % {"votes": plain_number(result.hub_votes)}
    said = [of_hub] if result.hub_votes >= SPLIT_FROM else []
    return Said(first, " ".join([*said, _what_is_missing(bottleneck)]), is_vote=True)


def _what_is_missing(bottleneck: Bottleneck) -> str:
    """What it takes to become generic, by the rule of this portal."""
    if bottleneck.generic_at is not None:
        return gettext("It is generic already.")
    members = max(settings.GENERIC_MIN_VOTES - bottleneck.member_count, 0)
    hubs = max(settings.GENERIC_MIN_HUBS - bottleneck.hub_count, 0)
    if members and hubs:
        return gettext("It takes %(members)s and %(hubs)s more to be generic.") % {
            "members": ngettext("one member", "%(number)s members", members) % {"number": plain_number(members)},
            "hubs": ngettext("one hub", "%(number)s hubs", hubs) % {"number": plain_number(hubs)},
        }
    if hubs:
        more = ngettext("One more hub and it is generic.", "%(number)s more hubs and it is generic.", hubs)
        return more % {"number": plain_number(hubs)}
    more = ngettext("One more member and it is generic.", "%(number)s more members and it is generic.", members)
    return more % {"number": plain_number(members)}


def keep(request: MemberRequest, number: int, said: Said, *, is_new: bool) -> None:
    """Keep what was said of bottleneck ``number`` for the page that a plain form leads to.

    A double click comes as two forms, and only the first one did something (``is_new``): that is what is said.
    """
    if is_new or request.session.get(KEPT, {}).get("number") != number:
        request.session[KEPT] = {"number": number, **asdict(said)}


def kept(request: MemberRequest, number: int | None = None) -> tuple[int, Said] | None:
    """What was kept (of bottleneck ``number`` only, where one is given), and its number; it is said once."""
    found: dict[str, Any] = request.session.get(KEPT, {})
    if not found or number not in (None, found["number"]):
        return None
    found = request.session.pop(KEPT)
    return found.pop("number"), Said(**found)
