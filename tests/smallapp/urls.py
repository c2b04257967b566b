"""Addresses of ideas."""

from django.urls import path

from . import views

app_name = "smallapp"

urlpatterns = [path("ideas/<int:number>/", views.idea_detail, name="idea_detail")]
