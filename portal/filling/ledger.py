"""What the ledger tells of a community that was written in bulk: an entry for every row that is a write."""

from __future__ import annotations

from django.db import connection

from activity.conversation import verbs as talk
from activity.models import ActorKind
from activity.verbs import Verb
from community import verbs as people
from events import verbs as sessions
from issues import verbs as issues


def _told(kind: ActorKind, actor: str, subject: str, at: str, tables: str, data: str = "'{}'::jsonb") -> str:
    """What of a table the ledger tells: kind of actor, actor, subject, data and moment of each row."""
    return f"SELECT '{kind}' AS actor_kind, {actor} AS actor, {subject} AS subject, {data} AS data, {at} AS at FROM {tables}"  # noqa: S608, E501


_NONE = "NULL::bigint"
_NOBODY, _MEMBER, _SYSTEM = ActorKind.UNSIGNED, ActorKind.MEMBER, ActorKind.SYSTEM
_BELONGING = "community_membership AS it JOIN community_hub AS hub ON hub.id = it.hub_id"
_COMMUNITY = "(SELECT id FROM activity_subject WHERE kind = 'community')"
_OF_SESSION = "events_rsvp AS it JOIN events_session AS session ON session.id = it.session_id"
_OF_BOTTLENECK = "issues_vote AS it JOIN issues_bottleneck AS about ON about.id = it.bottleneck_id"
_HOSTED = "events_session AS it JOIN events_session_hosts AS host ON host.session_id = it.id"
_THANKED = "activity_thanks AS it JOIN activity_comment AS said ON said.id = it.comment_id"

_TOLD: tuple[tuple[Verb, str], ...] = (
    (people.MEMBER_JOINED_COMMUNITY, _told(_MEMBER, "id", _COMMUNITY, "activated_at", "community_user")),
    (
        people.FACILITATOR_APPOINTED,
        _told(
            _SYSTEM,
            _NONE,
            _COMMUNITY,
            "started_at",
            "community_facilitatorterm",
            "jsonb_build_object('member', member_id)",
        ),
    ),
    (
        people.HUB_FOUNDED,
        _told(_SYSTEM, _NONE, "id", "created_at", "activity_subject WHERE kind = 'hub'"),
    ),
    (people.HUB_JOINED, _told(_MEMBER, "it.member_id", "hub.subject_id", "it.started_at", _BELONGING)),
    (
        people.REPRESENTATIVE_NAMED,
        _told(
            _MEMBER,
            "it.member_id",
            "hub.subject_id",
            "it.started_at",
            f"{_BELONGING} WHERE it.role = 'representative'",
            "jsonb_build_object('member', it.member_id)",
        ),
    ),
    (issues.BOTTLENECK_FILED, _told(_MEMBER, "author_id", "subject_id", "filed_at", "issues_bottleneck")),
    (
        issues.VOTED,
        _told(_NOBODY, _NONE, "about.subject_id", "it.cast_at", _OF_BOTTLENECK, "jsonb_build_object('hub', it.hub_id)"),
    ),
    (
        issues.BECAME_GENERIC,
        _told(
            _SYSTEM,
            _NONE,
            "subject_id",
            "generic_at",
            "issues_bottleneck WHERE generic_at IS NOT NULL",
            "jsonb_build_object('members', member_count, 'hubs', hub_count)",
        ),
    ),
    (sessions.SESSION_DRAFTED, _told(_MEMBER, "host.user_id", "it.subject_id", "it.published_at", _HOSTED)),
    (sessions.SESSION_PUBLISHED, _told(_MEMBER, "host.user_id", "it.subject_id", "it.published_at", _HOSTED)),
    (
        sessions.PLACE_TAKEN,
        _told(_NOBODY, _NONE, "session.subject_id", "it.answered_at", f"{_OF_SESSION} WHERE it.state = 'going'"),
    ),
    (
        sessions.WAITLIST_JOINED,
        _told(_NOBODY, _NONE, "session.subject_id", "it.answered_at", f"{_OF_SESSION} WHERE it.state = 'waitlisted'"),
    ),
    (
        talk.COMMENTED,
        _told(
            _MEMBER,
            "author_id",
            "subject_id",
            "written_at",
            "activity_comment",
            "jsonb_build_object('comment', id)",
        ),
    ),
    (
        talk.THANKED,
        _told(
            _NOBODY,
            _NONE,
            "said.subject_id",
            "said.written_at",
            _THANKED,
            "jsonb_build_object('comment', said.id)",
        ),
    ),
)


def write_ledger() -> None:
    """Write an entry for everything there is, in the order in which it happened; of an empty ledger."""
    selects: list[str] = []
    parameters: list[str | bool] = []
    for verb, select in _TOLD:
        selects.append(f"SELECT %s::text AS verb, %s::boolean AS is_news, told.* FROM ({select}) AS told")  # noqa: S608 - constants
        parameters += [verb.key, verb.is_news]
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            INSERT INTO activity_activity (verb, is_news, actor_kind, actor_id, subject_id, data, at, readers)
            SELECT verb, is_news, actor_kind, actor, subject, jsonb_build_object('v', 1) || data, at, 'subject'
            FROM ({" UNION ALL ".join(selects)}) AS entry ORDER BY at
            """,  # noqa: S608 - made of constants
            parameters,
        )
