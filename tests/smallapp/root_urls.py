"""The addresses of a portal that has the small app."""

from django.urls import include, path

from portal.urls import handler400, handler429
from portal.urls import urlpatterns as of_the_portal

__all__ = ["handler400", "handler429", "urlpatterns"]

urlpatterns = [path("", include("tests.smallapp.urls")), *of_the_portal]
