"""Addresses of changes that are put to the supporters."""

from django.urls import path

from . import views

urlpatterns = [
    path("bottlenecks/<int:number>/change/", views.bottleneck_change, name="bottleneck_change"),
    path("bottlenecks/<int:number>/changes/", views.bottleneck_changes, name="bottleneck_changes"),
    path("bottlenecks/<int:number>/confirm/", views.bottleneck_confirm, name="bottleneck_confirm"),
    path("reply/change/", views.reply_change, name="reply_change"),
]
