"""All URLs of the portal: each app has its own, here is what spans them."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from portal import views

urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.home, name="home"),
    path("language/", views.language, name="language"),
    path("", include("portal.health_urls")),
    path("", include("events.urls")),
    path("", include("issues.urls")),
    path("", include("community.account_urls")),
    path("", include("community.urls")),
    path("", include("activity.urls")),
    path("admin/", admin.site.urls),
]
