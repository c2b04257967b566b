"""Database expressions that more than one app uses."""

from django.contrib.postgres.fields import DateTimeRangeField, RangeBoundary
from django.db.models import F, Func


def tstzrange(start: str, end: str) -> Func:
    """The stretch of time from field ``start`` up to field ``end``, as an exclusion constraint compares it.

    An empty end means "for ever". A plain ``Func``, so that migrations need no code of ours.
    """
    return Func(F(start), F(end), RangeBoundary(), function="TSTZRANGE", output_field=DateTimeRangeField())
