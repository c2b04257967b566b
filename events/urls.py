"""Addresses of sessions and calendars."""

from django.urls import path

from events import views

app_name = "events"

urlpatterns = [
    path("sessions/", views.session_list, name="session_list"),
    path("sessions/past/", views.session_past, name="session_past"),
    path("sessions/mine/", views.session_mine, name="session_mine"),
    path("sessions/new/", views.session_schedule, name="session_schedule"),
    path("sessions/calendar/", views.calendar_subscribe, name="calendar_subscribe"),
    path("sessions/calendar.ics", views.calendar_public, name="calendar_public"),
    path("sessions/withdraw/<str:token>/", views.session_withdraw_by_link, name="withdraw"),
    path("sessions/<int:number>/", views.session_detail, name="session_by_number"),
    path("sessions/<int:number>-<slug:slug>/", views.session_detail, name="session_detail"),
    path("sessions/<int:number>/answer/", views.session_answer, name="session_answer"),
    path("sessions/<int:number>/people/", views.session_people, name="session_people"),
    path("sessions/<int:number>/people/<int:rsvp>/remove/", views.session_remove, name="session_remove"),
    path("sessions/<int:number>/edit/", views.session_change, name="session_change"),
    path("sessions/<int:number>/publish/", views.session_publish, name="session_publish"),
    path("sessions/<int:number>/cancel/", views.session_cancel, name="session_cancel"),
    path("sessions/<int:number>/calendar.ics", views.session_calendar, name="session_calendar"),
    path("calendar/<str:token>.ics", views.calendar_feed, name="calendar_feed"),
]
