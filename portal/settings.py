"""Settings, read from the environment only (docs/settings.md lists every variable).

The embedded servers of ``make run`` are ordinary servers to this module: whoever starts them sets ``DATABASE_URL``,
``REDIS_URL``, ``SECRET_KEY`` and ``EMBEDDED=1`` first.
"""

import re
import sys
from pathlib import Path

import django_stubs_ext
from django.utils.csp import CSP
from django.utils.translation import gettext_lazy as _

from portal.env import CheckedEnv

django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent
env = CheckedEnv()
VAR_DIR = Path(env.str("VAR_DIR", default=str(BASE_DIR / "var")))


# --- What kind of run is this -----------------------------------------------------------------------------------------
DEBUG = env.switch("DEBUG", default=False)
EMBEDDED = env.switch("EMBEDDED", default=False)
DEMO = env.switch("DEMO", default=EMBEDDED)
SECRET_KEY = env.required("SECRET_KEY")
BASE_URL = env.origin("BASE_URL", default="http://localhost:8000")
_BASE_HOST = re.sub(r"^\w+://|:\d+$", "", BASE_URL)
_OWN_HOSTS = list(dict.fromkeys([_BASE_HOST, "localhost", "127.0.0.1", "[::1]"]))
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=_OWN_HOSTS)
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

if DEMO and not DEBUG and not EMBEDDED:
    env.note("DEMO=1 is refused with DEBUG=0 on external servers: demo accounts have a known password")

# --- Servers ----------------------------------------------------------------------------------------------------------
REDIS_URL = env.redis_address("REDIS_URL", "REDIS_PASSWORD")
DATABASES = {"default": env.database("DATABASE_URL", "DATABASE_PASSWORD")}
DATABASES["default"].setdefault("OPTIONS", {})["pool"] = {
    "min_size": 1,
    "max_size": env.number("DATABASE_POOL_SIZE", default=16, minimum=1),
    "timeout": 10,
}

#: How long (seconds) a page waits for Valkey before it goes on without (ui.valkey).
VALKEY_WAIT = 0.15
_SHORT_WAITS = {"socket_timeout": VALKEY_WAIT, "socket_connect_timeout": VALKEY_WAIT}
CACHES = {
    "default": {
        "BACKEND": "ui.cache.ValkeyCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "doorbraak",
        "OPTIONS": _SHORT_WAITS,
    }
}

# --- Django -----------------------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "portal.apps.PortalConfig",
    "events.apps.EventsConfig",
    "issues.apps.IssuesConfig",
    "community.apps.CommunityConfig",
    "activity.apps.ActivityConfig",
    "ui.apps.UiConfig",
    "allauth",
    "allauth.account",
    "django_htmx",
    "rules",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.forms",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "ui.http.BoundedRequestMiddleware",
    "ui.staticfiles.HashedFilesMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "community.accounts.middleware.MemberMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "ui.ratelimit.RateLimitMiddleware",
    "ui.http.TypedMiddleware",
    "ui.http.HtmxLoginRedirectMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]

ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
FORM_RENDERER = "ui.forms.PortalRenderer"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "portal.context_processors.portal",
            ],
            "builtins": ["django.templatetags.i18n", "django.templatetags.static", "ui.templatetags.ui"],
        },
    }
]
SILENCED_SYSTEM_CHECKS = [
    "auth.W004",  # addresses are unique by a constraint on Lower("email") that it does not see
    "security.W019",  # /dev/mail/ shows a mail in a sandboxed frame of our own page
]

# --- Accounts ---------------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "community.User"
AUTHENTICATION_BACKENDS = ["community.accounts.backends.MemberBackend", "rules.permissions.ObjectPermissionBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.ScryptPasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("email", "name", "handle")},
    },
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
SIGNUP_ALLOWED_DOMAINS = env.domains(
    "SIGNUP_ALLOWED_DOMAINS", default=["doorbraak.example", "voorbeeld.example"] if DEMO else []
)
ACCOUNT_ADAPTER = "community.accounts.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_SIGNUP_FORM_CLASS = "community.accounts.signup.NameForm"
ACCOUNT_FORMS = {
    "login": "community.accounts.forms.SignInForm",
    "signup": "community.accounts.forms.SignUpForm",
    "reset_password": "community.accounts.forms.PasswordForgottenForm",
    "reset_password_from_key": "community.accounts.forms.NewPasswordForm",
    "change_password": "community.accounts.forms.PasswordChangeForm",
    "set_password": "community.accounts.forms.PasswordSetForm",
}
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_CONFIRM_EMAIL_ON_GET = False
ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION = True  # only in the browser in which the same person signed up just before
ACCOUNT_LOGIN_TIMEOUT = 3_600  # seconds between signing up and confirming for that
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_RATE_LIMITS = False  # community.accounts.limits has ours: allauth counts an address, not failures
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""

SESSION_ENGINE = "portal.sessions"

# --- Languages and time -----------------------------------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("nl", _("Dutch")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Europe/Amsterdam"
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_HTTPONLY = True

# --- Static files -----------------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", default=str(VAR_DIR / "static")))
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_ALLOW_ALL_ORIGINS = False
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "ui.staticfiles.BundledManifestStorage"
    },
}

# --- Security ---------------------------------------------------------------------------------------------------------
_HTTPS = BASE_URL.startswith("https://")
SECURE_CSP = {
    "default-src": [CSP.NONE],
    "script-src": [CSP.SELF],
    "style-src": [CSP.SELF],
    "img-src": [CSP.SELF],
    "font-src": [CSP.SELF],
    "connect-src": [CSP.SELF],
    "manifest-src": [CSP.SELF],
    "form-action": [CSP.SELF],
    "frame-src": [CSP.SELF],
    "frame-ancestors": [CSP.SELF],
    "base-uri": [CSP.NONE],
}
SECURE_SSL_REDIRECT = _HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.switch("BEHIND_PROXY", default=False) else None
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = env.number("HSTS_SECONDS", default=31536000) if _HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = _HTTPS
SECURE_HSTS_PRELOAD = _HTTPS
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = _HTTPS
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "portal.refused.csrf_failure"
X_FRAME_OPTIONS = "SAMEORIGIN"
# The longest form holds three texts of 10,000 characters, of twelve bytes each at most; a box for each hub and topic.
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 500
WRITE_RATE_LIMIT = env.str("WRITE_RATE_LIMIT", default="120/minute")
VISITOR_RATE_LIMIT = env.str("VISITOR_RATE_LIMIT", default="600/minute")
SEARCH_RATE_LIMIT = env.str("SEARCH_RATE_LIMIT", default="300/minute")
TRUSTED_PROXIES = env.number("TRUSTED_PROXIES", default=0)

# --- Mail -------------------------------------------------------------------------------------------------------------
# On the embedded servers nothing leaves the machine: mails are kept under var/ and shown at /dev/mail/.
DEV_MAIL_DIR = Path(env.str("DEV_MAIL_DIR", default=str(VAR_DIR / "mail")))
if DEMO and "EMAIL_URL" not in env:
    MAILERS = {"default": {"BACKEND": "activity.devmail.FolderBackend"}}
else:
    MAILERS = {"default": env.mailer("EMAIL_URL", default="smtp://localhost:25")}
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="Doorbraak <noreply@doorbraak.example>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL

# --- Background work --------------------------------------------------------------------------------------------------
CELERY_BROKER_URL = REDIS_URL
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # a worker waits for as long as Valkey is away
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 3600, **_SHORT_WAITS}
CELERY_TASK_PUBLISH_RETRY = False  # a page does not wait for the queue; what it asks for, the clock asks for too
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TIMEZONE = TIME_ZONE
CELERY_BEAT_SCHEDULER = "portal.beat.PatientScheduler"
CELERY_REDBEAT_REDIS_URL = REDIS_URL
CELERY_REDBEAT_LOCK_TIMEOUT = 120
CELERY_BEAT_MAX_LOOP_INTERVAL = 5

# Every kept statement is compared with what it is kept for (ui.statements); costs what keeping it saves.
CHECK_STATEMENTS = DEBUG

# --- Rules of the community -------------------------------------------------------------------------------------------
GENERIC_MIN_HUBS = env.number("GENERIC_MIN_HUBS", default=3, minimum=1)
GENERIC_MIN_VOTES = env.number("GENERIC_MIN_VOTES", default=10, minimum=1)
CLOSED_PERIODS = env.periods("CLOSED_PERIODS")

# --- Who this is ------------------------------------------------------------------------------------------------------
VERSION = "0.1.0"
SOURCE_URL = env.web_address("SOURCE_URL")
CONTACT_EMAIL = env.mailbox("CONTACT_EMAIL")

# --- Logs -------------------------------------------------------------------------------------------------------------
LOG_LEVEL = env.choice("LOG_LEVEL", default="INFO", among=("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"))
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "filters": {"addresses": {"()": "portal.logs.AddressFilter"}},
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": "plain",
            "filters": ["addresses"],
            "stream": sys.stderr,
        }
    },
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
    "loggers": {"django.server": {"level": "WARNING"}},
}

env.finish()
