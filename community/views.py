"""Pages of hubs and members."""

from typing import Any

from django.http import HttpRequest, HttpResponse


def hub_list(request: HttpRequest, **_kwargs: Any) -> HttpResponse:
    """Being written."""
    return HttpResponse("")


hub_detail = hub_members = hub_edit = hub_join = hub_leave = hub_primary = hub_representatives = hub_list
member_list = member_detail = facilitator_list = profile_edit = hub_list
