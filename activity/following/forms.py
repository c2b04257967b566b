"""Shape and wording of following; saving is for actions."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from ui.forms import PlainTextMixin

from .models import FollowLevel


class LevelForm(PlainTextMixin, forms.Form):
    """How much one wants to hear of a subject: each of its buttons says one level."""

    level = forms.TypedChoiceField(
        label=_("How much do you want to hear?"),
        choices=FollowLevel.choices,
        coerce=lambda value: FollowLevel(int(value)),
    )


#: What each level means, in the order in which they are offered.
HINTS = {
    FollowLevel.SILENT: _("You hear nothing of it, unless somebody names you."),
    FollowLevel.STATUS: _("Only what becomes of it. About one message a month."),
    FollowLevel.FOLLOW: _("New comments too, bundled in one mail."),
    FollowLevel.EVERYTHING: _("Every comment and every change, at once."),
}
