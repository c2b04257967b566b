"""Addresses of members and of one's own profile."""

from django.urls import path

from . import views

urlpatterns = [
    path("members/", views.member_list, name="member_list"),
    # below members/ every word is a member's
    path("members/<slug:handle>/", views.member_detail, name="member_detail"),
    path("me/profile/", views.profile_edit, name="profile_edit"),
]
