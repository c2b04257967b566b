"""Which bottlenecks many lines may be, asked for all of them at once. Spec 02, Filing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from django.db import connection

from issues.bottlenecks.models import MIN_LIKENESS, Bottleneck, BottleneckQuerySet, any_of
from ui import statements

if TYPE_CHECKING:
    from community.models import User

ALIKE_SHOWN = 3

# For each line as ``BottleneckQuerySet.similar_to`` does for one, and what is shown in place of what was merged. Of the
# forty titles that are most alike the texts are compared as well; who may read them is asked of all together after it.
_ALIKE = """
WITH line AS MATERIALIZED (
    SELECT nth, sort_key(title) AS title,
           websearch_to_tsquery('doorbraak_nl', words) || websearch_to_tsquery('doorbraak_en', words) AS words
    FROM unnest(%s::text[], %s::text[]) WITH ORDINALITY AS line (title, words, nth)
)
SELECT line.nth - 1, found.shown, found.likeness
FROM line CROSS JOIN LATERAL (
    WITH by_words AS MATERIALIZED (
        SELECT id, sort_title FROM issues_bottleneck
        WHERE search @@ line.words ORDER BY support DESC, id DESC LIMIT 300
    ), by_title AS (
        SELECT id, sort_title FROM issues_bottleneck
        WHERE (SELECT COUNT(*) FROM by_words) < 20 AND sort_title %% line.title LIMIT 300
    ), closest AS (
        SELECT id FROM (SELECT * FROM by_words UNION SELECT * FROM by_title) AS either
        ORDER BY similarity(sort_title, line.title) DESC, id DESC LIMIT 40
    )
    SELECT COALESCE(main.id, one.id) AS shown,
           similarity(one.sort_title, line.title) + ts_rank(one.search, line.words) AS likeness
    FROM closest
    JOIN issues_bottleneck AS one ON one.id = closest.id
    JOIN activity_subject AS subject ON subject.id = one.subject_id
    LEFT JOIN issues_bottleneck AS main ON main.subject_id = subject.merged_into_id
) AS found
WHERE found.likeness >= %s
"""


def most_alike_each(reader: User, lines: Sequence[tuple[str, str]]) -> list[list[Bottleneck]]:
    """For each title with its text the few that say most nearly the same, as far as ``reader`` may read them.

    Open and closed ones, most alike first, of merged ones what is shown in their place. Two queries for any number.
    """
    likeness: list[dict[int, float]] = [defaultdict(float) for _line in lines]
    titles, words = [title for title, _text in lines], [any_of(f"{title} {text}") for title, text in lines]
    with connection.cursor() as cursor:
        cursor.execute(_ALIKE, [titles, words, MIN_LIKENESS])
        for nth, pk, alike in cursor.fetchall():
            likeness[nth][pk] = max(likeness[nth][pk], alike)
    rows = readable(reader, {pk for found in likeness for pk in found})
    return [_most_alike(found, rows) for found in likeness]


def _most_alike(likeness: dict[int, float], rows: dict[int, Bottleneck]) -> list[Bottleneck]:
    ranked = sorted((pk for pk in likeness if pk in rows), key=lambda pk: (-likeness[pk], -pk))[:ALIKE_SHOWN]
    return [rows[pk] for pk in ranked if likeness[pk] * 3 >= likeness[ranked[0]]]


def readable(reader: User, numbers: Collection[int]) -> dict[int, Bottleneck]:
    """Those of these bottlenecks that ``reader`` may read, by number, as a choice shows them. One query."""
    if not numbers:
        return {}
    return {row.pk: row for row in statements.rows(_readable, reader, sorted(numbers))}


def _readable(reader: User, numbers: list[int]) -> BottleneckQuerySet:
    rows = Bottleneck.objects.visible_to(reader).filter(pk__any=numbers).select_related("subject").order_by()
    return rows.only("title", "language", "member_count", "hub_count", "subject__url", "subject__closed_at")
