"""Master data that every installation begins with: regions, roles, rules, checklists."""

from __future__ import annotations

from sqlalchemy import and_, select

from records.checklists import seed_checklists
from records.indicators import seed_schemes
from records.people import Region, Role, User
from records.rules import seed_rules
from records.seed_files import read_seed
from records.store import RecordVersion, Store


def seed_master_data(store: Store) -> None:
    """Enter what is missing; what is there stays as it is."""
    seed_regions(store)
    seed_roles(store)
    seed_rules(store)
    seed_checklists(store)
    seed_schemes(store)
    enter_roles(store)


def seed_regions(store: Store) -> None:
    """The regions of ``seeds/regions.csv``, parents first."""
    paths = {region.code: region.path for region in store.session.scalars(select(Region))}
    for row in read_seed("regions"):
        if row["code"] in paths:
            continue
        paths[row["code"]] = f"{paths.get(row['parent_code'], '/')}{row['code']}/"
        store.add(
            Region(
                code=row["code"],
                name=row["name"],
                parent_code=row["parent_code"] or None,
                level=row["level"],
                path=paths[row["code"]],
            )
        )


def enter_roles(store: Store) -> None:
    """Users whose last version was written before roles belonged to it: their roles count as entered from now on."""
    version = RecordVersion
    users = (
        select(User, version.content)
        .join(version, and_(version.record_type == "user", version.record_id == User.id))
        .where(version.version == User.version, User.deleted_at.is_(None))
    )
    for user, content in store.session.execute(users).all():
        if "roles" not in content:
            store.restate(user, reason="角色纳入存证")


def seed_roles(store: Store) -> None:
    """The roles of ``seeds/roles.csv``."""
    known = set(store.session.scalars(select(Role.name)))
    for row in read_seed("roles"):
        if row["name"] not in known:
            store.session.add(Role(id=store.clock.new_id(), name=row["name"], description=row["description"]))
