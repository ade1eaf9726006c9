"""Settings: read once from the environment, checked, and handed in. A missing or unsafe one stops the start."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

MINIMUM_SECRET_LENGTH = 32
DEVELOPMENT_SECRET = "development-only-secret-key-never-in-production"  # noqa: S105 - refused in production
DEVELOPMENT_SALT = "development-only-password-salt-never-in-production"
DEVELOPMENT_SEALING_KEY = "development-only-sealing-key-never-in-production"
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
_TRUE, _FALSE = ("1", "true", "yes", "on"), ("", "0", "false", "no", "off")


class SettingsError(Exception):
    """The environment does not allow a start; the message is one sentence that says which setting and why."""


class Environment(StrEnum):
    """Where the product runs."""

    DEVELOPMENT = "development"
    PRODUCTION = "production"


@dataclass(frozen=True)
class Mail:
    """Where mail leaves. Without a host no mail is sent."""

    host: str | None = None
    port: int = 587
    username: str | None = None
    password: str | None = None
    sender: str = "sujian@localhost"
    use_tls: bool = True


@dataclass(frozen=True)
class Settings:
    """Everything that differs between places of installation."""

    environment: Environment = Environment.DEVELOPMENT
    database_url: str = "sqlite:///var/sujian.db"
    redis_url: str | None = None
    secret_key: str = DEVELOPMENT_SECRET
    security_password_salt: str = DEVELOPMENT_SALT
    sealing_key: str = DEVELOPMENT_SEALING_KEY
    debug: bool = False
    trusted_hosts: tuple[str, ...] = ()
    public_url: str = "http://127.0.0.1:8000"
    blob_dir: Path = Path("var/blobs")
    journal_key: Path = Path("var/keys/journal.key")
    max_upload_mb: int = 25
    mail: Mail = Mail()
    log_level: str = "INFO"
    job_lease_seconds: int = 300

    @property
    def is_production(self) -> bool:
        """True where real cases are handled."""
        return self.environment is Environment.PRODUCTION

    @property
    def max_upload_bytes(self) -> int:
        """The largest upload taken, in bytes."""
        return self.max_upload_mb * 1024 * 1024

    @property
    def broker_url(self) -> str:
        """Where the worker's doorbell hangs: Redis, or a folder when there is none."""
        return self.redis_url or "filesystem://"

    @classmethod
    def from_environment(cls, env: Mapping[str, str]) -> Settings:
        """The settings of this environment. Raises SettingsError."""
        settings = cls(
            environment=_environment(env),
            database_url=_database_url(env),
            redis_url=env.get("REDIS_URL") or None,
            secret_key=env.get("SECRET_KEY") or DEVELOPMENT_SECRET,
            security_password_salt=env.get("SECURITY_PASSWORD_SALT") or DEVELOPMENT_SALT,
            sealing_key=env.get("SEALING_KEY") or DEVELOPMENT_SEALING_KEY,
            debug=_flag(env, "DEBUG", default="0"),
            trusted_hosts=tuple(host.strip() for host in env.get("TRUSTED_HOSTS", "").split(",") if host.strip()),
            public_url=_public_url(env),
            blob_dir=Path(env.get("BLOB_DIR") or "var/blobs"),
            journal_key=Path(env.get("JOURNAL_KEY_FILE") or "var/keys/journal.key"),
            max_upload_mb=_number(env, "MAX_UPLOAD_MB", default=25, minimum=1, maximum=1024),
            mail=_mail(env),
            job_lease_seconds=_number(env, "JOB_LEASE_SECONDS", default=300, minimum=2, maximum=3600),
            log_level=_one_of(env, "LOG_LEVEL", LOG_LEVELS, default="INFO"),
        )
        if settings.is_production:
            _refuse_unsafe(settings)
        return settings


def _refuse_unsafe(settings: Settings) -> None:
    secrets = (
        ("SECRET_KEY", settings.secret_key, DEVELOPMENT_SECRET),
        ("SECURITY_PASSWORD_SALT", settings.security_password_salt, DEVELOPMENT_SALT),
        ("SEALING_KEY", settings.sealing_key, DEVELOPMENT_SEALING_KEY),
    )
    for name, value, default in secrets:
        if value == default:
            raise SettingsError(f"{name} must be set in production (the development default is known to everyone).")
        if len(value) < MINIMUM_SECRET_LENGTH:
            raise SettingsError(f"{name} must have at least {MINIMUM_SECRET_LENGTH} characters in production.")
    if settings.debug:
        raise SettingsError("DEBUG must be off in production: it shows the program's insides to anyone.")
    if not settings.trusted_hosts:
        raise SettingsError("TRUSTED_HOSTS must name the hosts that this installation answers to in production.")


def _environment(env: Mapping[str, str]) -> Environment:
    return Environment(_one_of(env, "SUJIAN_ENV", tuple(Environment), default="development"))


def _database_url(env: Mapping[str, str]) -> str:
    url = env.get("DATABASE_URL") or Settings.database_url
    try:
        dialect = make_url(url).get_backend_name()
    except ArgumentError as error:
        raise SettingsError("DATABASE_URL is not a database address (sqlite:///… or postgresql://…).") from error
    if dialect not in ("sqlite", "postgresql"):
        raise SettingsError(f"DATABASE_URL names {dialect}; only sqlite and postgresql are supported.")
    return url.replace("postgresql://", "postgresql+psycopg://", 1)


def _public_url(env: Mapping[str, str]) -> str:
    url = (env.get("PUBLIC_URL") or Settings.public_url).rstrip("/")
    if not url.startswith(("http://", "https://")):
        raise SettingsError("PUBLIC_URL must begin with http:// or https://.")
    return url


def _mail(env: Mapping[str, str]) -> Mail:
    return Mail(
        host=env.get("SMTP_HOST") or None,
        port=_number(env, "SMTP_PORT", default=587, minimum=1, maximum=65535),
        username=env.get("SMTP_USERNAME") or None,
        password=env.get("SMTP_PASSWORD") or None,
        sender=env.get("SMTP_SENDER") or Mail.sender,
        use_tls=_flag(env, "SMTP_TLS", default="1"),
    )


def _flag(env: Mapping[str, str], name: str, *, default: str) -> bool:
    value = env.get(name, default).strip().lower()
    if value not in (*_TRUE, *_FALSE):
        raise SettingsError(f"{name} must be 1 or 0, not {value!r}.")
    return value in _TRUE


def _number(env: Mapping[str, str], name: str, *, default: int, minimum: int, maximum: int) -> int:
    text = env.get(name) or str(default)
    if not text.isascii() or not text.isdigit() or not minimum <= int(text) <= maximum:
        raise SettingsError(f"{name} must be a whole number from {minimum} to {maximum}, not {text!r}.")
    return int(text)


def _one_of(env: Mapping[str, str], name: str, allowed: tuple[str, ...], *, default: str) -> str:
    value = env.get(name) or default
    if value not in allowed:
        raise SettingsError(f"{name} must be one of {', '.join(allowed)}, not {value!r}.")
    return value
