"""Addresses of bottlenecks and themes."""

from django.urls import include, path

app_name = "issues"

urlpatterns = [
    path("", include("issues.bottlenecks.urls")),
]
