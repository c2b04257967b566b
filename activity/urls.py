"""URLs of this app."""

from django.conf import settings
from django.urls import path

from . import views
from .conversation import views as conversation
from .moderation import views as moderation

app_name = "activity"

urlpatterns = [
    path("mail/unsubscribe/<str:token>/", views.unsubscribe, name="unsubscribe"),
    path("subjects/<int:pk>/comments/", conversation.comment_list, name="comment_list"),
    path("subjects/<int:pk>/comments/new/", conversation.comment_new, name="comment_new"),
    path("comments/<int:pk>/", conversation.comment_detail, name="comment_detail"),
    path("comments/<int:pk>/history/", conversation.comment_history, name="comment_history"),
    path("comments/<int:pk>/edit/", conversation.comment_edit, name="comment_edit"),
    path("comments/<int:pk>/delete/", conversation.comment_delete, name="comment_delete"),
    path("comments/<int:pk>/thank/", conversation.comment_thank, name="comment_thank"),
    path("comments/<int:pk>/unthank/", conversation.comment_unthank, name="comment_unthank"),
    path("comments/<int:pk>/report/", moderation.comment_report, name="comment_report"),
    path("comments/<int:pk>/hide/", moderation.comment_hide, name="comment_hide"),
    path("subjects/<int:pk>/report/", moderation.subject_report, name="subject_report"),
    path("subjects/<int:pk>/hide/", moderation.subject_hide, name="subject_hide"),
    path("moderation/", moderation.moderation_log, name="moderation_log"),
    path("moderation/<int:pk>/", moderation.case_detail, name="case_detail"),
    path("moderation/<int:pk>/decide/", moderation.case_decide, name="case_decide"),
    path("moderation/<int:pk>/appeal/", moderation.case_appeal, name="case_appeal"),
    path("moderation/<int:pk>/answer/", moderation.case_answer, name="case_answer"),
    path("moderation/<int:pk>/restore/", moderation.case_restore, name="case_restore"),
    path("me/feeds/", views.feed_addresses, name="feed_addresses"),
    path("feeds/<str:token>/community.atom", views.feed, name="feed"),
    path("feeds/<str:token>/subjects/<int:pk>.atom", views.feed, name="subject_feed"),
]

if settings.DEMO:
    urlpatterns += [
        path("dev/mail/", views.dev_mail_list, name="dev_mail_list"),
        path("dev/mail/waiting/<int:pk>/", views.dev_mail_waiting, name="dev_mail_waiting"),
        path("dev/mail/waiting/<int:pk>/frame/", views.dev_mail_frame, name="dev_mail_waiting_frame"),
        path("dev/mail/<slug:name>/", views.dev_mail_detail, name="dev_mail_detail"),
        path("dev/mail/<slug:name>/frame/", views.dev_mail_frame, name="dev_mail_frame"),
    ]
