"""The portal's settings, on the servers of this test run."""

import os

from tests import servers

_folder = servers.provide()
_worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
# A developer's own variables must not decide whether a test passes.
for _name in ("DEBUG", "DEMO", "EMBEDDED", "BASE_URL", "CSRF_TRUSTED_ORIGINS", "HOST", "PORT", "VAR_DIR"):
    os.environ.pop(_name, None)
os.environ["SECRET_KEY"] = "only-for-tests-" + "x" * 50
os.environ["EMAIL_URL"] = "memorymail://"
os.environ["DEV_MAIL_DIR"] = str(_folder / _worker / "mail")
os.environ["STATIC_ROOT"] = str(_folder / _worker / "static")
os.environ["ALLOWED_HOSTS"] = "testserver,localhost,127.0.0.1,[::1]"
os.environ["SIGNUP_ALLOWED_DOMAINS"] = "doorbraak.example,voorbeeld.example"

from portal.settings import *  # noqa: E402, F403

(_folder / _worker / "static").mkdir(parents=True, exist_ok=True)
# Scrypt costs 50 ms on purpose; hundreds of test members need none of it.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
CHECK_STATEMENTS = True
# A machine that is busy with tests may answer late, and a page must still cost the queries it costs.
VALKEY_WAIT = 5.0
_waits = {"socket_timeout": VALKEY_WAIT, "socket_connect_timeout": VALKEY_WAIT}
CACHES = {"default": {**CACHES["default"], "OPTIONS": _waits}}  # noqa: F405
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "tests.statics.RememberingStorage"},
}
