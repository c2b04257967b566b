"""All URLs of the portal: each app has its own, here is what spans them."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from portal import views

handler429 = "ui.ratelimit.too_many"  # not Django's: allauth looks for it, should a limit of its own be set

# One way in: the admin's own sign-in page knows no rate limit and no verified address.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

handler403 = "portal.refused.permission_denied"
handler400 = "portal.views.bad_request"

urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.home, name="home"),
    path("language/", views.language, name="language"),
    path("robots.txt", views.robots, name="robots"),
    path("", include("portal.pages.urls")),
    path("", include("portal.health_urls")),
    path("", include("events.urls")),
    path("", include("issues.urls")),
    path("", include("community.accounts.urls")),
    path("", include("community.urls")),
    path("", include("activity.urls")),
    path("admin/", admin.site.urls),
]
