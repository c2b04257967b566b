"""Addresses of bottlenecks, next steps and themes."""

from django.urls import include, path

app_name = "issues"

urlpatterns = [
    path("", include("issues.steps.urls")),
    path("", include("issues.replies.urls")),
    path("", include("issues.bottlenecks.urls")),
]
