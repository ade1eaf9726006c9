"""Signing in: Flask-Security over ``records.people.User``. No registration; accounts are made in the back office."""

from __future__ import annotations

import base64
import hashlib
from typing import Any, ClassVar

from flask import Flask, request
from flask_babel import lazy_gettext
from flask_security import RoleMixin, Security, UserMixin, password_changed, user_authenticated
from flask_security.datastore import UserDatastore
from flask_security.forms import LoginForm
from sqlalchemy import func, select
from wtforms import StringField
from wtforms.validators import DataRequired

from records.clock import Clock
from records.db import Database
from records.people import User, actor_of
from records.settings import Settings
from records.store import Store

#: what the library may change; none of it is part of the fact (User.unjournaled)
OWN = ("password", "fs_uniquifier", "tf_primary_method", "tf_totp_secret", "mf_recovery_codes", "language")


class WebRole(RoleMixin):
    """A role as the library wants it."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.permissions: list[str] = []


class WebUser(UserMixin):
    """A person as the library wants it: the User row it stands for is ``person`` (detached, read only)."""

    username: str | None = None
    fs_uniquifier: str = ""

    def __init__(self, person: User) -> None:
        self.person = person
        self.id: Any = person.id  # the library declares a number
        self.name = person.name
        self.username = person.username
        self.email = person.email
        self.active = person.active and person.deleted_at is None
        self.roles = [WebRole(role.name) for role in person.roles]
        for column in OWN:
            setattr(self, column, getattr(person, column))


class PeopleDatastore(UserDatastore):
    """Finds people through the database and writes back only what is the library's own (secrets, language)."""

    FINDABLE: ClassVar[frozenset[str]] = frozenset({"username", "email", "fs_uniquifier", "id"})

    def __init__(self, database: Database) -> None:
        super().__init__(WebUser, WebRole)
        self._database = database

    def find_user(self, case_insensitive: bool = False, **by: Any) -> WebUser | None:
        """The person with this user name, address, id or session id; ended accounts do not exist."""
        name, value = next(iter(by.items()))
        if name not in self.FINDABLE or value is None:
            return None
        column = getattr(User, name)
        fits = func.lower(column) == str(value).lower() if case_insensitive else column == value
        with self._database.reading() as session:
            person = session.scalar(select(User).where(fits, User.deleted_at.is_(None)))
            session.expunge_all()  # what leaves this block must not be refreshed later
            return WebUser(person) if person else None

    def find_role(self, role: str) -> WebRole:
        """A role by name."""
        return WebRole(role)

    def put(self, model: Any) -> Any:
        """Write what the library changed on a person."""
        with self._database.unit_of_work() as session:
            person = session.get(User, model.id)
            if person is not None:
                for column in OWN:
                    setattr(person, column, getattr(model, column))
        return model

    def commit(self) -> None:
        """Nothing is left to do: ``put`` is its own unit of work."""

    def delete(self, model: Any) -> None:
        """People are never deleted here; the back office ends an account with a reason."""
        raise NotImplementedError


def _sign_in_form(people: PeopleDatastore) -> type[LoginForm]:
    class SignInForm(LoginForm):
        """User name (or e-mail) and password; one answer for every wrong pair, so that names cannot be guessed."""

        email = None
        identity = StringField(lazy_gettext("用户名或邮箱"), validators=[DataRequired()])

        def validate(self, **kwargs: Any) -> bool:
            """Look the person up by name, then by address."""
            self.ifield = self.identity
            given = (self.identity.data or "").strip()
            self.user = people.find_user(case_insensitive=True, username=given) or people.find_user(
                case_insensitive=True, email=given
            )
            return bool(super().validate(**kwargs))

    return SignInForm


def _configure(app: Flask, settings: Settings) -> None:
    secret = base64.urlsafe_b64encode(hashlib.sha256(f"totp:{settings.secret_key}".encode()).digest()).decode()
    app.config.update(
        SECURITY_PASSWORD_HASH="argon2",  # noqa: S106 - the name of an algorithm
        SECURITY_PASSWORD_SINGLE_HASH=True,
        SECURITY_PASSWORD_SALT=settings.security_password_salt,
        SECURITY_PASSWORD_LENGTH_MIN=10,
        SECURITY_USER_IDENTITY_ATTRIBUTES=[
            {"username": {"mapper": str, "case_insensitive": True}},
            {"email": {"mapper": str, "case_insensitive": True}},
        ],
        SECURITY_LOGIN_URL="/sign-in",
        SECURITY_LOGOUT_URL="/sign-out",
        SECURITY_VERIFY_URL="/account/confirm",
        SECURITY_CHANGE_URL="/account/password",
        SECURITY_TWO_FACTOR_SETUP_URL="/account/two-factor",
        SECURITY_TWO_FACTOR_TOKEN_VALIDATION_URL="/sign-in/code",  # noqa: S106 - an address
        SECURITY_TWO_FACTOR_RESCUE_URL="/sign-in/rescue",
        SECURITY_TWO_FACTOR_SELECT_URL="/sign-in/method",
        SECURITY_MULTI_FACTOR_RECOVERY_CODES_URL="/account/recovery-codes",
        SECURITY_MULTI_FACTOR_RECOVERY_URL="/sign-in/recovery",
        SECURITY_POST_LOGIN_VIEW="/",
        SECURITY_POST_LOGOUT_VIEW="/sign-in",
        SECURITY_POST_CHANGE_VIEW="/account",
        SECURITY_TWO_FACTOR_POST_SETUP_VIEW="/account",
        SECURITY_CHANGEABLE=True,
        SECURITY_SEND_PASSWORD_CHANGE_EMAIL=False,
        SECURITY_TWO_FACTOR=True,
        SECURITY_TWO_FACTOR_ENABLED_METHODS=["authenticator"],
        SECURITY_TWO_FACTOR_RESCUE_EMAIL=False,
        SECURITY_MULTI_FACTOR_RECOVERY_CODES=True,
        SECURITY_TOTP_SECRETS={"1": secret},
        SECURITY_TOTP_ISSUER="Sujian",
        SECURITY_FLASH_MESSAGES=True,
        SECURITY_API_ENABLED_METHODS=["session"],
    )


def register(app: Flask, settings: Settings, database: Database, clock: Clock) -> None:
    """Bind the library: forms of our own, argon2id, optional second factor; sign-ins are entered in the journal."""
    _configure(app, settings)
    people = PeopleDatastore(database)
    security = Security(app, people, login_form=_sign_in_form(people))
    security.want_json(lambda request_: request_.path.startswith("/api"))

    def enter(verb: str, user: WebUser) -> None:
        who = actor_of(user.person, remote_address=request.remote_addr)
        with database.unit_of_work() as session:
            Store(session, clock, who).enter(verb, "user", user.id)

    def signed_in(_app: Flask, user: Any, **_rest: Any) -> None:
        enter("user.signed_in", user)

    def changed_password(_app: Flask, user: Any, **_rest: Any) -> None:
        enter("user.password_changed", user)

    user_authenticated.connect(signed_in, app, weak=False)
    password_changed.connect(changed_password, app, weak=False)
    app.extensions["sujian_people"] = people
