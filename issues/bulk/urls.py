"""Addresses of filing in bulk."""

from django.urls import path

from . import views

urlpatterns = [path("bottlenecks/bulk/", views.bottleneck_bulk, name="bottleneck_bulk")]
