"""What a box for hubs, topics or people suggests while one types, and the box with something chosen in it."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from ui.http import MemberRequest, all_typed, typed

from .fields import PickInput, typed_name
from .finding import suggesters

MOST_TYPED = 300  # characters of a line that are looked at
LONGEST_CHOICE = 80


@login_required
@require_safe
def pick(request: MemberRequest, kind: str, field: str, most: int) -> HttpResponse:
    """What may be meant by what is typed into a box (``PickInput``); with ``choose`` or ``drop`` that box anew."""
    suggester = suggesters.get(kind)
    if suggester is None:
        raise Http404
    chosen = [value[:LONGEST_CHOICE] for value in all_typed(request.GET, field)[: suggester.finder.most]]
    within = typed(request.GET, "within", LONGEST_CHOICE)
    before, _comma, words = typed(request.GET, typed_name(field), MOST_TYPED).rpartition(",")
    choice, dropped = (typed(request.GET, name, LONGEST_CHOICE) for name in ("choose", "drop"))
    if choice or dropped:
        several = [*(value for value in chosen if value != dropped), before, choice]
        value = ", ".join(filter(None, several)) if most > 1 else choice
        is_filter = bool(typed(request.GET, "filter", 1))
        box = PickInput(finder=suggester.finder, most=most, within=within, reader=request.user, is_filter=is_filter)
        response = HttpResponse(box.render(field, value, {"id": f"id_{field}", "autofocus": True}))
        response["HX-Trigger-After-Swap"] = "picked"  # a filter asks for its list anew
        return response
    context = {
        "found": suggester.suggest(request.user, words, within=within, but=chosen),
        "heading": suggester.heading,
        "nothing": suggester.nothing(words.strip()) if words.strip() else "",
        "field": field,
        "within": within,
        "is_filter": bool(typed(request.GET, "filter", 1)),
    }
    return render(request, "community/pick_suggestions.html", context)
