"""What boxes for hubs, topics and people suggest while one types (``community.picking``)."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from community.directory.selectors import suggested_members
from community.hubs.fields import HUBS, suggested_hubs
from community.models import User
from community.people.fields import PEOPLE
from community.picking.finding import Option, Suggester, suggesters
from community.topics.fields import LABELS, TOPICS, Topics, suggested_topics


class _Members(Suggester):
    key = PEOPLE.key
    finder = PEOPLE
    heading = gettext_lazy("Members that fit")

    def suggest(self, reader: User, words: str, *, within: str, but: Sequence[str]) -> list[Option]:
        """Members of the whole community, or of the hub at the address ``within``."""
        return [PEOPLE.option(member) for member in suggested_members(reader, words, hub=within, but=but)]

    def nothing(self, words: str) -> str:
        """In words."""
        return _("Nobody found for “%(words)s”.") % {"words": words}


class _Hubs(Suggester):
    key = HUBS.key
    finder = HUBS
    heading = gettext_lazy("Hubs that fit")

    def suggest(self, reader: User, words: str, *, within: str, but: Sequence[str]) -> list[Option]:
        """Open hubs; one's own before anything is typed."""
        return [HUBS.option(hub) for hub in suggested_hubs(reader, words, but)]

    def nothing(self, words: str) -> str:
        """In words."""
        return _("No hub found for “%(words)s”.") % {"words": words}


class _Topics(Suggester):
    heading = gettext_lazy("Topics that fit")

    def __init__(self, finder: Topics) -> None:
        self.finder, self.key = finder, finder.key

    def suggest(self, reader: User, words: str, *, within: str, but: Sequence[str]) -> list[Option]:
        """Topics that there are."""
        return [self.finder.option(topic) for topic in suggested_topics(words, but)]

    def nothing(self, words: str) -> str:
        """In words; a new label is no mistake where topics are added by naming them."""
        return "" if self.finder is LABELS else _("No topic found for “%(words)s”.") % {"words": words}


def register() -> None:
    """Add them; called once, when the app is ready."""
    for suggester in (_Members(), _Hubs(), _Topics(TOPICS), _Topics(LABELS)):
        suggesters.register(suggester)
