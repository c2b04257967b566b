"""Figures and reach in words, for ``{% load issues %}``."""

from django import template

from issues.bottlenecks.rows import hours_a_month, members_and_hubs, plain_number

register = template.Library()
register.filter("plain_number", plain_number)
register.filter("members_and_hubs", members_and_hubs)
register.filter("hours_a_month", hours_a_month)
