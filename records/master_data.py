"""Master data that every installation begins with: regions, roles, rules, checklists."""

from __future__ import annotations

from sqlalchemy import select

from records.checklists import seed_checklists
from records.people import Region, Role
from records.rules import seed_rules
from records.seed_files import read_seed
from records.store import Store


def seed_master_data(store: Store) -> None:
    """Enter what is missing; what is there stays as it is."""
    seed_regions(store)
    seed_roles(store)
    seed_rules(store)
    seed_checklists(store)


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


def seed_roles(store: Store) -> None:
    """The roles of ``seeds/roles.csv``."""
    known = set(store.session.scalars(select(Role.name)))
    for row in read_seed("roles"):
        if row["name"] not in known:
            store.session.add(Role(id=store.clock.new_id(), name=row["name"], description=row["description"]))
