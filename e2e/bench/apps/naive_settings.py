"""What `startproject` writes, on the database and sessions of Rooms."""

from pathlib import Path

from project.settings import (  # noqa: F401
    ALLOWED_HOSTS,
    AUTH_USER_MODEL,
    CACHES,
    CSRF_USE_SESSIONS,
    DATABASES,
    INSTALLED_APPS,
    SECRET_KEY,
    SESSION_COOKIE_NAME,
    STATIC_URL,
    STORAGES,
    USE_TZ,
)

ROOT_URLCONF = "e2e.bench.apps.naive"
CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [Path(__file__).parent],
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
