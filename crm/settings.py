"""Settings. Everything that differs between hosts comes from the environment (see README)."""

import contextlib
import os
import secrets
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from csp.constants import NONCE, NONE, SELF
from django.utils.translation import gettext_lazy as _

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = Path(os.environ.get("VAR_DIR") or BASE_DIR / "var").resolve()
VAR_DIR.mkdir(parents=True, exist_ok=True)


def _flag(name: str, default: bool = False) -> bool:
    return os.environ.get(name, str(int(default))).lower() in {"1", "true", "yes", "on"}


def _names(name: str, default: str = "") -> list[str]:
    return [part.strip() for part in os.environ.get(name, default).split(",") if part.strip()]


def _secret_key() -> str:
    """The key of the environment, or one made once and kept beside the data."""
    if key := os.environ.get("SECRET_KEY"):
        return key
    path = VAR_DIR / "secret_key"
    if not path.exists():
        draft = path.with_name(f"secret_key.{os.getpid()}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(50))
        with contextlib.suppress(FileExistsError):  # another process was first: its key holds
            os.link(draft, path)
        draft.unlink()
    return path.read_text()


DEBUG = _flag("DEBUG")
SECRET_KEY = _secret_key()
ALLOWED_HOSTS = _names("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
CSRF_TRUSTED_ORIGINS = _names("CSRF_TRUSTED_ORIGINS")

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.forms",
    "crispy_forms",
    "crispy_bootstrap5",
    "django_htmx",
    "csp",
    "crm.apps.CrmConfig",
    "kpi",
    "retention",
    "journals",
    "visits",
    "service",
    "clients",
    "people",
    "crm.lib",
]

MIDDLEWARE = [
    "crm.tracing.RequestIdMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "people.middleware.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "people.middleware.ActorMiddleware",
    "people.middleware.TimeZoneMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "people.sessions.LimitsMiddleware",
    "people.middleware.FirstPasswordMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "crm.finding.recent.middleware",
    "crm.odd_values.OddValuesMiddleware",
]

ROOT_URLCONF = "crm.urls"
WSGI_APPLICATION = "crm.wsgi.application"

FORM_RENDERER = "django.forms.renderers.TemplatesSetting"  # widgets of our own: templates/django/forms
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
                "csp.context_processors.nonce",
                "crm.navigation.context",
                "crm.guide.context.page_help",
            ],
            "builtins": ["crm.lib.templatetags.zoufang", "django.templatetags.i18n", "django.templatetags.static"],
        },
    }
]

# --- Database and broker: named by the environment, else embedded under VAR_DIR ---------------------------------

_embedded_postgres = _embedded_redis = None
if not _flag("NO_SERVICES"):  # tools that only import the settings (type checker, collectstatic) need neither
    from crm.lib import embedded

    if not os.environ.get("DATABASE_URL"):
        _embedded_postgres = embedded.start_postgres(VAR_DIR)
    if not os.environ.get("REDIS_URL"):
        _embedded_redis = embedded.start_redis(VAR_DIR)


def _database(url: str, **options: str) -> dict[str, object]:
    """A Django database entry from ``postgresql://user:password@host:port/name?option=value``."""
    parts = urlsplit(url)
    options |= dict(parse_qsl(parts.query))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": options.pop("host", parts.hostname or ""),
        "PORT": str(parts.port or ""),
        "OPTIONS": options,
        "CONN_MAX_AGE": 300,
        "CONN_HEALTH_CHECKS": True,
    }


DATABASE_URL = os.environ.get("DATABASE_URL") or (
    _embedded_postgres.serving_url if _embedded_postgres else "postgresql://localhost/zoufang"
)
# The owner migrates and may change the schema; the serving role owns nothing. With one URL, one role does both.
DATABASE_OWNER_URL = (
    os.environ.get("DATABASE_OWNER_URL")
    or (_embedded_postgres.owner_url if _embedded_postgres else None)
    or DATABASE_URL
)
# Behind a pool of transactions (PgBouncer): nothing may be left to the session.
DATABASE_POOLED = _flag("DATABASE_POOLED")
DATABASES = {"default": {**_database(DATABASE_URL), "DISABLE_SERVER_SIDE_CURSORS": DATABASE_POOLED}}
if _name := os.environ.get("DATABASE_NAME"):  # another database of the same server: how tests point a worker at theirs
    DATABASES["default"]["NAME"] = _name
DATABASE_OWNER = {key: _database(DATABASE_OWNER_URL)[key] for key in ("USER", "PASSWORD")}
# Kept apart: a connection that acts as the owner for a while changes DATABASES itself.
DATABASE_SERVING = {key: DATABASES["default"][key] for key in ("USER", "PASSWORD")}
# A copy for reports and exports, used while it is at most so many seconds old.
if REPLICA_URL := os.environ.get("REPLICA_URL", ""):
    DATABASES["replica"] = _database(REPLICA_URL, connect_timeout="3")
REPLICA_LAG = float(os.environ.get("REPLICA_LAG", "5"))
DATABASE_ROUTERS = ["crm.lib.replica.Router"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = os.environ.get("REDIS_URL") or (_embedded_redis.url if _embedded_redis else "redis://localhost:6379/0")
REDIS_PREFIX = os.environ.get("REDIS_PREFIX", "zoufang")
CACHES = {
    "default": {
        "BACKEND": "crm.lib.broker.Cache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": REDIS_PREFIX,
    },
    # Parts of pages that are the same for many people; a new version of the site is a new process. While somebody
    # works on templates, nothing is kept.
    "process": {
        "BACKEND": f"django.core.cache.backends.{'dummy.DummyCache' if DEBUG else 'locmem.LocMemCache'}",
        "OPTIONS": {"MAX_ENTRIES": 2000},
    },
}

# Celery has its own words for a socket and for the number of the database there.
CELERY_BROKER_URL = REDIS_URL
if REDIS_URL.startswith("unix://"):
    CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://", 1).replace("?db=", "?virtual_host=", 1)
CELERY_BROKER_TRANSPORT_OPTIONS = {
    # Longer than the longest step of any job; where it is not, a job is rung for twice and done once.
    "visibility_timeout": int(os.environ.get("VISIBILITY_SECONDS", "3600")),
    "global_keyprefix": f"{REDIS_PREFIX}:",
    "unacked_restore_limit": 100,
}
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # a worker outlasts any absence of the broker
CELERY_TIMEZONE = "Asia/Shanghai"
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "beat-schedule")

# --- People and sessions ----------------------------------------------------------------------------------------

AUTH_USER_MODEL = "people.User"
# Single sign-on, each where its address is set. People must be there already: nobody is made by logging in.
LDAP = {
    "url": os.environ.get("LDAP_URL", ""),  # ldaps://ldap.example.com
    "person": os.environ.get("LDAP_PERSON", ""),  # uid={username},ou=people,dc=example,dc=com
    "ca": os.environ.get("LDAP_CA", ""),  # file with the certificates that vouch for it; empty: the system's
}
OIDC = {
    "issuer": os.environ.get("OIDC_ISSUER", "").rstrip("/"),
    "client": os.environ.get("OIDC_CLIENT", ""),
    "secret": os.environ.get("OIDC_SECRET", ""),
    "claim": os.environ.get("OIDC_CLAIM", "preferred_username"),  # holds the user name or the employee number
    "label": os.environ.get("OIDC_LABEL", ""),
}
AUTHENTICATION_BACKENDS = ["people.backends.Backend"]
if LDAP["url"]:
    AUTHENTICATION_BACKENDS.append("people.directory.Directory")
LOGIN_URL = "people:login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "people:login"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "people.passwords.Length",
        "OPTIONS": {"least": int(os.environ.get("PASSWORD_LENGTH", "8")), "alone": 15, "roles": ("hr", "admin")},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "people.passwords.HouseWords"},
]
if STOLEN_PASSWORDS := os.environ.get("STOLEN_PASSWORDS", ""):
    AUTH_PASSWORD_VALIDATORS.append({"NAME": "people.passwords.Stolen", "OPTIONS": {"path": STOLEN_PASSWORDS}})
# Roles that may not work without a second factor, e.g. SECOND_FACTOR_ROLES=hr,admin, or all; the others may have one.
SECOND_FACTOR_ROLES = _names("SECOND_FACTOR_ROLES")
SECOND_FACTOR_ISSUER = os.environ.get("SECOND_FACTOR_ISSUER", "Zoufang")
STEP_UP = 60 * int(os.environ.get("STEP_UP_MINUTES", "15"))  # seconds for which a password or a code proves presence
# A login ends after so long without a request, and after so long in any case. Phones in the field stay logged in.
SESSION_IDLE = 3600 * int(os.environ.get("SESSION_IDLE_HOURS", "72"))
SESSION_ABSOLUTE = 3600 * int(os.environ.get("SESSION_HOURS", str(14 * 24)))
TRUSTED_PROXIES = int(os.environ.get("TRUSTED_PROXIES", "0"))  # own proxies that append to X-Forwarded-For
SESSION_COOKIE_AGE = SESSION_ABSOLUTE
SESSION_ENGINE = "people.session_store"

# --- What goes out: links to this site, e-mail, robots of group chats -------------------------------------------

SITE_URL = os.environ.get("SITE_URL", f"http://127.0.0.1:{os.environ.get('PORT') or 8000}").rstrip("/")
EMAIL_HOST = os.environ.get("EMAIL_HOST", "")
EMAIL_ENABLED = bool(EMAIL_HOST)
EMAIL_PORT = int(os.environ.get("EMAIL_PORT", "25"))
EMAIL_HOST_USER = os.environ.get("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = _flag("EMAIL_USE_TLS")
EMAIL_USE_SSL = _flag("EMAIL_USE_SSL")
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = os.environ.get("EMAIL_FROM", EMAIL_HOST_USER or "zoufang@localhost")
OUTBOUND_PRIVATE = _flag("OUTBOUND_PRIVATE")  # robots may be called on plain http and in private networks

# --- Language and time ------------------------------------------------------------------------------------------

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("Simplified Chinese")), ("zh-hant", _("Traditional Chinese")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "crm" / "locale"]
TIME_ZONE = os.environ.get("TIME_ZONE", "Asia/Shanghai")
USE_TZ = True
FORMAT_MODULE_PATH = ["crm.formats"]

# --- Static files and uploads -----------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
# `make install` copies the few files that pages need from node_modules to here.
VENDOR_DIR = BASE_DIR / "node_modules" / ".zoufang"
STATICFILES_DIRS = [BASE_DIR / "static", ("vendor", VENDOR_DIR)]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
MEDIA_ROOT = VAR_DIR / "media"
# A virus scanner sees every upload that is kept: unix:///run/clamav/clamd.ctl or tcp://clamd:3310. Empty: none does.
CLAMD_URL = os.environ.get("CLAMD_URL", "")
DATA_UPLOAD_MAX_MEMORY_SIZE = 20 * 1024 * 1024
FILE_UPLOAD_PERMISSIONS = 0o640

CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"

# --- Maps -------------------------------------------------------------------------------------------------------

# Maps are drawn without any server. A tile server's pictures lie under them where one is named:
# MAP_TILES_URL=https://tiles.example.com/{z}/{x}/{y}.png, and MAP_TILES_DATUM=gcj02 if its maps are shifted as Amap's.
MAP_TILES_URL = os.environ.get("MAP_TILES_URL", "")
MAP_TILES_DATUM = os.environ.get("MAP_TILES_DATUM", "wgs84")
_tiles = urlsplit(MAP_TILES_URL)
_tile_host = [f"{_tiles.scheme}://{_tiles.netloc}"] if _tiles.netloc else []

# --- Web security -----------------------------------------------------------------------------------------------

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:", "blob:", *_tile_host],
        "connect-src": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "object-src": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
# Behind a TLS proxy set HTTPS=1; a laptop on plain http would otherwise lock itself out.
HTTPS = _flag("HTTPS")
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]  # load balancers ask over plain http
SECURE_SSL_REDIRECT = SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
if HTTPS:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 365 * 24 * 3600
    SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = True
    # Browsers take cookies with this prefix from this host alone, over TLS alone.
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME, LANGUAGE_COOKIE_NAME = "__Host-session", "__Host-csrf", "__Host-language"
    LANGUAGE_COOKIE_SECURE = True

EXPORT_ROWS_A_DAY = int(os.environ.get("EXPORT_ROWS_A_DAY", "50000"))  # for each person

# After so many years without anything new, `manage.py anonymise` takes personal data out of who has left.
CLIENT_DATA_YEARS = int(os.environ.get("CLIENT_DATA_YEARS", "5"))
STAFF_DATA_YEARS = int(os.environ.get("STAFF_DATA_YEARS", "2"))

# --- What operators see -----------------------------------------------------------------------------------------

METRICS_TOKEN = os.environ.get("METRICS_TOKEN", "")  # opens /metrics to Prometheus; without it there is no such page
LOG_JSON = os.environ.get("LOG_FORMAT", "line") == "json"
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "crm.tracing.LineFormatter",
            "format": "{asctime} {levelname} {name} [{request_id}] {message}",
            "style": "{",
        },
        "json": {"()": "crm.tracing.JsonFormatter"},
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json" if LOG_JSON else "line"}},
    "root": {"handlers": ["console"], "level": os.environ.get("LOG_LEVEL", "INFO")},
}

SENTRY_DSN = os.environ.get("SENTRY_DSN", "")  # errors go there; needs requirements-sentry.txt
if SENTRY_DSN:
    from crm.lib.errors import report_to

    report_to(SENTRY_DSN, os.environ.get("SENTRY_ENVIRONMENT", "production"))
