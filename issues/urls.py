"""Addresses of bottlenecks, next steps, ends, what hubs take up, changes, filing in bulk, merges, and themes."""

from django.urls import include, path

app_name = "issues"

urlpatterns = [
    path("", include("issues.merging.urls")),
    path("", include("issues.outline.urls")),
    path("", include("issues.steps.urls")),
    path("", include("issues.endings.urls")),
    path("", include("issues.adoptions.urls")),
    path("", include("issues.changes.urls")),
    path("", include("issues.replies.urls")),
    path("", include("issues.bulk.urls")),
    path("", include("issues.bottlenecks.urls")),
]
