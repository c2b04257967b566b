"""The address that boxes ask for suggestions."""

from django.urls import path

from . import views

urlpatterns = [path("find/<slug:kind>/<slug:field>/<int:most>/", views.pick, name="pick")]
