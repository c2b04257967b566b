"""The settings of the tests, with the small app: one line in each list, as for any app."""

import os

from tests.settings import *  # noqa: F403

INSTALLED_APPS = ["tests.smallapp.apps.SmallAppConfig", *INSTALLED_APPS]  # noqa: F405
ROOT_URLCONF = "tests.smallapp.root_urls"
# A database of its own, beside that of the test that runs this.
DATABASES["default"]["TEST"] = {"NAME": f"test_smallapp_{os.getpid()}"}  # noqa: F405
