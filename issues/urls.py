"""Addresses of bottlenecks, next steps and themes."""

from django.urls import include, path

app_name = "issues"

urlpatterns = [
    path("", include("issues.outline.urls")),
    path("", include("issues.steps.urls")),
    path("", include("issues.bottlenecks.urls")),
]
