"""Addresses of the pages at the foot: each has one that never changes."""

from django.urls import path

from . import views
from .models import Page

app_name = "pages"
urlpatterns = [
    *(path(f"{key}/", views.page_detail, {"key": key}, name=key) for key in Page.Key.values),
    *(path(f"{key}/edit/", views.page_edit, {"key": key}, name=f"{key}_edit") for key in Page.Key.values),
]
