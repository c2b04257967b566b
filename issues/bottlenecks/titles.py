"""The words that titles are written with, so that a mistyped one is compared with each of them once. Spec 09, Search.

A frequent word stands in thousands of titles. To compare each of them with what was typed takes a hundred milliseconds;
their words are few.
"""

from __future__ import annotations

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import OperationalError, connection, models, transaction
from django.db.models import Q
from django.db.models.expressions import RawSQL


class TitlePart(models.Model):
    """A word of a title, or two that stand beside each other with a space between: folded, only letters and figures.

    Two, because many write in one word what others write in two. A trigger adds what new titles are written with (and
    may add a part twice, when two titles come at once); ``forget_unused_parts`` takes out what no title has any more.
    """

    part = models.TextField()

    class Meta:
        verbose_name = "part of titles"
        verbose_name_plural = "parts of titles"
        indexes = [
            models.Index(fields=["part"], name="title_part"),
            GinIndex(OpClass("part", name="gin_trgm_ops"), name="title_part_trigrams"),
        ]

    def __str__(self) -> str:
        return self.part


# A pattern of the parts most like what was typed: as wholes at least half of their trigrams are shared, which is what
# ``strict_word_similarity`` asks of a stretch of words. Of two words neither of which is like it alone.
_PATTERN = """
SELECT '(^|[^[:alnum:]])(' || string_agg(replace(part, ' ', '[^[:alnum:]]+'), '|') || ')([^[:alnum:]]|$)'
FROM (
    SELECT part
    FROM issues_titlepart, (SELECT sort_key(%s) AS typed) AS sought
    WHERE part %%>> typed AND similarity(part, typed) >= 0.5 AND NOT (
        part LIKE '%% %%'
        AND greatest(similarity(split_part(part, ' ', 1), typed), similarity(split_part(part, ' ', 2), typed)) >= 0.5
    )
    GROUP BY part, typed
    ORDER BY similarity(part, typed) DESC, part
    LIMIT 40
) AS alike
"""

_FORGET = """
DELETE FROM issues_titlepart WHERE part NOT IN (
    SELECT piece FROM issues_bottleneck, title_parts(sort_title) AS piece
)
"""


def resembles_title(word: str) -> Q:
    """Bottlenecks in whose title a word, or two beside each other, share most of their trigrams with ``word``.

    The forty that do so most are looked for.
    """
    return Q(sort_title__regex=RawSQL(_PATTERN, [word], output_field=models.TextField()))  # noqa: S611 - a constant


@transaction.atomic
def forget_unused_parts() -> bool:
    """Take out what no title has any more, so that nothing stays of a title that was changed.

    Whoever files meanwhile waits, under a second for 50,000 titles. While an import runs nothing is done: returns
    False, and the next run does it.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = '1s'")
        try:
            cursor.execute("LOCK TABLE issues_titlepart IN SHARE ROW EXCLUSIVE MODE")
        except OperationalError:
            transaction.set_rollback(True)
            return False
        cursor.execute(_FORGET)
    return True
