"""Which mails exist: every floor registers its own here. Spec 06, Notifications and Outbox."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Any

from ui.registry import Registry

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

    from .links import LinkPurpose
    from .models import Email


class MailClass(Enum):
    """How urgent a kind of mail is, and therefore when it may go out."""

    ACCOUNT = "account"  # at once, no limit, cannot be turned off
    ASKED_FOR = "asked_for"  # about what the member did; not at night
    NEWS = "news"  # all limits
    DIGEST = "digest"  # at the hour that its member chose


@dataclass(frozen=True)
class CalendarPart:
    """An iTIP message that goes along with a mail (RFC 5546, RFC 6047)."""

    method: str
    content: bytes


@dataclass(frozen=True)
class MailContent:
    """What a mail shows: the context of its templates, and how to make its calendar part if it has one.

    ``context`` is given to the ``.html`` and the ``.txt`` of the kind's ``template``; block ``subject`` of the ``.txt``
    is the subject line. Words and times depend on who reads: what is not written by the template is lazy there, like
    ``gettext_lazy``, and is worked out, as ``calendar`` is called, in the language and time zone of the receiver.
    Mails with the same ``thread`` stand together in mail programs (RFC 5322, 3.6.4).
    """

    context: Mapping[str, Any]
    calendar: Callable[[], CalendarPart] | None = None
    thread: str = ""


@dataclass(frozen=True)
class MailKind:
    """One kind of mail.

    ``load_many`` fetches what mails of this kind show, by their primary keys, for all of a batch in a fixed number of
    statements. It is asked right before they go out: one that is left out has become pointless (closed, hidden,
    withdrawn, already handled) and is cancelled. It runs in nobody's language. When it raises it is asked once more for
    each mail alone, so that one bad mail keeps no other back. ``template`` is a path without ending, such as
    ``"events/email/session_reminder"``. ``label`` names the kind in settings and on the unsubscribe page ("Reminders of
    sessions"), ``reason`` is the sentence that says in the mail why one gets it.

    ``urgent_until`` is when the thing starts or expires; it is asked only when the mail would otherwise have to wait.
    Of news beyond what a member gets a day ``is_told_later`` says whether they hear of it otherwise, in their digest,
    so that this mail is not needed; else it waits for the next weekday.

    ``acts`` names the links that act the mail carries besides the one to unsubscribe: tokens for the mail's member and
    subject are made for a whole batch at once, and ``load_many`` and the templates find them in ``email.tokens``.
    ``has_secret`` says that it shows what is sealed in ``email.secret``: once that is emptied it cannot be sent again.

    ``sample`` makes one mail of this kind about what the database holds, unsaved, or None where it holds nothing such a
    mail could be about. ``/dev/mail/templates/`` shows it in both languages, and a test walks all kinds in the
    demonstration: a kind needs one. It may change rows until ``load_many`` finds the mail to the point: whatever it
    writes is rolled back. It runs in nobody's language.
    """

    key: str
    mail_class: MailClass
    template: str
    label: _StrOrPromise
    reason: _StrOrPromise
    load_many: Callable[[Sequence[Email]], Mapping[int, MailContent]]
    urgent_until: Callable[[Email], datetime | None] = lambda _email: None
    acts: tuple[LinkPurpose, ...] = ()
    is_told_later: Callable[[Email], bool] = lambda _email: False
    has_secret: bool = False
    sample: Callable[[], Email | None] | None = None
    order: int = 100


mail_kinds: Registry[MailKind] = Registry("mail kinds")
