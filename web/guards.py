"""What protects every answer: content security policy, CSRF tokens, cookie flags, size and host limits, rate limits."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Flask, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_talisman import Talisman
from flask_wtf import CSRFProtect

from records.settings import Settings

POLICY = {
    "default-src": "'self'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data: blob:",
    "media-src": "'self' blob:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "worker-src": "'self'",
    "object-src": "'none'",
    "base-uri": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}
DEVICES = {"geolocation": "(self)", "camera": "(self)", "microphone": "(self)", "payment": "()", "usb": "()"}
#: sign-in attempts: per address, and per name whatever the address
SIGN_IN_PER_ADDRESS = "20 per minute;200 per hour"
SIGN_IN_PER_NAME = "10 per 5 minutes"
#: public pages, per address: a reader clicks, a programme has the feeds and their ETags
PUBLIC_PER_ADDRESS = "120 per minute;2000 per hour"


def configure(app: Flask, settings: Settings) -> None:
    """Limits and cookie flags; Flask's own defaults are too open."""
    secure = settings.public_url.startswith("https://")
    app.config.update(
        SECRET_KEY=settings.secret_key,
        MAX_CONTENT_LENGTH=settings.max_upload_mb * 1024 * 1024 + 1024 * 1024,
        MAX_FORM_MEMORY_SIZE=2 * 1024 * 1024,
        MAX_FORM_PARTS=5000,
        TRUSTED_HOSTS=list(settings.trusted_hosts) or None,
        SESSION_COOKIE_NAME="sujian",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SECURE=secure,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=timedelta(hours=12),
        REMEMBER_COOKIE_HTTPONLY=True,
        REMEMBER_COOKIE_SECURE=secure,
        REMEMBER_COOKIE_SAMESITE="Lax",
        REMEMBER_COOKIE_DURATION=timedelta(days=14),
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=secure,
        RATELIMIT_STORAGE_URI=settings.redis_url or "memory://",
        RATELIMIT_HEADERS_ENABLED=False,
    )


def register(app: Flask, settings: Settings) -> None:
    """Bind the guards. Call after the sign-in routes exist."""
    secure = settings.public_url.startswith("https://")
    Talisman(
        app,
        force_https=False,
        strict_transport_security=secure,
        session_cookie_secure=secure,
        session_cookie_samesite="Lax",
        content_security_policy=POLICY,
        permissions_policy=DEVICES,
        referrer_policy="same-origin",
        frame_options="DENY",
    )
    app.extensions["sujian_csrf"] = CSRFProtect(app)
    _limit_sign_in(app)


def limit_public(app: Flask) -> None:
    """Limit what anyone may ask without a sign-in. Call when the pages are registered."""
    limiter: Limiter = app.extensions["sujian_limiter"]
    for endpoint in [name for name in app.view_functions if name.startswith("public_pages.")]:
        limited: Any = limiter.limit(PUBLIC_PER_ADDRESS)(app.view_functions[endpoint])
        app.view_functions[endpoint] = limited


def _limit_sign_in(app: Flask) -> None:
    limiter = app.extensions["sujian_limiter"] = Limiter(get_remote_address, app=app)
    for endpoint in ("security.login", "security.two_factor_token_validation", "security.mf_recovery"):
        view: Any = limiter.limit(SIGN_IN_PER_ADDRESS, methods=["POST"])(app.view_functions[endpoint])
        app.view_functions[endpoint] = limiter.limit(SIGN_IN_PER_NAME, key_func=_name_given, methods=["POST"])(view)


def _name_given() -> str:
    given = request.form.get("identity") or get_remote_address()
    return f"name:{given.strip().lower()[:160]}"
