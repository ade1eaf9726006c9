"""Where an answer leads next."""

from __future__ import annotations

from flask import Response, redirect, request


def go(target: str) -> Response:
    """To another page; an htmx request is told to go there whole."""
    if request.headers.get("HX-Request"):
        return Response(status=204, headers={"HX-Redirect": target})
    answer = redirect(target, 303)
    return Response(answer.get_data(), answer.status_code, list(answer.headers))
