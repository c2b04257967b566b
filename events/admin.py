"""Upkeep of places. Sessions are not here: organisers keep them on their own pages, and RSVPs are private."""

from __future__ import annotations

from django.contrib import admin

from events.models import Room, Venue
from ui.admin import PlainTextModelForm, PortalAdmin


class RoomInline(admin.TabularInline[Room, Venue]):
    """The rooms of a venue."""

    model = Room
    form = PlainTextModelForm
    extra = 0


@admin.register(Venue)
class VenueAdmin(PortalAdmin):
    """Venues with their rooms."""

    list_display = ["name", "city", "address"]
    search_fields = ["name", "city"]
    inlines = [RoomInline]


@admin.register(Room)
class RoomAdmin(PortalAdmin):
    """Rooms by themselves, to find one by name."""

    list_display = ["name", "venue", "capacity"]
    list_select_related = ["venue"]
    search_fields = ["name", "venue__name", "venue__city"]
    autocomplete_fields = ["venue"]
