"""Feeds: the news of the ledger for a feed reader. Spec 06, Ledger; RFC 4287 (Atom) and RFC 4151 (tag URIs)."""

from __future__ import annotations

import hashlib
import html
import re
from calendar import timegm
from datetime import UTC, datetime
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.cache import get_conditional_response
from django.utils.feedgenerator import Atom1Feed
from django.utils.html import strip_tags
from django.utils.http import http_date, quote_etag
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from .kinds import COMMUNITY
from .models import ActingLink, Activity, Subject
from .timelines import sentence, title_of
from .verbs import FORGOTTEN, verbs

#: A feed holds this many entries; readers keep what they have seen before.
LENGTH = 50
CONTENT_TYPE = "application/atom+xml; charset=utf-8"

# What XML 1.0 cannot carry at all, escaped or not (2.2, Characters). One such title may not break everybody's feed.
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


class LedgerFeed(Atom1Feed):
    """Atom that also stays the same, byte for byte, while there is no entry yet."""

    def latest_post_date(self) -> datetime:
        """When the newest entry happened, or when its subject began; never the present moment."""
        began: datetime = self.feed["began"]
        return max((item["updateddate"] for item in self.items), default=began)


def address(token: str, about: Subject) -> str:
    """Return the absolute address of the feed about ``about`` for the holder of ``token``."""
    if about.kind == COMMUNITY.key:
        return settings.BASE_URL + reverse("activity:feed", args=[token])
    return settings.BASE_URL + reverse("activity:subject_feed", args=[token, about.pk])


def feed_about(about: Subject, link: ActingLink, *, url: str) -> LedgerFeed:
    """Return the newest entries about ``about`` that the member of ``link`` may read, in the current language.

    About the community is about everything. ``url`` is the feed's own address. Two queries, three for a facilitator.
    """
    feed = LedgerFeed(
        title=_plain(_title(about)),
        link=_absolute(about),
        description=_("What happens, for as far as you may see it. This address is secret: do not pass it on."),
        language=get_language(),
        author_name="Doorbraak",
        feed_url=url,
        # Per person: two people read different things, and a reader shared by both would mix feeds of one name.
        feed_guid=_tag(about.created_at, f"feed/{link.public_id.hex}/{about.pk}"),
        began=about.created_at,
    )
    for entry in Activity.objects.for_feed_of(link.holding_member, about)[:LENGTH]:
        said = _sentence(entry)
        feed.add_item(
            title=_plain(_entry_title(entry.subject, html.unescape(strip_tags(said)))),
            link=_absolute(entry.subject),
            description=_plain(f"<p>{said}.</p>"),
            unique_id=_tag(entry.at, f"activity/{entry.pk}"),
            pubdate=entry.at,
            updateddate=entry.at,
            categories=[str(entry.subject.registered_kind.word)],
        )
    return feed


def answer(request: HttpRequest, feed: LedgerFeed) -> HttpResponseBase:
    """Send a feed; 304 to a reader who has it already (RFC 9110: the ETag decides, else the time of the newest)."""
    content = feed.writeString("utf-8").encode()
    modified = timegm(feed.latest_post_date().utctimetuple())
    etag = quote_etag(hashlib.sha256(content).hexdigest()[:32])
    response = HttpResponse(content, content_type=CONTENT_TYPE)
    response["ETag"] = etag
    response["Last-Modified"] = http_date(modified)
    response["Cache-Control"] = "private, no-cache"
    sent: HttpResponseBase | None = get_conditional_response(request, etag, modified, response)
    return sent or response


def _sentence(entry: Activity) -> str:
    name = entry.actor.name if entry.actor and entry.actor.is_active else None
    return sentence(
        verbs.get(entry.verb) or FORGOTTEN,
        actor_kind=entry.actor_kind,
        name=name or entry.actor_label,
        other=title_of(entry.other),
    )


def _title(about: Subject) -> str:
    if about.kind == COMMUNITY.key:
        return _("Doorbraak: what happens in the community")
    return _("Doorbraak: %(title)s") % {"title": about.title}


def _entry_title(subject: Subject, said: str) -> str:
    """What a list of entries shows: the sentence, after what it is about."""
    if subject.kind == COMMUNITY.key:
        return said
    return pgettext("feed", "%(title)s: %(sentence)s") % {"title": subject.title, "sentence": said}


def _absolute(subject: Subject) -> str:
    return settings.BASE_URL + (subject.url or "/")


def _tag(at: datetime, name: str) -> str:
    """A name that lasts whatever happens to titles and addresses (RFC 4151)."""
    host = urlsplit(settings.BASE_URL).hostname or "localhost"
    return f"tag:{host},{at.astimezone(UTC):%Y-%m-%d}:{name}"


def _plain(text: str) -> str:
    return _NOT_XML.sub("", text)
