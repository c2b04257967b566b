"""URLs of this app."""

from django.conf import settings
from django.urls import path

from . import views
from .consent import views as consent
from .conversation import views as conversation
from .digests import views as digests
from .following import views as following
from .moderation import views as moderation
from .notices import views as notices

app_name = "activity"

urlpatterns = [
    path("mail/unsubscribe/<str:token>/", views.unsubscribe, name="unsubscribe"),
    path("mail/failed/", views.failed_mail_list, name="failed_mail_list"),
    path("mail/failed/<int:pk>/send-again/", views.failed_mail_send_again, name="failed_mail_send_again"),
    path("subjects/<int:pk>/comments/", conversation.comment_list, name="comment_list"),
    path("subjects/<int:pk>/comments/new/", conversation.comment_new, name="comment_new"),
    path("subjects/<int:pk>/comments/preview/", conversation.comment_preview, name="comment_preview"),
    path("subjects/<int:pk>/people/", conversation.mention_suggest, name="mention_suggest"),
    path("comments/<int:pk>/", conversation.comment_detail, name="comment_detail"),
    path("comments/<int:pk>/history/", conversation.comment_history, name="comment_history"),
    path("comments/<int:pk>/edit/", conversation.comment_edit, name="comment_edit"),
    path("comments/<int:pk>/delete/", conversation.comment_delete, name="comment_delete"),
    path("comments/<int:pk>/thank/", conversation.comment_thank, name="comment_thank"),
    path("comments/<int:pk>/unthank/", conversation.comment_unthank, name="comment_unthank"),
    path("subjects/<int:pk>/follow/", following.follow, name="follow"),
    path("notifications/", notices.notice_list, name="notice_list"),
    path("notifications/bell/", notices.bell, name="bell"),
    path("notifications/read/", notices.notice_read, name="notice_read"),
    path("notifications/<int:pk>/", notices.notice_open, name="notice_open"),
    path("me/notifications/", notices.notice_settings, name="notice_settings"),
    path("digest/<str:period>/", digests.digest, name="digest"),
    path("me/follows/", following.followed, name="followed"),
    path("consent/", consent.consent_list, name="consent_list"),
    path("consent/<int:pk>/", consent.consent_detail, name="consent_detail"),
    path("consent/<int:pk>/speak/", consent.consent_speak, name="consent_speak"),
    path("consent/<int:pk>/versions/", consent.consent_history, name="consent_history"),
    path("consent/<int:pk>/record/", consent.consent_record, name="consent_record"),
    path("consent/<int:pk>/edit/", consent.consent_version, name="consent_version"),
    path("consent/<int:pk>/close/", consent.consent_close, name="consent_close"),
    path("consent/<int:pk>/conditions/<int:condition>/", consent.consent_condition, name="consent_condition"),
    path("subjects/<int:pk>/consent/new/", consent.consent_new, name="consent_new"),
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
        path("dev/mail/templates/", views.dev_mail_template_list, name="dev_mail_template_list"),
        path("dev/mail/templates/<slug:key>/<slug:language>/", views.dev_mail_template, name="dev_mail_template"),
        path(
            "dev/mail/templates/<slug:key>/<slug:language>/frame/",
            views.dev_mail_template_frame,
            name="dev_mail_template_frame",
        ),
        path("dev/mail/<slug:name>/", views.dev_mail_detail, name="dev_mail_detail"),
        path("dev/mail/<slug:name>/frame/", views.dev_mail_frame, name="dev_mail_frame"),
    ]
