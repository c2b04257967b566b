"""Addresses of reply codes; the code itself stands in none of them."""

from django.urls import path

from . import views

urlpatterns = [
    path("reply/", views.reply, name="reply"),
    path("reply/answer/", views.reply_answer, name="reply_answer"),
]
