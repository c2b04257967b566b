"""Upkeep of places. Sessions are not here: organisers keep them on their own pages, and RSVPs are private."""

from __future__ import annotations

from django.contrib import admin

from events.models import Room, Venue


class RoomInline(admin.TabularInline[Room, Venue]):
    """The rooms of a venue."""

    model = Room
    extra = 0


@admin.register(Venue)
class VenueAdmin(admin.ModelAdmin[Venue]):
    """Venues with their rooms."""

    list_display = ["name", "city", "address"]
    search_fields = ["name", "city"]
    inlines = [RoomInline]


@admin.register(Room)
class RoomAdmin(admin.ModelAdmin[Room]):
    """Rooms by themselves, to find one by name."""

    list_display = ["name", "venue", "capacity"]
    list_select_related = ["venue"]
    search_fields = ["name", "venue__name", "venue__city"]
    autocomplete_fields = ["venue"]
