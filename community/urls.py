"""Addresses of hubs and members. Signing in and out stand in ``community.accounts.urls``, without a namespace."""

from django.urls import include, path

app_name = "community"

urlpatterns = [
    path("", include("community.hubs.urls")),
    path("", include("community.joining.urls")),
    path("", include("community.directory.urls")),
    path("", include("community.organisation.urls")),
    path("", include("community.picking.urls")),
]
