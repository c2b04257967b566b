"""Addresses of hubs and members. Signing in and out stand in ``community.account_urls``, without a namespace."""

from django.urls import path

from community import views
from community.joining.urls import urlpatterns as joining

app_name = "community"

urlpatterns = [
    path("hubs/", views.hub_list, name="hub_list"),
    path("new-hub/", views.hub_new, name="hub_new"),  # below hubs/ every word is a hub's (spec 00, URLs)
    path("hubs/<slug:slug>/", views.hub_detail, name="hub_detail"),
    path("hubs/<slug:slug>/members/", views.hub_members, name="hub_members"),
    path("hubs/<slug:slug>/edit/", views.hub_edit, name="hub_edit"),
    path("hubs/<slug:slug>/join/", views.hub_join, name="hub_join"),
    path("hubs/<slug:slug>/leave/", views.hub_leave, name="hub_leave"),
    path("hubs/<slug:slug>/primary/", views.hub_primary, name="hub_primary"),
    path("hubs/<slug:slug>/representatives/", views.hub_representatives, name="hub_representatives"),
    path("hubs/<slug:slug>/representatives/end/", views.hub_step_down, name="hub_step_down"),
    path("members/", views.member_list, name="member_list"),
    path("members/<slug:handle>/", views.member_detail, name="member_detail"),
    path("facilitators/", views.facilitator_list, name="facilitator_list"),
    path("me/profile/", views.profile_edit, name="profile_edit"),
    *joining,
]
