"""Addresses of bottlenecks, merges, next steps and themes."""

from django.urls import include, path

app_name = "issues"

urlpatterns = [
    path("", include("issues.merging.urls")),
    path("", include("issues.steps.urls")),
    path("", include("issues.bottlenecks.urls")),
]
