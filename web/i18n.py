"""Languages: Chinese is the source of every sentence, English comes from the catalogue. Times in Asia/Shanghai."""

from __future__ import annotations

from pathlib import Path

from flask import Flask, has_request_context, session
from flask_babel import Babel, gettext
from flask_login import current_user

from forms.sentences import Sentence
from records.clock import ZONE

#: language as people choose it → locale as Babel and the libraries' catalogues name it
LOCALES = {"zh_CN": "zh_Hans_CN", "en": "en"}
DEFAULT = "zh_CN"
TRANSLATIONS = Path(__file__).parent / "translations"


def language() -> str:
    """The language of this request: chosen in this session, else the person's own, else Chinese."""
    if not has_request_context():
        return DEFAULT
    chosen = session.get("language") or getattr(current_user, "language", None)
    return chosen if chosen in LOCALES else DEFAULT


def html_language() -> str:
    """The language as HTML's ``lang`` wants it."""
    return "en" if language() == "en" else "zh-CN"


def say(text: str | None) -> str:
    """A sentence that is data (a form label, a model's name) in the reader's language; percent signs stay."""
    if isinstance(text, Sentence):
        return gettext(text.message_id, **text.params)
    return gettext(text) if text else ""


def register(app: Flask) -> None:
    """Bind Babel to the application and its templates."""
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(TRANSLATIONS)
    Babel(
        app,
        default_locale=LOCALES[DEFAULT],
        default_timezone=str(ZONE),
        locale_selector=lambda: LOCALES[language()],
        timezone_selector=lambda: str(ZONE),
    )
    app.jinja_env.globals.update(say=say, language=language, html_language=html_language)
