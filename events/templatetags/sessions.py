"""What templates say of a session's time. ``{% load sessions %}``."""

from datetime import date

from django import template
from django.template.context import RequestContext
from django.utils import dateformat, timezone
from django.utils.safestring import SafeString
from django.utils.text import capfirst

from community.templatetags.hubs import shown_to
from events import rows, times
from events.models import Session

register = template.Library()


@register.filter
def when(session: times.Timed) -> str:
    """Day and times on the clocks where it is."""
    return times.when(session)


@register.filter
def hours(session: Session) -> str:
    """Only the times."""
    return times.hours(session)


@register.filter
def day_if_one(session: Session) -> str:
    """The day that ``hours`` leaves out, for who does not see its tile."""
    return times.day_if_one(session)


@register.filter
def when_for_reader(session: Session) -> str:
    """Day and times on the reader's clocks; empty where they show the same."""
    return times.when_for_reader(session)


@register.simple_tag(takes_context=True)
def session_foot(context: RequestContext, session: Session) -> SafeString:
    """Draw what stands under the title of a row: when, where, for whom and how full."""
    user = context["request"].user
    hub = shown_to(session.hub, user)
    return rows.foot(session, hub)


@register.filter
def month_name(day: date) -> str:
    """A month as a heading: "December", with the year when that is not this one."""
    pattern = "F" if day.year == timezone.localdate().year else "F Y"
    return capfirst(dateformat.format(day, pattern))
