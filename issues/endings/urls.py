"""Addresses of how bottlenecks end."""

from django.urls import path

from . import views

urlpatterns = [
    path("bottlenecks/<int:number>/end/", views.bottleneck_end, name="bottleneck_end"),
    path("bottlenecks/<int:number>/reopen/", views.bottleneck_reopen, name="bottleneck_reopen"),
    path("bottlenecks/<int:number>/noticed/", views.bottleneck_noticed, name="bottleneck_noticed"),
    path("bottlenecks/noticed/<str:token>/", views.notice_by_link, name="notice_by_link"),
    path("reply/withdraw/", views.reply_withdraw, name="reply_withdraw"),
    path("reply/noticed/", views.reply_noticed, name="reply_noticed"),
    path("adoptions/<int:pk>/deliver/", views.adoption_deliver, name="adoption_deliver"),
]
