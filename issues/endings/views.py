"""Ending a bottleneck, opening it again, and saying whether one notices that it is solved. Spec 02, Life."""

from __future__ import annotations

from functools import partial

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from activity.links import acts_by_link, resolve
from activity.refusals import require_about
from activity.visibility import may_read
from issues.adoptions.permissions import ONLY_REPRESENTATIVES, may_end
from issues.adoptions.selectors import find_adoption
from issues.bottlenecks.acting import answer_form, find_bottleneck, sent
from issues.replies.models import AnonymousFiling
from issues.replies.views import answer_by_code, by_code
from ui.errors import RuleBroken
from ui.http import MemberRequest, typed

from . import actions
from .forms import EndForm, NoticeForm, ReopenForm, TextForm
from .links import NOTICE
from .models import Ending, Noticed
from .permissions import may_reopen, ways_open_to

ASKED_LATER = gettext_lazy("Of what is solved we ask those who voted, in two weeks, whether they notice it.")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def bottleneck_end(request: MemberRequest, number: int) -> HttpResponse:
    """Say that a bottleneck is solved, declined or withdrawn, and what came of it."""
    bottleneck = find_bottleneck(request.user, number)
    ways = ways_open_to(request.user, bottleneck)
    require_about(bottleneck.subject, bool(ways), _("Who filed it, hubs that took it up and facilitators end it."))
    if request.method != "POST" and not bottleneck.takes_votes:
        messages.info(request, _("This has ended already."))
        return HttpResponseRedirect(bottleneck.subject.url)
    return answer_form(
        request,
        bottleneck,
        EndForm(sent(request), ways=ways, initial={"language": request.user.language, "how": ways[0]}),
        partial(actions.end_bottleneck, bottleneck=bottleneck, by=request.user),
        done=_("Ended. Who supports this hears of it once."),
        anchor="#ending",
        heading=_("How does this end?"),
        button=_("End it"),
        note=ASKED_LATER,
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def adoption_deliver(request: MemberRequest, pk: int) -> HttpResponse:
    """Say that a hub has solved what it took up."""
    adoption = find_adoption(request.user, pk)
    bottleneck = adoption.bottleneck
    require_about(bottleneck.subject, may_end(request.user, adoption), str(ONLY_REPRESENTATIVES))
    if request.method != "POST" and not adoption.is_running:
        return HttpResponseRedirect(bottleneck.subject.url)
    return answer_form(
        request,
        bottleneck,
        TextForm(sent(request), initial={"language": request.user.language}),
        partial(actions.deliver, adoption=adoption, by=request.user),
        done=_("Delivered. Who supports this hears of it once."),
        anchor="#ending",
        heading=_("%(hub)s has solved this") % {"hub": adoption.hub.name},
        button=_("It is solved"),
        note=ASKED_LATER,
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def bottleneck_reopen(request: MemberRequest, number: int) -> HttpResponse:
    """Open a bottleneck again that somebody ended."""
    bottleneck = find_bottleneck(request.user, number)
    ending = Ending.objects.standing().filter(bottleneck=bottleneck).first()
    if ending is None:
        require_about(bottleneck.subject, request.user.is_facilitator, _("This has not ended."))
        return HttpResponseRedirect(bottleneck.subject.url)
    refusal = _("Only facilitators, and whoever ended it, can open it again.")
    require_about(bottleneck.subject, may_reopen(request.user, ending), refusal)
    return answer_form(
        request,
        bottleneck,
        ReopenForm(sent(request), initial={"language": request.user.language}),
        partial(actions.reopen, ending=ending, by=request.user),
        done=_("Open again. Members can vote for it."),
        heading=_("Open this again"),
        button=_("Open again"),
        note=_("Who supports it hears of it once. What hubs worked on goes on."),
    )


@login_required
@require_POST
def bottleneck_noticed(request: MemberRequest, number: int) -> HttpResponse:
    """Say on its page whether one notices that it is solved."""
    bottleneck = find_bottleneck(request.user, number)
    form = NoticeForm(request.POST)
    ending = Ending.objects.asking().filter(bottleneck=bottleneck).first()
    if ending is None:
        messages.error(request, _("This is not asked any more."))
    elif not form.is_valid():
        messages.error(request, _("Choose an answer."))
    else:
        try:
            actions.say_noticed(ending=ending, by=request.user, **form.cleaned_data)
        except RuleBroken as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, _("Thank you: your answer counts."))
    return HttpResponseRedirect(f"{bottleneck.subject.url}#ending")


@by_code
def reply_withdraw(request: HttpRequest, filing: AnonymousFiling, code: str) -> HttpResponse:
    """Withdraw what one filed anonymously, by reply code."""
    act = partial(actions.withdraw_by_code, filing=filing)
    return answer_by_code(request, code, TextForm(request.POST), act, _("Withdrawn. Who supports it hears of it once."))


@by_code
def reply_noticed(request: HttpRequest, filing: AnonymousFiling, code: str) -> HttpResponse:
    """Say by reply code whether one notices that what one filed anonymously is solved."""
    act = partial(actions.say_noticed_by_code, filing=filing)
    return answer_by_code(request, code, NoticeForm(request.POST), act, _("Thank you: your answer counts."))


@csrf_exempt  # the token in the address is the secret, and there is no cookie to ride on
@acts_by_link
@require_http_methods(["GET", "HEAD", "POST"])
def notice_by_link(request: HttpRequest, token: str) -> HttpResponse:
    """Say it from the mail: the link chooses an answer and changes nothing, one POST says it, without signing in."""
    link = resolve(token, NOTICE)
    if link is None:
        raise Http404
    member = link.holding_member
    ending = get_object_or_404(
        Ending.objects.asking()
        .filter(may_read(member, "bottleneck__subject"), bottleneck__subject=link.subject_id)
        .select_related("bottleneck__subject")
        .defer("bottleneck__search")
    )
    chosen, said = typed(request.GET, "answer"), ""
    with translation.override(member.language), timezone.override(member.zone):
        form = NoticeForm(
            request.POST if request.method == "POST" else None,
            initial={"answer": chosen if chosen in Noticed.values else None},
        )
        if form.is_valid():
            try:
                actions.say_noticed(ending=ending, by=member, **form.cleaned_data)
            except RuleBroken as refusal:
                form.add_error(None, str(refusal))
            else:
                said = str(Noticed(form.cleaned_data["answer"]).label)
        context = {"ending": ending, "bottleneck": ending.bottleneck, "form": form, "said": said}
        response = render(request, "issues/notice_by_link.html", context, status=422 if form.errors else 200)
        response["Content-Language"] = member.language
        return response
