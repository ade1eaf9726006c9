"""Pages cost the same number of statements for five rows and for fifty."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event, text
from sqlalchemy.orm import Session

from records.people import SYSTEM
from records.store import Store
from tests import factories
from tests.web.world import World

pytest_plugins = ["tests.web.world_fixtures"]

FEW, MANY = 5, 45
#: statements a page may cost however full it is; measured, with a little room
MOST = 70


@contextmanager
def counted(world: World) -> Iterator[list[str]]:
    """The statements sent to the database meanwhile."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        sent.append(statement)

    event.listen(world.database.engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(world.database.engine, "before_cursor_execute", note)


def fill(world: World, count: int) -> None:
    """More of everything that lists show: establishments with products, cases, user tasks, remarks, notifications."""
    with world.database.unit_of_work() as session:
        store = Store(session, world.clock, SYSTEM)
        for number in range(count):
            place = factories.establishment(store, name=f"第{world.clock.new_id()[-6:]}米粉厂")
            factories.product(store, place, name=f"米粉{number}")
        for _ in range(count):
            tables = {
                "process_instance": world.known.fresh.case_id, "user_task": world.known.fresh.task_id,
                "comment": world.known.here.comment_id, "notification": world.known.here.notification_id,
                "product": world.known.here.product_id, "attachment": world.known.here.attachment_id,
            }  # fmt: skip
            for table, row in tables.items():
                if row:
                    _copy(session, world, table, row)


def _copy(session: Session, world: World, table: str, row: str) -> None:
    """The same row once more under a new id."""
    found = session.execute(text(f'SELECT * FROM "{table}" WHERE id = :id'), {"id": row}).mappings().one()
    fresh = world.clock.new_id()
    unique = {"business_key": fresh, "code": fresh[-13:], "execution_id": fresh}
    values = {**found, "id": fresh, **{name: value for name, value in unique.items() if name in found}}
    names = ", ".join(f'"{name}"' for name in values)
    marks = ", ".join(f":{name}" for name in values)
    session.execute(text(f'INSERT INTO "{table}" ({names}) VALUES ({marks})'), values)


def addresses(world: World) -> list[str]:
    known = world.known
    return [
        "/inbox?view=all", "/inbox?view=group", "/inbox?view=mine", "/inbox?view=substitute", "/account", "/cases",
        "/establishments", "/products", "/inspections",
        "/notifications", "/search?q=米粉", f"/cases/{known.here.case_id}", f"/tasks/{known.fresh.task_id}",
        f"/establishments/{known.here.establishment_id}", f"/products/{known.here.product_id}", "/choose/users?q=",
        "/choose/establishments?q=米", "/api/user-tasks?view=all", "/api/process-instances", "/api/establishments",
        "/api/products", f"/api/process-instances/{known.here.case_id}/comments", "/start", "/start/inspection",
    ]  # fmt: skip


@pytest.mark.parametrize("person", ["lead", "inspector"])
def test_full_pages_cost_no_more_statements_than_short_ones(world: World, person: str) -> None:
    if world.database.dialect != "sqlite":
        pytest.skip("rows are copied as SQLite keeps them")
    browser = world.browser(getattr(world.known.cast, person))
    fill(world, FEW)
    costs: dict[str, list[int]] = {address: [] for address in addresses(world)}
    for more in (0, MANY):
        fill(world, more)
        for address, cost in costs.items():
            browser.get(address)
            with counted(world) as sent:
                assert browser.get(address).status_code in (200, 404)
            cost.append(len(sent))
    grown = {address: cost for address, cost in costs.items() if cost[1] > cost[0] + 1}
    dear = {address: cost for address, cost in costs.items() if cost[1] > MOST}
    assert grown == {}
    assert dear == {}


@pytest.mark.parametrize("path", ["/cases", "/establishments", "/products", "/inspections"])
def test_exports_read_in_pieces(world: World, path: str) -> None:
    if world.database.dialect != "sqlite":
        pytest.skip("rows are copied as SQLite keeps them")
    fill(world, MANY)
    browser = world.browser(world.known.cast.lead)
    with counted(world) as sent:
        assert browser.get(f"{path}?export=csv").status_code == 200
    assert len(sent) <= MOST
