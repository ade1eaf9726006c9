"""Settings: what starts, what does not, and the sentence that says why."""

from pathlib import Path

import pytest

from records.settings import Environment, Settings, SettingsError

SAFE = {
    "SUJIAN_ENV": "production",
    "SECRET_KEY": "k" * 40,
    "SECURITY_PASSWORD_SALT": "s" * 40,
    "SEALING_KEY": "i" * 40,
    "TRUSTED_HOSTS": "sujian.example, www.sujian.example",
    "DATABASE_URL": "postgresql://sujian@db/sujian",
    "REDIS_URL": "redis://redis/0",
    "PUBLIC_URL": "https://sujian.example/",
}


def test_an_empty_environment_is_a_development_machine() -> None:
    settings = Settings.from_environment({})
    assert settings.environment is Environment.DEVELOPMENT
    assert settings.database_url == "sqlite:///var/sujian.db"
    assert settings.blob_dir == Path("var/blobs")
    assert settings.journal_key == Path("var/keys/journal.key")
    assert settings.broker_url == "filesystem://"
    assert settings.max_upload_bytes == 25 * 1024 * 1024
    assert not settings.is_production


def test_a_production_machine_is_read_whole() -> None:
    settings = Settings.from_environment(SAFE | {"SMTP_HOST": "mail", "SMTP_PORT": "25", "SMTP_TLS": "no"})
    assert settings.is_production
    assert settings.database_url == "postgresql+psycopg://sujian@db/sujian"
    assert settings.trusted_hosts == ("sujian.example", "www.sujian.example")
    assert settings.public_url == "https://sujian.example"
    assert settings.broker_url == "redis://redis/0"
    assert (settings.mail.host, settings.mail.port, settings.mail.use_tls) == ("mail", 25, False)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY must be set in production"),
        ({"SECRET_KEY": "short"}, "SECRET_KEY must have at least 32 characters"),
        ({"SEALING_KEY": ""}, "SEALING_KEY must be set in production"),
        ({"SECURITY_PASSWORD_SALT": ""}, "SECURITY_PASSWORD_SALT must be set in production"),
        ({"SECURITY_PASSWORD_SALT": "short"}, "SECURITY_PASSWORD_SALT must have at least 32"),
        ({"DEBUG": "1"}, "DEBUG must be off in production"),
        ({"TRUSTED_HOSTS": ""}, "TRUSTED_HOSTS must name the hosts"),
        ({"SUJIAN_ENV": "staging"}, "SUJIAN_ENV must be one of development, production"),
        ({"DATABASE_URL": "mysql://x/y"}, "DATABASE_URL names mysql"),
        ({"DATABASE_URL": "no address"}, "DATABASE_URL is not a database address"),
        ({"PUBLIC_URL": "sujian.example"}, "PUBLIC_URL must begin with"),
        ({"MAX_UPLOAD_MB": "many"}, "MAX_UPLOAD_MB must be a whole number from 1 to 1024"),
        ({"MAX_UPLOAD_MB": "0"}, "MAX_UPLOAD_MB must be a whole number"),
        ({"JOB_LEASE_SECONDS": "0"}, "JOB_LEASE_SECONDS must be a whole number from 2 to 3600"),
        ({"DEBUG": "perhaps"}, "DEBUG must be 1 or 0"),
        ({"LOG_LEVEL": "LOUD"}, "LOG_LEVEL must be one of"),
    ],
)
def test_an_unsafe_or_wrong_setting_stops_the_start(change: dict[str, str], sentence: str) -> None:
    with pytest.raises(SettingsError, match=sentence):
        Settings.from_environment(SAFE | change)
