"""Addresses of the organisation."""

from django.urls import path

from . import views

urlpatterns = [
    path("facilitators/", views.facilitator_list, name="facilitator_list"),
]
