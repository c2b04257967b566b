"""What the community adds to pages of the floors below: places in menus, parts of home and landing, signals."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from allauth.account.signals import email_confirmed
from django.contrib.auth.signals import user_logged_in
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, npgettext

from community.accounts import actions
from community.hubs import tallies
from community.hubs.models import JoinPolicy
from community.hubs.selectors import hubs_to_begin_with, largest_hubs, memberships_seen_by, number_of_hubs
from community.models import Hub, MemberTally, User
from community.people.selectors import number_of_members
from ui import statements
from ui.kept import kept_figures
from ui.registry import NavEntry, everyone, me_menu, navigation
from ui.sections import (
    Figure,
    Section,
    ShownTodo,
    TodoSource,
    home_sections,
    home_todos,
    landing_figures,
    landing_sections,
)

if TYPE_CHECKING:
    from allauth.account.models import EmailAddress

HOME_HUBS = 12


def register() -> None:
    """Fill the registries and listen to signing in; called once, when the app is ready."""
    navigation.register(
        NavEntry(
            key="hubs",
            label=gettext_lazy("Hubs"),
            url="community:hub_list",
            icon="waypoints",
            order=20,
            in_tabbar=True,
            visible=everyone,
        )
    )
    navigation.register(
        NavEntry(key="members", label=gettext_lazy("Members"), url="community:member_list", icon="users", order=60)
    )
    me_menu.register(
        NavEntry(
            key="profile",
            label=gettext_lazy("My profile"),
            url=lambda request: request.user.get_absolute_url(),  # type: ignore[union-attr] # members only
            icon="user",
            order=10,
        )
    )
    me_menu.register(
        NavEntry(
            key="settings",
            label=gettext_lazy("Settings"),
            url="community:profile_edit",
            icon="settings",
            order=20,
        )
    )
    home_sections.register(
        Section(key="my-hubs", template="community/home_my_hubs.html", load=_my_hubs, order=20, aside=True)
    )
    home_todos.register(TodoSource(key="first-hub", load=_first_hub, order=60))
    home_todos.register(TodoSource(key="topics", load=_first_topics, order=70))
    landing_sections.register(Section(key="hubs", template="community/landing_hubs.html", load=_landing_hubs, order=10))
    landing_figures.register(Figure(key="members", number=number_of_members, label=_members_word, order=10))
    landing_figures.register(Figure(key="hubs", number=number_of_hubs, label=_hubs_word, order=20))
    kept_figures.register(tallies.figures_of(MemberTally))
    email_confirmed.connect(_on_confirmation, dispatch_uid="community.confirmation")
    user_logged_in.connect(_on_sign_in, dispatch_uid="community.first_sign_in")


def _on_confirmation(*, email_address: EmailAddress, **_kwargs: Any) -> None:
    """Whoever signed up takes part once their address is confirmed; an imported member once they sign in."""
    if not email_address.user.imported:
        actions.activate_member(member=email_address.user)


def _on_sign_in(*, request: HttpRequest | None, user: User, **_kwargs: Any) -> None:
    """The first sign-in of an imported member activates them."""
    if user.activated_at is None:
        actions.activate_member(member=user)


def _my_hubs(request: HttpRequest) -> Mapping[str, Any] | None:
    if not isinstance(request.user, User):
        return None
    return {"hubs": statements.rows(_hubs_of, request.user)}


def _hubs_of(member: User) -> QuerySet[Hub]:
    mine = memberships_seen_by(member).filter(member=member).values("hub")
    return Hub.objects.filter(pk__in=mine).with_figures().order_by("sort_name", "pk")[:HOME_HUBS]


def _first_hub(request: HttpRequest) -> list[ShownTodo]:
    if not request.user.is_authenticated or request.user.primary_hub_id is not None:
        return []
    hubs = statements.rows(hubs_to_begin_with, request.user)
    if not hubs:
        return []  # a community that begins: there is nothing to choose from
    return [
        ShownTodo(
            icon="waypoints",
            title=_("Join your first hub"),
            text=_("What you support then counts for that hub."),
            url=reverse("community:hub_list"),
            action=_("See all hubs"),
            template="community/_first_hub_todo.html",
            data={"hubs": [hub for hub in hubs if hub.join_policy == JoinPolicy.OPEN]},
        )
    ]


def _first_topics(request: HttpRequest) -> list[ShownTodo]:
    if not request.user.is_authenticated or request.user.says_what_they_know:
        return []
    return [
        ShownTodo(
            icon="lightbulb",
            title=_("Say what you know"),
            text=_("Colleagues find each other by what they know and want to learn."),
            url=reverse("community:profile_edit") + "#topics",
            action=_("Fill in topics"),
        )
    ]


def _landing_hubs(request: HttpRequest) -> Mapping[str, Any] | None:
    hubs = largest_hubs.seen_by(request.user)
    return {"hubs": hubs} if hubs else None


def _members_word(number: int) -> str:
    return npgettext("figure", "member", "members", number)


def _hubs_word(number: int) -> str:
    return npgettext("figure", "hub", "hubs", number)
