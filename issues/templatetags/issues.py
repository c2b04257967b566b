"""Rows, figures and reach in words, for ``{% load issues %}``."""

from collections.abc import Sequence

from django import template
from django.template.context import Context
from django.template.defaulttags import CsrfTokenNode
from django.utils.safestring import SafeString, mark_safe

from issues.bottlenecks.rows import CSRF_HERE, hours_a_month, members_and_hubs, plain_number

register = template.Library()
register.filter("plain_number", plain_number)
register.filter("members_and_hubs", members_and_hubs)
register.filter("hours_a_month", hours_a_month)


@register.simple_tag(takes_context=True)
def board_rows(context: Context, rows: Sequence[SafeString]) -> SafeString:
    """Put rows of the board on this page: their forms get its hidden field."""
    return mark_safe("".join(rows).replace(CSRF_HERE, CsrfTokenNode().render(context)))  # noqa: S308 - drawn before
