"""What a newcomer fills in. Spec 01, Accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from ui.forms import NameField, PlainTextMixin

if TYPE_CHECKING:
    from community.people.models import User


class NameForm(PlainTextMixin):
    """The part of signing up that is ours: a name. Address and password are allauth's."""

    name = NameField(
        label=_("Your name"),
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        help_text=_("As colleagues know you. Every member sees it."),
    )
    field_order = ("name", "email", "password1")

    def signup(self, request: HttpRequest, user: User) -> None:
        """Do nothing more: the adapter has saved the name already, so that there is never a member without one."""
