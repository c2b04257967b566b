"""All URLs of the portal: each app has its own, here is what spans them."""

from importlib import import_module

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from portal import views

urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.home, name="home"),
    path("language/", views.language, name="language"),
    path("admin/", admin.site.urls),
]
# While the apps are being written at once: becomes plain includes when all stand.
for module in (
    "portal.health_urls",
    "events.urls",
    "issues.urls",
    "community.account_urls",
    "community.urls",
    "activity.urls",
):
    try:
        import_module(module)
    except ImportError:
        continue
    urlpatterns.append(path("", include(module)))
