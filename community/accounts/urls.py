"""Signing up, in and out. Only pages of allauth that wear our templates have an address. Spec 01, Accounts."""

from allauth.account import views as allauth_views
from django.urls import path, re_path

from . import views

urlpatterns = [
    path("sign-in/", views.SignInView.as_view(), name="account_login"),
    path("sign-in/inactive/", allauth_views.account_inactive, name="account_inactive"),
    path("sign-out/", allauth_views.logout, name="account_logout"),
    path("sign-up/", views.SignUpView.as_view(), name="account_signup"),
    path("sign-up/sent/", allauth_views.email_verification_sent, name="account_email_verification_sent"),
    path("sign-up/confirm/<str:key>/", views.ConfirmEmailView.as_view(), name="account_confirm_email"),
    path("password/forgotten/", views.PasswordForgottenView.as_view(), name="account_reset_password"),
    path("password/forgotten/sent/", allauth_views.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^password/new/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        views.NewPasswordView.as_view(),
        name="account_reset_password_from_key",
    ),
    path("password/new/done/", allauth_views.password_reset_from_key_done, name="account_reset_password_from_key_done"),
    path("me/password/", views.PasswordChangeView.as_view(), name="account_change_password"),
    path("me/password/set/", views.PasswordSetView.as_view(), name="account_set_password"),
]
