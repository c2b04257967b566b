"""Who comes through which door: every address of the portal, asked by everyone. Spec 00, Roles.

A visitor is asked to sign in, whether a thing exists or not; who may not see a thing reads 404, who may see but not do
403. An address that is not in ``DOORS`` fails: whoever adds one says here who may come in.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

import pytest
from django.http import HttpRequest, HttpResponse
from django.template import Template
from django.test import Client
from django.test.utils import _TestState
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

import portal.urls
from activity.consent.actions import close_round, open_round, speak
from activity.consent.clock import first_day, today
from activity.consent.models import Condition, ConsentRound
from activity.conversation.actions import write_comment
from activity.kinds import COMMUNITY, subject_kinds
from activity.links import FEED, UNSUBSCRIBE, token_for
from activity.models import Activity, Audience, Subject
from activity.moderation.actions import hide, report
from activity.moderation.models import Case
from activity.notices.models import Notification
from community.joining.actions import ask_to_join
from community.models import Hub, Topic, User
from events.links import CALENDAR, WITHDRAW
from events.models import Rsvp, RsvpState, Session, SessionState
from issues.adoptions.actions import adopt
from issues.bottlenecks.actions import cast_vote
from issues.endings.actions import ask_whether_solved, end_bottleneck
from issues.endings.links import NOTICE
from issues.merging.actions import object_to, propose_merge, take_effect
from issues.models import Adoption, AnonymousFiling, Bottleneck, Question, ThemeVersion, VersionedTheme
from issues.outline import actions as themes
from issues.steps.actions import propose_adoption
from portal.models import Page
from tests.factories import (
    BottleneckFactory,
    HubFactory,
    MembershipFactory,
    SessionFactory,
    TopicFactory,
    UserFactory,
    facilitator,
    failed_mail,
    member_of,
    representative_of,
)

pytestmark = pytest.mark.django_db

PEOPLE = ("visitor", "member", "other", "elsewhere", "speaks", "facilitates", "administers", "imported", "inactive")
MEMBERS = PEOPLE[1:-1]


@dataclass(frozen=True)
class Door:
    """An address with its example, and what each of ``PEOPLE`` reads there: "in", "out" (sign in), 403 or 404.

    ``visitor`` is said for itself; members come in, unless ``only`` names who does. The rest reads ``others``, and
    ``refused`` see that there is something and may not do it. Where a visitor is asked to sign in, so are they at the
    example where nothing is.
    """

    path: str
    visitor: str = "out"
    only: tuple[str, ...] = MEMBERS
    others: int = 403
    refused: tuple[str, ...] = ()
    method: str = "get"
    nothing: str = ""
    data: Mapping[str, str] = field(default_factory=dict)

    def expected(self, person: str) -> str:
        """What ``person`` reads; somebody whose account is off is a visitor."""
        if person in {"visitor", "inactive"}:
            return self.visitor
        if person in self.refused:
            return "403"
        return "in" if person in self.only else str(self.others)


OF_THE_HUB = ("speaks", "facilitates", "administers")
SPEAKERS = ("elsewhere", "speaks", "facilitates", "administers")
OF_HUB = ("member", "speaks")
KEEPERS = ("speaks", "facilitates")
OPEN = {"visitor": "in"}

DOORS: dict[str, Door | tuple[Door, ...]] = {
    "home": Door("/", **OPEN),
    "language": Door("/language/", **OPEN, method="post"),
    "healthz": Door("/healthz", **OPEN),
    "readyz": Door("/readyz", **OPEN),
    "robots": Door("/robots.txt", **OPEN),
    # The pages at the foot
    **{f"pages:{key}": Door(f"/{key}/", **OPEN) for key in Page.Key.values},
    **{f"pages:{key}_edit": Door(f"/{key}/edit/", only=("facilitates", "administers")) for key in Page.Key.values},
    # Sessions
    "events:session_list": Door("/sessions/"),
    "events:session_past": Door("/sessions/past/"),
    "events:session_mine": Door("/sessions/mine/"),
    "events:session_schedule": Door("/sessions/new/", only=SPEAKERS),
    "events:calendar_subscribe": Door("/sessions/calendar/"),
    "events:calendar_public": Door("/sessions/calendar.ics", **OPEN),
    "events:withdraw": (
        Door("/sessions/withdraw/{withdraw}/", **OPEN),
        Door("/sessions/withdraw/{feed}/", visitor="404", only=(), others=404),
    ),
    "events:session_by_number": (
        Door("/sessions/{session}/", nothing="/sessions/{none}/"),
        Door("/sessions/{public}/", **OPEN),
    ),
    "events:session_detail": (
        Door("/sessions/{session}-x/", nothing="/sessions/{none}-x/"),
        Door("/sessions/{public}-x/", **OPEN),
        Door("/sessions/{draft}-x/", only=("speaks", "facilitates"), others=404),
    ),
    "events:session_answer": (
        Door(
            "/sessions/{session}/answer/", nothing="/sessions/{none}/answer/", method="post", data={"answer": "maybe"}
        ),
        Door("/sessions/{draft}/answer/", only=(), others=404, refused=("speaks", "facilitates"), method="post"),
    ),
    "events:session_people": (
        Door("/sessions/{session}/people/", nothing="/sessions/{none}/people/"),
        Door("/sessions/{public}/people/"),
        Door("/sessions/{draft}/people/", only=("speaks", "facilitates"), others=404),
    ),
    "events:session_remove": Door(
        "/sessions/{session}/people/{rsvp}/remove/",
        only=OF_THE_HUB,
        method="post",
        nothing="/sessions/{none}/people/{rsvp}/remove/",
    ),
    "events:session_change": (
        Door("/sessions/{session}/edit/", only=OF_THE_HUB, nothing="/sessions/{none}/edit/"),
        Door("/sessions/{draft}/edit/", only=("speaks", "facilitates"), others=404),
    ),
    "events:session_publish": (
        Door("/sessions/{session}/publish/", only=OF_THE_HUB, nothing="/sessions/{none}/publish/", method="post"),
        Door("/sessions/{ready}/publish/", only=("speaks", "facilitates"), others=404, method="post"),
    ),
    "events:session_cancel": (
        Door("/sessions/{session}/cancel/", only=OF_THE_HUB, nothing="/sessions/{none}/cancel/"),
        Door("/sessions/{draft}/cancel/", only=("speaks", "facilitates"), others=404),
    ),
    "events:session_calendar": (
        Door("/sessions/{session}/calendar.ics", nothing="/sessions/{none}/calendar.ics"),
        Door("/sessions/{public}/calendar.ics", **OPEN),
        Door("/sessions/{draft}/calendar.ics", only=(), others=404),
    ),
    "events:calendar_feed": (
        Door("/calendar/{calendar}.ics", **OPEN),
        Door("/calendar/{feed}.ics", visitor="404", only=(), others=404),
    ),
    # Bottlenecks
    "issues:bottleneck_list": Door("/bottlenecks/"),
    "issues:bottleneck_new": Door("/bottlenecks/new/"),
    "issues:bottleneck_bulk": (
        Door("/bottlenecks/bulk/", only=("facilitates", "administers")),
        Door("/bottlenecks/bulk/?at={begun}", only=OF_THE_HUB, nothing="/bottlenecks/bulk/?at={none}"),
    ),
    "issues:bottleneck_similar": Door("/bottlenecks/similar/", method="post"),
    "issues:bottleneck_number": (
        Door("/bottlenecks/{bottleneck}/", nothing="/bottlenecks/{none}/"),
        Door("/bottlenecks/{hidden}/", only=("facilitates",), others=404),
        Door("/bottlenecks/{of_hub}/", only=("member", "speaks", "facilitates"), others=404),
    ),
    "issues:bottleneck_detail": (
        Door("/bottlenecks/{bottleneck}-x/", nothing="/bottlenecks/{none}-x/"),
        Door("/bottlenecks/{hidden}-x/", only=("facilitates",), others=404),
        Door("/bottlenecks/{of_hub}-x/", only=("member", "speaks", "facilitates"), others=404),
    ),
    **{
        f"issues:bottleneck_{verb}": (
            Door(f"/bottlenecks/{{bottleneck}}/{verb}/", nothing=f"/bottlenecks/{{none}}/{verb}/", method="post"),
            Door(f"/bottlenecks/{{hidden}}/{verb}/", only=("facilitates",), others=404, method="post"),
        )
        for verb in ("vote", "unvote", "estimate")
    },
    **{
        f"issues:bottleneck_{page}": (
            Door(f"/bottlenecks/{{bottleneck}}/{page}/", nothing=f"/bottlenecks/{{none}}/{page}/"),
            Door(f"/bottlenecks/{{hidden}}/{page}/", only=("facilitates",), others=404),
            Door(f"/bottlenecks/{{of_hub}}/{page}/", only=("member", "speaks", "facilitates"), others=404),
        )
        for page in ("support", "alike")
    },
    "issues:bottleneck_correct": Door(
        "/bottlenecks/{bottleneck}/correct/", only=("member", "administers"), nothing="/bottlenecks/{none}/correct/"
    ),
    "issues:bottleneck_change": Door(
        "/bottlenecks/{bottleneck}/change/", only=("member",), nothing="/bottlenecks/{none}/change/"
    ),
    "issues:bottleneck_changes": (
        Door("/bottlenecks/{bottleneck}/changes/", nothing="/bottlenecks/{none}/changes/"),
        Door("/bottlenecks/{hidden}/changes/", only=("facilitates",), others=404),
    ),
    "issues:bottleneck_confirm": (
        Door("/bottlenecks/{bottleneck}/confirm/", nothing="/bottlenecks/{none}/confirm/", method="post"),
        Door("/bottlenecks/{hidden}/confirm/", only=("facilitates",), others=404, method="post"),
    ),
    "issues:bottleneck_draft": Door("/bottlenecks/draft/", method="post"),
    "issues:told_list": Door("/bottlenecks/told/"),
    # Filing without a name: the code decides, whoever brings it
    "issues:reply": Door("/reply/", **OPEN),
    **{
        f"issues:{name}": Door(f"/reply/{path}/", **OPEN, method="post")
        for name, path in (
            ("reply_answer", "answer"),
            ("reply_withdraw", "withdraw"),
            ("reply_noticed", "noticed"),
            ("reply_change", "change"),
            ("anonymous_correct", "correct"),
            ("anonymous_drop", "drop"),
        )
    },
    "issues:question_ask": (
        Door(
            "/bottlenecks/{anonymous}/questions/",
            only=("facilitates",),
            nothing="/bottlenecks/{none}/questions/",
            method="post",
        ),
        Door("/bottlenecks/{hidden}/questions/", only=("facilitates",), others=404, method="post"),
    ),
    "issues:question_read": (
        Door(
            "/bottlenecks/{anonymous}/questions/{question}/read/",
            only=("facilitates",),
            nothing="/bottlenecks/{none}/questions/{question}/read/",
            method="post",
        ),
        Door("/bottlenecks/{hidden}/questions/{question}/read/", only=(), others=404, method="post"),
    ),
    "issues:step_list": Door("/bottlenecks/waiting/"),
    "issues:step_why_not": (
        Door("/bottlenecks/{generic}/why-not/", only=("facilitates",), nothing="/bottlenecks/{none}/why-not/"),
        Door("/bottlenecks/{hidden}/why-not/", only=("facilitates",), others=404),
    ),
    "issues:step_propose": (
        Door("/bottlenecks/{generic}/propose/", only=("facilitates",), nothing="/bottlenecks/{none}/propose/"),
        Door("/bottlenecks/{hidden}/propose/", only=("facilitates",), others=404),
    ),
    "issues:bottleneck_adopt": (
        Door("/bottlenecks/{generic}/adopt/", only=("speaks", "elsewhere"), nothing="/bottlenecks/{none}/adopt/"),
        Door("/bottlenecks/{hidden}/adopt/", only=(), others=404, refused=("facilitates",)),
    ),
    **{
        f"issues:adoption_{act}": (
            Door(
                f"/adoptions/{{adoption}}/{act}/", only=("speaks", "facilitates"), nothing=f"/adoptions/{{none}}/{act}/"
            ),
        )
        for act in ("stop", "deliver")
    },
    "issues:adoption_decline": Door(
        "/adoptions/{asked_to_adopt}/decline/", only=("speaks",), nothing="/adoptions/{none}/decline/"
    ),
    "issues:bottleneck_end": (
        Door("/bottlenecks/{generic}/end/", only=("facilitates",), nothing="/bottlenecks/{none}/end/"),
        Door("/bottlenecks/{hidden}/end/", only=("facilitates",), others=404),
    ),
    "issues:bottleneck_reopen": (
        Door("/bottlenecks/{solved}/reopen/", only=("facilitates",), nothing="/bottlenecks/{none}/reopen/"),
        Door("/bottlenecks/{hidden}/reopen/", only=("facilitates",), others=404),
    ),
    "issues:bottleneck_noticed": (
        Door("/bottlenecks/{solved}/noticed/", method="post", nothing="/bottlenecks/{none}/noticed/"),
        Door("/bottlenecks/{hidden}/noticed/", only=("facilitates",), others=404, method="post"),
    ),
    "issues:notice_by_link": (
        Door("/bottlenecks/noticed/{notice_link}/", **OPEN),
        Door("/bottlenecks/noticed/{feed}/", visitor="404", only=(), others=404),
    ),
    "issues:merge_propose": (
        Door("/bottlenecks/{bottleneck}/merge/", only=("member", "facilitates"), nothing="/bottlenecks/{none}/merge/"),
        Door("/bottlenecks/{hidden}/merge/", only=("facilitates",), others=404),
    ),
    "issues:bottleneck_merged": (
        Door("/bottlenecks/{merged}/merged/", nothing="/bottlenecks/{none}/merged/"),
        Door("/bottlenecks/{hidden}/merged/", only=("facilitates",), others=404),
    ),
    "issues:merge_detail": (
        Door("/merges/{merge}/", nothing="/merges/{none}/"),
        Door("/merges/{merge_of_hub}/", only=("member", "speaks", "facilitates"), others=404),
    ),
    **{
        f"issues:merge_{verb}": (
            Door(f"/merges/{{merge}}/{verb}/", nothing=f"/merges/{{none}}/{verb}/", method="post"),
            Door(
                f"/merges/{{merge_of_hub}}/{verb}/", only=("member", "speaks", "facilitates"), others=404, method="post"
            ),
        )
        for verb in ("object", "drop", "undo")
    },
    **{
        f"issues:merge_{verb}": Door(
            f"/merges/{{merge}}/objections/{{objection}}/{verb}/",
            nothing=f"/merges/{{merge}}/objections/{{none}}/{verb}/",
            method="post",
        )
        for verb in ("answer", "withdraw")
    },
    # Themes: everybody reads what holds and what was proposed, facilitators change it
    "issues:theme_list": Door("/themes/"),
    "issues:outline": Door("/themes/outline/"),
    "issues:outline_pdf": Door("/themes/outline.pdf"),
    "issues:theme_versions": Door("/themes/versions/"),
    **{
        f"issues:{name}": (
            Door(f"/themes/versions/{{theme_proposal}}{path}", nothing=f"/themes/versions/{{none}}{path}"),
            Door(f"/themes/versions/{{theme_draft}}{path}", only=(), others=404),
        )
        for name, path in (
            ("theme_version", "/"),
            ("outline_of_version", "/outline/"),
            ("outline_pdf_of_version", "/outline.pdf"),
        )
    },
    **{
        f"issues:theme_version_{verb}": (
            Door(
                f"/themes/versions/{{theme_proposal}}/{verb}/",
                only=("facilitates",),
                nothing=f"/themes/versions/{{none}}/{verb}/",
            ),
            Door(f"/themes/versions/{{theme_draft}}/{verb}/", only=(), others=404),
        )
        for verb in ("adopt", "withdraw")
    },
    "issues:theme_draft": Door("/themes/draft/", only=("facilitates",)),
    "issues:theme_draft_begin": Door("/themes/draft/begin/", only=("facilitates",), method="post"),
    **{
        f"issues:theme_{name}": Door(f"/themes/draft/{path}/", only=("facilitates",))
        for name, path in (("draft_drop", "drop"), ("draft_propose", "propose"), ("add", "add"))
    },
    **{
        f"issues:theme_{name}": Door(
            f"/themes/draft/{{theme}}/{path}", only=("facilitates",), nothing=f"/themes/draft/{{none}}/{path}"
        )
        for name, path in (("change", ""), ("remove", "remove/"))
    },
    **{
        f"issues:theme_{name}": Door(
            f"/themes/draft/{{theme}}/{path}/",
            only=("facilitates",),
            nothing=f"/themes/draft/{{none}}/{path}/",
            method="post",
            data={"place": "1"},
        )
        for name, path in (("move", "move"), ("put_back", "put-back"))
    },
    # Moderation: nobody reports or judges their own
    "activity:comment_report": (
        Door("/comments/{comment}/report/", refused=("member",), nothing="/comments/{none}/report/"),
        Door("/comments/{comment_of_hub}/report/", only=("speaks", "facilitates"), others=404, refused=("member",)),
    ),
    "activity:comment_hide": (
        Door("/comments/{comment}/hide/", only=("facilitates",), nothing="/comments/{none}/hide/"),
        Door("/comments/{comment_of_hub}/hide/", only=("facilitates",), others=404, refused=("member", "speaks")),
        Door("/comments/{comment_hidden}/hide/", only=("facilitates",), others=404, refused=("member",)),
    ),
    "activity:subject_report": (
        Door("/subjects/{bottleneck_subject}/report/", refused=("member",), nothing="/subjects/{none}/report/"),
        Door("/subjects/{hidden_subject}/report/", only=("facilitates",), others=404),
        Door("/subjects/{of_hub_subject}/report/", only=("member", "speaks", "facilitates"), others=404),
    ),
    "activity:subject_hide": (
        Door("/subjects/{bottleneck_subject}/hide/", only=("facilitates",), nothing="/subjects/{none}/hide/"),
        Door("/subjects/{of_hub_subject}/hide/", only=("facilitates",), others=404, refused=("member", "speaks")),
    ),
    "activity:moderation_log": Door("/moderation/", only=("facilitates",), others=404),
    "activity:case_detail": (
        Door("/moderation/{case}/", only=("member", "facilitates"), others=404, nothing="/moderation/{none}/"),
        Door("/moderation/{case_reported}/", only=("facilitates",), others=404),
    ),
    "activity:case_decide": Door(
        "/moderation/{case_reported}/decide/",
        only=("facilitates",),
        others=404,
        method="post",
        nothing="/moderation/{none}/decide/",
    ),
    "activity:case_appeal": Door(
        "/moderation/{case}/appeal/",
        only=("member",),
        others=404,
        refused=("facilitates",),
        method="post",
        nothing="/moderation/{none}/appeal/",
    ),
    **{
        f"activity:case_{verb}": Door(
            f"/moderation/{{case}}/{verb}/",
            only=("facilitates",),
            others=404,
            refused=("member",),
            method="post",
            nothing=f"/moderation/{{none}}/{verb}/",
        )
        for verb in ("answer", "restore")
    },
    # Conversations: before whoever asks belongs to the hub
    **{
        f"activity:comment_{key}": (
            Door(f"/subjects/{{bottleneck_subject}}/comments/{path}", nothing=f"/subjects/{{none}}/comments/{path}"),
            Door(f"/subjects/{{hidden_subject}}/comments/{path}", only=("facilitates",), others=404),
            Door(f"/subjects/{{of_hub_subject}}/comments/{path}", only=("member", "speaks", "facilitates"), others=404),
        )
        for key, path in (("list", ""), ("new", "new/"))
    },
    "activity:mention_suggest": (
        Door("/subjects/{bottleneck_subject}/people/?q=anna", nothing="/subjects/{none}/people/"),
        Door("/subjects/{hidden_subject}/people/?q=anna", only=("facilitates",), others=404),
        Door("/subjects/{of_hub_subject}/people/?q=anna", only=("member", "speaks", "facilitates"), others=404),
    ),
    "activity:comment_preview": (
        Door(
            "/subjects/{bottleneck_subject}/comments/preview/",
            nothing="/subjects/{none}/comments/preview/",
            method="post",
        ),
        Door("/subjects/{hidden_subject}/comments/preview/", only=("facilitates",), others=404, method="post"),
        Door(
            "/subjects/{of_hub_subject}/comments/preview/",
            only=("member", "speaks", "facilitates"),
            others=404,
            method="post",
        ),
    ),
    **{
        f"activity:comment_{key}": (
            Door(f"/comments/{{comment}}/{path}", nothing=f"/comments/{{none}}/{path}"),
            Door(f"/comments/{{comment_of_hub}}/{path}", only=("member", "speaks", "facilitates"), others=404),
        )
        for key, path in (("detail", ""), ("history", "history/"))
    },
    "activity:comment_edit": (
        Door("/comments/{comment}/edit/", only=("member",), nothing="/comments/{none}/edit/"),
        Door("/comments/{comment_of_hub}/edit/", only=("member",), others=404, refused=("speaks", "facilitates")),
    ),
    **{
        f"activity:comment_{verb}": (
            Door(f"/comments/{{comment}}/{verb}/", nothing=f"/comments/{{none}}/{verb}/", method="post"),
            Door(
                f"/comments/{{comment_of_hub}}/{verb}/",
                only=("member", "speaks", "facilitates"),
                others=404,
                method="post",
            ),
        )
        for verb in ("thank", "unthank")
    },
    "activity:comment_delete": (
        Door("/comments/{comment}/delete/", nothing="/comments/{none}/delete/", method="post"),
        Door(
            "/comments/{comment_of_hub}/delete/",
            only=("member", "speaks", "facilitates"),
            others=404,
            method="post",
        ),
    ),
    # Following, notifications and digests
    "activity:follow": (
        Door("/subjects/{bottleneck_subject}/follow/", nothing="/subjects/{none}/follow/"),
        Door("/subjects/{hidden_subject}/follow/", only=("facilitates",), others=404),
        Door("/subjects/{of_hub_subject}/follow/", only=("member", "speaks", "facilitates"), others=404),
    ),
    "activity:followed": Door("/me/follows/"),
    "activity:notice_list": Door("/notifications/"),
    "activity:bell": Door("/notifications/bell/", **OPEN),
    "activity:notice_read": Door("/notifications/read/", method="post"),
    "activity:notice_open": Door("/notifications/{notice}/", only=("member",), others=404),
    "activity:notice_settings": Door("/me/notifications/"),
    "activity:digest": (Door("/digest/weekly/"), Door("/digest/yearly/", only=(), others=404)),
    # Consent rounds: before whoever asks belongs to the hub
    "activity:consent_list": Door("/consent/"),
    **{
        f"activity:consent_{key}": (
            Door(f"/consent/{{consent}}/{path}", nothing=f"/consent/{{none}}/{path}", method=method),
            Door(f"/consent/{{consent_hidden}}/{path}", only=("facilitates",), others=404, method=method),
            Door(
                f"/consent/{{consent_of_hub}}/{path}",
                only=("member", "speaks", "facilitates"),
                others=404,
                method=method,
            ),
        )
        for key, path, method in (("detail", "", "get"), ("history", "versions/", "get"), ("speak", "speak/", "post"))
    },
    "activity:consent_record": (
        Door("/consent/{consent_closed}/record/", nothing="/consent/{none}/record/"),
        Door("/consent/{consent}/record/", only=(), others=404),
    ),
    **{
        f"activity:consent_{key}": (
            Door(f"/consent/{{consent}}/{path}", only=KEEPERS, nothing=f"/consent/{{none}}/{path}"),
            Door(f"/consent/{{consent_closed}}/{path}", only=()),
            Door(
                f"/consent/{{consent_of_hub}}/{path}", only=("facilitates",), others=404, refused=("member", "speaks")
            ),
        )
        for key, path in (("version", "edit/"), ("close", "close/"))
    },
    "activity:consent_condition": (
        Door(
            "/consent/{consent}/conditions/{condition}/",
            only=KEEPERS,
            nothing="/consent/{none}/conditions/{condition}/",
        ),
        Door("/consent/{consent_closed}/conditions/{condition}/", only=()),
    ),
    "activity:consent_new": (
        Door("/subjects/{hub_subject}/consent/new/", only=KEEPERS, nothing="/subjects/{none}/consent/new/"),
        Door("/subjects/{of_hub_subject}/consent/new/", only=KEEPERS, others=404, refused=("member",)),
        Door("/subjects/{hidden_subject}/consent/new/", only=(), others=404, refused=("facilitates",)),
        Door("/subjects/{community_subject}/consent/new/", only=("facilitates",)),
    ),
    # Accounts: who is signed in has no business at some of these and is led home
    "account_login": Door("/sign-in/", **OPEN),
    "account_inactive": Door("/sign-in/inactive/", **OPEN),
    "account_logout": Door("/sign-out/", **OPEN),
    "account_signup": Door("/sign-up/", **OPEN),
    "account_email_verification_sent": Door("/sign-up/sent/", **OPEN),
    "account_confirm_email": Door("/sign-up/confirm/x/", **OPEN),
    "account_reset_password": Door("/password/forgotten/", **OPEN),
    "account_reset_password_done": Door("/password/forgotten/sent/", **OPEN),
    "account_reset_password_from_key": Door("/password/new/1-x/", **OPEN),
    "account_reset_password_from_key_done": Door("/password/new/done/", **OPEN),
    "account_change_password": Door("/me/password/"),
    "account_set_password": Door("/me/password/set/"),
    # Hubs and members
    "community:hub_list": Door("/hubs/", **OPEN),
    "community:hub_new": Door("/new-hub/", only=("facilitates", "administers")),
    "community:hub_detail": Door("/hubs/{hub}/", nothing="/hubs/none/"),
    "community:hub_members": (
        Door("/hubs/{hub}/members/", nothing="/hubs/none/members/"),
        Door("/hubs/{hub}/members/", only=OF_THE_HUB, method="post"),
    ),
    "community:hub_edit": Door("/hubs/{hub}/edit/", only=OF_THE_HUB, nothing="/hubs/none/edit/"),
    "community:hub_ask": (
        Door("/hubs/{hub}/ask/", nothing="/hubs/none/ask/"),
        Door("/hubs/{on_request}/ask/", method="post"),
    ),
    "community:join_request": (
        Door("/join-requests/{asked}/", only=("other", "elsewhere"), others=404, nothing="/join-requests/{none}/"),
        Door("/join-requests/{asked_facilitators}/", only=("other", "facilitates"), others=404),
        Door("/join-requests/{asked_hidden}/", only=(), others=404),
    ),
    **{
        f"community:join_request_{verb}": (
            Door(
                f"/join-requests/{{asked_to_{verb}}}/{verb}/",
                only=("elsewhere",),
                others=404,
                method="post",
                nothing=f"/join-requests/{{none}}/{verb}/",
                data={"reason": "x"},
            ),
            Door(f"/join-requests/{{asked_facilitators}}/{verb}/", only=("facilitates",), others=404, method="post"),
            Door(f"/join-requests/{{asked_hidden}}/{verb}/", only=(), others=404, method="post"),
        )
        for verb in ("decline", "accept")
    },
    "community:join_request_withdraw": Door(
        "/join-requests/{asked}/withdraw/",
        only=("other",),
        others=404,
        method="post",
        nothing="/join-requests/{none}/withdraw/",
    ),
    "community:hub_join": Door("/hubs/{hub}/join/", nothing="/hubs/none/join/", method="post"),
    "community:hub_leave": Door("/hubs/{hub}/leave/", nothing="/hubs/none/leave/"),
    "community:hub_primary": Door("/hubs/{hub}/primary/", nothing="/hubs/none/primary/", method="post"),
    "community:hub_representatives": (
        Door("/hubs/{hub}/representatives/", only=OF_THE_HUB, nothing="/hubs/none/representatives/"),
        Door("/hubs/{hub}/representatives/", only=OF_THE_HUB, method="post"),
    ),
    "community:hub_step_down": (
        Door(
            "/hubs/{hub}/representatives/end/?member=speaker",
            only=OF_THE_HUB,
            nothing="/hubs/none/representatives/end/?member=speaker",
        ),
        Door("/hubs/{hub}/representatives/end/", only=OF_THE_HUB, method="post", data={"member": "speaker"}),
    ),
    "community:member_list": Door("/members/"),
    "community:pick": (
        Door("/find/members/hosts/50/?hosts_typed=anna", nothing="/find/secrets/hosts/50/"),
        Door("/find/hubs/hubs/50/?hubs_typed=kern"),
        Door("/find/topics/topic/1/?topic_typed=python"),
        Door("/find/labels/topics/10/?topics_typed=python"),
    ),
    "community:member_detail": (
        Door("/members/{author}/", nothing="/members/nobody/"),
        Door("/members/{not_activated}/", only=("speaks", "facilitates"), others=404),
        Door("/members/{gone}/", only=(), others=404),
    ),
    "community:facilitator_list": Door("/facilitators/"),
    "community:profile_edit": Door("/me/profile/"),
    # Links that act, feeds, mail
    "activity:unsubscribe": (
        Door("/mail/unsubscribe/{unsubscribe}/", **OPEN),
        Door("/mail/unsubscribe/{feed}/", visitor="404", only=(), others=404),
    ),
    "activity:failed_mail_list": Door("/mail/failed/", only=("facilitates", "administers")),
    "activity:failed_mail_send_again": (
        Door(
            "/mail/failed/{failed}/send-again/",
            only=("facilitates", "administers"),
            nothing="/mail/failed/{none}/send-again/",
            method="post",
        ),
        Door(
            "/mail/failed/{none}/send-again/",
            only=(),
            others=404,
            refused=("member", "other", "elsewhere", "speaks", "imported"),
            method="post",
        ),
    ),
    "activity:feed_addresses": Door("/me/feeds/"),
    "activity:feed": (
        Door("/feeds/{feed}/community.atom", **OPEN),
        Door("/feeds/{calendar}/community.atom", visitor="404", only=(), others=404),
    ),
    "activity:subject_feed": (
        Door("/feeds/{feed}/subjects/{hub_subject}.atom", **OPEN),
        Door("/feeds/{feed}/subjects/{hidden_subject}.atom", visitor="404", only=(), others=404),
    ),
}

#: The admin asks in its own way; all of it is for administrators only.
ADMIN = "admin:"


def names(patterns: list[URLPattern | URLResolver], namespace: str = "") -> Iterator[str]:
    """The full name of every address, or its pattern where it has none."""
    for entry in patterns:
        if isinstance(entry, URLResolver):
            yield from names(entry.url_patterns, f"{entry.namespace}:" if entry.namespace else namespace)
        else:
            yield f"{namespace}{entry.name or entry.pattern}"


def doors() -> list[tuple[str, Door]]:
    """Every door with the name of its address."""
    return [(name, door) for name, known in DOORS.items() for door in (known if isinstance(known, tuple) else (known,))]


@pytest.fixture
def bare_pages(monkeypatch) -> None:
    """Draw pages without a copy of each context for the test to look at."""
    monkeypatch.setattr(Template, "_render", _TestState.saved_data.template_render)


@pytest.fixture
def people() -> dict[str, User | None]:
    """One of each kind, around one hub."""
    hub, another = HubFactory(slug="here"), HubFactory(slug="there")
    representative_of(another)
    return {
        "visitor": None,
        "member": member_of(hub),
        "other": UserFactory(),
        "elsewhere": representative_of(another),
        "speaks": representative_of(hub, handle="speaker"),
        "facilitates": facilitator(),
        "administers": User.objects.create_superuser("root@doorbraak.example", "a sentence that is long"),
        "imported": UserFactory(activated_at=None),
        "inactive": UserFactory(is_active=False),
    }


@pytest.fixture
def examples(people) -> dict[str, object]:
    """What the examples of the doors are about."""
    author = people["member"]
    hub = author.primary_hub
    session = SessionFactory(hub=hub)
    public = SessionFactory(hub=hub, subject__audience=Audience.PUBLIC)
    draft = SessionFactory(hub=hub, state=SessionState.DRAFT)
    hidden = BottleneckFactory(subject__hidden_at=timezone.now())
    rsvp = Rsvp.objects.create(session=session, member=UserFactory(), state=RsvpState.GOING)
    bottleneck = BottleneckFactory(author=author, hubs=[hub])
    of_hub = BottleneckFactory(hubs=[hub], subject__audience=Audience.HUBS)
    anonymous = BottleneckFactory(author=None, attribution="anonymous")
    AnonymousFiling.objects.create(code_hash="x", day=timezone.localdate(), subject=anonymous.subject)
    question = Question.objects.create(
        subject=anonymous.subject, text="x", answer="y", answered_on=timezone.localdate()
    )
    case, case_reported = _cases(bottleneck, author)
    on_request, unspoken, unseen = HubFactory.create_batch(3, join_policy="request")
    MembershipFactory(hub=on_request, member=people["elsewhere"], role="representative")
    consent = _ask_all(hub.subject, people["speaks"])
    speak(consent=consent, by=author, version=1, answer="support_if", words="x")
    consent_closed = _ask_all(hub.subject, people["facilitates"])
    close_round(consent=consent_closed, by=people["facilitates"])
    consent_hidden = _ask_all(BottleneckFactory().subject, people["facilitates"])
    Subject.objects.filter(pk=consent_hidden.subject_id).update(hidden_at=timezone.now())
    proposal, theme = _themes(people["facilitates"])
    merge = propose_merge(other=BottleneckFactory(author=author), main=bottleneck, by=author, **MERGED)
    hub_merge = propose_merge(other=of_hub, main=_beside(of_hub, hub), by=people["facilitates"], **MERGED)
    merged = propose_merge(other=BottleneckFactory(), main=BottleneckFactory(), by=people["facilitates"], **MERGED)
    take_effect(merge=merged, now=merged.objections_until)
    return {
        "merge": merge.pk,
        "merge_of_hub": hub_merge.pk,
        "merged": merged.other_id,
        "objection": object_to(merge=merge, by=author, text="x", language="en").pk,
        "theme_proposal": proposal.number,
        "theme_draft": theme.of_version.number,
        "theme": theme.pk,
        "consent": consent.pk,
        "consent_closed": consent_closed.pk,
        "consent_hidden": consent_hidden.pk,
        "consent_of_hub": _ask_all(of_hub.subject, people["facilitates"]).pk,
        "condition": Condition.objects.get().pk,
        "community_subject": Subject.objects.community().pk,
        "on_request": on_request.slug,
        "asked": ask_to_join(hub=on_request, by=people["other"]).pk,
        "asked_to_accept": ask_to_join(hub=on_request, by=UserFactory()).pk,
        "asked_to_decline": ask_to_join(hub=on_request, by=UserFactory()).pk,
        "asked_facilitators": ask_to_join(hub=unspoken, by=people["other"]).pk,
        "asked_hidden": _ask_and_hide(unseen, people["other"]),
        "none": 999_999_999,
        "hub": hub.slug,
        "hub_subject": hub.subject.pk,
        "session": session.pk,
        "public": public.pk,
        "draft": draft.pk,
        "begun": SessionFactory(hub=hub, starts_at=timezone.now() - timedelta(hours=1)).subject_id,
        "ready": SessionFactory(hub=hub, state=SessionState.DRAFT).pk,
        "rsvp": rsvp.pk,
        "bottleneck": bottleneck.pk,
        "generic": BottleneckFactory(generic_at=timezone.now()).pk,
        **_life(hub, people["speaks"], author),
        "anonymous": anonymous.pk,
        "question": question.pk,
        "bottleneck_subject": bottleneck.subject.pk,
        "comment": write_comment(subject=bottleneck.subject, by=author, text="x", language="en").pk,
        "hidden": hidden.pk,
        "hidden_subject": hidden.subject.pk,
        "of_hub": of_hub.pk,
        "of_hub_subject": of_hub.subject.pk,
        "comment_of_hub": write_comment(subject=of_hub.subject, by=author, text="x", language="en").pk,
        "notice": Notification.objects.create(
            member=author, subject=bottleneck.subject, entry=_entry_of(bottleneck), kind="status", in_portal=True
        ).pk,
        "failed": failed_mail(to=author).pk,
        "comment_hidden": case.comment_id,
        "case": case.pk,
        "case_reported": case_reported.pk,
        "author": author.handle,
        "not_activated": member_of(hub, activated_at=None).handle,
        "gone": member_of(hub, is_active=False).handle,
        "feed": token_for(purpose=FEED, member=author),
        "calendar": token_for(purpose=CALENDAR, member=author),
        "withdraw": token_for(purpose=WITHDRAW, member=author, subject=session.subject),
        "unsubscribe": token_for(purpose=UNSUBSCRIBE, member=author, kind="session_reminder_7"),
    }


def _life(hub: Hub, speaker: User, voter: User) -> dict[str, object]:
    """What a hub works on, what it was asked for, and what is said to be solved."""
    asked, solved = BottleneckFactory(generic_at=timezone.now()), BottleneckFactory()
    adoption = adopt(bottleneck=BottleneckFactory(), hub=hub, by=speaker, plan="x", language="en")
    propose_adoption(bottleneck=asked, by=facilitator(), hubs=[hub], text="x", language="en")
    cast_vote(bottleneck=solved, by=voter)
    end_bottleneck(bottleneck=solved, by=facilitator(), how="solved", route="itself", text="x", language="en")
    ask_whether_solved(now=timezone.now() + timedelta(days=15))
    return {
        "adoption": adoption.pk,
        "asked_to_adopt": Adoption.objects.asked().get().pk,
        "solved": solved.pk,
        "notice_link": token_for(purpose=NOTICE, member=voter, subject=solved.subject),
    }


MERGED = {"reason": "x", "language": "en"}


def _beside(of_hub: Bottleneck, hub: Hub) -> Bottleneck:
    """Another one for the same readers."""
    return BottleneckFactory(hubs=[hub], subject__audience=of_hub.subject.audience)


def _themes(by: User) -> tuple[ThemeVersion, VersionedTheme]:
    """A version that members are asked about, and a theme on the draft of the next one."""
    draft = themes.begin_draft(by=by)
    theme = themes.add_theme(draft=draft, by=by, name="Data", explanation="", language="en")
    asked = {"why": "x", "question": "y", "language": "en", "closes_on": first_day(today())}
    proposal = themes.propose_version(draft=draft, by=by, **asked)
    return proposal, themes.begin_draft(by=by).themes.select_related("of_version").get(key=theme.key)


def _entry_of(bottleneck: Bottleneck) -> Activity:
    """Something that happened to it."""
    return Activity.objects.create(subject=bottleneck.subject, verb="became_generic", actor_kind="system")


def _ask_all(subject: Subject, by: User) -> ConsentRound:
    """A consent round; each asks something else, for the same again would be the same."""
    question, day = f"Is this good, {ConsentRound.objects.count()}?", first_day(today())
    return open_round(subject=subject, by=by, question=question, text="x", language="en", closes_on=day)


def _cases(about: Bottleneck, author: User) -> tuple[Case, Case]:
    """Something by ``author`` that a facilitator hid, and something that was reported only."""
    texts = [write_comment(subject=about.subject, by=author, text=text, language="en") for text in ("y", "z")]
    case = hide(subject=about.subject, comment=texts[0], by=facilitator(), reason="hurts", text="x")
    return case, report(subject=about.subject, comment=texts[1], by=UserFactory(), reason="hurts").case


def _ask_and_hide(hub: Hub, by: User) -> int:
    """A request for a hub that is hidden since."""
    asked = ask_to_join(hub=hub, by=by)
    Subject.objects.filter(pk=hub.subject_id).update(audience=Audience.NAMED)
    return asked.pk


class Asker:
    """Asks for pages as one person, who signed in once."""

    def __init__(self, person: User | None) -> None:
        self.client = Client()
        if person is not None:
            self.client.force_login(person)

    def ask(
        self,
        method: str,
        path: str,
        data: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> str:
        """Ask for ``path``; returns "in", "out" (asked to sign in), or the number of a refusal."""
        response = getattr(self.client, method)(path, data, headers=headers)
        # A slug that is not the present one redirects to the page itself; to be led home is to be let in.
        while method == "get" and response.status_code in {301, 302} and not is_answer(response["Location"]):
            response = self.client.get(response["Location"])
        where = response.headers.get("HX-Redirect") or response.headers.get("Location") or ""
        if where.startswith("/sign-in/") and not path.startswith("/sign-"):
            return "out"
        # An empty form is refused for what is in it, not for who sends it; 404 of an answer that is none likewise.
        is_refusal = response.status_code in {403, 404} or response.status_code >= 500
        return str(response.status_code) if is_refusal else "in"


def is_answer(location: str) -> bool:
    """Whether to be led there says enough."""
    return location == "/" or location.startswith("/sign-in/")


@pytest.fixture
def plain_refusals(monkeypatch) -> None:
    """Refuse without a page: here it counts who is refused, and the pages of refusals are looked at elsewhere."""
    for status in (403, 404):
        refuse = partial(_refuse, status)
        monkeypatch.setattr(portal.urls, f"handler{status}", refuse, raising=False)


def _refuse(status: int, _request: HttpRequest, *, exception: Exception) -> HttpResponse:
    return HttpResponse(status=status)


def test_every_address_has_its_doors():
    addresses = {name for name in names(get_resolver().url_patterns) if not name.startswith(ADMIN)}
    assert addresses == set(DOORS), "an address without a decision who may come in, or a decision without an address"


@pytest.mark.usefixtures("plain_refusals", "bare_pages")
@pytest.mark.parametrize("person", PEOPLE)
def test_everyone_comes_through_the_doors_they_may(person, people, examples, settings):
    settings.WRITE_RATE_LIMIT = settings.VISITOR_RATE_LIMIT = "10000/second"
    asker, wrong = Asker(people[person]), []
    for name, door in doors():
        found = asker.ask(door.method, door.path.format(**examples), door.data)
        if found != door.expected(person):
            wrong.append(f"{name} {door.method} {door.path}: {found}, not {door.expected(person)}")
    assert wrong == []


def test_a_visitor_cannot_tell_what_is_there_from_what_is_not(people, examples):
    asker, told = Asker(None), []
    for _name, door in doors():
        if door.visitor == "out" and door.nothing:
            for method in ("get", "post"):
                answers = {asker.ask(method, path.format(**examples)) for path in (door.path, door.nothing)}
                if len(answers) > 1 or (method == door.method and answers != {"out"}):
                    told.append((method, door.path, answers))
    assert told == []


@pytest.mark.usefixtures("plain_refusals", "bare_pages")
def test_a_part_of_a_page_is_behind_the_same_door(people, examples, settings):
    settings.WRITE_RATE_LIMIT = settings.VISITOR_RATE_LIMIT = "10000/second"
    headers = {"HX-Request": "true", "HX-Target": "vote-box", "HX-Current-URL": "http://testserver/bottlenecks/"}
    wrong = []
    for person in ("visitor", "other"):
        asker = Asker(people[person])
        for name, door in doors():
            found = asker.ask(door.method, door.path.format(**examples), door.data, headers)
            if found != door.expected(person):
                wrong.append(f"{person} {name} {door.path}: {found}")
    assert wrong == []


# --- Every kind of subject, in every state ----------------------------------------------------------------------------
MAKE: dict[str, Callable[..., Hub | Bottleneck | Session]] = {
    Hub.SUBJECT_KIND: lambda hub, **fields: HubFactory(**fields),
    Bottleneck.SUBJECT_KIND: lambda hub, **fields: BottleneckFactory(hubs=[hub], **fields),
    Session.SUBJECT_KIND: lambda hub, **fields: SessionFactory(hub=hub, **_as_session(fields)),
}


def _as_session(fields: dict[str, object]) -> dict[str, object]:
    """A draft of a session is one by its own state."""
    return {"state": SessionState.DRAFT} if "subject__announced_at" in fields else fields


STATES: dict[str, dict[str, object]] = {
    "hidden": {"subject__hidden_at": timezone.now()},
    "draft": {"subject__announced_at": None},
    "of its hubs": {"subject__audience": Audience.HUBS},
    "named": {"subject__audience": Audience.NAMED},
}
#: How an address names its subject, by the start of its route.
PARAMETERS = {"hubs/": Hub.SUBJECT_KIND, "bottlenecks/": Bottleneck.SUBJECT_KIND, "sessions/": Session.SUBJECT_KIND}


def pages_of(thing: Hub | Bottleneck | Session) -> dict[str, str]:
    """Every address about ``thing`` with the name it goes by, found in the addresses of the portal."""
    found = {}
    named = thing.slug if isinstance(thing, Hub) else str(thing.pk)
    for name, route in routes(get_resolver().url_patterns):
        kind = next((kind for start, kind in PARAMETERS.items() if route.startswith(start)), None)
        holes = re.findall(r"<[^>]*>", route)
        if kind == thing.subject.kind and holes and "token" not in route:
            path = route.replace(holes[0], named, 1)
            found[name] = "/" + re.sub(r"<[^>]*>", "1", path)
    return found


def routes(patterns: list[URLPattern | URLResolver], namespace: str = "", start: str = "") -> Iterator[tuple[str, str]]:
    """Every address by its name, with its whole route."""
    for entry in patterns:
        route = start + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from routes(entry.url_patterns, f"{entry.namespace}:" if entry.namespace else namespace, route)
        else:
            yield f"{namespace}{entry.name}", route


def test_every_kind_of_subject_is_tried_at_every_door():
    assert set(MAKE) == {kind.key for kind in subject_kinds} - {COMMUNITY.key}
    hub = HubFactory()
    tried = {name for make in MAKE.values() for name in pages_of(make(hub))}
    addresses = routes(get_resolver().url_patterns)
    about_one = {name for name, route in addresses if re.search(r"<(int:number|slug:slug)", route)}
    assert tried == about_one, "an address about a subject that PARAMETERS does not know"


@pytest.mark.usefixtures("plain_refusals", "bare_pages")
@pytest.mark.parametrize("state", sorted(STATES))
@pytest.mark.parametrize("kind", sorted(MAKE))
def test_a_subject_is_there_for_exactly_those_who_may_see_it(kind, state, people, settings):
    """Who may not reads 404 at every address of it, by GET and POST; drafts are for the doors of their own app."""
    settings.WRITE_RATE_LIMIT = "10000/second"
    thing = MAKE[kind](people["member"].primary_hub, **STATES[state])
    readers = {name: people[name] for name in ("other", "facilitates", "administers")}
    readers |= {"own": member_of(thing) if kind == Hub.SUBJECT_KIND else people["member"], "named": UserFactory()}
    thing.subject.readers.add(readers["named"])
    wrong = []
    for name, person in readers.items():
        sees = Subject.objects.visible_to(person).filter(pk=thing.subject.pk).exists()
        if kind == Session.SUBJECT_KIND and state == "draft":
            sees = name == "facilitates"  # organises it
        client = Client()
        client.force_login(person)
        if (client.get(thing.get_absolute_url(), follow=True).status_code == 200) is not sees:
            wrong.append(f"{name} {thing.get_absolute_url()}: sees it: {sees}")
        for path in pages_of(thing).values() if not sees else ():
            answers = (client.get(path, follow=True), client.post(path))  # 405: not an address for that
            wrong += [f"{name} {path}: {answer}" for answer in answers if answer.status_code not in {404, 405}]
    assert wrong == []


@dataclass
class Secret:
    """A hub that not everybody may know of, and addresses of what belongs to it."""

    hub: Hub
    topic: Topic
    pages: list[str]

    def is_told(self, path: str, text: str) -> bool:
        """Whether the page at ``path`` names it; who asks for it by an address has that back in links and forms."""
        text = text.replace(path, "")
        words = [self.hub.name, *([] if self.hub.slug in path else [self.hub.slug])]
        words += [self.topic.label_en] if path.partition("?")[0] == "/hubs/" else []
        return any(word in text for word in words)


def _secret(state: str, people: dict[str, User | None]) -> Secret:
    name = state.replace(" ", "-")
    hub = HubFactory(name=f"Kern Verborgen {state}", slug=f"zzz-{name}", **STATES[state])
    topic = TopicFactory(slug=f"zzz-topic-{name}", label_en=f"zzz topic {state}")
    hub.topics.add(topic)
    insiders = [representative_of(hub), *[member_of(hub, name=f"Insider {state} {n}") for n in range(6)]]
    coming = SessionFactory(hub=hub, title="Held by it")
    past = SessionFactory(hub=hub, starts_at=timezone.now() - timedelta(days=3))
    touched = BottleneckFactory(author=insiders[0], hubs=[hub, people["member"].primary_hub])
    for insider in insiders:
        cast_vote(bottleneck=touched, by=insider)
        Rsvp.objects.create(session=coming, member=insider, state=RsvpState.GOING, hub=hub)
    coming.hosts.add(people["other"])
    pages = [path for thing in (coming, past, touched) for path in pages_of(thing).values()]
    pages += [f"/members/{insider.handle}/" for insider in insiders[:2]]
    pages += [f"/hubs/?topic={topic.slug}", f"/members/?hub={hub.slug}", f"/bottlenecks/?hub={hub.slug}"]
    return Secret(hub, topic, [*pages, hub.get_absolute_url(), f"/sessions/new/?like={coming.pk}"])


@pytest.mark.usefixtures("bare_pages")
@pytest.mark.slow
@pytest.mark.timeout(400)
def test_the_name_of_a_hub_stands_on_no_page_of_who_may_not_know_of_it(people, examples, settings):
    """Neither its own pages nor lists, filters, forms, figures, cards, rows and feeds, nor what belongs to it.

    A hub for every state, all in one community: each page is looked at once, for all of them.
    """
    settings.WRITE_RATE_LIMIT = settings.VISITOR_RATE_LIMIT = settings.SEARCH_RATE_LIMIT = "10000/second"
    secrets = {state: _secret(state, people) for state in sorted(STATES)}
    pages = [door.path.format(**examples) for name, door in doors() if door.method == "get" and "logout" not in name]
    pages += ["/hubs/?mine=1", "/hubs/?view=compact", *(path for secret in secrets.values() for path in secret.pages)]
    told = []
    for name in ("visitor", "member", "other", "elsewhere", "administers", "facilitates"):
        person = people[name]
        client = Client()
        if person is not None:
            client.force_login(person)
        found: dict[str, set[str]] = {state: set() for state in secrets}
        for path in dict.fromkeys(pages):
            response = client.get(path)
            assert response.status_code < 500, path
            text = response.content.decode(errors="replace")
            for state, secret in secrets.items():
                if secret.is_told(path, text):
                    found[state].add(path)
        for state, secret in secrets.items():
            if person is not None and Subject.objects.visible_to(person).filter(pk=secret.hub.subject.pk).exists():
                assert found[state] >= {"/hubs/", "/members/"}, (name, state)
            elif found[state]:
                told.append((name, state, sorted(found[state])))
    assert "\n".join(map(str, told)) == ""


@pytest.mark.parametrize("person", PEOPLE)
def test_the_admin_is_for_administrators(person, people):
    asker = Asker(people[person])
    found = {asker.ask("get", path) for path in ("/admin/community/user/", "/admin/issues/bottleneck/")}
    assert found == {"in" if person == "administers" else "out"} or (
        person != "administers" and found <= {"403", "404"}
    )
