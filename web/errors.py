"""From a refusal to an answer: DomainError → a page for people, RFC 9457 problem details for programs."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import structlog
from flask import Flask, Response, g, jsonify, render_template, request
from flask_babel import gettext
from flask_limiter.errors import RateLimitExceeded
from flask_login import AnonymousUserMixin
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DataError, OperationalError
from werkzeug.exceptions import HTTPException, SecurityError

from records.errors import ConflictError, DomainError, ForbiddenError, InvalidAnswersError, NotFoundError
from web.i18n import say
from web.labels import HTTP_SENTENCES

#: the first line whose class fits decides
STATUS: tuple[tuple[type[DomainError], int], ...] = (
    (NotFoundError, HTTPStatus.NOT_FOUND),
    (ForbiddenError, HTTPStatus.FORBIDDEN),
    (InvalidAnswersError, HTTPStatus.UNPROCESSABLE_ENTITY),
    (ConflictError, HTTPStatus.CONFLICT),
    (DomainError, HTTPStatus.UNPROCESSABLE_ENTITY),
)

log = structlog.get_logger("web")


def status_of(error: DomainError) -> int:
    """The HTTP status that tells this refusal."""
    return next(int(status) for kind, status in STATUS if isinstance(error, kind))


def sentence_of(error: DomainError) -> str:
    """The refusal in the reader's language."""
    return gettext(error.sentence, **error.params)


def problem(error: DomainError) -> dict[str, Any]:
    """The refusal as RFC 9457 problem details."""
    status = status_of(error)
    body = _problem(status, error.slug, sentence_of(error))
    if isinstance(error, InvalidAnswersError):
        body["errors"] = {path: [say(text) for text in texts] for path, texts in error.errors.items()}
    return body


def wants_problem() -> bool:
    """True when the asker is a program: the API, a script of a page, or an htmx swap."""
    if request.path.startswith("/api") or request.headers.get("HX-Request"):
        return True
    accepts = request.accept_mimetypes
    return accepts.quality("application/json") > accepts.quality("text/html")


def _problem(status: int, slug: str, detail: str) -> dict[str, Any]:
    return {
        "type": f"urn:sujian:problem:{slug}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "instance": request.path,
        "request_id": g.get("request_id"),
    }


def _answer(body: dict[str, Any]) -> Response:
    status = int(body["status"])
    if wants_problem():
        response = jsonify(body)
        response.content_type = "application/problem+json"
    else:
        response = Response(render_template("error.html", problem=body))
    response.status_code = status
    return response


def _refused(error: DomainError) -> Response:
    log.info("refused", slug=error.slug, **{k: str(v) for k, v in error.params.items()})
    return _answer(problem(error))


def _http(error: HTTPException) -> Response:
    if isinstance(error, SecurityError):  # a host that is not ours: nothing can be said about addresses
        return Response(gettext(HTTP_SENTENCES[HTTPStatus.BAD_REQUEST]), HTTPStatus.BAD_REQUEST, mimetype="text/plain")
    if error.response is not None or error.code is None or error.code < 400:
        response = error.get_response()
        return Response(response.get_data(), response.status_code, list(response.headers))
    answer = refusal(error.code)
    if isinstance(error, RateLimitExceeded):
        answer.headers["Retry-After"] = "60"
    return answer


def refusal(status: int) -> Response:
    """The answer that says no more than its status."""
    slug = HTTPStatus(status).phrase.lower().replace(" ", "-")
    sentence = HTTP_SENTENCES.get(status, HTTP_SENTENCES[HTTPStatus.BAD_REQUEST])
    return _answer(_problem(status, slug, gettext(sentence)))


def _unkeepable(_error: DataError) -> Response:
    """A value that no database keeps (PostgreSQL: the character NUL) names nothing and can be nothing."""
    return refusal(HTTPStatus.BAD_REQUEST)


def _unreachable(error: OperationalError) -> Response:
    """The database is down, restarts, or somebody else holds what this request needs: nothing was changed."""
    if "_login_user" not in g:  # who asks stands in the database, too: nobody can be looked up for this answer
        g._login_user = AnonymousUserMixin()
    log.error("database unavailable", kind=type(error.orig).__name__, error=str(error.orig))
    answer = refusal(HTTPStatus.SERVICE_UNAVAILABLE)
    answer.headers["Retry-After"] = "3"
    return answer


def _forged(_error: CSRFError) -> Response:
    return _answer(_problem(HTTPStatus.BAD_REQUEST, "csrf", gettext(HTTP_SENTENCES["csrf"])))


def _broken(error: Exception) -> Response:
    log.exception("unhandled", kind=type(error).__name__)
    return _answer(
        _problem(
            HTTPStatus.INTERNAL_SERVER_ERROR, "internal", gettext(HTTP_SENTENCES[HTTPStatus.INTERNAL_SERVER_ERROR])
        )
    )


def register(app: Flask) -> None:
    """Bind the handlers. This is one of the two outer edges that may catch any Exception."""
    app.register_error_handler(DomainError, _refused)
    app.register_error_handler(CSRFError, _forged)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(DataError, _unkeepable)
    app.register_error_handler(OperationalError, _unreachable)
    if not app.config["PROPAGATE_EXCEPTIONS"]:
        app.register_error_handler(Exception, _broken)
