"""Addresses of bottlenecks."""

from django.urls import path

from . import anonymous, views

urlpatterns = [
    path("bottlenecks/", views.bottleneck_list, name="bottleneck_list"),
    path("bottlenecks/new/", views.bottleneck_new, name="bottleneck_new"),
    path("bottlenecks/similar/", views.bottleneck_similar, name="bottleneck_similar"),
    path("bottlenecks/<int:number>/", views.bottleneck_detail, name="bottleneck_number"),
    path("bottlenecks/<int:number>-<slug:slug>/", views.bottleneck_detail, name="bottleneck_detail"),
    path("bottlenecks/<int:number>/vote/", views.bottleneck_vote, name="bottleneck_vote"),
    path("bottlenecks/<int:number>/unvote/", views.bottleneck_unvote, name="bottleneck_unvote"),
    path("bottlenecks/<int:number>/estimate/", views.bottleneck_estimate, name="bottleneck_estimate"),
    path("bottlenecks/<int:number>/support/", views.bottleneck_support, name="bottleneck_support"),
    path("bottlenecks/<int:number>/alike/", views.bottleneck_alike, name="bottleneck_alike"),
    path("bottlenecks/<int:number>/correct/", views.bottleneck_correct, name="bottleneck_correct"),
    path("bottlenecks/told/", anonymous.told_list, name="told_list"),
    path("bottlenecks/draft/", anonymous.bottleneck_draft, name="bottleneck_draft"),
    path("bottlenecks/<int:number>/questions/", anonymous.question_ask, name="question_ask"),
    path("bottlenecks/<int:number>/questions/<int:question>/read/", anonymous.question_read, name="question_read"),
    path("reply/correct/", anonymous.anonymous_correct, name="anonymous_correct"),
    path("reply/drop/", anonymous.anonymous_drop, name="anonymous_drop"),
]
