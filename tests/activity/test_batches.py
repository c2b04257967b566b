"""What a batch of the outbox costs, with every kind of mail that the portal has and subjects that not all may see."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import timedelta
from email import message_from_bytes, policy
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from activity import outbox
from activity.actions import announce, queue_emails, record
from activity.announcements import expand_next
from activity.consent.clock import today, usual_day
from activity.consent.emails import key_of
from activity.consent.models import ConsentRound
from activity.conversation.actions import write_comment
from activity.conversation.models import Comment
from activity.devmail import waiting_message
from activity.digests.models import Digest
from activity.mailkinds import mail_kinds
from activity.models import Activity, Announcement, Audience, Email, EmailState, Subject
from activity.moderation import emails as moderation
from activity.moderation.models import Case, CaseState, Reason, Report, Step, StepKind
from activity.notices.fanout import tell_next
from activity.notices.models import Notification
from community.accounts.emails import account_email
from community.joining import emails as joining
from community.models import Hub, JoinRequest, Membership, User
from events import emails, verbs
from events.models import Rsvp, RsvpState, Session, SessionState
from issues.models import Ending, Vote
from tests.activity.sink import Sink
from tests.book import may_read_by_the_book
from tests.factories import (
    BottleneckFactory,
    FacilitatorTermFactory,
    HubFactory,
    RoomFactory,
    SessionFactory,
    UserFactory,
    facilitator,
    member_of,
)
from tests.tongues import Said, names_out_of_texts, stray

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("by_day")]

#: A mark of what became of one mail; the only statement of which each mail may have its own.
MARK = re.compile(r"\s*UPDATE activity_email\s+SET state = 'sent'")


# --- One mail of each kind, about a session that only few may see -----------------------------------------------------
def _restricted(number: int, **fields: Any) -> tuple[Session, User]:
    """A session in a room, for members of its hub or for named persons, or hidden; with a member who may see it."""
    hub = HubFactory()
    fields = {"starts_at": timezone.now() + timedelta(days=20), "room": RoomFactory(), "hub": hub, **fields}
    session: Session = SessionFactory(**fields)
    subject = session.subject
    zone = {"time_zone": ("Europe/Amsterdam", "Asia/Tokyo")[number % 2], "language": ("en", "nl")[number % 2]}
    if number % 3 == 2:
        member = facilitator(**zone)
        subject.hidden_at = timezone.now()
    else:
        member = member_of(hub, **zone)
        subject.audience = (Audience.HUBS, Audience.NAMED)[number % 3]
        subject.readers.add(member)
    subject.save()
    return session, member


def _answer(session: Session, member: User, state: RsvpState = RsvpState.GOING, **fields: Any) -> Rsvp:
    placed = {"placing": 1, "placed_at": session.published_at} if state == RsvpState.GOING else {}
    return Rsvp.objects.create(session=session, member=member, state=state, **{**placed, **fields})


def _rsvp(number: int, state: RsvpState = RsvpState.GOING, **fields: Any) -> Rsvp:
    return _answer(*_restricted(number), state, **fields)


def _offered(number: int) -> Email:
    return emails.offered(_rsvp(number, RsvpState.OFFERED, offer_expires_at=timezone.now() + timedelta(hours=5)))


def _waiting(number: int) -> Rsvp:
    return _rsvp(number, RsvpState.WAITLISTED, position=1)


def _entry(session: Session) -> Activity:
    return record(session.subject, verbs.SESSION_CHANGED)


def _moved(number: int) -> Announcement:
    session = _rsvp(number).session
    return emails.moved(session, _entry(session), was_at=timezone.now() + timedelta(days=2))


def _changed(number: int) -> Announcement:
    session = _rsvp(number).session
    return emails.changed(session, _entry(session))


def _free_place(number: int) -> Announcement:
    session = _waiting(number).session
    return emails.free_to_claim(session, _entry(session))


def _cancelled(number: int) -> Announcement:
    state = {"state": SessionState.CANCELLED, "cancel_reason": "Storm", "published_at": timezone.now()}
    session = _answer(*_restricted(number, cancelled_at=timezone.now(), **state)).session
    return emails.cancelled(session, _entry(session))


def _reminder(days: int) -> Callable[[int], Email]:
    def reminder(number: int) -> Email:
        rsvp = _answer(*_restricted(number, starts_at=timezone.now() + timedelta(days=days)))
        start, end = emails.reminder_key(days, rsvp.session)
        return Email(
            member=rsvp.member,
            subject=rsvp.session.subject,
            kind=f"session_reminder_{days}",
            context={
                "rsvp": rsvp.pk, "placing": 1, "days": days, "starts_at": rsvp.session.starts_at.isoformat()
            },
            dedupe_key=f"{start}{rsvp.pk}:1{end}",
        )  # fmt: skip

    return reminder


def _account(template: str, *links: str) -> Callable[[int], Email]:
    def mail(number: int) -> Email:
        _session, member = _restricted(number)
        return account_email(template, member.email, dict.fromkeys(links, "https://doorbraak.example/x/"))

    return mail


def _join_request(number: int, **fields: Any) -> JoinRequest:
    """Somebody asks to join a hub that only few may see, and that has a representative."""
    session, member = _restricted(number)
    hub = session.hub
    assert hub is not None
    hub.subject.audience = Audience.NAMED
    hub.subject.save(update_fields=["audience"])
    hub.subject.readers.add(member)
    ended = {} if fields.get("state", "waiting") == "waiting" else {"ended_at": timezone.now()}
    asker = {"member": member} if ended else {"member": UserFactory()}
    return JoinRequest.objects.create(hub=hub, words="Sluizen", **asker, **ended, **fields)


def _to_representative(make: Callable[[JoinRequest, int], Email]) -> Callable[[int], Email]:
    def mail(number: int) -> Email:
        request = _join_request(number)
        member = request.hub.subject.readers.get()
        Membership.objects.update_or_create(
            hub=request.hub, member=member, ended_at=None, defaults={"role": "representative"}
        )
        return make(request, member.pk)

    return mail


def _consent_reminder(number: int) -> Email:
    """Of a round about something that only few may see."""
    session, member = _restricted(number)
    consent = ConsentRound.objects.create(subject=session.subject, question="Hierachter", closes_on=usual_day(today()))
    return Email(
        member=member,
        subject=session.subject,
        kind="consent_reminder",
        context={"round": consent.pk},
        dedupe_key=f"{key_of(consent)}{member.pk}",
    )


def _solved_asked(number: int) -> Email:
    """Whether something that only few may see is solved."""
    _session, member = _restricted(number)
    bottleneck = BottleneckFactory()
    Subject.objects.filter(pk=bottleneck.subject_id).update(audience=Audience.NAMED)
    bottleneck.subject.readers.add(member)
    Vote.objects.create(bottleneck=bottleneck, member=member, voter_key=member.voter_key)
    now = timezone.now()
    ending = Ending.objects.create(
        bottleneck=bottleneck, how="solved", route="itself", text="x", asked_at=now, asks_until=now + timedelta(days=14)
    )
    return Email(
        member=member,
        subject=bottleneck.subject,
        kind="solved_asked",
        context={"ending": ending.pk},
        dedupe_key=f"solved:{ending.pk}:{member.pk}",
    )


def _to_facilitator(number: int) -> Email:
    request = _join_request(number)
    member = request.hub.subject.readers.get()
    if not member.is_facilitator:
        FacilitatorTermFactory(member=member)
    return joining.to_facilitator(request, member.pk)


def _told(number: int) -> Email:
    """Somebody is named in a comment about a session that only few may see."""
    session, member = _restricted(number)
    by = facilitator()
    session.subject.readers.add(by)
    hidden_at, session.subject.hidden_at = session.subject.hidden_at, None
    session.subject.save()
    write_comment(subject=session.subject, by=by, text=f"@{member.handle}", language="en")
    while tell_next():
        pass
    session.subject.hidden_at = hidden_at
    session.subject.save()
    mail = Email.objects.get(member=member, kind="notices")
    mail.not_before = timezone.now()
    mail.save(update_fields=["not_before"])
    return mail


def _digest(number: int) -> Email:
    """Something happened to a session that only few may see."""
    session, member = _restricted(number)
    entry, now = _entry(session), timezone.now()
    Notification.objects.create(member=member, subject=session.subject, entry=entry, kind="status", in_digest=True)
    digest = Digest.objects.create(
        member=member, period="weekly", due_at=now, since=now - timedelta(days=7), until=now, has_news=True
    )
    return Email(member=member, kind="digest", context={"digest": digest.pk}, dedupe_key=f"digest:{digest.pk}")


def _still(number: int) -> Email:
    language = ("en", "nl")[number % 2]
    return Email(member=UserFactory(language=language), kind="digest_still", dedupe_key=f"still:{number}")


def _hidden(number: int) -> tuple[Case, User]:
    """A comment about a session that only few may see, by one of them; a facilitator hid it."""
    session, member = _restricted(number)
    comment = Comment.objects.create(subject=session.subject, author=member, text="x", hidden_at=timezone.now())
    case = Case.objects.create(subject=session.subject, comment=comment, state=CaseState.HIDDEN)
    _step(case, StepKind.HID, reason=Reason.HURTS)
    return case, member


def _step(case: Case, kind: StepKind, by: User | None = None, reason: str = "") -> Step:
    return Step.objects.create(case=case, kind=kind, by=by or facilitator(), reason=reason, text="Ok", language="nl")


def _of_hidden(number: int) -> Email:
    case, member = _hidden(number)
    return moderation.hidden(case, [member.pk])[0]


def _of_report(number: int) -> Email:
    case, member = _hidden(number)
    Report.objects.create(case=case, subject=case.subject, comment=case.comment, member=member, reason="hurts")
    return moderation.reported(case, [member.pk])[0]


def _of_answer(make: Callable[[Case, Step, list[int]], list[Email]]) -> Callable[[int], Email]:
    def mail(number: int) -> Email:
        case, member = _hidden(number)
        _step(case, StepKind.APPEALED, member)
        return make(case, _step(case, StepKind.KEPT), [member.pk])[0]

    return mail


MAILS: dict[str, Callable[[int], Email | Announcement]] = {
    "notices": _told,
    "digest": _digest,
    "digest_still": _still,
    "session_placed": lambda number: emails.placed(_rsvp(number)),
    "session_promoted": lambda number: emails.promoted(_rsvp(number)),
    "session_waitlisted": lambda number: emails.waitlisted(_waiting(number)),
    "session_offer": _offered,
    "session_free_place": _free_place,
    "session_moved": _moved,
    "session_changed": _changed,
    "session_cancelled": _cancelled,
    "session_withdrawn": lambda number: emails.withdrawn(_rsvp(number, RsvpState.NOT_GOING, placing=1)),
    "session_reminder_7": _reminder(7),
    "session_reminder_1": _reminder(1),
    "join_asked": _to_representative(joining.asked),
    "join_reminder": _to_representative(joining.reminder),
    "join_also_you": _to_representative(joining.also_you),
    "join_facilitators": _to_facilitator,
    "join_accepted": lambda number: joining.accepted(_join_request(number, state="accepted", answer="Ok")),
    "join_declined": lambda number: joining.declined(
        _join_request(number, state="declined", answer="Ok", other_hub=HubFactory())
    ),
    "join_lapsed": lambda number: joining.lapsed(_join_request(number, state="lapsed")),
    "consent_reminder": _consent_reminder,
    "solved_asked": _solved_asked,
    "moderation_hidden": _of_hidden,
    "moderation_reported": _of_report,
    "moderation_answered": _of_answer(moderation.answered),
    "moderation_told": _of_answer(moderation.told),
    "account_confirm": _account("account/email/email_confirmation", "activate_url"),
    "account_exists": _account("account/email/account_already_exists"),
    "account_unknown": _account("account/email/unknown_account", "signup_url"),
    "account_password_link": _account("account/email/password_reset_key", "password_reset_url"),
    "account_password_changed": _account("account/email/password_changed"),
}


def _queue(made: Iterable[Email | Announcement]) -> None:
    """Queue mails, and those of announcements too."""
    for one in made:
        if isinstance(one, Announcement):
            announce(one)
            assert expand_next()
        elif one.pk is None:
            queue_emails([one])


def _statements_for(each: int, sink: Sink) -> tuple[Counter[str], int]:
    """Send ``each`` mails of every kind; return the statements that this took beside the marks, and the marks."""
    makers = [make for make in MAILS.values() for _each in range(each)]
    _queue(make(number) for number, make in enumerate(makers))
    before = len(sink.raw)
    with CaptureQueriesContext(connection) as captured:
        outbox.send_due()
    assert dict(Email.objects.values_list("kind", "state")) == dict.fromkeys(MAILS, EmailState.SENT)
    assert len(sink.raw) - before == each * len(MAILS)
    marks = [query for query in captured if MARK.match(query["sql"])]
    rest = Counter(re.sub(r"\d+|\s+", " ", query["sql"])[:60] for query in captured if not MARK.match(query["sql"]))
    return rest, len(marks)


def _read(raw: bytes) -> dict[str, str]:
    """What somebody reads in a mail: who it is to, its subject and each of its parts."""
    message = message_from_bytes(raw, policy=policy.default)
    parts = (part for part in message.walk() if not part.is_multipart())
    return {"To": str(message["To"]), "Subject": str(message["Subject"])} | {
        part.get_content_type(): part.get_content().replace("\r\n", "\n") for part in parts if not part.get_filename()
    }


def test_every_kind_of_mail_has_an_example_here() -> None:
    assert set(MAILS) == {kind.key for kind in mail_kinds}


@pytest.mark.slow
def test_a_batch_of_real_mails_costs_the_same_at_any_size_but_for_one_mark_a_mail(sink: Sink, monkeypatch) -> None:
    monkeypatch.setattr(outbox, "SIGN_OF_LIFE", 600.0)  # however slow this machine is
    monkeypatch.setattr(outbox, "BATCH", 4 * len(MAILS))  # all of them are one
    few, marks_of_few = _statements_for(1, sink)
    many, marks_of_many = _statements_for(3, sink)
    assert (marks_of_few, marks_of_many) == (len(MAILS), 3 * len(MAILS))
    assert few == many
    assert many.total() <= len(MAILS) + 24  # one of them: how much news each had today


def test_a_mail_reads_the_same_alone_and_among_others_in_other_languages_and_zones(sink: Sink) -> None:
    _queue(make(place + also) for place, make in enumerate(MAILS.values()) for also in (0, 1))
    with translation.override("nl"), timezone.override("America/Aruba"):  # whoever looks at the preview
        previews = [waiting_message(pk) for pk in Email.objects.order_by("pk").values_list("pk", flat=True)]
    as_it_is = policy.default.clone(refold_source="none")  # a long subject would come back with a space before it
    alone = {str(mail["Message-ID"]): _read(mail.as_bytes(policy=as_it_is)) for mail in previews if mail is not None}
    assert len(alone) == 2 * len(MAILS)
    outbox.send_due()
    assert dict(zip(sink.message_ids, map(_read, sink.raw), strict=True)) == alone
    assert not [text for read in alone.values() for text in read.values() if " at 0x" in text or "{%" in text]
    dutch = Email.objects.filter(language="nl").exclude(kind__startswith="account").values_list("message_id", flat=True)
    english = Email.objects.filter(language="en").values_list("message_id", flat=True)
    assert all("Je krijgt deze mail" in alone[message_id]["text/plain"] for message_id in dutch)
    assert all("You get this mail" in alone[message_id]["text/plain"] for message_id in english)
    without_names = names_out_of_texts()
    for language, message_id in Email.objects.values_list("language", "message_id"):
        for kind, text in alone[message_id].items():
            said = re.findall(r"^(?:SUMMARY|DESCRIPTION)[^:]*:(.*)", text.replace("\n ", ""), re.MULTILINE)
            others = {"text/html": Said(text).texts, "To": [], "text/calendar": said}
            lines = others.get(kind, text.splitlines())
            assert not [line for line in lines if stray(without_names(line), language)], (language, kind, text)
    sessions = Email.objects.filter(language="nl", kind__startswith="session").values_list("message_id", flat=True)
    for text in (alone[message_id]["text/plain"] for message_id in sessions):
        assert "op jouw klok (Tokyo)" in text


@pytest.mark.parametrize("place", [0, 1])
def test_what_a_batch_promises_is_judged_pair_by_pair(sink: Sink, place: int) -> None:
    """Two members, two sessions, each may see their own only; a mail about the other's is not sent."""
    (one, anna), (other, bram) = _restricted(place), _restricted(place)
    pairs = {(anna, one): True, (anna, other): False, (bram, one): False, (bram, other): True}
    rsvps = {pair: _answer(pair[1], pair[0]) for pair in pairs}
    queue_emails(emails.placed(rsvp) for rsvp in rsvps.values())
    outbox.send_due()
    sent = set(Email.objects.filter(state=EmailState.SENT).values_list("member", "subject"))
    assert sent == {(member.pk, session.subject_id) for (member, session), may_see in pairs.items() if may_see}
    assert Email.objects.filter(state=EmailState.CANCELLED).count() == 2


def _put_into_a_random_state(mail: Email, chance: random.Random, mark: str) -> None:
    """What ``mail`` is about: by the name ``mark``, and for whomever it falls out."""
    assert mail.subject_id is not None
    subject = Subject.objects.get(pk=mail.subject_id)
    now = timezone.now()
    subject.audience = chance.choice(Audience.values)
    subject.announced_at, subject.hidden_at = chance.choice([None, now, now]), chance.choice([None, None, now])
    subject.save(update_fields=["audience", "announced_at", "hidden_at"])
    subject.readers.set(chance.choice([[], [mail.member_id]]))
    Session.objects.filter(subject=subject).update(title=mark)
    Hub.objects.filter(subject=subject).update(name=mark)
    # Hubs that a mail names beside: the main one of who asks, and the one that may suit them.
    unknown = HubFactory(name=f"Geheim {mark}", subject__audience=Audience.NAMED)
    for request in JoinRequest.objects.filter(pk=mail.context.get("request", 0)):
        if request.member_id != mail.member_id:
            User.objects.filter(pk=request.member_id).update(primary_hub=unknown)
        JoinRequest.objects.filter(pk=request.pk, other_hub__isnull=False).update(other_hub=unknown)


@pytest.mark.slow
def test_every_kind_reaches_exactly_those_who_may_see_what_it_is_about(sink: Sink) -> None:
    """In random audiences and states; and no mail tells of anything else."""
    chance = random.Random(8)
    _queue(make(number) for make in MAILS.values() for number in range(4))
    about = list(Email.objects.exclude(subject=None).select_related("member").order_by("pk"))
    marks = {mail.pk: f"Zq{number:03}x" for number, mail in enumerate(about)}
    for mail in about:
        _put_into_a_random_state(mail, chance, marks[mail.pk])
    outbox.send_due()
    fresh = Email.objects.exclude(subject=None).select_related("member", "subject")
    sent = {mail.pk for mail in fresh if mail.state == EmailState.SENT}
    assert sent == {it.pk for it in fresh if it.member and it.subject and may_read_by_the_book(it.member, it.subject)}
    assert 0 < len(sent) < len(about)
    assert {mail.state for mail in fresh if mail.pk not in sent} == {EmailState.CANCELLED}
    own = {mail.message_id: marks[mail.pk] for mail in fresh}
    for message_id, read in zip(sink.message_ids, map(_read, sink.raw), strict=True):
        text = " ".join(read.values())
        assert set(re.findall(r"Zq\d{3}x", text)) <= {own.get(message_id)}
        assert "Geheim" not in text
