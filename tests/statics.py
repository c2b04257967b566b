"""The addresses of static files, worked out once a process: the files stay as they are while tests run.

Development looks for the parts of the style sheet and the script at every page, so that a new one is there at once.
That takes a tenth of the time of a page.
"""

from functools import cache

from django.contrib.staticfiles.storage import StaticFilesStorage

from ui import staticfiles


class RememberingStorage(StaticFilesStorage):
    """Django's own, which works out the address of a file once."""

    _known: dict[tuple[str | None, str | None], str] = {}

    def url(self, name: str | None) -> str:
        """Return the address of a file."""
        known = self._known.get((self.base_url, name))
        if known is None:
            known = self._known[self.base_url, name] = super().url(name)
        return known


def install() -> None:
    """Look for the parts once."""
    staticfiles.style_parts = cache(staticfiles.style_parts)
    staticfiles.script_parts = cache(staticfiles.script_parts)
