"""Where sessions are kept: in the database, with a copy in the cache."""

from __future__ import annotations

from django.contrib.sessions.backends.cached_db import SessionStore as CachedSessionStore


class SessionStore(CachedSessionStore):
    """Django's own, but a cookie that can be no key of a session asks neither cache nor database.

    A quoted cookie can hold anything, also NUL, which PostgreSQL answers with an error.
    """

    def _validate_session_key(self, key: str | None) -> bool:
        return bool(key) and len(str(key)) == 32 and str(key).isascii() and str(key).isalnum()
