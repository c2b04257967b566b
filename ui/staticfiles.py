"""One style sheet and one script in production, the separate parts while developing (spec 00, Speed)."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.files.base import ContentFile
from whitenoise.middleware import WhiteNoiseMiddleware  # type: ignore[import-untyped]
from whitenoise.storage import CompressedManifestStaticFilesStorage  # type: ignore[import-untyped]

STYLE_BUNDLE = "css/doorbraak.css"
SCRIPT_BUNDLE = "js/doorbraak.js"
_CSS_COMMENT = re.compile(r"/\*.*?\*/\s*", re.DOTALL)


def _root() -> Path:
    return Path(settings.BASE_DIR) / "static"


def style_parts() -> list[str]:
    """Return the style sheets in the order in which they apply: ``static/css/*.css`` by name."""
    return sorted(f"css/{path.name}" for path in (_root() / "css").glob("*.css"))


def script_parts() -> list[str]:
    """Return the scripts: what comes from others first, then the portal's own modules by name."""
    root = _root() / "js"
    vendor = sorted(f"js/vendor/{path.name}" for path in (root / "vendor").glob("*.js"))
    return vendor + sorted(f"js/{path.name}" for path in root.glob("*.js"))


def bundle_styles() -> str:
    """Return all style sheets as one text, without comments."""
    return "".join(_CSS_COMMENT.sub("", (_root() / part).read_text("utf-8")) for part in style_parts())


def bundle_scripts() -> str:
    """Return all scripts as one module; a block around each keeps its names to itself."""
    return "".join(f"{{\n{(_root() / part).read_text('utf-8')}\n}}\n" for part in script_parts())


class BundledManifestStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Hashed names, gzip and brotli from WhiteNoise; ``collectstatic`` writes the two bundles before it hashes."""

    def post_process(self, paths: dict[str, Any], dry_run: bool = False, **options: Any) -> Iterator[Any]:
        """Put the bundles in the place of their parts and let WhiteNoise treat them like any other file."""
        if not dry_run:
            for part in [*style_parts(), *script_parts()]:
                self.delete(part)
                del paths[part]
            for name, text in ((STYLE_BUNDLE, bundle_styles()), (SCRIPT_BUNDLE, bundle_scripts())):
                self.delete(name)
                self.save(name, ContentFile(text.encode()))
                paths[name] = (self, name)
        yield from super().post_process(paths, dry_run, **options)


class HashedFilesMiddleware(WhiteNoiseMiddleware):  # type: ignore[misc]
    """Serve what pages name, which are the files with a hash in their name.

    What else lies in ``STATIC_ROOT`` (the manifest, the originals, the stamp of the last collecting) is nobody's.
    """

    def add_file_to_dictionary(self, url: str, path: str, stat_cache: Any = None) -> None:
        """Take ``url`` into what is served, if a page can name it."""
        if self.immutable_file_test(path, url):
            super().add_file_to_dictionary(url, path, stat_cache=stat_cache)


def is_bundled() -> bool:
    """Tell whether pages name the bundles (production) or the parts (development and tests)."""
    return hasattr(staticfiles_storage, "hashed_files")
