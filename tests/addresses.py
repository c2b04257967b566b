"""The addresses of the portal, found in its own list."""

from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, reverse


def plain_pages() -> list[str]:
    """Return every address that has no part to fill in, the admin's left out."""
    return _paths(get_resolver().url_patterns)


def _paths(patterns: list[URLPattern | URLResolver], space: str = "") -> list[str]:
    found: list[str] = []
    for pattern in patterns:
        if isinstance(pattern, URLPattern):
            try:
                found.append(reverse(f"{space}{pattern.name}"))
            except NoReverseMatch:
                continue
        elif pattern.namespace != "admin":
            found += _paths(pattern.url_patterns, f"{pattern.namespace}:" if pattern.namespace else "")
    return found
