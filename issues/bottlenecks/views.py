"""Pages of bottlenecks: one short function per address."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from activity.actions import find_created
from activity.following.sections import shown_to
from activity.pages import load_subject_page
from activity.references import links_in
from activity.refusals import require_about
from activity.timelines import timeline
from community.hubs.fields import hub_filter
from community.hubs.selectors import number_of_hubs
from community.picking.fields import what_was_sent
from community.topics.fields import topic_filter
from issues.drafts.selectors import draft_of
from issues.replies.codes import code_of
from issues.replies.selectors import filing_by
from ui import statements
from ui.errors import RuleBroken, StaleForm
from ui.http import (
    MemberRequest,
    keep_search_once,
    number_from,
    own_referer,
    page_or_fragment,
    redirect_with_query,
    render_fragment,
    require,
    typed,
    wants_fragment,
)

from . import actions, answers, selectors
from .acting import find_bottleneck
from .anonymous import TYPED, forget_typed, generic_from, shown_code
from .answers import Said
from .board import Board
from .forms import BoardForm, CorrectionForm, EstimateForm, FilingForm, estimate_fields
from .lifeline import steps
from .models import EVIDENCE_LENGTH, TITLE_LENGTH, Attribution, Bottleneck, Row, Vote
from .places import filing_place
from .rows import board_rows, from_hubs_of, support_part

if TYPE_CHECKING:
    from django.utils.safestring import SafeString

    from activity.models import Subject

BOARD_PAGE = 30
BOARD_PAGES = 10  # that are shown at once when one comes back to a board to which more was added
TIMELINE_LINES = 30  # it is the whole story of a bottleneck that one comes for
SIMILAR_READ = 2_000  # characters of a situation that are compared
QUICK_HOURS = (1, 2, 4, 8)  # a month: the answers that are one tap away


# --- Board -----------------------------------------------------------------------------------------------------------
@login_required
@require_safe
def bottleneck_list(request: MemberRequest) -> HttpResponse:
    """The board: bottlenecks by support and in other orders, with filters and search. Spec 02, Board.

    ``rows`` of the address is how many are shown at once: it grows with what is added below, so that who comes back
    finds them again.
    """
    board = Board(BoardForm(request.GET).wanted, request.user)
    more = wants_fragment(request) and request.htmx.target == "more-rows"
    shown = _rows_shown(request)
    page = board.page(request.GET.get("after", ""), size=BOARD_PAGE if more else shown)
    context: dict[str, Any] = {"board": board, "page": page, "heading": "h2", "rows_then": shown + BOARD_PAGE}
    if more:
        context["rows"] = board_rows(page.rows, request.user, are_more=True)
        response = render_fragment(request, "issues/bottleneck_list.html#rows", context)
        if "after=" not in (own_referer(request) or ""):  # the first page is above
            response["HX-Replace-Url"] = board.url(rows=str(shown))
        return response
    context |= {
        "rows": _answered_rows(request, page.rows),
        "summary": board.summary(board.count(page)),
        "chips": board.chips,
    }
    if wants_fragment(request):
        response = render_fragment(request, "issues/bottleneck_list.html#answer", {**context, "answer": True})
        keep_search_once(request, response, url=board.url())
        return response
    context |= {
        "hub_box": hub_filter(request.user).draw("hub", board.hub),
        "topic_box": topic_filter().draw("topic", board.topic),
        "themes": selectors.themes_with_counts(request.user),
    }
    response = render(request, "issues/bottleneck_list.html", context)
    patch_vary_headers(response, ["HX-Request"])
    return response


def _rows_shown(request: MemberRequest) -> int:
    """How many rows the address asks for, in whole pages: there are few such numbers, and each is a kept statement."""
    pages = -(-(number_from(typed(request.GET, "rows")) or 0) // BOARD_PAGE)
    return BOARD_PAGE * min(max(pages, 1), BOARD_PAGES)


def _answered_rows(request: MemberRequest, rows: list[Row]) -> list[SafeString]:
    """Rows of the board; in one of them what a plain form just did, which is a message if its row is not there."""
    number, said = answers.kept(request) or (0, None)
    if said is not None and all(row.pk != number for row in rows):
        messages.success(request, str(said))
    return board_rows(rows, request.user, said={number: said})


# --- One bottleneck --------------------------------------------------------------------------------------------------
@login_required
@require_safe
def bottleneck_detail(request: MemberRequest, number: int, slug: str = "") -> HttpResponse:
    """One bottleneck with its life-line, support and timeline; an old or wrong title in the address redirects."""
    bottleneck = statements.first(selectors.for_page, number, request.user)
    if bottleneck is None:
        raise Http404
    shown_instead = bottleneck.subject.merged_into
    if shown_instead is not None and shown_instead.may_be_read_by(request.user):
        return HttpResponseRedirect(f"{shown_instead.url}?{urlencode({'from': number})}")
    if slug != bottleneck.slug:
        return redirect_with_query(request, bottleneck.get_absolute_url())
    _number, said = answers.kept(request, number) or (number, None)
    page = load_subject_page(request, bottleneck.subject, lines=TIMELINE_LINES)
    context = {
        **_support_context(request, bottleneck, _vote_of(request, bottleneck), said),
        "author": selectors.author_of(bottleneck, request.user),
        "may_correct": _may_correct(request, bottleneck),
        "topics": selectors.topics_of(bottleneck),
        "touched": selectors.touched_hubs(bottleneck, request.user),
        "came_from": _came_from(request, bottleneck),
        "links": links_in(bottleneck.texts, request.user),
        "page": page,
        "timeline": page.timeline,
    }
    return render(request, "issues/bottleneck_detail.html", context)


def _vote_of(request: MemberRequest, bottleneck: Bottleneck) -> Vote | None:
    return selectors.vote_of(request.user, bottleneck)


def _came_from(request: MemberRequest, bottleneck: Bottleneck) -> Bottleneck | None:
    """The one that was merged into this one and whose address led here, if one did: the page says so."""
    number = number_from(typed(request.GET, "from"))
    if number is None or number not in bottleneck.parts:
        return None
    return statements.first(selectors.merged_one, request.user, number)


def _support_context(
    request: MemberRequest, bottleneck: Bottleneck, vote: Vote | None, said: Said | None = None
) -> dict[str, Any]:
    """What a vote changes on the page: figures, my ``vote``, and what was ``said`` of it."""
    kept = request.session.get(TYPED, {})
    offered = kept if vote and not vote.evidence and kept.get("bottleneck") == bottleneck.pk else {}
    initial = {"hours": vote.hours, "evidence": vote.evidence} if vote else {}
    hubs_in_all = max(number_of_hubs.seen_by(request.user), bottleneck.hub_count)
    is_new = said is not None and said.is_vote
    form = EstimateForm(initial={**initial, **{k: v for k, v in offered.items() if k != "bottleneck" and v}})
    return {
        "bottleneck": bottleneck,
        "vote": vote,
        "said": said,
        "steps": steps(bottleneck, request.user),
        "may_vote": request.user.has_perm("issues.vote_bottleneck", bottleneck) and bottleneck.takes_votes,
        "estimate_fields": estimate_fields(form),
        "estimate_open": bool(offered),
        # Asked once, after the vote; later only where nobody estimated anything.
        "asks_hours": vote and not vote.hours and not offered and (is_new or not bottleneck.estimate_count),
        "quick_hours": QUICK_HOURS,
        "hubs_in_all": hubs_in_all,
        "from_hubs": from_hubs_of(bottleneck.hub_count, hubs_in_all),
    }


@login_required
@require_safe
def bottleneck_support(request: MemberRequest, number: int) -> HttpResponse:
    """Where the support comes from: by hub, by name where one chose that, and with which examples. Spec 02, Support.

    The page of the bottleneck asks for it when its reader unfolds it: few do, and it is as dear as half of that page.
    """
    bottleneck = find_bottleneck(request.user, number)
    supporters = selectors.named_supporters(bottleneck)
    shown = supporters[: selectors.SUPPORTERS_SHOWN]
    context = {
        "bottleneck": bottleneck,
        "heading": _("Where does this support come from?"),
        "parts": [support_part(it) for it in selectors.support_parts(selectors.votes_by_hub(bottleneck, request.user))],
        "supporters": shown,
        "unnamed": bottleneck.member_count - len(shown),
        "evidence": selectors.evidence_of(bottleneck),
    }
    return page_or_fragment(request, "issues/bottleneck_support.html", "told", context)


@login_required
@require_safe
def bottleneck_alike(request: MemberRequest, number: int) -> HttpResponse:
    """The few that say most nearly the same. The page of the bottleneck asks for it once its reader comes to it."""
    bottleneck = find_bottleneck(request.user, number)
    similar = selectors.most_alike(request.user, bottleneck.title, bottleneck.situation, other_than=bottleneck)
    level = "h3" if wants_fragment(request) else "h2"
    context = {"bottleneck": bottleneck, "heading": _("Looks like this one"), "similar": similar, "level": level}
    return page_or_fragment(request, "issues/bottleneck_alike.html", "found", context)


def _find_to_vote(request: MemberRequest, number: int) -> Bottleneck:
    """The bottleneck whose button was pressed. Raises Http404 and PermissionDenied."""
    bottleneck = find_bottleneck(request.user, number)
    require(request.user.has_perm("issues.vote_bottleneck", bottleneck))
    return bottleneck


@login_required
@require_POST
def bottleneck_vote(request: MemberRequest, number: int) -> HttpResponse:
    """Vote: "mine too". With ``from=filing`` it comes from the filing form, and what was typed there goes along."""
    bottleneck, result = _find_to_vote(request, number), None
    try:
        result = actions.cast_vote(bottleneck=bottleneck, by=request.user)
    except RuleBroken as refusal:
        messages.error(request, str(refusal))
    if result is not None and typed(request.POST, "from") == "filing":
        voted_for = result.bottleneck  # of what was merged the main one
        _keep_typed(request, voted_for)
        answers.keep(request, voted_for.pk, answers.said_of(result), is_new=result.has_changed)
        return redirect(voted_for)
    return _after_vote(request, bottleneck, result)


@login_required
@require_POST
def bottleneck_unvote(request: MemberRequest, number: int) -> HttpResponse:
    """Take a vote back, with its estimate and evidence."""
    bottleneck, result = _find_to_vote(request, number), None
    try:
        result = actions.take_back_vote(bottleneck=bottleneck, by=request.user)
    except RuleBroken as refusal:
        messages.error(request, str(refusal))
    return _after_vote(request, bottleneck, result)


def _keep_typed(request: MemberRequest, bottleneck: Bottleneck) -> None:
    """Offer what was typed on the filing form as evidence; it stays on the server, never in an address.

    Of who chose *anonymous* nothing is kept.
    """
    if typed(request.POST, "attribution") == Attribution.ANONYMOUS:
        forget_typed(request)
        return
    estimate = EstimateForm({"hours": typed(request.POST, "hours")})
    estimate.is_valid()
    request.session[TYPED] = {
        "bottleneck": bottleneck.pk,
        "evidence": typed(request.POST, "situation", EVIDENCE_LENGTH) or typed(request.POST, "title", EVIDENCE_LENGTH),
        "hours": str(estimate.cleaned_data.get("hours") or ""),
    }


def _after_vote(request: MemberRequest, bottleneck: Bottleneck, result: actions.VoteResult | None) -> HttpResponse:
    """Say what the vote did: in the swapped row or box, or on the page that the button was on."""
    said = answers.said_of(result) if result is not None else None
    if result is not None and result.bottleneck.pk != bottleneck.pk:  # an old page of one that was merged since
        return _after_vote_for_main(request, result, said)
    if wants_fragment(request):
        if request.htmx.target == "vote-box":
            return _vote_box(request, bottleneck, result, said)
        found = Bottleneck.objects.visible_to(request.user).filter(pk=bottleneck.pk).as_rows(request.user)
        heading = "h2" if _is_board(own_referer(request)) else "h3"
        rows = board_rows(found, request.user, heading=heading, said={bottleneck.pk: said})
        return render_fragment(request, "issues/bottleneck_list.html#row_answer", {"rows": rows, "said": said})
    page = own_referer(request) or bottleneck.subject.url
    is_own = page.startswith(bottleneck.subject.url)
    if result is not None and said is not None:
        if is_own or _is_board(page):
            answers.keep(request, bottleneck.pk, said, is_new=result.has_changed)
        else:
            messages.success(request, str(said))
    return HttpResponseRedirect(f"{page}#vote-box" if is_own else f"{page}#b{bottleneck.pk}")


def _after_vote_for_main(request: MemberRequest, result: actions.VoteResult, said: Said | None) -> HttpResponse:
    """Lead from a button of one that was merged to the page of the main one, which says what the vote did there."""
    if said is not None:
        answers.keep(request, result.bottleneck.pk, said, is_new=result.has_changed)
    url = f"{result.bottleneck.subject.url}#vote-box"
    if wants_fragment(request):
        return HttpResponse(headers={"HX-Redirect": url})
    return HttpResponseRedirect(url)


def _is_board(page: str | None) -> bool:
    """Whether this address of ours is one of the board."""
    return page is not None and page.partition("?")[0] == reverse("issues:bottleneck_list")


def _vote_box(
    request: MemberRequest,
    bottleneck: Bottleneck,
    result: actions.VoteResult | None,
    said: Said | None,
    **shown: Any,
) -> HttpResponse:
    """The box as the act left it, with all else that it changed; after a refusal as it is now, which may be news."""
    if result is not None:
        bottleneck, vote = result.bottleneck, result.vote
    else:
        bottleneck = _find_to_vote(request, bottleneck.pk)
        vote = _vote_of(request, bottleneck)
    context = {
        **_support_context(request, bottleneck, vote, said),
        **shown,
        **shown_to(request.user, bottleneck.subject),
        "timeline": timeline(bottleneck.subject, request.user, limit=TIMELINE_LINES),
        "answer": True,
    }
    return render_fragment(request, "issues/bottleneck_detail.html#answer", context)


@login_required
@require_POST
def bottleneck_estimate(request: MemberRequest, number: int) -> HttpResponse:
    """Set hours a month and the example that go with my vote."""
    bottleneck, result, said = _find_to_vote(request, number), None, None
    form = EstimateForm(request.POST)
    if not form.is_valid():
        context = _support_context(request, bottleneck, _vote_of(request, bottleneck))
        context |= {"estimate": form, "estimate_fields": estimate_fields(form)}
        context |= {"heading": _("My estimate and example"), "estimate_open": True, "asks_hours": False}
        if wants_fragment(request):
            return render_fragment(request, "issues/bottleneck_detail.html#vote-box", context, status=422)
        return render(request, "issues/bottleneck_estimate.html", context, status=422)
    try:
        result = actions.update_estimate(bottleneck=bottleneck, by=request.user, **form.cleaned_data)
    except RuleBroken as refusal:
        messages.error(request, str(refusal))
    else:
        request.session.pop(TYPED, None)
        said = Said(_("Your estimate is saved."))
        if result.bottleneck.pk != number:
            return _after_vote_for_main(request, result, said)
    if wants_fragment(request):
        return _vote_box(request, bottleneck, result, said, estimated=True)  # the form folds up, its heading has focus
    if said is not None:
        answers.keep(request, number, said, is_new=True)
    return HttpResponseRedirect(f"{bottleneck.subject.url}#vote-box")


# --- Filing ----------------------------------------------------------------------------------------------------------
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def bottleneck_new(request: MemberRequest) -> HttpResponse:
    """File a bottleneck: by name, confidentially or anonymously. Spec 02, Filing.

    What one was writing before comes back. Who chose *anonymous* leaves nothing of what they typed, whatever follows.
    """
    require(request.user.has_perm("issues.file_bottleneck"))
    looking = request.method == "POST" and "look" in request.POST  # without JavaScript: look for similar ones first
    draft = draft_of(request.user, actions.FILING) if request.method != "POST" else None
    initial = draft.content if draft is not None else {}
    form = FilingForm(request.POST or None, member=request.user, initial=initial)
    if request.method == "POST" and form.is_anonymous:
        forget_typed(request)
    asked = typed(request.POST if request.method == "POST" else request.GET, "at")
    place = filing_place(number_from(asked), request.user)
    if request.method == "POST" and not looking and form.is_valid():
        try:
            if form.is_anonymous:
                return shown_code(request, _file_anonymously(request, form))
            bottleneck = _file(request, form, place)
        except RuleBroken as refusal:
            form.add_error(None, str(refusal))
        else:
            made = find_created(Bottleneck.SUBJECT_KIND, form.cleaned_data["creation_key"], request.user)
            if made is not None and made.pk == bottleneck.subject_id:
                messages.success(request, _("Filed, with your vote. Everyone can see it now."))
            else:
                said = _("You have just filed this: no. %(number)s. For half an hour you can still correct it.")
                messages.info(request, said % {"number": bottleneck.pk})
            if asked and place is None:
                messages.info(request, _("It does not say where it came up: one can no longer file there."))
            return redirect(bottleneck)
    if looking:
        # From a search that found nothing comes only a title: all else is as on a form that was just opened.
        chosen = {
            name: what_was_sent(request.POST, name) for name in ("hubs", "topics") if "creation_key" in request.POST
        }
        form = FilingForm(initial={**request.POST.dict(), **chosen}, member=request.user)
    context: dict[str, Any] = {
        "form": form,
        "place": place,
        "draft": draft,
        **generic_from(),
    }
    if request.method == "POST":
        context |= _similar_context(request)
        context["looked"] = looking
    return render(request, "issues/bottleneck_new.html", context, status=422 if form.is_bound else 200)


def _file(request: MemberRequest, form: FilingForm, place: Subject | None) -> Bottleneck:
    """File it by name or confidentially. Raises RuleBroken where the same form was sent anonymously before."""
    if filing_by(code_of(form.cleaned_data["creation_key"])) is not None:
        raise RuleBroken(_("You filed this anonymously already. With your name it would tell whose that one is."))
    return actions.file_bottleneck(by=request.user, at=place, **form.cleaned_data)


def _file_anonymously(request: MemberRequest, form: FilingForm) -> str:
    """File it without a name; where it came up and who was told are left out. Returns the reply code."""
    left_out = {"creation_key", "attribution", "told_manager", "told_on"}
    fields = {name: value for name, value in form.cleaned_data.items() if name not in left_out}
    return actions.file_anonymously(by=request.user, key=form.cleaned_data["creation_key"], **fields)


@login_required
@require_POST
def bottleneck_similar(request: MemberRequest) -> HttpResponse:
    """The five most similar ones while typing. POST, because what is typed must not stand in addresses or logs."""
    return render_fragment(request, "issues/bottleneck_new.html#similar", {**_similar_context(request), "answer": True})


def _similar_context(request: MemberRequest) -> dict[str, Any]:
    title, situation = typed(request.POST, "title", TITLE_LENGTH), typed(request.POST, "situation", SIMILAR_READ)
    if len(title) + len(situation) < 4:
        return {"similar": []}
    return {"similar": selectors.most_alike(request.user, title, situation)}


def _may_correct(request: MemberRequest, bottleneck: Bottleneck) -> bool:
    """Whether to show the way to the form of corrections; the action judges again."""
    in_time = timezone.now() <= bottleneck.correctable_until and bottleneck.takes_votes
    return in_time and request.user.has_perm("issues.correct_bottleneck", bottleneck)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def bottleneck_correct(request: MemberRequest, number: int) -> HttpResponse:
    """Put small things right within half an hour of filing; a stale form shows both texts."""
    bottleneck = get_object_or_404(Bottleneck.objects.for_detail(request.user), pk=number)
    require_about(
        bottleneck.subject,
        request.user.has_perm("issues.correct_bottleneck", bottleneck),
        _("Only the one who filed this bottleneck can correct it."),
    )
    require_about(
        bottleneck.subject,
        _may_correct(request, bottleneck),
        _("Corrections are possible for 30 minutes after filing. That time is over."),
    )
    form = CorrectionForm(request.POST or None, instance=bottleneck, member=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            corrected = actions.correct_bottleneck(bottleneck=bottleneck, by=request.user, **form.cleaned_data)
        except StaleForm:
            form.mark_stale(Bottleneck.objects.get(pk=number))
        except RuleBroken as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Corrected."))
            return redirect(corrected)
    context = {"form": form, "bottleneck": bottleneck, "url": bottleneck.subject.url}
    return render(request, "issues/bottleneck_correct.html", context, status=422 if form.is_bound else 200)
