"""Who may open a page: every view declares a permission; a test fails for a view without one.

A page's permission says which *roles* may come in. What may be done with one *thing* (claim this task, cancel that
case) is the engine's table (engine/policy.py); what exists for an actor at all is records.scope, in SQL.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any, ParamSpec, TypeVar

from flask import Response, g, redirect, request, session, url_for
from flask_login import current_user

from records.errors import ForbiddenError
from records.people import Actor, RoleCode, actor_of
from web.errors import refusal, wants_problem

P = ParamSpec("P")
R = TypeVar("R")

EVERYONE = frozenset(role.value for role in RoleCode)
AUTHORITY = EVERYONE - {RoleCode.BUSINESS.value, RoleCode.MARKET_OPERATOR.value, RoleCode.LABORATORY.value}
DIRECTING = frozenset({RoleCode.LEAD.value, RoleCode.MANAGER.value})
RUNNING = frozenset({RoleCode.ADMINISTRATOR.value})

#: permission → roles that may open the pages which declare it
PAGES: dict[str, frozenset[str]] = {
    "inbox.read": EVERYONE,
    "user_task.read": EVERYONE,
    "user_task.claim": EVERYONE,
    "user_task.release": EVERYONE,
    "user_task.assign": DIRECTING | {RoleCode.INSPECTOR.value},
    "user_task.delegate": EVERYONE,
    "user_task.follow_up": EVERYONE,
    "user_task.prioritise": DIRECTING,
    "user_task.complete": EVERYONE,
    "user_task.return": AUTHORITY,
    "user_task.consult": AUTHORITY,
    "user_task.answer": EVERYONE,
    "user_task.withdraw": EVERYONE,
    "case.read": EVERYONE,
    "case.comment": EVERYONE,
    "case.cancel": DIRECTING,
    "case.suspend": DIRECTING,
    "case.evidence": AUTHORITY,
    "case.start": EVERYONE,
    "informant.read": frozenset({RoleCode.INSPECTOR.value, RoleCode.MANAGER.value}),
    "incident.read": RUNNING | {RoleCode.MANAGER.value},
    "incident.resolve": RUNNING | {RoleCode.MANAGER.value},
    "registry.read": EVERYONE,
    "record.read": EVERYONE,
    "record.enter": frozenset({"INS", "LEAD", "MKT", "BIZ"}),
    "trace.run": AUTHORITY,
    "search.read": EVERYONE,
    "notification.read": EVERYONE,
    "account.own": EVERYONE,
    "person.read": EVERYONE,
    "absence.record": EVERYONE,
    "announcement.read": EVERYONE,
    "announcement.revise": AUTHORITY,
    "absence.read": DIRECTING,
    "attachment.write": EVERYONE,
    "attachment.read": EVERYONE,
    "document.read": EVERYONE,
    "version.read": RUNNING | {RoleCode.MANAGER.value},
    "version.migrate": RUNNING,
    "message.send": RUNNING,
    "admin.use": RUNNING,
}
#: endpoints of libraries that answer before or without a sign-in, with the reason
PUBLIC_ENDPOINTS = {
    "static": "stylesheets and scripts of the sign-in page",
    "security.login": "the sign-in itself",
    "security.logout": "the sign-out itself",
    "security.two_factor_token_validation": "second step of the sign-in",
    "security.two_factor_rescue": "second step of the sign-in, by recovery code",
    "security.tf_select": "second step of the sign-in, by choice of method",
    "security.mf_recovery": "second step of the sign-in, by recovery code",
    "security.static": "files of the sign-in library",
}
#: endpoints of libraries that guard themselves: signed-in people, their own account
GUARDED_ENDPOINTS = {
    "security.two_factor_setup": "account.own",
    "security.two_factor_setup_validate": "account.own",
    "security.mf_recovery_codes": "account.own",
    "security.change_password": "account.own",
    "security.verify": "account.own",
}
DECLARED = "sujian_permission"
PUBLIC = "public"


def permission(name: str) -> Callable[[Callable[P, R]], Callable[P, R | Response]]:
    """Declare the permission of a view. Not signed in → sign-in page (or 401); signed in without the role → 403."""
    if name not in PAGES:
        raise KeyError(f"no permission named {name}")

    def declare(view: Callable[P, R]) -> Callable[P, R | Response]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R | Response:
            if not current_user.is_authenticated:
                return _sign_in_first()
            demand(name)
            return view(*args, **kwargs)

        setattr(guarded, DECLARED, name)
        return guarded

    return declare


def public(view: Callable[P, R]) -> Callable[P, R]:
    """Declare that a view answers anyone."""
    setattr(view, DECLARED, PUBLIC)
    return view


def demand(name: str) -> None:
    """Raise ForbiddenError unless the actor holds a role that the permission names."""
    if not holds(name):
        raise ForbiddenError


def holds(name: str) -> bool:
    """True when the signed-in person holds a role that the permission names."""
    return bool(PAGES[name] & actor().roles)


def actor() -> Actor:
    """Who asks, with the whole of their jurisdiction. Only inside a guarded view."""
    if "actor" not in g:
        g.actor = actor_of(current_user.person, remote_address=request.remote_addr)
    found: Actor = g.actor
    return found


def viewer() -> Actor:
    """Who asks, narrowed to the part of their jurisdiction chosen at the top: for lists, never for verbs."""
    who = actor()
    chosen: Any = session.get("region_path")
    if isinstance(chosen, str) and chosen.startswith(who.region_path):
        return dataclasses.replace(who, region_path=chosen)
    return who


def _sign_in_first() -> Response:
    if wants_problem():
        response = refusal(HTTPStatus.UNAUTHORIZED)
        response.headers["HX-Redirect"] = url_for("security.login")
        return response
    target = request.full_path.rstrip("?") if request.method == "GET" else None
    answer = redirect(url_for("security.login", next=target))
    return Response(answer.get_data(), answer.status_code, list(answer.headers))


def declared_permission(endpoint: str, view: Callable[..., Any]) -> str | None:
    """The permission an endpoint answers under, for the test that none is without."""
    if endpoint in PUBLIC_ENDPOINTS:
        return PUBLIC
    return GUARDED_ENDPOINTS.get(endpoint) or getattr(view, DECLARED, None)
