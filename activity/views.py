"""Pages of this app: stopping a kind of mail, feeds, and in the demo the mails themselves."""

from email.message import EmailMessage as ParsedMessage

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from ui.errors import RuleBroken
from ui.http import MemberRequest, number_from, typed

from . import actions, devmail, feeds
from .links import FEED, UNSUBSCRIBE, acts_by_link, resolve, token_for
from .mailkinds import MailClass, mail_kinds
from .models import MailChoice, Subject

TABS = ("html", "text", "headers", "calendar")
MAIL_FRAME_CSP = "sandbox; default-src 'none'; img-src 'self'; style-src 'unsafe-inline'"


@csrf_exempt  # the token is the secret: mail programs post here without cookies (RFC 8058)
@require_http_methods(["GET", "HEAD", "POST"])
@acts_by_link
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """Show which kind of mail this link stops; a POST stops it, ``turn=on`` takes that back. GET changes nothing."""
    link = resolve(token, UNSUBSCRIBE)
    kind = mail_kinds.get(link.kind) if link else None
    if link is None or kind is None or kind.mail_class is MailClass.ACCOUNT:
        raise Http404
    is_posted = request.method == "POST"
    if is_posted:
        try:
            actions.choose_mail(kind=kind.key, is_wanted=typed(request.POST, "turn") == "on", by=link.holding_member)
        except RuleBroken as gone:  # erased since the link was opened
            raise Http404 from gone
    choice = MailChoice.objects.filter(member=link.holding_member, kind=kind.key).first()
    context = {"kind": kind, "is_wanted": choice is None or choice.is_wanted, "is_posted": is_posted}
    with translation.override(link.holding_member.language):
        return render(request, "activity/unsubscribe.html", context)


@acts_by_link
@require_safe
def feed(request: HttpRequest, token: str, pk: int | None = None) -> HttpResponseBase:
    """What happened, for the feed reader of one member: everything, or about subject ``pk``. The address is secret."""
    link = resolve(token, FEED)
    if link is None or link.subject_id is not None or link.kind:
        raise Http404
    if pk is None:
        about = Subject.objects.community()
    else:
        about = get_object_or_404(Subject.objects.for_feeds_of(link.holding_member), pk=pk)
    with translation.override(link.holding_member.language):
        return feeds.answer(request, feeds.feed_about(about, link, url=feeds.address(token, about)))


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def feed_addresses(request: MemberRequest) -> HttpResponse:
    """The member's own feed addresses, first the one ``about`` asks for; a POST makes all earlier ones void."""
    about = typed(request.GET, "about")
    readable = Subject.objects.for_feeds_of(request.user)
    asked = get_object_or_404(readable, pk=number_from(about)) if about else None
    if request.method == "POST":
        actions.renew_link(purpose=FEED, by=request.user)
        messages.success(request, _("These are your new addresses. The old ones no longer work."))
        return redirect(request.get_full_path())
    token = token_for(purpose=FEED, member=request.user)
    subjects = [Subject.objects.community(), *readable.hubs_of(request.user)]
    if asked:
        subjects = [asked, *(subject for subject in subjects if subject != asked)]
    rows = [(subject, feeds.address(token, subject)) for subject in subjects]
    return render(request, "activity/feed_addresses.html", {"asked": asked, "rows": rows})


# --- Demo only: activity.urls leaves these out otherwise --------------------------------------------------------------
@require_safe
@never_cache
def dev_mail_list(request: HttpRequest) -> HttpResponse:
    """List the mails of the demo, newest first, and what waits for its hour."""
    address = typed(request.GET, "to")
    context = {"address": address, "mails": devmail.kept_mails(address), "waiting": devmail.waiting_mails(address)}
    return render(request, "activity/dev_mail_list.html", context)


@require_safe
@never_cache
def dev_mail_detail(request: HttpRequest, name: str) -> HttpResponse:
    """Show one mail: as its reader sees it, as text, its headers, its calendar part."""
    return _mail_page(request, devmail.kept_message(name), name=name)


@require_safe
@never_cache
def dev_mail_waiting(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a mail that waits, rendered as it would go out now."""
    return _mail_page(request, devmail.waiting_message(pk), pk=pk)


@require_safe
@never_cache
@xframe_options_sameorigin
def dev_mail_frame(request: HttpRequest, name: str = "", pk: int = 0) -> HttpResponse:
    """The HTML of one mail alone, sealed off; for the frame on its page."""
    message = devmail.kept_message(name) if name else devmail.waiting_message(pk)
    if message is None:
        raise Http404
    response = HttpResponse(devmail.take_apart(message).html)
    response["Content-Security-Policy"] = MAIL_FRAME_CSP
    return response


def _mail_page(request: HttpRequest, message: ParsedMessage | None, *, name: str = "", pk: int = 0) -> HttpResponse:
    if message is None:
        raise Http404
    tab = typed(request.GET, "show")
    parts = devmail.take_apart(message)
    context = {"parts": parts, "tab": tab if tab in TABS else "html", "name": name, "pk": pk}
    return render(request, "activity/dev_mail_detail.html", context)
