"""Who one may sign in as while developing: the accounts of the demo city. Never outside development."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from records.people import User
from records.settings import Environment
from web.parts import parts

#: demo accounts have addresses of this reserved domain, and share this password (demo/ makes them)
DOMAIN = "@sujian.example"
PASSWORD = "sujian-demo"  # noqa: S105 - known to everyone, of accounts that only a development database has
SHOWN = ("lead", "inspector", "colleague", "business", "manager", "citylead", "admin")


@dataclass(frozen=True)
class DemoPerson:
    """An account to try."""

    username: str
    name: str
    roles: tuple[str, ...]


def demo_people() -> list[DemoPerson]:
    """The accounts to try, in the order of the story; none outside development."""
    here = parts()
    if here.settings.environment is not Environment.DEVELOPMENT:
        return []
    with here.database.reading() as session:
        people = session.scalars(
            select(User).where(User.username.in_(SHOWN), User.email.endswith(DOMAIN), User.deleted_at.is_(None))
        ).all()
        found = [DemoPerson(one.username, one.name, tuple(role.name for role in one.roles)) for one in people]
    return sorted(found, key=lambda one: SHOWN.index(one.username))


def demo_password() -> str:
    """The password they share."""
    return PASSWORD
