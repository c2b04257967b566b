"""Addresses of what hubs take up."""

from django.urls import path

from . import views

urlpatterns = [
    path("bottlenecks/<int:number>/adopt/", views.bottleneck_adopt, name="bottleneck_adopt"),
    path("adoptions/<int:pk>/stop/", views.adoption_stop, name="adoption_stop"),
    path("adoptions/<int:pk>/decline/", views.adoption_decline, name="adoption_decline"),
]
