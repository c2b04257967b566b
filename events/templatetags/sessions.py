"""What templates say of a session's time. ``{% load sessions %}``."""

from datetime import date

from django import template
from django.utils import dateformat, timezone
from django.utils.text import capfirst

from events import times
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
def when_for_reader(session: Session) -> str:
    """Day and times on the reader's clocks; empty where they show the same."""
    return times.when_for_reader(session)


@register.filter
def month_name(day: date) -> str:
    """A month as a heading: "December", with the year when that is not this one."""
    pattern = "F" if day.year == timezone.localdate().year else "F Y"
    return capfirst(dateformat.format(day, pattern))
