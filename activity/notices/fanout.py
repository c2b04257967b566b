"""Who hears of an entry of the ledger: one statement, however many follow its subject. Spec 06, Notifications.

The act that recorded it waits for nothing of this. It is harmless to kill, and to do twice or by two at once: what is
to be told is taken, told and removed in one transaction, others pass over it meanwhile, and nobody has two
notifications of one entry.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from typing import TYPE_CHECKING, Any

from django.contrib.auth import get_user_model
from django.db import connection, transaction
from django.db.models import CharField, Exists, Model, OuterRef, QuerySet, Value
from django.db.models.functions import Cast, Concat, JSONObject
from django.utils import timezone

from activity.announcements import make_mails, receivers
from activity.conversation.models import Comment, Mention
from activity.following.models import Follow, HearingSettings
from activity.hours import wait_after
from activity.models import Activity, Announcement, Email, EmailState, FanOut, MailChoice, Subject
from activity.verbs import Level, Verb, verbs
from activity.visibility import may_read, may_read_once_announced
from ui.writing import hold

from .kinds import EVERYTHING, MENTION, Channel, notice_kinds
from .models import NoticeChoice, Notification
from .selectors import MAIL

if TYPE_CHECKING:
    from community.models import User

logger = logging.getLogger(__name__)

#: Seconds after which a run leaves what is left to the next one.
RUN = 25.0
#: What happens to one subject within this time is one mail.
BUNDLED = timedelta(minutes=15)
KEPT = timedelta(days=90)
PORTION = 10_000


def tell_due(*, run: float = RUN) -> bool:
    """Tell whoever follows of all that is due, for about ``run`` seconds; True when some is left for the next run."""
    stop_at = monotonic() + run
    while tell_next():
        if monotonic() > stop_at:
            return True
    return False


def tell_next() -> bool:
    """Tell of the entry that has been due longest; returns whether there was one.

    A fault in one holds up no other: it is tried again, ever later, like a mail.
    """
    now = timezone.now()
    with transaction.atomic():
        due = FanOut.objects.filter(not_before__lte=now).select_related("entry__subject")
        fan_out = due.select_for_update(of=("self",), skip_locked=True).first()
        if fan_out is None:
            return False
        try:
            with transaction.atomic():
                tell(fan_out.entry, now=now)
        except Exception as error:
            logger.exception("Nobody could be told of entry %s (%s)", fan_out.entry_id, fan_out.entry.verb)
            fan_out.not_before = now + wait_after(fan_out.attempts)
            fan_out.attempts += 1
            fan_out.last_error = type(error).__name__
            fan_out.save(update_fields=["not_before", "attempts", "last_error"])
        else:
            fan_out.delete()
    return True


def tell(entry: Activity, *, now: datetime, is_mailed: bool = True) -> None:
    """Make the notifications of ``entry`` and the mails that tell of them at once; what is made already stays.

    Nobody hears of what they did themselves, of what a draft went through, nor of what they may not see. Without
    ``is_mailed`` it is told as what was long ago: by no mail.
    """
    verb, subject = verbs.get(entry.verb), entry.subject
    if verb is None or subject.hidden_at or subject.announced_at is None or entry.at < subject.announced_at:
        return
    if subject.merged_into_id is not None:
        return  # nothing is told of what is not shown; whoever follows it hears of what is shown in its place
    hold(f"{MAIL}:{subject.pk}")  # two at once would not see each other's mails, and one member would get both
    comment = Comment.objects.filter(pk=entry.data.get("comment", 0), deleted_at=None, hidden_at=None).first()
    if verb.tells_named and comment is not None:
        _insert(entry, comment, MENTION.key, now, _named(comment))
    if verb.concerns is not None:
        key, kind = verb.concerns
        rows = receivers[key].rows(Announcement(entry=entry, receivers=key))
        _insert(entry, comment, kind, now, rows.order_by().values_list("member", flat=True))
    if verb.is_told:
        for key, members, values in _followers(verb):
            _insert_sql(entry, comment, key, now, members, values)
    if is_mailed:
        _mail(entry, now)


def _named(comment: Comment) -> QuerySet[Any, int]:
    """Whom a comment names and who has not heard of that yet: one that is changed tells only whom it names anew."""
    told = Notification.objects.filter(comment=comment, kind=MENTION.key, member=OuterRef("member"))
    return Mention.objects.filter(~Exists(told), comment=comment).order_by().values_list("member", flat=True)


_CHANNELS = """
    COALESCE(choice.portal, %(is_portal)s),
    COALESCE(choice.mail, %(is_mail)s) AND %(is_mailed)s AND NOT COALESCE(hearing.only_digest, FALSE)
        AND NOT EXISTS (SELECT FROM {mail_choice} AS off
                        WHERE off.member_id = member.id AND off.kind = %(mail)s AND NOT off.is_wanted),
    COALESCE(choice.digest, %(is_digest)s)
"""

_TOLD = """
    FROM {member} AS member
    LEFT JOIN {choice} AS choice ON choice.member_id = member.id AND choice.kind = %(kind)s
    LEFT JOIN {hearing} AS hearing ON hearing.member_id = member.id
    WHERE member.is_active AND member.activated_at IS NOT NULL AND member.id IS DISTINCT FROM %(actor)s
      AND member.id IN ({members}) {readable}
"""

# Whoever is being erased drops out: their rows are held until this transaction ends.
_INSERT = """
INSERT INTO {notification}
    (entry_id, subject_id, comment_id, at, made_at, member_id, kind, in_portal, by_mail, in_digest)
SELECT * FROM (
    SELECT %(entry)s::bigint, %(subject)s::bigint, %(comment)s::bigint, %(at)s::timestamptz, %(now)s::timestamptz,
           member.id, %(kind)s,
           {channels}
    {told}
    FOR KEY SHARE OF member
) AS told (entry_id, subject_id, comment_id, at, made_at, member_id, kind, in_portal, by_mail, in_digest)
WHERE told.in_portal OR told.by_mail OR told.in_digest
ORDER BY told.member_id
ON CONFLICT DO NOTHING
"""

_COUNT = """
SELECT count(*), count(*) FILTER (WHERE in_portal), count(*) FILTER (WHERE by_mail), count(*) FILTER (WHERE in_digest)
FROM (SELECT {channels} {told}) AS told (in_portal, by_mail, in_digest)
WHERE in_portal OR by_mail OR in_digest
"""

# What somebody chose for the subject comes first, then what they chose for one of its hubs (the most of it), then, if
# they follow it without having chosen, what they always want. Whoever follows what was merged into it follows it: the
# most that they chose, but for whoever chose to hear nothing of one of them. Spec 06, Following; 02, Merge.
_FOLLOWERS = """
WITH hub AS (
    SELECT to_subject_id AS id FROM {hubs}
    WHERE from_subject_id = %(subject)s AND to_subject_id <> %(subject)s
), own AS (
    SELECT member_id, CASE WHEN min(level) = 0 THEN 0 ELSE max(level) END AS level FROM {follow}
    WHERE subject_id IN (SELECT %(subject)s UNION ALL SELECT id FROM {subjects} WHERE merged_into_id = %(subject)s)
    GROUP BY member_id
), of_hub AS (
    SELECT follow.member_id, max(follow.level) AS chosen,
           bool_or(COALESCE(follow.level, hearing.level, %(by_default)s) > 0) AS hears
    FROM {follow} AS follow LEFT JOIN {hearing} AS hearing USING (member_id)
    WHERE follow.subject_id IN (SELECT id FROM hub) GROUP BY follow.member_id
), heard AS (
    SELECT COALESCE(own.member_id, of_hub.member_id) AS member_id,
           COALESCE(own.level, of_hub.chosen,
                    CASE WHEN own.member_id IS NOT NULL THEN COALESCE(hearing.level, %(by_default)s) END) AS level,
           COALESCE(own.level, 1) > 0 AND COALESCE(of_hub.hears, FALSE) AS hears_of_hub
    FROM own FULL JOIN of_hub ON of_hub.member_id = own.member_id
    LEFT JOIN {hearing} AS hearing ON hearing.member_id = COALESCE(own.member_id, of_hub.member_id)
)
SELECT member_id FROM heard WHERE {which}
"""


def _followers(verb: Verb) -> list[tuple[str, str, dict[str, Any]]]:
    """Whoever follows a subject as much as ``verb`` takes, or a hub of it where something begins there.

    By the kind of notification they get: its key, a statement of primary keys, and values for that.
    """
    tables: dict[str, type[Model]] = {
        "hubs": Subject.hubs.through,
        "follow": Follow,
        "hearing": HearingSettings,
        "subjects": Subject,
    }
    names = {name: model._meta.db_table for name, model in tables.items()}
    values = {"by_default": int(Level.STATUS), "everything": int(Level.EVERYTHING), "level": int(verb.level)}
    enough = "level >= %(level)s AND level < %(everything)s"
    if verb.reaches_hubs:
        enough = f"({enough}) OR (hears_of_hub AND COALESCE(level, 0) < %(everything)s)"
    # Whoever wants everything hears of it as that, whatever it is to the others.
    by_kind = {EVERYTHING.key: "level = %(everything)s", verb.notice: enough}
    return [(key, _FOLLOWERS.format(**names, which=which), values) for key, which in by_kind.items()]


def _insert(entry: Activity, comment: Comment | None, kind: str, now: datetime, members: QuerySet[Any, int]) -> None:
    """Tell ``members``, by their primary keys."""
    select, values = members.query.sql_with_params()
    placed = {f"m{place}": value for place, value in enumerate(values)}
    _insert_sql(entry, comment, kind, now, select % tuple(f"%({name})s" for name in placed), placed)


def _insert_sql(
    entry: Activity, comment: Comment | None, key: str, now: datetime, members: str, values: dict[str, Any]
) -> None:
    sql, parameters = _statement(_INSERT, key, entry.subject, entry.actor_id, members, values)
    parameters |= {
        "entry": entry.pk,
        "comment": comment.pk if comment else None,
        "at": entry.at,
        "now": now,
    }
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)


@dataclass(frozen=True, slots=True)
class Reach:
    """How many hear of something, and by which channels; one who hears by two counts once."""

    people: int
    portal: int
    mail: int
    digest: int


def reach_of(verb: Verb, subject: Subject, by: User) -> Reach:
    """How many would hear of it if ``by`` did this now; of a draft, if it were announced. Two queries."""
    counts = [0, 0, 0, 0]
    with connection.cursor() as cursor:
        for key, members, values in _followers(verb):
            cursor.execute(*_statement(_COUNT, key, subject, by.pk, members, values))
            counts = [one + more for one, more in zip(counts, cursor.fetchone(), strict=True)]
    return Reach(*counts)


def _statement(
    sql: str, key: str, subject: Subject, actor: int | None, members: str, values: dict[str, Any]
) -> tuple[str, dict[str, Any]]:
    """``sql`` about those of ``members`` who take part, may see the subject and did not do it themselves."""
    kind = notice_kinds[key]
    readable, seen = _readable(subject)
    tables: dict[str, type[Model]] = {
        "notification": Notification,
        "member": get_user_model(),
        "choice": NoticeChoice,
        "hearing": HearingSettings,
        "mail_choice": MailChoice,
    }
    names = {name: model._meta.db_table for name, model in tables.items()}
    parameters = {
        **values,
        **seen,
        "subject": subject.pk,
        "actor": actor,
        "kind": key,
        "mail": MAIL,
        "is_portal": Channel.PORTAL in kind.default,
        "is_mail": Channel.MAIL in kind.default,
        "is_digest": Channel.DIGEST in kind.default,
        "is_mailed": not kind.mails,
    }
    channels, told = _CHANNELS.format(**names), _TOLD.format(**names, members=members, readable=readable)
    return sql.format(**names, channels=channels, told=told), parameters


def _readable(subject: Subject) -> tuple[str, dict[str, Any]]:
    """What leaves only those who may see ``subject``, or a draft once it is announced: nothing where all may."""
    if subject.is_shared:
        return "", {}
    rule = may_read_once_announced if subject.announced_at is None else may_read
    readers = get_user_model().objects.filter(
        Exists(Subject.objects.filter(rule(OuterRef(OuterRef("pk"))), pk=subject.pk))
    )
    select, values = readers.order_by().values("pk").query.sql_with_params()
    placed = {f"r{place}": value for place, value in enumerate(values)}
    return "AND member.id IN (" + select % tuple(f"%({name})s" for name in placed) + ")", placed


def _mail(entry: Activity, now: datetime) -> None:
    """Have a mail tell of these at once, together with what else happens to the subject within a quarter of an hour."""
    told = Notification.objects.filter(entry=entry, by_mail=True, email=None)
    if not told.exists():
        return
    waiting = Email.objects.filter(kind=MAIL, subject=entry.subject, state=EmailState.WAITING)
    make_mails(
        told.filter(~Exists(waiting.filter(member=OuterRef("member")))),
        kind=MAIL,
        key=Concat(Value(f"{MAIL}:{entry.pk}:"), Cast("member", CharField())),
        context=JSONObject(),
        subject=entry.subject,
        now=now,
        wait=BUNDLED,
    )
    _attach(entry)


_ATTACH = """
WITH held AS (
    SELECT id, member_id FROM {email} WHERE kind = %(mail)s AND subject_id = %(subject)s AND state = 'waiting'
    FOR NO KEY UPDATE
)
UPDATE {notification} AS told SET email_id = held.id
FROM held WHERE told.entry_id = %(entry)s AND told.by_mail AND told.email_id IS NULL AND told.member_id = held.member_id
"""


def _attach(entry: Activity) -> None:
    """Bind the notifications to the mails of their members that wait; no sender takes one of them meanwhile."""
    names = {"email": Email._meta.db_table, "notification": Notification._meta.db_table}
    with connection.cursor() as cursor:
        cursor.execute(_ATTACH.format(**names), {"mail": MAIL, "subject": entry.subject_id, "entry": entry.pk})


# --- Upkeep -----------------------------------------------------------------------------------------------------------
def forget_old_notices(*, now: datetime) -> int:
    """Take out what members were told more than 90 days ago, read or not; returns how much. The ledger keeps it all.

    In portions, so that no statement holds up others for long.
    """
    old = Notification.objects.filter(made_at__lt=now - KEPT).order_by("pk").values("pk")
    forgotten = 0
    while taken := Notification.objects.filter(pk__in=list(old[:PORTION].values_list("pk", flat=True))).delete()[0]:
        forgotten += taken
    return forgotten
