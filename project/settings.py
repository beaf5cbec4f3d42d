"""Every setting, in one file. What differs between installations comes from the environment or data/.env.

A variable that is missing, malformed or at odds with another ends the start with a line that says what to do.
"""

import ipaddress
import re
import sys
from email.utils import parseaddr
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import parse_qsl, unquote, urlsplit

import environ
from django.utils.csp import CSP
from django.utils.translation import gettext_lazy as _

BASE_DIR = Path(__file__).resolve().parent.parent

# Reading the environment

env = environ.Env()
# uvicorn's own exit code: its supervisor then stops, instead of starting workers for ever.
STARTUP_FAILURE = 3


def refuse(variable: str, value: str | None, remedy: str) -> NoReturn:
    """End the start with one line on stderr; `value` is None where the variable is not set."""
    problem = f"{variable} is not set" if value is None else f"{variable}={value}"
    sys.stderr.write(f"Rooms cannot start: {problem}. {remedy}\n")
    raise SystemExit(STARTUP_FAILURE)


def text(name: str, default: str = "") -> str:
    value: str = env.str(name, default="").strip()
    return value or default


def texts(name: str) -> list[str]:
    return [item.strip() for item in text(name).split(",") if item.strip()]


def flag(name: str, default: bool) -> bool:
    value = text(name, "on" if default else "off")
    if value.lower() in {"on", "true", "yes", "1"}:
        return True
    if value.lower() in {"off", "false", "no", "0"}:
        return False
    refuse(name, value, "Write on or off.")


def number(name: str, default: int, lowest: int, highest: int) -> int:
    value = text(name, str(default))
    if value.isascii() and value.isdecimal() and lowest <= int(value) <= highest:
        return int(value)
    refuse(name, value, f"Write a whole number from {lowest} to {highest}.")


def without_password(url: str) -> str:
    """Return the URL fit for a log."""
    credentials, at, rest = url.rpartition("@")
    return f"{credentials.partition('://')[0]}://…@{rest}" if at else url


DATA_DIR = Path(text("DATA_DIR", str(BASE_DIR / "data"))).absolute()
environ.Env.read_env(DATA_DIR / ".env")  # the process's own environment has precedence

# Secrets and switches

SECRET_KEY = text("SECRET_KEY")
SECRET_KEY_FALLBACKS = texts("SECRET_KEY_FALLBACKS")
if not SECRET_KEY:
    refuse(
        "SECRET_KEY",
        None,
        "`make run` writes one to data/.env; elsewhere set it to 50 random characters or more, "
        'as from: python -c "import secrets; print(secrets.token_urlsafe(50))"',
    )

DEBUG = flag("DEBUG", default=False)
HTTPS = flag("HTTPS", default=True)  # whether people reach this installation by https://

# Hosts and origins

ALLOWED_HOSTS = texts("ALLOWED_HOSTS")
if DEBUG and not ALLOWED_HOSTS:
    ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]"]
if not ALLOWED_HOSTS:
    refuse(
        "ALLOWED_HOSTS",
        None,
        "Set it to the names people reach Rooms by, like ALLOWED_HOSTS=chat.example.org",
    )
for host in ALLOWED_HOSTS:
    if "/" in host or (":" in host and not host.startswith("[")):
        refuse("ALLOWED_HOSTS", host, "Write host names only, without https:// and without a port.")


def origin(value: str, variable: str = "ALLOWED_ORIGINS") -> str:
    """Return `scheme://host[:port]` as browsers write it, or end the start."""
    remedy = f"Write origins in full, like {variable}=https://chat.example.org"
    try:
        url = urlsplit(value.rstrip("/").lower())
        plain = url.scheme in {"http", "https"} and url.hostname and url.port != 0
    except ValueError:
        plain = False
    if not plain or url.path or url.query or url.fragment or "@" in url.netloc:
        refuse(variable, without_password(value), remedy)
    if HTTPS and url.scheme == "http":
        refuse(variable, value, "HTTPS is on: write https://, or set HTTPS=off")
    return url.geturl().removesuffix(":443" if url.scheme == "https" else ":80")


# The pages that may open live sockets: these, exactly. Empty means the page's own origin: the host of the
# handshake, which ALLOWED_HOSTS must know, under https or http as HTTPS says.
LIVE_ALLOWED_ORIGINS = [origin(value) for value in texts("ALLOWED_ORIGINS")]
CSRF_TRUSTED_ORIGINS = LIVE_ALLOWED_ORIGINS

# Processes

REDIS_URL = text("REDIS_URL")
REDIS_URLS = texts("REDIS_URL")
for url in REDIS_URLS:
    if not url.startswith(("redis://", "rediss://", "unix://")):
        refuse(
            "REDIS_URL",
            without_password(url),
            "Write redis://host:port/0, rediss://… for TLS, or unix:///path/to.sock",
        )

PORT = number("PORT", 8000, 1, 65535)
WEB_CONCURRENCY = number("WEB_CONCURRENCY", 1, 1, 1000)
if WEB_CONCURRENCY > 1 and not REDIS_URLS:
    refuse(
        "WEB_CONCURRENCY",
        str(WEB_CONCURRENCY),
        "More than one worker needs Redis to tell the others what is new: "
        "set REDIS_URL=redis://127.0.0.1:6379/0, or WEB_CONCURRENCY=1",
    )

# Sockets, in each process. A page has two: its room and its list of rooms

LIVE_SOCKETS_PER_PROCESS = number("SOCKETS_PER_PROCESS", 10_000, 1, 1_000_000)
LIVE_SOCKETS_PER_USER = number("SOCKETS_PER_USER", 10, 1, 1_000_000)
LIVE_SOCKETS_PER_ADDRESS = number("SOCKETS_PER_ADDRESS", 50, 1, 1_000_000)
LIVE_DRAIN_SECONDS = number("DRAIN_SECONDS", 0, 0, 5)

# Figures for Prometheus: without a token there is no /metrics

METRICS_TOKEN = text("METRICS_TOKEN")
if METRICS_TOKEN and len(METRICS_TOKEN) < 20:
    refuse(
        "METRICS_TOKEN",
        "…",
        'Set it to 20 random characters or more, as from: python -c "import secrets; print(secrets.token_urlsafe(30))"',
    )

# Application

ROOT_URLCONF = "project.urls"
ASGI_APPLICATION = "project.asgi.application"

INSTALLED_APPS = [
    "rooms",  # first: its runserver takes the place of the one of staticfiles
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "channels",
    "django_htmx",
    "django_tasks_db",
    "rooms.live",
    "rooms.operations",
    "rooms.outside",
    "rooms.search",
    "rooms.files",
    "rooms.links",
    "rooms.replying",
]

# The first three stand outermost, so that static files, redirects and error pages carry their headers too. The
# last one knows no async: that keeps those before it in its thread, where each would hop to one twice a request.
MIDDLEWARE = [
    "rooms.middleware.cautious_headers",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "rooms.middleware.StaticFiles",
    # Django masks its tokens anew each time and pads by a random length: BREACH has nothing to measure.
    "rooms.middleware.Compress",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "rooms.middleware.bounded_bodies",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "rooms.middleware.preferences",
]

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
                "rooms.context.workspace",
                "rooms.context.inbox",
            ],
        },
    },
]

# Database


def sqlite(path: str) -> dict[str, Any]:
    """Readers never wait for the writer, and a writer takes its lock at the start of its transaction:
    a reader that turns writer half-way fails at once with "database is locked", whatever the timeout. Writers of one
    process stand in line for it.

    synchronous=NORMAL may lose the last posts when the power fails, never when the process is killed.

    Connections stay with their threads: the last one that closes writes the whole log back into the database. There are
    dozens, so each keeps 4 MB of pages at most; the file itself is mapped.
    """
    return {
        "ENGINE": "project.sqlite",
        "NAME": path,
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 5,
            "init_command": (
                "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA mmap_size=134217728;"
                "PRAGMA journal_size_limit=67108864; PRAGMA cache_size=-4000;"
            ),
        },
        "TEST": {"NAME": str(DATA_DIR / "test.sqlite3")},
    }


def postgresql(parts: dict[str, Any]) -> dict[str, Any]:
    """A pool, since persistent connections would belong to threads that async Django does not keep."""
    waits = {"statement_timeout": 5000, "lock_timeout": 2000, "idle_in_transaction_session_timeout": 10000}
    size = number("DATABASE_POOL_SIZE", 10, 2, 1000)
    options = {
        # Between two attempts to reach a server that is away the pool waits ever longer, up to reconnect_timeout.
        "pool": {"min_size": 2, "max_size": size, "timeout": 5, "reconnect_timeout": 2},
        "options": " ".join(f"-c {name}={milliseconds}" for name, milliseconds in waits.items()),
    }
    return {
        **parts,
        "CONN_MAX_AGE": 0,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": options | parts.get("OPTIONS", {}),
    }


def database(url: str) -> dict[str, Any]:
    scheme = url.partition("://")[0]
    try:
        parts = environ.Env.db_url_config(url) if scheme in {"sqlite", "postgres", "postgresql"} else {}
    except ValueError:
        parts = {}
    if not parts.get("NAME") or parts["NAME"] == ":memory:":
        refuse(
            "DATABASE_URL",
            without_password(url),
            "Write postgres://user:password@host:5432/name, or sqlite:////absolute/path.sqlite3",
        )
    return sqlite(parts["NAME"]) if scheme == "sqlite" else postgresql(parts)


DATABASE_URL = text("DATABASE_URL", f"sqlite:///{DATA_DIR / 'rooms.sqlite3'}")
DATABASES = {"default": database(DATABASE_URL)}

if DATABASE_URL.startswith("sqlite:"):
    if text("DYNO"):
        refuse(
            "DATABASE_URL",
            text("DATABASE_URL") or None,
            f"DYNO={text('DYNO')} says that this disk is thrown away at every restart, and SQLite with it: "
            "add a PostgreSQL database and set DATABASE_URL=postgres://…",
        )
    Path(DATABASES["default"]["NAME"]).parent.mkdir(mode=0o700, parents=True, exist_ok=True)

# Live layer and caches: in this process alone, or shared through Redis

CHANNEL_LAYERS: dict[str, Any] = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
CACHES: dict[str, Any] = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

if REDIS_URLS:
    patience = {"socket_connect_timeout": 1, "socket_timeout": 5, "health_check_interval": 15}
    CHANNEL_LAYERS["default"] = {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {"hosts": [{"address": url, **patience} for url in REDIS_URLS], "prefix": "rooms"},
    }
    CACHES["default"] = {
        "BACKEND": "rooms.cache.OptionalRedisCache",
        "LOCATION": REDIS_URLS[0],  # Django would take the others for copies of it, and read there
        "KEY_PREFIX": "rooms",
        "OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 1},
    }

# Outward work: what is to be sent stands in the database, and is sent by the server processes or by workers alone

TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": ["default", "links"]}}
WORKER = text("WORKER", "embedded")
if WORKER not in {"embedded", "separate"}:
    refuse("WORKER", WORKER, "Write embedded (the server sends, too) or separate (`manage.py worker` alone sends).")


def find_base_url() -> str:
    """Return what links in e-mails and the like begin with; "" where nothing says it."""
    names = [name for name in ALLOWED_HOSTS if not name.startswith(("*", "."))]
    if given := text("BASE_URL"):
        return origin(given, "BASE_URL")
    if LIVE_ALLOWED_ORIGINS or not names:
        return LIVE_ALLOWED_ORIGINS[0] if LIVE_ALLOWED_ORIGINS else ""
    return f"https://{names[0]}" if HTTPS else f"http://{names[0]}:{PORT}".removesuffix(":80")


BASE_URL = find_base_url()


def mailer(url: str) -> dict[str, Any]:
    """Return Django's configuration of a way to send e-mail. `smtps` is TLS from the start, `smtp+tls` STARTTLS."""
    scheme, _, rest = url.partition("://")
    try:
        # django-environ, alone with it, takes smtps for STARTTLS.
        parts = environ.Env.email_url_config(f"smtp+ssl://{rest}" if scheme == "smtps" else url)
    except (ValueError, environ.ImproperlyConfigured):
        parts = {}
    if scheme in {"consolemail", "dummymail"}:
        return {"BACKEND": parts["EMAIL_BACKEND"]}
    if scheme not in {"smtp", "smtps", "smtp+tls", "smtp+ssl"} or not parts.get("EMAIL_HOST"):
        remedy = "Write smtp+tls://user:password@host:587, smtps://…:465, or smtp://host:25 in a trusted network"
        refuse("EMAIL_URL", without_password(url), remedy)
    options = {"host": "EMAIL_HOST", "port": "EMAIL_PORT", "username": "EMAIL_HOST_USER"}
    options |= {"password": "EMAIL_HOST_PASSWORD", "use_tls": "EMAIL_USE_TLS", "use_ssl": "EMAIL_USE_SSL"}
    given = {name: parts[key] for name, key in options.items() if parts.get(key)}
    return {"BACKEND": parts["EMAIL_BACKEND"], "OPTIONS": {**given, "timeout": 5}}


EMAIL_URL = text("EMAIL_URL")
MAILERS = {"default": mailer(EMAIL_URL or "dummymail://")}
if EMAIL_URL and not BASE_URL:
    refuse("BASE_URL", None, "E-mails need it for their links: set BASE_URL=https://chat.example.org")
DEFAULT_FROM_EMAIL = text("DEFAULT_FROM_EMAIL", f"Rooms <rooms@{urlsplit(BASE_URL).hostname or 'localhost'}>")
if "@" not in parseaddr(DEFAULT_FROM_EMAIL)[1] or not DEFAULT_FROM_EMAIL.isprintable():
    refuse("DEFAULT_FROM_EMAIL", DEFAULT_FROM_EMAIL, "Write an address, like Rooms <rooms@chat.example.org>")


def reply_address(value: str) -> str:
    """Return it in lower case, as mail servers may write it, or end the start. "" where e-mails are not answered."""
    if not value:
        return ""
    # What it names is 48 letters at most, and 64 are all that may stand before the @.
    if not re.fullmatch(r"[A-Za-z0-9._-]{1,15}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*", value):
        remedy = "Write a plain address with no more than 15 letters before the @, like reply@chat.example.org"
        refuse("REPLY_ADDRESS", value, remedy)
    if not EMAIL_URL:
        refuse("EMAIL_URL", None, f"REPLY_ADDRESS={value} has nobody to answer: set how e-mails go out, or unset it")
    return value.lower()


# Where answers to e-mails come in: reply+…@chat.example.org, for each person and room another one.
REPLY_ADDRESS = reply_address(text("REPLY_ADDRESS"))
REPLY_HOOK_TOKEN = text("REPLY_HOOK_TOKEN")
if REPLY_HOOK_TOKEN and not (len(REPLY_HOOK_TOKEN) >= 20 and re.fullmatch(r"[A-Za-z0-9._~-]+", REPLY_HOOK_TOKEN)):
    refuse(
        "REPLY_HOOK_TOKEN",
        "…",
        "Set it to 20 random letters, digits, - and _ or more, which an address may hold, "
        'as from: python -c "import secrets; print(secrets.token_urlsafe(30))"',
    )
if REPLY_HOOK_TOKEN and not REPLY_ADDRESS:
    refuse("REPLY_ADDRESS", None, "REPLY_HOOK_TOKEN lets in answers to it: set REPLY_ADDRESS=reply@chat.example.org")


def place(value: str, variable: str = "TARGETS_ALLOWED") -> tuple[str, int | None]:
    """Return a network or host name, and the port if one is named. Ends the start where it is neither."""
    try:
        return str(ipaddress.ip_network(value.strip("[]"))), None
    except ValueError:
        pass
    try:
        url = urlsplit(f"//{value.lower()}")
        host, port = url.hostname or "", url.port
    except ValueError:
        host, port = "", None
    if not host or url.netloc != value.lower() or "@" in value:
        refuse(variable, value, "Write addresses, networks or names, like 192.168.1.5, 10.0.0.0/8, ntfy.lan:8080")
    try:
        return str(ipaddress.ip_network(host)), port
    except ValueError:
        return host, port


# Where people may have their notifications sent beside the public internet.
TARGETS_ALLOWED = [place(value) for value in texts("TARGETS_ALLOWED")]

# Whether pages that messages link to are read and shown below them, and which ones beside the public internet. Not
# those above: what takes a notification need not show what stands there to everybody.
LINK_PREVIEWS = flag("LINK_PREVIEWS", default=True)
LINK_PREVIEWS_ALLOWED = [place(value, "LINK_PREVIEWS_ALLOWED") for value in texts("LINK_PREVIEWS_ALLOWED")]

# People and sessions

AUTH_USER_MODEL = "rooms.User"
LOGIN_URL = "sign_in"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "sign_in"
PASSWORD_HASHERS = [
    "rooms.hashers.QueuedArgon2",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]

SESSION_COOKIE_AGE = 60 * 24 * 60 * 60
SESSION_COOKIE_NAME = "__Host-session" if HTTPS else "session"
SESSION_COOKIE_SECURE = HTTPS
CSRF_USE_SESSIONS = True
CSRF_FAILURE_VIEW = "rooms.views.errors.csrf_failure"

# Languages and time

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("ja", _("Japanese"))]
LOCALE_PATHS = [BASE_DIR / "rooms" / "locale"]
LANGUAGE_COOKIE_NAME = "__Host-language" if HTTPS else "language"
LANGUAGE_COOKIE_SECURE = HTTPS
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
TIME_ZONE = "UTC"
USE_TZ = True

# Files that people send: in a folder of this machine, or in a bucket


def files(url: str) -> dict[str, Any]:
    """Return Django's configuration of where they are kept. `s3` is https, `s3+http` plain http."""
    if not url:
        options: dict[str, Any] = {"location": DATA_DIR / "files", "file_permissions_mode": 0o600}
        options["directory_permissions_mode"] = 0o700
        return {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": options}
    try:
        parts = urlsplit(url)
        port, query = parts.port, dict(parse_qsl(parts.query))
    except ValueError:
        parts, port, query = urlsplit(""), None, {}
    bucket = parts.path.strip("/")
    if parts.scheme not in {"s3", "s3+http"} or not parts.hostname or not bucket or "/" in bucket:
        remedy = "Write s3://key:secret@s3.eu-central-1.amazonaws.com/bucket, or s3+http://… in a trusted network"
        refuse("FILES_URL", without_password(url), remedy)
    host = f"{parts.hostname}:{port}" if port else parts.hostname
    from botocore.config import Config

    options = {
        "bucket_name": bucket,
        "endpoint_url": f"{'http' if parts.scheme == 's3+http' else 'https'}://{host}",
        # Their names are random: to look for another of the same name would be a question for nothing.
        "file_overwrite": True,
        "client_config": Config(
            connect_timeout=5, read_timeout=30, retries={"total_max_attempts": 3}, s3={"addressing_style": "path"}
        ),
    }
    given = {"access_key": parts.username, "secret_key": parts.password, "region_name": query.get("region")}
    options |= {name: unquote(value) for name, value in given.items() if value}
    return {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options}


FILES_URL = text("FILES_URL")
FILE_BYTES = number("FILE_MEGABYTES", 25, 1, 200) * 1024 * 1024  # in memory while it is looked at
UPLOAD_BYTES = 10 * FILE_BYTES + 1024 * 1024  # of a request: ten files, and the form round them
MAIL_BYTES = 10 * 1024 * 1024  # of an answer by e-mail, with its files as they are written there
FILE_QUOTA_BYTES = number("FILE_QUOTA_MEGABYTES", 2000, 1, 10_000_000) * 1024 * 1024
# A disk that is thrown away at every restart keeps nothing for anybody.
TAKES_FILES = bool(FILES_URL) or not text("DYNO")

# Static files

STATIC_URL = "/static/"
STATIC_ROOT = Path(text("STATIC_ROOT", str(BASE_DIR / "staticfiles")))
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "files": files(FILES_URL),
    "staticfiles": {
        "BACKEND": ("django.contrib.staticfiles.storage.StaticFilesStorage" if DEBUG else "rooms.sheets.SheetStorage")
    },
}
WHITENOISE_ALLOW_ALL_ORIGINS = False
WHITENOISE_MIMETYPES = {".wav": "audio/wav"}

# Security: pages load nothing from elsewhere, run no inline script or style, and stand in nobody's frame

SECURE_CSP: dict[str, Any] = {
    "default-src": [CSP.NONE],
    "script-src": [CSP.SELF],
    "style-src": [CSP.SELF],
    "img-src": [CSP.SELF],
    "font-src": [CSP.SELF],
    "media-src": [CSP.SELF],
    "connect-src": [CSP.SELF],
    "manifest-src": [CSP.SELF],
    "form-action": [CSP.SELF],
    "frame-ancestors": [CSP.NONE],
    "base-uri": [CSP.NONE],
    "object-src": [CSP.NONE],
}
# Safari before 15.4 does not count wss://this.host as 'self'.
SECURE_CSP["connect-src"] += [f"ws{url.removeprefix('http')}" for url in LIVE_ALLOWED_ORIGINS]
if HTTPS:
    SECURE_CSP["upgrade-insecure-requests"] = True  # an empty list would be left out of the header

# The server, not Django, believes X-Forwarded-Proto, and from FORWARDED_ALLOW_IPS only: it also corrects the
# client's address, and it knows who is asking. SECURE_PROXY_SSL_HEADER would believe everybody.
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^up$", r"^up/seen$", r"^metrics$"]  # asked by neighbours, past the proxy
SECURE_HSTS_SECONDS = number("HSTS_SECONDS", 31_536_000, 0, 63_072_000) if HTTPS else 0
SILENCED_SYSTEM_CHECKS = [
    "security.W005",  # HSTS for subdomains and
    "security.W021",  # preloading: what else lives in the domain is not ours to decide
]
if not EMAIL_URL:
    SILENCED_SYSTEM_CHECKS.append("mail.E001")  # nobody is offered what cannot be sent
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"

DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FILES = 100  # ten are taken; of more one is told so
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000  # a room's members are chosen in one form

# Logs: one line a fact, on stderr

LOG_LEVEL = text("LOG_LEVEL", "INFO").upper()
if LOG_LEVEL not in {"DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"}:
    refuse("LOG_LEVEL", LOG_LEVEL, "Write DEBUG, INFO, WARNING, ERROR or CRITICAL.")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "project.logs.LineFormatter"}},
    "filters": {
        "without_sockets": {"()": "project.logs.WithoutSockets"},
        "without_tracebacks": {"()": "project.logs.WithoutTracebacks"},
    },
    "handlers": {
        "stderr": {
            "class": "logging.StreamHandler",
            "formatter": "line",
            "filters": ["without_tracebacks"],
        },
    },
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        "django": {"handlers": ["stderr"], "level": "INFO", "propagate": False},
        "django.tasks": {"level": "WARNING"},
        "rooms": {"handlers": ["stderr"], "level": LOG_LEVEL, "propagate": False},
        "uvicorn.error": {"filters": ["without_sockets", "without_tracebacks"]},
    },
}
