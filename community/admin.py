"""Looking things up: members, hubs, topics, units. No votes, places or drafts; every change goes through an action.

Spec 00, Roles: the administrator keeps the portal running and sees no more of the community than that takes.
"""

from __future__ import annotations

import contextlib
import importlib
from typing import Any

from allauth.account.models import EmailAddress
from django.contrib import admin
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from community.models import FacilitatorTerm, Hub, Topic, Unit, User
from ui.addresses import normal_address
from ui.admin import PortalAdmin

# Nobody has permissions by group here, and addresses are for their owners to change: importing the modules that
# register them first makes sure that they are gone whatever the order of the apps.
importlib.import_module("allauth.account.admin")
importlib.import_module("django.contrib.auth.admin")
admin.site.unregister([Group, EmailAddress])


class LookUpAdmin(PortalAdmin):
    """Rows to look at; nothing is added, changed or deleted here."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nothing is added here: members sign up or are imported, hubs are founded."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nothing is changed here: the ledger would not know."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nothing is deleted here: erasing a member is an act of its own."""
        return False


@admin.register(User)
class UserAdmin(LookUpAdmin):
    """Members: who has an account, and whether it works."""

    list_display = ("name", "email", "primary_hub", "activated_at", "is_active", "is_staff")
    list_filter = ("is_active", "is_staff")
    list_select_related = ("primary_hub",)
    search_fields = ("name", "email", "handle")
    ordering = ("sort_name", "pk")
    # Without the voter key (it would link votes to a person) and the day somebody was last here.
    fields = (
        "name",
        "email",
        "handle",
        "language",
        "primary_hub",
        "joined_on",
        "activated_at",
        "is_active",
        "is_staff",
    )

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Model], search_term: str
    ) -> tuple[QuerySet[Model], bool]:
        """Find an address however it is written."""
        with contextlib.suppress(ValidationError):
            search_term = normal_address(search_term)
        return super().get_search_results(request, queryset, search_term)


@admin.register(Hub)
class HubAdmin(LookUpAdmin):
    """Hubs: their address and state."""

    list_display = ("name", "slug", "city", "state", "join_policy")
    list_filter = ("state", "join_policy")
    search_fields = ("name", "slug", "city")
    fields = ("name", "slug", "tagline", "unit", "city", "state", "join_policy", "founded_on", "contact")


@admin.register(FacilitatorTerm)
class FacilitatorTermAdmin(LookUpAdmin):
    """Who facilitates, and who did."""

    list_display = ("member", "started_at", "ended_at", "appointed_by")
    list_select_related = ("member", "appointed_by")


@admin.register(Topic)
class TopicAdmin(PortalAdmin):
    """The shared vocabulary: labels and other names can be put right here."""

    list_display = ("label_nl", "label_en", "aliases", "slug")
    search_fields = ("label_nl", "label_en", "slug")
    readonly_fields = ("slug",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Topics come from members who use them."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Topic | None = None) -> bool:
        """A topic that somebody uses stays."""
        return False


@admin.register(Unit)
class UnitAdmin(PortalAdmin):
    """The tree of the organisation."""

    list_display = ("name", "parent")
    list_select_related = ("parent",)
    search_fields = ("name",)
