"""Every act of the portal, and how a test does it: races are generated from this list, which the code must match.

``ACTS`` has a way to do each function of an ``actions`` module that takes ``by`` or ``member``; ``NO_ACTS`` says of the
others with such a parameter why they are none. ``test_every_act_is_in_the_list`` finds what is missing.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from types import ModuleType
from typing import Any
from uuid import uuid4

from django.utils import timezone

import activity.actions
import activity.consent.actions
import activity.conversation.actions
import activity.following.actions
import activity.links
import activity.moderation.actions
import activity.notices.actions
import community.accounts.actions
import community.hubs.actions
import community.joining.actions
import community.organisation.actions
import community.people.actions
import community.topics.actions
import events.actions
import issues.adoptions.actions
import issues.bottlenecks.actions
import issues.bulk.actions
import issues.changes.actions
import issues.drafts.actions
import issues.endings.actions
import issues.merging.actions
import issues.outline.actions
import issues.replies.actions
import issues.steps.actions
import issues.themes.actions
import portal.pages.actions
from activity.consent.clock import first_day, today
from activity.consent.models import Condition, ConsentRound
from activity.conversation.models import Comment
from activity.following.models import FollowLevel
from activity.links import FEED
from activity.models import Email, Subject
from activity.moderation.models import Case
from activity.notices.kinds import Channel
from community.models import Hub, JoinRequest, TopicKind, User
from events.links import CALENDAR
from events.models import Rsvp, RsvpState, Session, SessionState
from issues.bulk.actions import Wanted
from issues.models import (
    Adoption,
    AnonymousFiling,
    Bottleneck,
    Ending,
    Merge,
    Objection,
    Question,
    ThemeVersion,
    VersionedTheme,
)
from tests.factories import (
    BottleneckFactory,
    HubFactory,
    MembershipFactory,
    SessionFactory,
    UserFactory,
    facilitator,
    failed_mail,
    member_of,
    representative_of,
)

MODULES: tuple[ModuleType, ...] = (
    activity.actions,
    activity.consent.actions,
    activity.conversation.actions,
    activity.following.actions,
    activity.links,
    activity.notices.actions,
    activity.moderation.actions,
    community.accounts.actions,
    community.hubs.actions,
    community.joining.actions,
    community.organisation.actions,
    community.people.actions,
    community.topics.actions,
    events.actions,
    issues.adoptions.actions,
    issues.bottlenecks.actions,
    issues.bulk.actions,
    issues.changes.actions,
    issues.endings.actions,
    issues.merging.actions,
    issues.outline.actions,
    issues.drafts.actions,
    issues.replies.actions,
    issues.steps.actions,
    issues.themes.actions,
    portal.pages.actions,
)

NO_ACTS = {
    "activity.entry": "writes nothing",
    "activity.record": "part of every act",
    "activity.create_subject": "part of every act that creates",
    "activity.find_created": "reads",
    "activity.own_key": "reckons",
    "activity.begin_follow": "part of filing, voting and joining",
    "activity.end_follow": "part of taking back and leaving",
    "activity.follow_comments": "part of commenting",
    "activity.forget_member": "part of erasing",
    "activity.forget_speaker": "part of erasing",
    "activity.subjects_of_rounds_with": "reads",
    "activity.subjects_spoken_about": "reads",
    "activity.subjects_judged_about": "reads",
    "activity.forget_judged": "part of erasing",
    "community.erase_member": "what the acts are raced against",
    "community.forget_member": "part of erasing",
    "community.hub_changed": "part of changing a hub",
    "community.hubs_asked_by": "reads",
    "community.member_joined": "part of joining",
    "events.sessions_known_to": "reads",
    "events.offer_deadline": "reckons",
    "issues.bottlenecks_known_to": "reads",
    "issues.lock_adoption": "part of every act",
    "issues.subjects_adopted_by": "reads",
    "issues.subjects_changed_by": "reads",
    "issues.subjects_ended_by": "reads",
    "issues.forget_voter": "part of erasing",
    "issues.keep_filing": "part of filing anonymously",
    "issues.lock_bottleneck": "part of every act",
    "issues.merges_known_to": "reads",
    "issues.forget_party": "part of erasing",
    "issues.themes_known_to": "reads",
    "issues.forget_keeper": "part of erasing",
}


@dataclass
class World:
    """A member with something of everything, and those around them."""

    member: User
    other: User
    facilitator: User
    hub: Hub
    open_hub: Hub
    hub_on_request: Hub
    asked: JoinRequest
    asks: JoinRequest
    bottleneck: Bottleneck
    unsupported: Bottleneck
    generic: Bottleneck
    anonymous: Bottleneck
    session: Session
    unanswered: Session
    offered: Session
    draft: Session
    said: Comment
    heard: Comment
    failed: Email
    failed_to_other: Email
    kept: ConsentRound
    quiet: ConsentRound
    unspoken: ConsentRound
    condition: Condition
    reported: Case
    hidden: Case
    appealed: Case
    adopted: Adoption
    asked_to_adopt: Adoption
    ended: Ending
    undone: Ending
    proposal: Merge
    proposal_of_other: Merge
    part: Merge
    objected: Objection
    objection: Objection
    themes_proposed: ThemeVersion
    drafted: ThemeVersion

    def rsvp_of(self, member: User) -> Rsvp:
        return Rsvp.objects.get(session=self.session, member=member)


def make_world() -> World:
    """A member who represents a hub, facilitates, filed a bottleneck and has a place that somebody waits for."""
    hub, open_hub = HubFactory(join_policy="request"), HubFactory()
    hub_on_request = HubFactory(join_policy="request")
    joining = community.joining.actions
    member, other, somebody = representative_of(hub), member_of(hub), facilitator()
    activity.actions.choose_mail(kind="session_reminder_7", is_wanted=False, by=member)
    community.organisation.actions.appoint_facilitator(member=member, by=somebody)
    MembershipFactory(member=somebody, hub=hub)
    bottleneck = BottleneckFactory(author=member, hubs=[hub])
    session = SessionFactory(hub=hub, capacity=1)
    session.hosts.add(member)
    for person in (member, other):
        issues.bottlenecks.actions.cast_vote(bottleneck=bottleneck, by=person)
        events.actions.answer_rsvp(session=session, by=person, answer="going")
    activity.links.token_for(purpose=CALENDAR, member=member)
    proposal, proposal_of_other = _proposed(member, by=member), _proposed(member, by=somebody)
    kept = _asked_of_all(hub, by=member, says={member: "support_if", other: "object"})
    themes_proposed, drafted = _themes(bottleneck, by=member, judge=somebody)
    return World(
        member=User.objects.get(pk=member.pk),
        other=other,
        facilitator=somebody,
        hub=hub,
        open_hub=open_hub,
        hub_on_request=hub_on_request,
        asked=joining.ask_to_join(hub=hub, by=UserFactory(), words="x"),
        asks=joining.ask_to_join(hub=HubFactory(join_policy="request"), by=member),
        bottleneck=bottleneck,
        unsupported=BottleneckFactory(),
        generic=BottleneckFactory(generic_at=timezone.now()),
        anonymous=_anonymous(),
        session=session,
        unanswered=SessionFactory(capacity=1),
        offered=_with_offer(member),
        draft=SessionFactory(hub=hub, state=SessionState.DRAFT),
        said=_said(bottleneck, by=member, to=other),
        heard=_said(bottleneck, by=other, to=member),
        failed=failed_mail(to=member),
        failed_to_other=failed_mail(to=other),
        kept=kept,
        quiet=_asked_of_all(hub, by=member, says={member: "support", other: "no_opinion"}),
        unspoken=_asked_of_all(bottleneck, by=somebody, says={other: "support_if"}),
        condition=Condition.objects.get(consent=kept),
        reported=_reported(bottleneck, by=other, against=somebody),
        hidden=_hidden(bottleneck, by=member, judge=somebody),
        appealed=_appealed(bottleneck, by=other, judge=somebody),
        adopted=_adopted(hub, by=member),
        asked_to_adopt=_asked_to_adopt(hub, by=somebody),
        ended=_ended(author=member, by=somebody, voter=other),
        undone=_ended(author=other, by=member, voter=member),
        proposal=proposal,
        proposal_of_other=proposal_of_other,
        part=_made_part(member, by=somebody),
        objected=_objected(proposal, by=other),
        objection=_objected(proposal_of_other, by=member),
        themes_proposed=themes_proposed,
        drafted=drafted,
    )


def _themes(about: Bottleneck, *, by: User, judge: User) -> tuple[ThemeVersion, ThemeVersion]:
    """A version that members agreed to and nobody adopted yet, and a draft of the next one; one theme leaves."""
    acts = issues.outline.actions
    gone, stays = issues.themes.actions.find_or_create_theme("Gone")[0], "Stays"
    issues.themes.actions.find_or_create_theme(stays)
    Bottleneck.objects.filter(pk=about.pk).update(theme=gone)
    draft = acts.begin_draft(by=by)
    acts.remove_theme(theme=draft.themes.get(name="Gone"), by=by, goes_to=None)
    acts.add_theme(draft=draft, by=by, name="New", explanation="", language="en")
    proposal = _propose(draft, by)
    assert proposal.consent is not None
    activity.consent.actions.close_round(consent=proposal.consent, by=judge)
    return ThemeVersion.objects.get(pk=proposal.pk), acts.begin_draft(by=judge)


def _propose(draft: ThemeVersion, by: User) -> ThemeVersion:
    return issues.outline.actions.propose_version(
        draft=draft, by=by, why="x", question="Themes?", language="en", closes_on=first_day(today())
    )


def _begin_anew(world: World) -> ThemeVersion:
    """There is one draft at a time."""
    issues.outline.actions.drop_draft(draft=world.drafted, by=world.member)
    return issues.outline.actions.begin_draft(by=world.member)


def _on_draft(world: World, name: str) -> VersionedTheme:
    return VersionedTheme.objects.get(of_version=world.drafted, name=name)


def _add_theme(world: World) -> VersionedTheme:
    return issues.outline.actions.add_theme(
        draft=world.drafted, by=world.member, name="Another", explanation="", language="en"
    )


def _change_theme(world: World) -> VersionedTheme:
    return issues.outline.actions.change_theme(
        theme=_on_draft(world, "New"), by=world.member, version=1, name="Newer", explanation="x", language="en"
    )


def _adopted(hub: Hub, *, by: User) -> Adoption:
    """What a hub works on."""
    return issues.adoptions.actions.adopt(bottleneck=BottleneckFactory(), hub=hub, by=by, plan="x", language="en")


def _asked_to_adopt(hub: Hub, *, by: User) -> Adoption:
    """What a hub was asked to take up."""
    bottleneck = BottleneckFactory(generic_at=timezone.now())
    issues.steps.actions.propose_adoption(bottleneck=bottleneck, by=by, hubs=[hub], text="x", language="en")
    return Adoption.objects.get(bottleneck=bottleneck)


def _ended(*, author: User, by: User, voter: User) -> Ending:
    """What is said to be solved, and asked of who voted."""
    bottleneck = BottleneckFactory(author=author)
    issues.bottlenecks.actions.cast_vote(bottleneck=bottleneck, by=voter)
    ending = issues.endings.actions.end_bottleneck(
        bottleneck=bottleneck, by=by, how="solved", route="itself", text="x", language="en"
    )
    issues.endings.actions.ask_whether_solved(now=timezone.now() + timedelta(days=15))
    ending.refresh_from_db()
    return ending


def _notice(world: World) -> Ending:
    moment = timezone.now() + timedelta(days=16)
    return issues.endings.actions.say_noticed(ending=world.ended, by=world.member, answer="no", now=moment)


def _end(world: World, how: str = "solved") -> Ending:
    return issues.endings.actions.end_bottleneck(
        bottleneck=world.bottleneck, by=world.member, how=how, route="itself", text="x", language="en"
    )


def _proposed(author: User, *, by: User) -> Merge:
    """A merge of what ``author`` filed."""
    pair = {"other": BottleneckFactory(author=author), "main": BottleneckFactory()}
    return issues.merging.actions.propose_merge(**pair, by=by, reason="x", language="en")


def _made_part(author: User, *, by: User) -> Merge:
    pair = {"other": BottleneckFactory(author=author), "main": BottleneckFactory()}
    return issues.merging.actions.generalise(**pair, by=by, reason="x", language="en")


def _objected(merge: Merge, *, by: User) -> Objection:
    issues.bottlenecks.actions.cast_vote(bottleneck=merge.other, by=by)
    return issues.merging.actions.object_to(merge=merge, by=by, text="Not the same", language="en")


def _pair(world: World) -> dict[str, Any]:
    return {"other": world.unsupported, "main": world.generic, "reason": "x", "language": "en"}


def _anonymous() -> Bottleneck:
    """One that was filed anonymously, with a question that was answered."""
    bottleneck: Bottleneck = BottleneckFactory(author=None, attribution="anonymous")
    day = timezone.localdate()
    AnonymousFiling.objects.create(code_hash=f"of {bottleneck.pk}", day=day, subject=bottleneck.subject)
    Question.objects.create(subject=bottleneck.subject, text="Where?", answer="Here", answered_on=day)
    return bottleneck


def _file_anonymously(world: World) -> str:
    return issues.bottlenecks.actions.file_anonymously(by=world.member, key=uuid4(), title=f"{uuid4()}", situation="x")


def _asked_of_all(about: Hub | Bottleneck, *, by: User, says: dict[User, str]) -> ConsentRound:
    """A consent round in which some have spoken."""
    acts, day = activity.consent.actions, first_day(today())
    question = f"Do you agree {len(says)}{min(says.values())}?"
    consent = acts.open_round(subject=about.subject, by=by, question=question, text="x", language="en", closes_on=day)
    for member, answer in says.items():
        acts.speak(consent=consent, by=member, version=1, answer=answer, words="it is short")
    return consent


def _ask_all(world: World, **fields: Any) -> ConsentRound:
    return activity.consent.actions.open_round(
        subject=world.hub.subject,
        by=world.member,
        question="Do you agree?",
        text="y",
        language="en",
        closes_on=first_day(today()),
        **fields,
    )


def _put_version(world: World) -> ConsentRound:
    return activity.consent.actions.put_version(
        consent=world.kept, by=world.member, version=1, text="z", closes_on=first_day(today())
    )


def _write(about: Bottleneck, by: User, text: str) -> Comment:
    return activity.conversation.actions.write_comment(subject=about.subject, by=by, text=text, language="en")


def _reported(about: Bottleneck, *, by: User, against: User) -> Case:
    comment = _write(about, against, "Reported")
    found = activity.moderation.actions.report(subject=about.subject, comment=comment, by=by, reason="hurts", text="x")
    return found.case


def _hidden(about: Bottleneck, *, by: User, judge: User) -> Case:
    comment = _write(about, by, "Hidden")
    return activity.moderation.actions.hide(
        subject=about.subject, comment=comment, by=judge, reason="hurts", text="Because"
    )


def _appealed(about: Bottleneck, *, by: User, judge: User) -> Case:
    case = _hidden(about, by=by, judge=judge)
    activity.moderation.actions.appeal(case=case, by=by, text="Not so")
    return case


def _report(world: World) -> object:
    return activity.moderation.actions.report(
        subject=world.bottleneck.subject, comment=world.heard, by=world.member, reason="other", text="Not nice"
    )


def _report_subject(world: World) -> object:
    about = world.unsupported.subject
    return activity.moderation.actions.report(subject=about, by=world.member, reason="hurts")


def _hide(world: World) -> object:
    return activity.moderation.actions.hide(
        subject=world.bottleneck.subject, comment=world.heard, by=world.member, reason="hurts", text="Not nice"
    )


def _hide_own(world: World) -> object:
    """What the member wrote, by somebody else."""
    return activity.moderation.actions.hide(
        subject=world.bottleneck.subject, comment=world.said, by=world.facilitator, reason="hurts", text="Not nice"
    )


def _hide_subject(world: World) -> object:
    about = world.session.subject
    return activity.moderation.actions.hide(subject=about, by=world.facilitator, reason="elsewhere", text="Twice")


def _said(about: Bottleneck, *, by: User, to: User) -> Comment:
    """A comment that names ``to``, who thanks for it."""
    says = activity.conversation.actions
    comment = says.write_comment(subject=about.subject, by=by, text=f"Thanks @{to.handle}", language="en")
    says.thank(comment=comment, by=to)
    return comment


def _say(world: World, **fields: Any) -> Comment:
    text = f"See @{world.other.handle} and #{world.bottleneck.pk}"
    return activity.conversation.actions.write_comment(
        subject=world.bottleneck.subject, by=world.member, text=text, language="en", **fields
    )


def _change_words(world: World) -> Comment:
    return activity.conversation.actions.change_comment(
        comment=world.said, by=world.member, version=1, text=f"Not @{world.facilitator.handle}", language="en"
    )


def _with_offer(member: User) -> Session:
    """A session that keeps its one place for ``member``."""
    session = SessionFactory(capacity=1, taken_count=1)
    expires = timezone.now() + timedelta(hours=12)
    Rsvp.objects.create(session=session, member=member, state=RsvpState.OFFERED, offer_expires_at=expires)
    return session


def _file(world: World, **fields: Any) -> Bottleneck:
    return issues.bottlenecks.actions.file_bottleneck(by=world.member, title="Waiting", situation="x", **fields)


def _file_at(world: World) -> Bottleneck:
    """At a session that has begun."""
    return _file(world, at=SessionFactory(starts_at=timezone.now() - timedelta(hours=1)).subject)


def _file_in_bulk(world: World, **fields: Any) -> Bottleneck:
    """At a session that has begun, beside one that exists."""
    lines = [Wanted(title="Waiting in line"), Wanted(title="x", existing=world.unsupported.pk)]
    at = Session.objects.filter(title="Begun").first() or SessionFactory(
        title="Begun", starts_at=timezone.now() - timedelta(hours=1)
    )
    done = issues.bulk.actions.file_in_bulk(by=world.member, lines=lines, at=at.subject, hubs=[world.hub], **fields)
    return done.filed[0] if done.filed else Bottleneck.objects.get(subject=done.known[0])


def _schedule(world: World, **fields: Any) -> Session:
    start = timezone.now().replace(minute=0, second=0, microsecond=0) + timedelta(days=9)
    end = start + timedelta(hours=1)
    return events.actions.schedule_session(by=world.member, title="T", starts_at=start, ends_at=end, **fields)


def _found(world: World, **fields: Any) -> Hub:
    name = f"Founded by {world.member.pk}"
    return community.hubs.actions.found_hub(by=world.member, name=name, representative=world.member, **fields)


def _save_profile(world: World) -> User:
    topics = community.topics.actions.find_or_create_topics([f"Topic {world.member.pk}"])
    return community.people.actions.update_profile(
        member=world.member,
        by=world.member,
        version=world.member.version,
        fields={"handle": f"new-{world.member.pk}"},
        topics={TopicKind.CAN_DO: topics},
    )


def _correct(world: World) -> Bottleneck:
    return issues.bottlenecks.actions.correct_bottleneck(
        bottleneck=world.bottleneck, by=world.member, version=1, title="Better", situation="y", hubs=[world.open_hub]
    )


def _change(world: World) -> Session:
    return events.actions.change_session(
        session=world.session, by=world.member, version=1, title="Other", hosts=[world.member], capacity=2
    )


def _schedule_with_host(world: World) -> Session:
    start = timezone.now() + timedelta(days=9)
    return events.actions.schedule_session(
        by=world.facilitator, title="T", starts_at=start, ends_at=start + timedelta(hours=1), hosts=[world.member]
    )


type Act = Callable[[World], object]

ACTS: dict[str, tuple[Act, ...]] = {
    "activity.open_round": (_ask_all,),
    "activity.put_version": (_put_version,),
    "activity.speak": (
        lambda w: activity.consent.actions.speak(
            consent=w.unspoken, by=w.member, version=1, answer="support_if", words="it is short"
        ),
        lambda w: activity.consent.actions.speak(consent=w.kept, by=w.member, version=1, answer="support"),
        lambda w: activity.consent.actions.speak(
            consent=w.kept, by=w.other, version=1, answer="support_if", words="it is short"
        ),
    ),
    "activity.answer_condition": (
        lambda w: activity.consent.actions.answer_condition(
            condition=w.condition, by=w.member, verdict="declined", reason="x"
        ),
        lambda w: activity.consent.actions.answer_condition(
            condition=w.condition, by=w.facilitator, verdict="met", version=1
        ),
    ),
    "activity.close_round": (
        lambda w: activity.consent.actions.close_round(consent=w.quiet, by=w.member),
        lambda w: activity.consent.actions.close_round(consent=w.quiet, by=w.facilitator),
    ),
    "activity.write_comment": (_say,),
    "activity.change_comment": (_change_words,),
    "activity.delete_comment": (
        lambda w: activity.conversation.actions.delete_comment(comment=w.said, by=w.member),
        lambda w: activity.conversation.actions.delete_comment(comment=w.heard, by=w.other),
    ),
    "activity.thank": (
        lambda w: activity.conversation.actions.thank(comment=w.said, by=w.facilitator),
        lambda w: activity.conversation.actions.thank(comment=w.heard, by=w.member),
    ),
    "activity.take_thanks_back": (
        lambda w: activity.conversation.actions.take_thanks_back(comment=w.heard, by=w.member),
        lambda w: activity.conversation.actions.take_thanks_back(comment=w.said, by=w.other),
    ),
    "activity.choose_level": (
        lambda w: activity.following.actions.choose_level(
            subject=w.bottleneck.subject, by=w.member, level=FollowLevel.EVERYTHING
        ),
        lambda w: activity.following.actions.choose_level(subject=w.hub.subject, by=w.member, level=FollowLevel.SILENT),
    ),
    "activity.mark_read": (lambda w: activity.notices.actions.mark_read(by=w.member),),
    "activity.save_choices": (
        lambda w: activity.notices.actions.save_choices(
            by=w.member, hearing={"only_digest": True}, channels={"status": {Channel.MAIL}, "reminders": set()}
        ),
    ),
    "activity.report": (_report, _report_subject),
    "activity.hide": (_hide, _hide_own, _hide_subject),
    "activity.let_stand": (lambda w: activity.moderation.actions.let_stand(case=w.reported, by=w.member, text="x"),),
    "activity.appeal": (lambda w: activity.moderation.actions.appeal(case=w.hidden, by=w.member, text="x"),),
    "activity.keep_hidden": (
        lambda w: activity.moderation.actions.keep_hidden(case=w.appealed, by=w.member, text="x"),
    ),
    "activity.restore": (
        lambda w: activity.moderation.actions.restore(case=w.appealed, by=w.member, text="x"),
        lambda w: activity.moderation.actions.restore(case=w.hidden, by=w.facilitator, text="x"),
    ),
    "activity.choose_mail": (
        lambda w: activity.actions.choose_mail(kind="session_reminder_1", is_wanted=False, by=w.member),
    ),
    "activity.send_again": (
        lambda w: activity.actions.send_again(mail=w.failed, by=w.member),
        lambda w: activity.actions.send_again(mail=w.failed, by=w.facilitator),
        lambda w: activity.actions.send_again(mail=w.failed_to_other, by=w.member),
    ),
    "activity.renew_link": (lambda w: activity.actions.renew_link(purpose=CALENDAR, by=w.member),),
    "activity.token_for": (lambda w: activity.links.token_for(purpose=FEED, member=w.member),),
    "community.accept_request": (
        lambda w: community.joining.actions.accept_request(join_request=w.asked, by=w.member, words="x"),
        lambda w: community.joining.actions.accept_request(join_request=w.asks, by=w.facilitator),
    ),
    "community.ask_to_join": (
        lambda w: community.joining.actions.ask_to_join(hub=w.hub_on_request, by=w.member, words="x"),
        lambda w: community.joining.actions.ask_to_join(hub=w.hub, by=UserFactory()),
    ),
    "community.decline_request": (
        lambda w: community.joining.actions.decline_request(
            join_request=w.asked, by=w.member, reason="x", other_hub=w.open_hub
        ),
        lambda w: community.joining.actions.decline_request(join_request=w.asks, by=w.facilitator, reason="x"),
    ),
    "community.withdraw_request": (
        lambda w: community.joining.actions.withdraw_request(join_request=w.asks, by=w.member),
        lambda w: community.joining.actions.withdraw_request(join_request=w.asked, by=w.asked.member),
    ),
    "community.activate_member": (lambda w: community.accounts.actions.activate_member(member=w.member),),
    "community.admit_member": (
        lambda w: community.hubs.actions.admit_member(hub=w.hub, member=UserFactory(), by=w.member),
        lambda w: community.hubs.actions.admit_member(hub=w.open_hub, member=w.member, by=w.facilitator),
    ),
    "community.appoint_facilitator": (
        lambda w: community.organisation.actions.appoint_facilitator(member=w.other, by=w.member),
        lambda w: community.organisation.actions.appoint_facilitator(member=w.member, by=w.facilitator),
    ),
    "community.change_language": (lambda w: community.people.actions.change_language(member=w.member, language="nl"),),
    "community.end_facilitator": (
        lambda w: community.organisation.actions.end_facilitator(member=w.facilitator, by=w.member),
        lambda w: community.organisation.actions.end_facilitator(member=w.member, by=w.facilitator),
    ),
    "community.end_representative": (
        lambda w: community.hubs.actions.end_representative(
            hub=w.hub, member=w.member, by=w.member, hand_to_facilitators=True
        ),
        lambda w: community.hubs.actions.end_representative(
            hub=w.hub, member=w.member, by=w.facilitator, successor=w.other
        ),
    ),
    "community.found_hub": (_found,),
    "community.join_hub": (lambda w: community.hubs.actions.join_hub(hub=w.open_hub, by=w.member),),
    "community.leave_hub": (
        lambda w: community.hubs.actions.leave_hub(hub=w.hub, by=w.member, successor=w.other),
        lambda w: community.hubs.actions.leave_hub(hub=w.hub, by=w.other, successor=w.member),
    ),
    "community.name_representative": (
        lambda w: community.hubs.actions.name_representative(hub=w.hub, member=w.other, by=w.member),
        lambda w: community.hubs.actions.name_representative(hub=w.open_hub, member=w.member, by=w.facilitator),
    ),
    "community.set_primary_hub": (lambda w: community.hubs.actions.set_primary_hub(hub=w.hub, by=w.member),),
    "community.update_hub": (
        lambda w: community.hubs.actions.update_hub(
            hub=w.hub, by=w.member, version=1, fields={"slug": f"new-{w.hub.pk}", "contact": w.member.name}
        ),
    ),
    "community.update_profile": (_save_profile,),
    "events.accept_offer": (lambda w: events.actions.accept_offer(session=w.offered, by=w.member),),
    "events.answer_rsvp": (
        lambda w: events.actions.answer_rsvp(session=w.unanswered, by=w.member, answer="going"),
        lambda w: events.actions.answer_rsvp(session=w.session, by=w.member, answer="maybe"),
    ),
    "events.cancel_session": (lambda w: events.actions.cancel_session(session=w.session, by=w.member, reason="x"),),
    "events.change_session": (_change,),
    "events.claim_place": (lambda w: events.actions.claim_place(session=w.session, by=w.member),),
    "events.decline_offer": (lambda w: events.actions.decline_offer(session=w.offered, by=w.member),),
    "events.leave_waitlist": (
        lambda w: events.actions.leave_waitlist(session=w.session, by=w.other),
        lambda w: events.actions.leave_waitlist(session=w.session, by=w.member),
    ),
    "events.publish_session": (lambda w: events.actions.publish_session(session=w.draft, by=w.member),),
    "events.release_places_of": (lambda w: events.actions.release_places_of(w.member),),
    "events.remove_from_session": (
        lambda w: events.actions.remove_from_session(
            session=w.session, rsvp=w.rsvp_of(w.other), by=w.member, reason="x"
        ),
    ),
    "events.schedule_session": (_schedule, _schedule_with_host),
    "events.withdraw": (
        lambda w: events.actions.withdraw(session=w.session, by=w.member),
        lambda w: events.actions.withdraw(session=w.session, by=w.other),
    ),
    "issues.adopt": (
        lambda w: issues.adoptions.actions.adopt(
            bottleneck=w.unsupported, hub=w.hub, by=w.member, plan="x", language="en"
        ),
    ),
    "issues.stop_adoption": (
        lambda w: issues.adoptions.actions.stop_adoption(adoption=w.adopted, by=w.member, words="x", language="en"),
        lambda w: issues.adoptions.actions.stop_adoption(
            adoption=w.adopted, by=w.facilitator, words="x", language="en"
        ),
    ),
    "issues.decline_adoption": (
        lambda w: issues.adoptions.actions.decline_adoption(
            adoption=w.asked_to_adopt, by=w.member, words="x", language="en"
        ),
    ),
    "issues.deliver": (
        lambda w: issues.endings.actions.deliver(adoption=w.adopted, by=w.member, text="x", language="en"),
    ),
    "issues.end_bottleneck": (_end, partial(_end, how="lapsed")),
    "issues.reopen": (
        lambda w: issues.endings.actions.reopen(ending=w.undone, by=w.member, why="x", language="en"),
        lambda w: issues.endings.actions.reopen(ending=w.undone, by=w.facilitator, why="y", language="en"),
    ),
    "issues.say_noticed": (_notice,),
    "issues.propose_adoption": (
        lambda w: issues.steps.actions.propose_adoption(
            bottleneck=w.generic, by=w.member, hubs=[w.hub], text="x", language="en"
        ),
    ),
    "issues.ask_filer": (
        lambda w: issues.replies.actions.ask_filer(
            subject=w.anonymous.subject, by=w.member, text="How?", language="en"
        ),
    ),
    "issues.cast_vote": (lambda w: issues.bottlenecks.actions.cast_vote(bottleneck=w.unsupported, by=w.member),),
    "issues.change_text": (
        lambda w: issues.changes.actions.change_text(
            bottleneck=w.bottleneck, by=w.member, version=1, why="x", title="Otherwise"
        ),
    ),
    "issues.confirm_support": (lambda w: issues.changes.actions.confirm_support(bottleneck=w.bottleneck, by=w.member),),
    "issues.correct_bottleneck": (_correct,),
    "issues.file_anonymously": (_file_anonymously,),
    "issues.file_bottleneck": (_file, _file_at),
    "issues.file_in_bulk": (_file_in_bulk,),
    "issues.propose_merge": (
        lambda w: issues.merging.actions.propose_merge(**_pair(w), by=w.member),
        lambda w: issues.merging.actions.propose_merge(**_pair(w), by=w.facilitator),
    ),
    "issues.generalise": (
        lambda w: issues.merging.actions.generalise(**_pair(w), by=w.member),
        lambda w: issues.merging.actions.generalise(**_pair(w), by=w.facilitator),
    ),
    "issues.object_to": (
        lambda w: issues.merging.actions.object_to(merge=w.proposal, by=w.member, text="y", language="en"),
    ),
    "issues.withdraw_objection": (
        lambda w: issues.merging.actions.withdraw_objection(objection=w.objection, by=w.member),
    ),
    "issues.answer_objection": (
        lambda w: issues.merging.actions.answer_objection(objection=w.objected, by=w.member, text="y", language="en"),
        lambda w: issues.merging.actions.answer_objection(
            objection=w.objection, by=w.facilitator, text="y", language="en"
        ),
    ),
    "issues.drop_merge": (
        lambda w: issues.merging.actions.drop_merge(merge=w.proposal, by=w.member, reason="y", language="en"),
        lambda w: issues.merging.actions.drop_merge(
            merge=w.proposal_of_other, by=w.facilitator, reason="y", language="en"
        ),
    ),
    "issues.unmerge": (
        lambda w: issues.merging.actions.unmerge(merge=w.part, by=w.member, reason="y", language="en"),
        lambda w: issues.merging.actions.unmerge(merge=w.part, by=w.facilitator, reason="y", language="en"),
    ),
    "issues.begin_draft": (_begin_anew,),
    "issues.add_theme": (_add_theme,),
    "issues.change_theme": (_change_theme,),
    "issues.move_theme": (
        lambda w: issues.outline.actions.move_theme(theme=_on_draft(w, "New"), by=w.member, place=1),
    ),
    "issues.remove_theme": (
        lambda w: issues.outline.actions.remove_theme(theme=_on_draft(w, "Stays"), by=w.member, goes_to=None),
    ),
    "issues.put_back_theme": (
        lambda w: issues.outline.actions.put_back_theme(theme=_on_draft(w, "Gone"), by=w.member),
    ),
    "issues.drop_draft": (lambda w: issues.outline.actions.drop_draft(draft=w.drafted, by=w.member),),
    "issues.propose_version": (
        lambda w: (_add_theme(w), _propose(w.drafted, w.member))[1],
        lambda w: _propose(w.drafted, w.facilitator),
    ),
    "issues.adopt_version": (
        lambda w: issues.outline.actions.adopt_version(version=w.themes_proposed, by=w.member),
        lambda w: issues.outline.actions.adopt_version(version=w.themes_proposed, by=w.facilitator),
    ),
    "issues.withdraw_version": (
        lambda w: issues.outline.actions.withdraw_version(version=w.themes_proposed, by=w.member),
        lambda w: issues.outline.actions.withdraw_version(version=w.themes_proposed, by=w.facilitator),
    ),
    "issues.mark_answer_read": (
        lambda w: issues.replies.actions.mark_answer_read(
            question=Question.objects.get(subject=w.anonymous.subject, text="Where?"), by=w.member
        ),
    ),
    "issues.save_draft": (
        lambda w: issues.drafts.actions.save_draft(by=w.member, form="bottleneck", content={"title": "x"}),
    ),
    "issues.say_why_not": (
        lambda w: issues.steps.actions.say_why_not(bottleneck=w.generic, by=w.member, text="x", language="en"),
        lambda w: issues.steps.actions.say_why_not(bottleneck=w.generic, by=w.facilitator, text="y", language="en"),
    ),
    "issues.throw_away_draft": (lambda w: issues.drafts.actions.throw_away_draft(by=w.member, form="bottleneck"),),
    "issues.take_back_vote": (
        lambda w: issues.bottlenecks.actions.take_back_vote(bottleneck=w.bottleneck, by=w.member),
    ),
    "issues.update_estimate": (
        lambda w: issues.bottlenecks.actions.update_estimate(
            bottleneck=w.bottleneck, by=w.member, hours=None, evidence="x"
        ),
    ),
    "portal.update_page": (
        lambda w: portal.pages.actions.update_page(key="about", by=w.member, version=1, texts={"nl": f"x{w.hub.pk}"}),
    ),
}

#: The acts that make something, with their one-time key.
CREATING: dict[str, Callable[..., Any]] = {
    "activity.open_round": _ask_all,
    "activity.write_comment": _say,
    "community.found_hub": _found,
    "events.schedule_session": _schedule,
    "issues.file_bottleneck": _file,
    "issues.file_in_bulk": _file_in_bulk,
}


def functions() -> Iterator[tuple[str, Callable[..., Any]]]:
    """Every public function of an ``actions`` module, as "app.name"."""
    for module in MODULES:
        app = module.__name__.partition(".")[0]
        for name, function in inspect.getmembers(module, inspect.isfunction):
            is_own = inspect.unwrap(function).__module__.startswith(module.__name__)
            if is_own and not name.startswith("_"):
                yield f"{app}.{name}", function


def parameters(function: Callable[..., Any]) -> set[str]:
    return set(inspect.signature(function).parameters)


def with_parameter(*names: str) -> dict[str, Callable[..., Any]]:
    """The functions that take one of these parameters."""
    return {key: function for key, function in functions() if parameters(function) & set(names)}


def calls(name: str, world: World) -> list[Callable[[], object]]:
    """The ways to do act ``name`` in ``world``."""
    return [partial(act, world) for act in ACTS[name]]


def subject_of(name: str, world: World) -> Subject | None:
    """The subject that the first way to do act ``name`` is about; None for acts about none, or a new one."""
    taken = parameters(dict(functions())[name])
    if "creation_key" in taken:
        return None
    about: dict[str, Any] = {
        "activity.speak": world.unspoken,
        "community.ask_to_join": world.hub_on_request,
        "community.withdraw_request": world.asks.hub,
        "community.join_hub": world.open_hub,
        "events.accept_offer": world.offered,
        "events.answer_rsvp": world.unanswered,
        "events.decline_offer": world.offered,
        "events.publish_session": world.draft,
        "issues.ask_filer": world.anonymous,
        "issues.mark_answer_read": world.anonymous,
        "issues.cast_vote": world.unsupported,
        "issues.adopt": world.unsupported,
        "issues.decline_adoption": world.asked_to_adopt.bottleneck,
        "issues.propose_adoption": world.generic,
        "issues.reopen": world.undone.bottleneck,
        "issues.say_why_not": world.generic,
        "issues.answer_objection": world.objected.merge.other,
        "issues.unmerge": world.part.other,
    }
    owners: dict[str, Any] = {
        "hub": world.hub,
        "join_request": world.asked.hub,
        "session": world.session,
        "bottleneck": world.bottleneck,
        "adoption": world.adopted.bottleneck,
        "ending": world.ended.bottleneck,
        "comment": world.bottleneck,
        "consent": world.kept,
        "condition": world.kept,
        "case": world.bottleneck,
        "other": world.unsupported,
        "merge": world.proposal.other,
        "objection": world.objection.merge.other,
    }
    if "draft" in taken:
        return Subject.objects.community()
    found = about.get(name) or next((owner for kind, owner in owners.items() if kind in taken), None)
    return found.subject if found is not None else None
