"""Addresses of requests to join, within those of the community."""

from django.urls import path

from community.joining import views

urlpatterns = [
    path("hubs/<slug:slug>/ask/", views.hub_ask, name="hub_ask"),
    path("join-requests/<int:pk>/", views.join_request, name="join_request"),
    path("join-requests/<int:pk>/accept/", views.join_request_accept, name="join_request_accept"),
    path("join-requests/<int:pk>/decline/", views.join_request_decline, name="join_request_decline"),
    path("join-requests/<int:pk>/withdraw/", views.join_request_withdraw, name="join_request_withdraw"),
]
