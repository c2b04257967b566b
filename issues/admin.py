"""Looking things up. Votes and authors of confidential items are not in the admin (spec 00, Roles)."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from ui.admin import PortalAdmin

from .bottlenecks.selectors import author_of
from .models import Bottleneck, Theme


@admin.register(Theme)
class ThemeAdmin(PortalAdmin):
    """The ordering principles, their order and explanation."""

    list_display = ["name", "position", "language"]
    list_editable = ["position"]
    prepopulated_fields = {"slug": ["name"]}
    search_fields = ["name"]


@admin.register(Bottleneck)
class BottleneckAdmin(PortalAdmin):
    """Read only: whatever changes a bottleneck goes through its actions."""

    list_display = ["title", "theme", "member_count", "hub_count", "support", "filed_at"]
    list_filter = ["theme", "attribution"]
    list_select_related = ["theme"]
    search_fields = ["title"]
    fields = [
        *("title", "situation", "impact", "wish", "tried", "language", "theme", "filed_by", "filed_at", "generic_at"),
        *("origin", "origin_number", "dots", "noted_hours"),
        *("member_count", "hub_count", "hours", "estimate_count", "support"),
    ]
    readonly_fields = ["filed_by"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Bottleneck]:
        """Only what this administrator may read as a member."""
        return Bottleneck.objects.visible_to(request.user).select_related("author__primary_hub").defer("search")  # type: ignore[arg-type]  # the admin needs a sign-in

    @admin.display(description=_("filed by"))
    def filed_by(self, bottleneck: Bottleneck) -> str:
        """Who filed it, as everybody may know."""
        return author_of(bottleneck, None).name

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody adds here."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody changes here."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nothing published is deleted."""
        return False
