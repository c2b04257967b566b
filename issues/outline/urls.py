"""Addresses of the themes, their versions and the outline."""

from django.urls import path

from . import views

urlpatterns = [
    path("themes/", views.theme_list, name="theme_list"),
    path("themes/outline/", views.outline, name="outline"),
    path("themes/outline.pdf", views.outline_pdf, name="outline_pdf"),
    path("themes/versions/", views.theme_versions, name="theme_versions"),
    path("themes/versions/<int:which>/", views.theme_version, name="theme_version"),
    path("themes/versions/<int:which>/outline/", views.outline, name="outline_of_version"),
    path("themes/versions/<int:which>/outline.pdf", views.outline_pdf, name="outline_pdf_of_version"),
    path("themes/versions/<int:which>/adopt/", views.theme_version_adopt, name="theme_version_adopt"),
    path("themes/versions/<int:which>/withdraw/", views.theme_version_withdraw, name="theme_version_withdraw"),
    path("themes/draft/", views.theme_draft, name="theme_draft"),
    path("themes/draft/begin/", views.theme_draft_begin, name="theme_draft_begin"),
    path("themes/draft/drop/", views.theme_draft_drop, name="theme_draft_drop"),
    path("themes/draft/propose/", views.theme_draft_propose, name="theme_draft_propose"),
    path("themes/draft/add/", views.theme_add, name="theme_add"),
    path("themes/draft/<int:pk>/", views.theme_change, name="theme_change"),
    path("themes/draft/<int:pk>/move/", views.theme_move, name="theme_move"),
    path("themes/draft/<int:pk>/remove/", views.theme_remove, name="theme_remove"),
    path("themes/draft/<int:pk>/put-back/", views.theme_put_back, name="theme_put_back"),
]
