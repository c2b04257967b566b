"""Addresses of hubs."""

from django.urls import path

from . import membership_views, views

urlpatterns = [
    path("hubs/", views.hub_list, name="hub_list"),
    path("new-hub/", views.hub_new, name="hub_new"),  # below hubs/ every word is a hub's (spec 00, URLs)
    path("hubs/<slug:slug>/", views.hub_detail, name="hub_detail"),
    path("hubs/<slug:slug>/members/", views.hub_members, name="hub_members"),
    path("hubs/<slug:slug>/edit/", views.hub_edit, name="hub_edit"),
    path("hubs/<slug:slug>/join/", membership_views.hub_join, name="hub_join"),
    path("hubs/<slug:slug>/leave/", membership_views.hub_leave, name="hub_leave"),
    path("hubs/<slug:slug>/primary/", membership_views.hub_primary, name="hub_primary"),
    path("hubs/<slug:slug>/representatives/", membership_views.hub_representatives, name="hub_representatives"),
    path("hubs/<slug:slug>/representatives/end/", membership_views.hub_step_down, name="hub_step_down"),
]
