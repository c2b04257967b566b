"""What happened to a subject, as sentences; what belongs together is one line. Spec 06, Ledger."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.contrib.auth import get_user_model
from django.db import connection
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from ui.languages import in_language
from ui.statements import plans_kept

from .models import Activity, ActorKind, Reader, Subject
from .verbs import FORGOTTEN, Verb, verbs

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from community.models import User


@dataclass(frozen=True, slots=True)
class TimelineItem:
    """One line: a symbol of the sprite, a class of ``.timeline > li`` ("", "is-water", "is-spark"), the sentence.

    It tells what happened from ``since`` to ``at``; ``since`` is None where it began before what was read.
    """

    icon: str
    css_class: str
    sentence: SafeString
    since: datetime | None
    at: datetime
    count: int


#: Of a subject's ledger so many of the newest entries are read for each line that is asked for: a timeline costs the
#: same however long the ledger is. A run that goes on beyond them is told as "at least".
_ENTRIES_PER_LINE = 20

# Entries are cut into runs: a run ends where an entry of another group comes in between (gaps and islands). Within a
# run each verb is one line, with the newest entry's actor, with how many others acted too, and with the time of its
# first entry: it tells of all of them. The oldest run may have begun before what was read. Lines are worked out once: a
# kept plan expects one entry, and would work them out again for each. What a draft went through is for the audit level
# only, as in ``since_announced``.
_SQL = """
WITH newest AS (
    SELECT a.id, a.verb, a.at, a.actor_id, a.actor_kind, a.actor_label, a.other_id
    FROM {activity} AS a
    WHERE a.subject_id = %(subject)s AND a.verb <> ALL (%(untold)s)
      AND (%(reads_all)s OR (a.readers = %(readers)s AND a.at >= %(announced_at)s))
    ORDER BY a.at DESC, a.id DESC
    LIMIT %(bound)s
), entry AS (
    SELECT *, COALESCE(%(groups)s::jsonb ->> verb, id::text) AS run_of FROM newest
), cut AS (
    SELECT *, run_of IS DISTINCT FROM lag(run_of) OVER (ORDER BY at, id) AS starts FROM entry
), numbered AS (
    SELECT *, count(*) FILTER (WHERE starts) OVER (ORDER BY at, id) AS run FROM cut
), line AS MATERIALIZED (
    SELECT verb, count(*) AS entries,
           count(DISTINCT actor_id) + count(DISTINCT NULLIF(actor_label, ''))
               + count(*) FILTER (WHERE actor_id IS NULL AND actor_label = '') AS actors,
           (array_agg(id ORDER BY at DESC, id DESC))[1] AS newest,
           CASE WHEN run > 1 OR (SELECT count(*) FROM newest) < %(bound)s THEN min(at) END AS since
    FROM numbered GROUP BY run, verb
), shown AS (
    SELECT line.*, a.at, a.actor_kind, a.actor_label, a.actor_id, a.other_id
    FROM line JOIN newest AS a ON a.id = line.newest
    ORDER BY a.at DESC, a.id DESC
    LIMIT %(limit)s
)
SELECT shown.verb, shown.entries, shown.actors, shown.since, shown.at, shown.actor_kind,
       COALESCE(CASE WHEN member.is_active THEN member.name END, NULLIF(shown.actor_label, '')),
       CASE WHEN other.is_shared THEN other.title END, other.language
FROM shown
LEFT JOIN {member} AS member ON member.id = shown.actor_id
LEFT JOIN {subject} AS other ON other.id = shown.other_id
ORDER BY shown.at DESC, shown.newest DESC
"""


def timeline(subject: Subject, user: User | AnonymousUser, limit: int = 30) -> list[TimelineItem]:
    """Return the newest ``limit`` lines about ``subject``, newest first, in the reader's language. One query.

    The caller has made sure that ``user`` may see the subject. Facilitators also read what is for them only, and what
    happened before it was announced. What is told in no timeline (``Verb.is_told``) nobody reads here.
    """
    sql = _SQL.format(
        activity=Activity._meta.db_table, member=get_user_model()._meta.db_table, subject=Subject._meta.db_table
    )
    with plans_kept(), connection.cursor() as cursor:
        cursor.execute(
            sql,
            {
                "groups": json.dumps({verb.key: verb.group for verb in verbs if verb.group}),
                "subject": subject.pk,
                "untold": [verb.key for verb in verbs if not verb.is_told],
                "readers": Reader.SUBJECT,
                "reads_all": user.is_authenticated and user.is_facilitator,
                "announced_at": subject.announced_at,
                "limit": limit,
                "bound": limit * _ENTRIES_PER_LINE,
            },
        )
        rows = cursor.fetchall()
    return [
        _item(*row, other=in_language(title, language) if title is not None else None) for *row, title, language in rows
    ]


def _item(
    key: str,
    entries: int,
    actors: int,
    since: datetime | None,
    at: datetime,
    actor_kind: str,
    name: str | None,
    *,
    other: SafeString | None,
) -> TimelineItem:
    verb = verbs.get(key) or FORGOTTEN
    goes_on = since is None
    if verb.plural:
        said = conditional_escape(verb.plural % {"count": entries})
        if goes_on:
            said = format_html(str(conditional_escape(_("At least {what}"))), what=said)
    else:
        said = sentence(verb, actor_kind=actor_kind, name=name, other=other, others=actors - 1, may_be_more=goes_on)
    return TimelineItem(icon=verb.icon, css_class=verb.css_class, sentence=said, since=since, at=at, count=entries)


def title_of(other: Subject | None) -> SafeString | None:
    """The title of the second subject of an entry, in the language it is written in, if its readers may know it."""
    return in_language(other.title, other.language) if other is not None and other.is_shared else None


def sentence(
    verb: Verb, *, actor_kind: str, name: str | None, other: str | None, others: int = 0, may_be_more: bool = False
) -> SafeString:
    """Return what happened as HTML, in the current language and without a full stop.

    ``name`` is the actor's, an official's function, or None for a former member; ``other`` the title of the second
    subject if its readers may know it; ``others`` how many more did the same, with ``may_be_more`` how many at least.
    """
    begins = str(verb.sentence).startswith("{actor}")
    actor = _actor(actor_kind, name, others=others, may_be_more=may_be_more, begins=begins)
    return format_html(str(conditional_escape(verb.sentence)), actor=actor, other=other or _("something else"))


def _actor(kind: str, name: str | None, *, others: int, may_be_more: bool, begins: bool) -> SafeString:
    """Who acted, as a part of a sentence; whoever has no name has a capital where it ``begins`` with them."""

    def unnamed(words: str) -> SafeString:
        return conditional_escape(words if begins else words[:1].lower() + words[1:])

    if kind == ActorKind.SYSTEM:
        return unnamed(pgettext("ledger", "The portal"))
    if kind == ActorKind.UNSIGNED or (kind == ActorKind.OFFICIAL and not name):
        return unnamed(pgettext("ledger", "Somebody"))
    who = format_html("<strong>{}</strong>", name) if name else unnamed(pgettext("ledger", "A former member"))
    if others > 0:
        text = ngettext("{name} and {count} other", "{name} and {count} others", others)
        if may_be_more:
            text = ngettext("{name} and at least {count} other", "{name} and at least {count} others", others)
        return format_html(str(conditional_escape(text)), name=who, count=others)
    return who
