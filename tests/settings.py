"""The portal's settings, on the servers of this test run."""

import os
import tempfile

from tests import servers

servers.provide()
# A developer's own variables must not decide whether a test passes.
for name in (
    "DEBUG",
    "DEMO",
    "EMBEDDED",
    "BASE_URL",
    "ALLOWED_HOSTS",
    "CSRF_TRUSTED_ORIGINS",
    "SIGNUP_ALLOWED_DOMAINS",
):
    os.environ.pop(name, None)
os.environ["SECRET_KEY"] = "only-for-tests-" + "x" * 50
os.environ["EMAIL_URL"] = "memorymail://"
os.environ["DEV_MAIL_DIR"] = tempfile.gettempdir() + "/doorbraak-tests-mail"
os.environ["ALLOWED_HOSTS"] = "testserver,localhost,127.0.0.1,[::1]"
os.environ["SIGNUP_ALLOWED_DOMAINS"] = "doorbraak.example,voorbeeld.example"

from portal.settings import *  # noqa: E402, F403

# Scrypt costs 50 ms on purpose; hundreds of test members need none of it.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
