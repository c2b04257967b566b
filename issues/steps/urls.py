"""Addresses of next steps."""

from django.urls import path

from . import views

urlpatterns = [
    path("bottlenecks/waiting/", views.step_list, name="step_list"),
    path("bottlenecks/<int:number>/propose/", views.step_propose, name="step_propose"),
    path("bottlenecks/<int:number>/why-not/", views.step_why_not, name="step_why_not"),
]
