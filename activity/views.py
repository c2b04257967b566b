"""Pages of this app: stopping a kind of mail, feeds, mails that failed, and in the demo the mails themselves."""

from email.message import EmailMessage as ParsedMessage
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import get_language_info
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ui.errors import RuleBroken
from ui.http import (
    LONGEST_LINE,
    MemberRequest,
    number_from,
    page_of_form,
    render_fragment,
    require,
    typed,
    wants_fragment,
)
from ui.pagination import paginate

from . import actions, devmail, failures, feeds
from .links import FEED, UNSUBSCRIBE, acts_by_link, resolve, token_for
from .mailkinds import MailClass, MailKind, mail_kinds
from .models import Email, MailChoice, Subject

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


# --- For facilitators -------------------------------------------------------------------------------------------------
@login_required
@never_cache
@require_safe
def failed_mail_list(request: MemberRequest) -> HttpResponse:
    """List the mails that failed for good, the last first, with whom they were to and what can be done."""
    require(request.user.has_perm("activity.see_failed_mail"), _("Only facilitators see which mails failed."))
    page = paginate(Email.objects.failed(), typed(request.GET, "after", LONGEST_LINE))
    context = {"page": page, "failures": [failures.shown(mail) for mail in page.rows]}
    return render(request, "activity/failed_mail_list.html", context)


@login_required
@require_POST
def failed_mail_send_again(request: MemberRequest, pk: int) -> HttpResponse:
    """Have one mail that failed sent again."""
    require(request.user.has_perm("activity.send_mail_again"), _("Only facilitators can have a mail sent again."))
    mail = get_object_or_404(Email.objects.select_related("subject"), pk=pk)
    try:
        is_new = actions.send_again(mail=mail, by=request.user)
    except RuleBroken as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("The mail goes out again.") if is_new else _("This mail is on its way already."))
    if not wants_fragment(request):
        return HttpResponseRedirect(page_of_form(request) or reverse("activity:failed_mail_list"))
    fresh = Email.objects.select_related("member").get(pk=pk)
    return render_fragment(request, "activity/failed_mail_list.html#row", {"failure": failures.shown(fresh)})


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
    return _mail_page(request, devmail.kept_message(name), frame=reverse("activity:dev_mail_frame", args=[name]))


@require_safe
@never_cache
def dev_mail_waiting(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a mail that waits, rendered as it would go out now."""
    frame = reverse("activity:dev_mail_waiting_frame", args=[pk])
    return _mail_page(request, devmail.waiting_message(pk), frame=frame)


@require_safe
@never_cache
@xframe_options_sameorigin
def dev_mail_frame(request: HttpRequest, name: str = "", pk: int = 0) -> HttpResponse:
    """The HTML of one mail alone, sealed off; for the frame on its page."""
    return _sealed_off(devmail.kept_message(name) if name else devmail.waiting_message(pk))


@require_safe
@never_cache
def dev_mail_template_list(request: HttpRequest) -> HttpResponse:
    """List every kind of mail there is, each in both languages."""
    return render(
        request, "activity/dev_mail_template_list.html", {"kinds": list(mail_kinds), "languages": _languages()}
    )


@require_safe
@never_cache
def dev_mail_template(request: HttpRequest, key: str, language: str) -> HttpResponse:
    """Show what a kind of mail says in a language, about something that this community holds."""
    kind = _kind_and_language(key, language)
    message = devmail.sample_message(kind, language)
    if message is None:
        return render(request, "activity/dev_mail_template_none.html", {"kind": kind})
    frame = reverse("activity:dev_mail_template_frame", args=[key, language])
    return _mail_page(request, message, frame=frame, kind=kind, language=language, languages=_languages())


@require_safe
@never_cache
@xframe_options_sameorigin
def dev_mail_template_frame(request: HttpRequest, key: str, language: str) -> HttpResponse:
    """The HTML of a sample alone, sealed off."""
    return _sealed_off(devmail.sample_message(_kind_and_language(key, language), language))


def _languages() -> list[tuple[str, str]]:
    """The languages that mails are written in, each by its own name."""
    return [(code, get_language_info(code)["name_local"]) for code, _name in settings.LANGUAGES]


def _kind_and_language(key: str, language: str) -> MailKind:
    kind = mail_kinds.get(key)
    if kind is None or language not in dict(settings.LANGUAGES):
        raise Http404
    return kind


def _sealed_off(message: ParsedMessage | None) -> HttpResponse:
    if message is None:
        raise Http404
    response = HttpResponse(devmail.take_apart(message).html)
    response["Content-Security-Policy"] = MAIL_FRAME_CSP
    return response


def _mail_page(request: HttpRequest, message: ParsedMessage | None, *, frame: str, **more: Any) -> HttpResponse:
    if message is None:
        raise Http404
    tab = typed(request.GET, "show")
    parts = devmail.take_apart(message)
    context = {"parts": parts, "tab": tab if tab in TABS else "html", "frame": frame, **more}
    return render(request, "activity/dev_mail_detail.html", context)
