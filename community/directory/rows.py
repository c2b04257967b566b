"""What rows of the directory show, drawn once for as long as it is the same: all members see the same rows. Spec 09."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

from community.topics.models import TopicKind
from ui.shared import drawn

from .selectors import Found


class _Says(NamedTuple):
    """All that a row says; hubs, reasons and topics as items of lists."""

    pk: int
    name: str
    first_name: str
    handle: str
    role: str
    city: str
    takes_part: bool
    hubs: SafeString
    reasons: SafeString
    confirmed_on: date | None
    is_old: bool
    is_own: bool
    topics: SafeString


def member_row(found: Found) -> SafeString:
    """Draw the row of ``found``: who it is, where they belong, and why they fit or what they know."""
    member, why = found.member, found.why
    return _row(
        _Says(
            pk=member.pk,
            name=member.name,
            first_name=member.get_short_name(),
            handle=member.handle,
            role=member.role_label,
            city=member.city,
            takes_part=member.activated_at is not None,
            hubs=_items(_hub(hub.name, hub.language) for hub in found.hubs),
            reasons=_items(_reason(str(topic), kind) for kind, topic in why.topics) if why else SafeString(),
            confirmed_on=why.confirmed_on if why else None,
            is_old=why is not None and why.is_old,
            is_own=why is not None and why.is_own,
            topics=_items(_topic(str(topic), topic.kind) for topic in found.topics),
        )
    )


@drawn
def _row(says: _Says) -> SafeString:
    return render_to_string("community/_member_row.html", {"row": says})


@drawn
def _hub(name: str, language: str) -> SafeString:
    return format_html('<li lang="{}">{}</li>', language, name)


@drawn
def _topic(label: str, kind: str) -> SafeString:
    return format_html('<li class="tag{}">{}</li>', " tag--water" if kind == TopicKind.ASK_ME else "", label)


@drawn
def _reason(label: str, kind: str) -> SafeString:
    match kind:
        case TopicKind.ASK_ME:
            how = gettext("may be asked")
        case TopicKind.CAN_DO:
            how = gettext("can do this")
        case _:
            how = gettext("wants to learn this")
    return format_html('<li><span class="tag tag--water">{}: {}</span></li>', label, how)


def _items(items: Iterable[SafeString]) -> SafeString:
    return mark_safe("".join(items))  # noqa: S308 - each is markup
