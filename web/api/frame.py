"""The API's frame: one OpenAPI document, refusals as RFC 9457 problem details, permissions as on the pages."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, NoReturn

import orjson
from flask import Flask, Request
from flask_smorest import Api, Blueprint
from marshmallow import EXCLUDE, Schema, ValidationError, fields, missing, validate
from webargs.flaskparser import FlaskParser

from records.errors import InvalidAnswersError

DESCRIPTION = """\
The same verbs as the pages. Sign in at `/sign-in`; the session cookie is the credential, and every change also carries
the `X-CSRFToken` header (the value is in the `csrf-token` meta element of any page, or from `GET /api/session`).
Refusals are problem details (RFC 9457). What lies outside your jurisdiction does not exist: 404.
Times are ISO 8601 in UTC. Lists are paged by cursor: pass `next_cursor` as `cursor`.
"""


class Problem(Schema):
    """A refusal (RFC 9457)."""

    type = fields.String(required=True, metadata={"example": "urn:sujian:problem:not-qualified"})
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String(required=True, metadata={"description": "The sentence for people"})
    instance = fields.String()
    request_id = fields.String(allow_none=True)
    errors = fields.Dict(
        keys=fields.String(), values=fields.List(fields.String()), metadata={"description": "Path → what to change"}
    )


class Parser(FlaskParser):
    """Refuses malformed requests as the rest of the product does; unknown query parameters are left alone."""

    DEFAULT_UNKNOWN_BY_LOCATION = {**FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION, "query": EXCLUDE, "headers": EXCLUDE}

    def _raw_load_json(self, req: Request) -> Any:
        """The body, read as strictly as by web/strict_json.py; nothing when it does not claim to be JSON."""
        return orjson.loads(req.get_data(cache=True)) if req.is_json else missing

    def handle_error(
        self, error: ValidationError, req: Any, schema: Schema, *, error_status_code: Any, error_headers: Any
    ) -> NoReturn:
        """422 with the paths that are wrong."""
        errors: dict[str, Any] = error.normalized_messages()  # type: ignore[no-untyped-call]
        raise InvalidAnswersError(
            {path: texts for part in errors.values() for path, texts in _flat(part, "")}
        ) from error


def _flat(node: Any, prefix: str) -> list[tuple[str, list[str]]]:
    if isinstance(node, list):
        return [(prefix or "_", [str(text) for text in node])]
    pairs: list[tuple[str, list[str]]] = []
    for key, value in dict(node).items():
        pairs += _flat(value, f"{prefix}.{key}" if prefix else str(key))
    return pairs


class Resource(Blueprint):
    """One resource of the API."""

    ARGUMENTS_PARSER = Parser()


class SujianApi(Api):
    """flask-smorest without its own error pages: web/errors.py answers."""

    ERROR_SCHEMA = Problem

    def _register_responses(self) -> None:
        """Describe refusals as what they are sent as."""
        refusal = {"content": {"application/problem+json": {"schema": Problem}}}
        for status in HTTPStatus:
            said = refusal if status >= HTTPStatus.BAD_REQUEST else {}
            self.spec.components.response(status.name, {"description": status.phrase, **said}, lazy=True)
        self.spec.components.response("DEFAULT_ERROR", {"description": "Refused", **refusal}, lazy=True)

    def _register_error_handlers(self) -> None:
        """Leave refusals to web/errors.py."""


class Listing(Schema):
    """How a list is asked for."""

    cursor = fields.String(metadata={"description": "`next_cursor` of the page before"})
    limit = fields.Integer(load_default=50, validate=validate.Range(1, 200), metadata={"description": "1 to 200"})
    q = fields.String(load_default="", metadata={"description": "Words to find"})


def configure(app: Flask) -> SujianApi:
    """The API object, described."""
    app.config.update(
        API_TITLE="Sujian",
        API_VERSION="v1",
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX=None,
        API_SPEC_OPTIONS={
            "info": {"description": DESCRIPTION},
            "components": {
                "securitySchemes": {
                    "session": {"type": "apiKey", "in": "cookie", "name": "sujian"},
                    "csrf": {"type": "apiKey", "in": "header", "name": "X-CSRFToken"},
                },
            },
            "security": [{"session": [], "csrf": []}],
        },
    )
    return SujianApi(app)
