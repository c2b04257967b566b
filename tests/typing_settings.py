"""The portal's settings for mypy's Django plugin, which reads them and connects to nothing."""

import os

os.environ.setdefault("SECRET_KEY", "unused")
os.environ.setdefault("DATABASE_URL", "postgres://localhost/unused")
os.environ.setdefault("REDIS_URL", "redis://localhost/0")

from portal.settings import *  # noqa: F403

INSTALLED_APPS = ["tests.smallapp.apps.SmallAppConfig", *INSTALLED_APPS]  # noqa: F405
