"""Who is signed in: allauth's way of checking, and one query for everything a page asks of its member."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from allauth.account.auth_backends import AuthenticationBackend

from community.people.models import User
from ui import statements

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser
    from django.db.models import QuerySet


class MemberBackend(AuthenticationBackend):  # type: ignore[misc] # allauth ships no types
    """Signs in with e-mail address and password; gives the request's member with all that pages need."""

    def get_user(self, user_id: Any) -> User | None:
        """Return the member of a session with primary hub and role, in one query; None once they may not sign in."""
        user: User | None = statements.first(_signed_in, user_id)
        return user if user is not None and self.user_can_authenticate(user) else None

    def get_all_permissions(self, user_obj: User | AnonymousUser, obj: Any = None) -> set[str]:
        """Django's own permissions are for the admin: nobody else has any, and asking for them costs no query."""
        if not user_obj.is_staff:
            return set()
        permissions: set[str] = super().get_all_permissions(user_obj, obj)
        return permissions


def _signed_in(pk: int) -> QuerySet[User]:
    rows: QuerySet[User] = User.objects.for_request().filter(pk=pk)[:1]
    return rows
