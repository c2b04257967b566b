"""Database expressions that more than one app uses."""

from django.contrib.postgres.fields import DateTimeRangeField, RangeBoundary
from django.db.models import F, Func, TextField


def tstzrange(start: str, end: str) -> Func:
    """The stretch of time from field ``start`` up to field ``end``, as an exclusion constraint compares it.

    An empty end means "for ever". A plain ``Func``, so that migrations need no code of ours.
    """
    return Func(F(start), F(end), RangeBoundary(), function="TSTZRANGE", output_field=DateTimeRangeField())


def sort_key(field: str) -> Func:
    """What names in ``field`` are put in order by: "Aïsha" before "Aylin", "de Boer" before "Smit", whatever the case.

    The embedded server compares code points, and knows no language. A plain ``Func``, so that migrations need no code
    of ours; the function is made in ``ui`` 0002.
    """
    return Func(F(field), function="sort_key", output_field=TextField())
