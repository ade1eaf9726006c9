"""Roles belong to the account as it was entered: one that was granted in the database is found out."""

from __future__ import annotations

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from records.clock import FixedClock
from records.db import Database
from records.errors import UnjournaledChangeError
from records.hashing import content_hash
from records.journal import JournalChain, JournalEntry
from records.master_data import seed_master_data
from records.people import SYSTEM, Role, RoleCode, User
from records.store import RecordVersion, Store
from records.verification import verify_store

GRANT = (
    'INSERT INTO user_role (user_id, role_id) SELECT u.id, r.id FROM "user" u, role r '
    "WHERE u.username = 'inspector' AND r.name = 'ADM'"
)


def inspector(session: Session) -> User:
    return session.scalars(select(User).where(User.username == "inspector")).one()


def role(session: Session, code: RoleCode) -> Role:
    return session.scalars(select(Role).where(Role.name == code.value)).one()


def bad(database: Database) -> list[str]:
    with database.reading() as session:
        return [entry.what for entry in verify_store(session)]


def test_an_account_is_entered_with_its_roles(database: Database, clock: FixedClock) -> None:
    with database.unit_of_work() as session:
        user = inspector(session)
        roles = [*user.roles, role(session, RoleCode.LEAD)]
        Store(session, clock, SYSTEM).correct(user, {"roles": roles}, reason="任组长")
    with database.reading() as session:
        user = inspector(session)
        version = session.get_one(RecordVersion, ("user", user.id, user.version))
        assert version.content["roles"] == ["INS", "LEAD"]
        entry = session.get_one(JournalEntry, (version.chain, version.seq))
        assert (entry.before, entry.reason) == ({"roles": ["INS"]}, "任组长")
    assert bad(database) == []


@pytest.mark.parametrize(
    "statement",
    [GRANT, "DELETE FROM user_role WHERE user_id IN (SELECT id FROM \"user\" WHERE username = 'inspector')"],
)
def test_a_role_granted_or_taken_in_sql_is_named(database: Database, statement: str) -> None:
    with database.unit_of_work() as session:
        code = RoleCode.ADMINISTRATOR.value
        session.execute(text(statement.replace("'ADM'", f"'{code}'")))
        user_id = inspector(session).id
    (what,) = bad(database)
    assert what.startswith(f"user {user_id} version") and what.endswith("record differs from its newest version")


def test_roles_changed_outside_the_writer_are_refused(database: Database) -> None:
    with pytest.raises(UnjournaledChangeError), database.unit_of_work() as session:
        inspector(session).roles = []


def test_accounts_entered_before_roles_belonged_to_them_are_entered_anew(database: Database, clock: FixedClock) -> None:
    with database.unit_of_work() as session:
        user = inspector(session)
        version = session.get_one(RecordVersion, ("user", user.id, user.version))
        content = {name: value for name, value in version.content.items() if name != "roles"}
        entry = session.get_one(JournalEntry, (version.chain, version.seq))
        version.content, version.content_hash = content, content_hash(content)
        entry.after = {"version": version.version, "content_hash": version.content_hash}
        before = entry.prev_hash
        for one in session.scalars(
            select(JournalEntry)
            .where(JournalEntry.chain == entry.chain, JournalEntry.seq >= entry.seq)
            .order_by(JournalEntry.seq)
        ):
            one.hash = before = one.computed_hash(before)
        session.get_one(JournalChain, entry.chain).hash = before
    assert bad(database) == [], "an older version does not know of roles, and stays right"
    for _twice in range(2):
        with database.unit_of_work() as session:
            seed_master_data(Store(session, clock, SYSTEM))
    with database.reading() as session:
        user = inspector(session)
        assert session.get_one(RecordVersion, ("user", user.id, user.version)).content["roles"] == ["INS"]
        assert user.version == version.version + 1
    assert bad(database) == []
