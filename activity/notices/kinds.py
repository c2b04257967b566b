"""What one can hear of, and how: every app registers its kinds of notification. Spec 06, Notifications."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from ui.registry import Registry, Text


class Channel(StrEnum):
    """How somebody hears of something."""

    PORTAL = "portal"
    MAIL = "mail"
    DIGEST = "digest"


#: What the columns of the matrix say.
CHANNELS = {
    Channel.PORTAL: pgettext_lazy("channel", "Portal"),
    Channel.MAIL: pgettext_lazy("channel", "Mail at once"),
    Channel.DIGEST: pgettext_lazy("channel", "Digest"),
}


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class NoticeGroup:
    """Kinds that stand together on the page where one chooses."""

    key: str
    label: Text
    order: int = 100


notice_groups: Registry[NoticeGroup] = Registry("groups of notifications")

FOR_YOU = notice_groups.register(NoticeGroup(key="for_you", label=_("Meant for you"), order=10))
FOLLOWED = notice_groups.register(NoticeGroup(key="followed", label=_("What you follow"), order=30))
ALWAYS = notice_groups.register(NoticeGroup(key="always", label=_("Always"), order=90))


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class NoticeKind:
    """One kind of thing that one can hear of.

    ``key`` is what the database keeps, at most 40 characters: never change it. ``label`` says what it is about, with
    ``hint`` as its small print. ``offers`` are the channels that one can turn on and off, ``default`` those that are on
    for who chose nothing. ``mails`` are the kinds of mail (``mailkinds.mail_kinds``) that tell of it by themselves; of
    what has none, the mail at once is the one about a subject (``notices.emails``).
    """

    key: str
    group: NoticeGroup
    label: Text
    hint: Text = ""
    offers: Collection[Channel] = tuple(Channel)
    default: Collection[Channel] = (Channel.PORTAL,)
    mails: Collection[str] = ()
    order: int = 100


notice_kinds: Registry[NoticeKind] = Registry("kinds of notification")

MENTION = notice_kinds.register(
    NoticeKind(
        key="mention",
        group=FOR_YOU,
        label=_("Somebody names or answers you"),
        hint=_("In a comment."),
        default=(Channel.PORTAL, Channel.MAIL),
        order=10,
    )
)
STATUS = notice_kinds.register(
    NoticeKind(
        key="status",
        group=FOLLOWED,
        label=_("The status changes"),
        hint=_("What becomes of it."),
        default=(Channel.PORTAL, Channel.DIGEST),
        order=10,
    )
)
COMMENTS = notice_kinds.register(
    NoticeKind(
        key="comments",
        group=FOLLOWED,
        label=_("New comments"),
        hint=_("On what you follow, bundled by subject."),
        order=20,
    )
)
EVERYTHING = notice_kinds.register(
    NoticeKind(
        key="everything",
        group=FOLLOWED,
        label=_("Everything, where you chose so"),
        hint=_("Every comment and every change."),
        default=(Channel.PORTAL, Channel.MAIL),
        order=30,
    )
)
IN_HUBS = notice_kinds.register(
    NoticeKind(
        key="in_hubs",
        group=FOLLOWED,
        label=_("New in my hubs"),
        hint=_("What somebody begins there."),
        default=(Channel.DIGEST,),
        order=40,
    )
)
ACCOUNT = notice_kinds.register(
    NoticeKind(
        key="account",
        group=ALWAYS,
        label=_("Codes to sign in, and security"),
        hint=_("You cannot turn these off."),
        offers=(),
        default=(Channel.MAIL,),
        order=10,
    )
)
