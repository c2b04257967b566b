"""Settings of the load tests: the tests' own servers, and the pages that are measured beside the portal's."""

import tempfile
from pathlib import Path

from tests.settings import *  # noqa: F403
from tests.settings import BASE_DIR, TEMPLATES

ROOT_URLCONF = "tests.load.reference"
ALLOWED_HOSTS = ["testserver"]
TEMPLATES[0]["DIRS"] = [*TEMPLATES[0]["DIRS"], BASE_DIR / "tests" / "load" / "templates"]  # type: ignore[misc]
TEMPLATES[0]["APP_DIRS"] = True
STATIC_ROOT = Path(tempfile.gettempdir()) / "doorbraak-load-static"
# As in production: styles and scripts are one file each, and a page names them without looking at the disk.
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "ui.staticfiles.BundledManifestStorage"},
}
# One member asks for everything here, as fast as it goes.
WRITE_RATE_LIMIT = SEARCH_RATE_LIMIT = "1000000/minute"
CHECK_STATEMENTS = False
