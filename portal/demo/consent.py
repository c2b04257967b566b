"""What members of the demonstration are asked to agree to: a hub's agreement, and what came of one about all of it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from activity.consent import clock, verbs
from activity.consent.models import Answer, Condition, ConsentRound, ConsentText, Position, Verdict
from activity.consent.results import checksum, result_of
from community.models import User
from portal.demo import source
from portal.demo.story import Story
from ui.workdays import due_after, workday_before

#: They have yet to answer, so that whoever signs in as one of them can.
SILENT = {"member@doorbraak.example", "newcomer@doorbraak.example", "facilitator@doorbraak.example"}


def load_consent(story: Story) -> None:
    """Write consent rounds with their texts, answers and conditions, and what the ledger says of them."""
    for told in source.texts("consent")["rounds"]:
        load_round(story, told)


def load_round(story: Story, told: dict[str, Any]) -> ConsentRound:
    """Write a round as ``told``, with what was said in it; about a hub, or about the community."""
    by = story.members[told["by"]]
    subject = story.hubs[told["hub"]].subject if "hub" in told else story.community
    opened_at = story.at(workday_before(told["days"], story.today), 11)
    last = (
        workday_before(told["closed"], story.today)
        if "closed" in told
        else due_after(told["closes_in"], story.today).day
    )
    consent = ConsentRound.objects.create(
        subject=subject,
        opened_by=by,
        question=told["question"],
        language="nl",
        version=len(told["texts"]),
        opened_at=opened_at,
        closes_on=last,
    )
    data = {"round": consent.pk}
    story.record(subject, verbs.CONSENT_OPENED, by=by, at=opened_at, data=data)
    for number, text in enumerate(told["texts"], start=1):
        frozen_at = opened_at if number == 1 else story.at(workday_before(text["days"], story.today), 14)
        ConsentText.objects.create(consent=consent, number=number, text=text["text"].strip(), frozen_at=frozen_at)
        if number > 1:
            story.record(subject, verbs.CONSENT_TEXT_CHANGED, by=by, at=frozen_at, data={**data, "version": number})
    _speak(story, consent, told)
    if "closed" in told:
        _close(story, consent, by)
    return consent


def _speak(story: Story, consent: ConsentRound, told: dict[str, Any]) -> None:
    """Let members speak in the days after it was opened, and the conditions be answered."""
    texts = list(consent.texts.order_by("number"))
    answers: list[tuple[str, Condition | None, str]] = []
    for row in told["conditions"]:
        condition = _condition(story, consent, row)
        answers += [(Answer.SUPPORT_IF, condition, "")] * row["named_by"]
    answers += [(answer, None, "") for answer, number in told["positions"].items() for _each in range(number)]
    answers += [(Answer.OBJECT, None, words) for words in told["objections"]]
    there = [member for member in story.members.values() if _was_there(member, consent.opened_at)]
    speakers = story.random.sample(there, len(answers))
    story.random.shuffle(answers)
    until = min(story.midnight, story.at(consent.closes_on, 16))
    pause = (until - consent.opened_at) / (len(answers) + 1)
    positions = []
    for place, (member, (answer, given, words)) in enumerate(zip(speakers, answers, strict=True), start=1):
        at = consent.opened_at + pause * place
        version = max(text.number for text in texts if text.frozen_at <= at)
        position = Position(
            consent=consent, member=member, answer=answer, condition=given, objection=words, version=version
        )
        positions.append(position)
        story.record(consent.subject, verbs.CONSENT_SPOKEN, at=at, data={"round": consent.pk})
    Position.objects.bulk_create(positions)


def _was_there(member: User, opened_at: datetime) -> bool:
    since = member.activated_at
    return member.email not in SILENT and since is not None and since < opened_at


def _condition(story: Story, consent: ConsentRound, row: dict[str, Any]) -> Condition:
    verdict = row.get("verdict", Verdict.OPEN)
    answered_at = consent.texts.latest("number").frozen_at + timedelta(minutes=5)
    condition = Condition.objects.create(
        consent=consent,
        text=row["text"],
        key=f"{consent.pk}:{row['text']}"[:64],
        verdict=verdict,
        version=row.get("version"),
        reason=row.get("reason", ""),
        answered_at=None if verdict == Verdict.OPEN else answered_at,
        named_by=0 if verdict == Verdict.OPEN else row["named_by"],
    )
    if verdict != Verdict.OPEN:
        data = {"round": consent.pk, "condition": condition.pk, "verdict": verdict}
        story.record(consent.subject, verbs.CONSENT_CONDITION_ANSWERED, by=consent.opened_by, at=answered_at, data=data)
    return condition


def _close(story: Story, consent: ConsentRound, by: User) -> None:
    """What the clock makes of it at the end of its last day; who said what goes."""
    closed_at = story.at(consent.closes_on, 17)
    text = consent.texts.get(number=consent.version).text
    consent.result = result_of(consent, text, clock.day_of(closed_at))
    consent.checksum, consent.closed_at = checksum(consent.result), closed_at
    consent.positions.all().delete()
    consent.save(update_fields=["result", "checksum", "closed_at"])
    story.record(consent.subject, verbs.CONSENT_CLOSED, by=by, at=closed_at, data={"round": consent.pk})
