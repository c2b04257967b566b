"""Which language a text is in, by the text itself and not by what it is marked as."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from html.parser import HTMLParser

import polib

from activity.consent.models import ConsentRound
from community.models import Hub, Topic, Unit, User
from events.models import Room, Session, Venue
from issues.models import Bottleneck, Theme
from scripts.messages import CATALOGUE, placeholders

WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
ADDRESS = re.compile(r"https?://\S+")

#: Words that one of both has and the other has not: no sentence of some length does without them. Those that stand in
#: names ("Jan de Vries", "Bank of Ireland") are no sign of anything.
SMALL = {
    "nl": frozenset(
        WORD.findall(
            "het een voor niet wordt worden zijn dat dit deze met naar bij ook maar nog geen wel dan uit om aan je jij"
            " jouw jullie wij ons onze wie waar hoe heb hebt heeft kun kunt kan kies vul moet moeten tot sinds tegen"
            " zonder onder tussen er zo nu hier daar daarna alleen alle elke veel weinig zodra terwijl omdat"
        )
    ),
    "en": frozenset(
        WORD.findall(
            "the with your you and are not this that from for has have had will can cannot who where when how they them"
            " their its our by choose enter please select must than then there here now only all every because until"
            " since against without between which while"
        )
    ),
}
OTHER = {"nl": "en", "en": "nl"}


@cache
def vocabularies() -> dict[str, frozenset[str]]:
    """The words that our catalogue says in one language and never in the other."""
    english, dutch = set(), set()
    for entry in polib.pofile(str(CATALOGUE)):
        english |= _words(entry.msgid, entry.msgid_plural)
        dutch |= _words(entry.msgstr, *entry.msgstr_plural.values())
    return {"en": frozenset(english - dutch), "nl": frozenset(dutch - english)}


def _words(*texts: str) -> set[str]:
    """The words of ``texts``, without what is filled in."""
    found = set()
    for text in texts:
        filled_in = "|".join(map(re.escape, placeholders(text)))
        found |= {word.lower() for word in WORD.findall(re.sub(filled_in, " ", text) if filled_in else text)}
    return found


def stray(text: str, language: str) -> set[str]:
    """The words by which ``text`` is not, or not wholly, in ``language``; none when nothing speaks against it.

    A small word of the other language is enough; of words that our catalogue knows in one language only, more must be
    of the other than of this one: what people wrote may lend its name to a sentence.
    """
    words, known = _words(ADDRESS.sub(" ", text)), vocabularies()
    other = OTHER[language]
    strange = words & known[other]
    small = words & SMALL[other]
    return small | (strange if len(strange) > len(words & known[language]) else set())


def names_out_of_texts() -> Callable[[str], str]:
    """What takes the names of people and things in the database out of a text: they are in no language."""
    columns = [
        (User, ("name", "handle")), (Hub, ("name", "city")), (Unit, ("name",)), (Topic, ("label_en", "label_nl")),
        (Session, ("title",)), (Venue, ("name", "city", "address", "route", "access")), (Room, ("name",)),
        (Bottleneck, ("title",)), (Theme, ("name",)), (ConsentRound, ("question",)),
    ]  # fmt: skip
    names = {"New York"}
    for model, fields in columns:
        for row in model._default_manager.values_list(*fields):
            names |= set(filter(None, row))
    longest_first = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
    return lambda text: re.sub(rf"(?<!\w)(?:{longest_first})(?!\w)", " ", text)


VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr", "use"}
UNREAD = {"script", "style", "template", "textarea", "code"}
READ = {"aria-label", "aria-description", "aria-roledescription", "placeholder", "alt", "label", "hx-confirm"}


def _is_read(tag: str, name: str, attrs: dict[str, str | None]) -> bool:
    """Whether somebody sees or hears this attribute, or a script shows it (``data-`` with a sentence)."""
    if name == "value":
        return tag == "input" and attrs.get("type") in {"submit", "button"}
    if name == "content":
        return attrs.get("name") == "description"
    return name in READ or (name.startswith("data-") and " " in (attrs[name] or "") and "{" not in (attrs[name] or ""))


class Said(HTMLParser):
    """What a page says itself, in its own language: what people wrote in another stands under a ``lang``."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.language = ""
        self.above: list[tuple[str, bool]] = []
        self.texts: list[str] = []
        self.titles: list[str] = []  # what is exact where the page is not
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Go down; under another language, or in what nobody reads, nothing counts."""
        said = dict(attrs)
        if tag == "html":
            self.language = said.get("lang") or ""
        is_other = "lang" in said and tag != "html"
        counts = (not self.above or self.above[-1][1]) and not is_other
        if counts:
            self.texts += [text for name, text in attrs if text and _is_read(tag, name, said)]
            self.titles += filter(None, [said.get("title")])
        if tag not in VOID:
            self.above.append((tag, counts and tag not in UNREAD))

    def handle_endtag(self, tag: str) -> None:
        """Go up to where ``tag`` began."""
        while self.above and self.above.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        """Keep what is said."""
        text = " ".join(data.split())
        if text and self.above and self.above[-1][1]:
            self.texts.append(text)
