"""The mail about ideas."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from activity.mailkinds import MailClass, MailContent, MailKind, mail_kinds
from activity.models import Email

from .models import Idea

if TYPE_CHECKING:
    from community.models import User


def thanked(idea: Idea, by: User) -> Email:
    """Somebody said thanks."""
    return Email(
        member_id=idea.author_id,
        subject_id=idea.subject_id,
        kind="idea_thanked",
        context={"idea": idea.pk},
        dedupe_key=f"idea_thanked:{idea.pk}:{by.pk}",
    )


def _load_many(mails: Sequence[Email]) -> Mapping[int, MailContent]:
    ideas = Idea.objects.select_related("subject").in_bulk({mail.context["idea"] for mail in mails})
    found = ((mail.pk, ideas.get(mail.context["idea"])) for mail in mails)
    return {pk: MailContent(context={"idea": idea}) for pk, idea in found if idea is not None}


mail_kinds.register(
    MailKind(
        key="idea_thanked",
        mail_class=MailClass.ASKED_FOR,
        template="smallapp/email/idea_thanked",
        label="Thanks for your ideas",
        reason="You get this mail because it was your idea.",
        load_many=_load_many,
    )
)
