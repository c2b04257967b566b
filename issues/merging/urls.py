"""Addresses of merges."""

from django.urls import path

from . import views

urlpatterns = [
    path("bottlenecks/<int:number>/merge/", views.merge_propose, name="merge_propose"),
    path("bottlenecks/<int:number>/merged/", views.bottleneck_merged, name="bottleneck_merged"),
    path("merges/<int:pk>/", views.merge_detail, name="merge_detail"),
    path("merges/<int:pk>/object/", views.merge_object, name="merge_object"),
    path("merges/<int:pk>/objections/<int:objection>/answer/", views.merge_answer, name="merge_answer"),
    path("merges/<int:pk>/objections/<int:objection>/withdraw/", views.merge_withdraw, name="merge_withdraw"),
    path("merges/<int:pk>/drop/", views.merge_drop, name="merge_drop"),
    path("merges/<int:pk>/undo/", views.merge_undo, name="merge_undo"),
]
