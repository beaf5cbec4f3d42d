"""What the one switch, HTTPS, and the other variables set."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.utils.csp import build_policy

KEY = "a key for the tests, which sign nothing that outlives them"


def read(repository: Path, *names: str, **environment: str) -> dict[str, Any]:
    """Return these settings as a process with this environment has them."""
    code = (
        "import json, project.settings as s; "
        f"print(json.dumps({{name: getattr(s, name) for name in {names!r}}}, default=str))"
    )
    variables = {"PATH": os.environ["PATH"], "SECRET_KEY": KEY, "ALLOWED_HOSTS": "chat.example.org"}
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=repository,
        env=variables | {"DATA_DIR": os.environ["DATA_DIR"]} | environment,
        capture_output=True,
        text=True,
        check=True,
    )
    values: dict[str, Any] = json.loads(done.stdout)
    return values


def test_https_is_on_unless_it_is_switched_off(repository: Path) -> None:
    names = ("SESSION_COOKIE_SECURE", "SESSION_COOKIE_NAME", "SECURE_SSL_REDIRECT", "SECURE_HSTS_SECONDS")

    assert list(read(repository, *names).values()) == [True, "__Host-session", True, 31_536_000]
    assert list(read(repository, *names, HTTPS="off").values()) == [False, "session", False, 0]


def test_the_policy_upgrades_requests_with_https_alone(repository: Path) -> None:
    on, off = (build_policy(read(repository, "SECURE_CSP", HTTPS=https)["SECURE_CSP"]) for https in ("on", "off"))

    assert on.endswith("; upgrade-insecure-requests")
    assert "upgrade-insecure-requests" not in off


def test_the_policy_allows_nothing_inline_and_nothing_from_elsewhere(repository: Path) -> None:
    policy = read(repository, "SECURE_CSP")["SECURE_CSP"]

    policy.pop("upgrade-insecure-requests")
    assert {source for sources in policy.values() for source in sources} == {"'self'", "'none'"}
    assert policy["default-src"] == ["'none'"]


@pytest.mark.parametrize(
    ("written", "understood"),
    [
        ("https://chat.example.org", ["https://chat.example.org"]),
        ("https://Chat.Example.org:443/, https://b.org:8443", ["https://chat.example.org", "https://b.org:8443"]),
    ],
)
def test_origins_are_written_as_browsers_write_them(repository: Path, written: str, understood: list[str]) -> None:
    settings = read(repository, "LIVE_ALLOWED_ORIGINS", "CSRF_TRUSTED_ORIGINS", "SECURE_CSP", ALLOWED_ORIGINS=written)

    assert settings["LIVE_ALLOWED_ORIGINS"] == settings["CSRF_TRUSTED_ORIGINS"] == understood
    assert "wss://chat.example.org" in settings["SECURE_CSP"]["connect-src"]


def test_several_redis_servers_share_the_bells(repository: Path) -> None:
    layer = read(repository, "CHANNEL_LAYERS", REDIS_URL="redis://a:6379/0,redis://b:6379/0")["CHANNEL_LAYERS"][
        "default"
    ]

    assert layer["BACKEND"] == "channels_redis.pubsub.RedisPubSubChannelLayer"
    assert [host["address"] for host in layer["CONFIG"]["hosts"]] == ["redis://a:6379/0", "redis://b:6379/0"]


def test_postgresql_gets_a_pool_and_limits(repository: Path) -> None:
    url = "postgres://rooms:p%40ss@db.example.org:5433/chat?sslmode=require"
    database = read(repository, "DATABASES", DATABASE_URL=url)["DATABASES"]["default"]

    assert (database["HOST"], database["PORT"], database["PASSWORD"]) == ("db.example.org", 5433, "p@ss")
    assert (database["CONN_MAX_AGE"], database["OPTIONS"]["sslmode"]) == (0, "require")
    assert database["OPTIONS"]["pool"]["max_size"] == 10
    assert "statement_timeout=5000" in database["OPTIONS"]["options"]


@pytest.mark.parametrize(
    ("environment", "url"),
    [
        ({}, "https://chat.example.org"),
        ({"HTTPS": "off"}, "http://chat.example.org:8000"),
        ({"HTTPS": "off", "PORT": "80"}, "http://chat.example.org"),
        ({"ALLOWED_ORIGINS": "https://b.org:8443,https://c.org"}, "https://b.org:8443"),
        ({"ALLOWED_HOSTS": ".example.org,*"}, ""),
        ({"ALLOWED_HOSTS": ".example.org", "BASE_URL": "https://Chat.Example.org/"}, "https://chat.example.org"),
    ],
)
def test_links_begin_with_the_address_that_people_use(repository: Path, environment: dict[str, str], url: str) -> None:
    assert read(repository, "BASE_URL", **environment)["BASE_URL"] == url


@pytest.mark.parametrize(
    ("url", "options"),
    [
        ("smtp://mail.lan", {"host": "mail.lan"}),
        ("smtp+tls://me%40b.org:p%2Fw@b.org:587", {"host": "b.org", "port": 587, "use_tls": True}),
        ("smtps://me%40b.org:p%2Fw@b.org:465", {"host": "b.org", "port": 465, "use_ssl": True}),
    ],
)
def test_an_email_server_is_one_variable(repository: Path, url: str, options: dict[str, Any]) -> None:
    mailer = read(repository, "MAILERS", EMAIL_URL=url)["MAILERS"]["default"]["OPTIONS"]

    credentials = {"username": "me@b.org", "password": "p/w"} if "@" in url else {}
    assert mailer == {**options, **credentials, "timeout": 5}


def test_the_address_of_answers_is_lower_case(repository: Path) -> None:
    given = {"REPLY_ADDRESS": "Reply@Chat.example.org", "EMAIL_URL": "smtp://mail.lan"}

    assert read(repository, "REPLY_ADDRESS", **given) == {"REPLY_ADDRESS": "reply@chat.example.org"}


@pytest.mark.parametrize(
    ("url", "options"),
    [
        ("s3://k%2F1:s%40b@s3.example.org/team", {"access_key": "k/1", "secret_key": "s@b"}),
        ("s3://s3.example.org/team?region=eu-west-1", {"region_name": "eu-west-1"}),
        ("s3+http://s3.example.org/team", {"endpoint_url": "http://s3.example.org"}),
        ("s3://s3.example.org:9000/team", {"endpoint_url": "https://s3.example.org:9000"}),
    ],
)
def test_a_bucket_is_one_variable(repository: Path, url: str, options: dict[str, str]) -> None:
    files = read(repository, "STORAGES", FILES_URL=url)["STORAGES"]["files"]

    given = {"access_key", "secret_key", "region_name", "endpoint_url"}
    expected = {"endpoint_url": "https://s3.example.org"} | options
    assert files["BACKEND"] == "storages.backends.s3.S3Storage"
    assert files["OPTIONS"]["bucket_name"] == "team"
    assert {name: value for name, value in files["OPTIONS"].items() if name in given} == expected


@pytest.mark.parametrize(
    ("environment", "takes"),
    [({}, True), ({"FILES_URL": "s3://h/b", "DYNO": "web.1"}, True), ({"DYNO": "web.1"}, False)],
)
def test_a_disk_that_is_thrown_away_keeps_no_files(repository: Path, environment: dict[str, str], takes: bool) -> None:
    database = {"DATABASE_URL": "postgres://u@h/rooms"} if "DYNO" in environment else {}
    assert read(repository, "TAKES_FILES", **environment, **database)["TAKES_FILES"] is takes


def test_targets_may_be_allowed_by_address_network_and_name(repository: Path) -> None:
    allowed = read(repository, "TARGETS_ALLOWED", TARGETS_ALLOWED="192.168.1.5:8090,10.1.0.0/16,Ntfy.lan,[::1]:80,::1")

    assert allowed["TARGETS_ALLOWED"] == [
        ["192.168.1.5/32", 8090],
        ["10.1.0.0/16", None],
        ["ntfy.lan", None],
        ["::1/128", 80],
        ["::1/128", None],
    ]
