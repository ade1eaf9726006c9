"""The work that is timed: small, long and wide processes with forms of ten fields, done step by step as people do."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import Engine
from engine.deployment import Bundle
from engine.model import UserTask, UserTaskState
from engine.process import Process
from records.clock import SystemClock
from records.db import Database
from records.people import SYSTEM
from tests.engine.toys import START, chain, form, lanes, model
from tests.factories import Cast

FIELDS = tuple(f"field_{n}" for n in range(1, 11))
ANSWERS = dict(
    zip(FIELDS, ("符合要求", "12.5", "是", "2026-11-18", "冷藏柜", "3", "否", "已现场改正", "86", "无"), strict=True)
)
FORM = form(*FIELDS)


def chain_of_tasks(key: str, length: int) -> Bundle:
    """A process of ``length`` user tasks, one after the other."""
    steps = [f"step_{n}" for n in range(1, length + 1)]
    tasks = "".join(f'<userTask id="{step}" name="{step}"/>' for step in steps)
    body = lanes(LEAD="begin", INS=" ".join(steps)) + f'<startEvent id="begin"/>{tasks}<endEvent id="done"/>'
    return Bundle(
        key, model(key, body + chain("begin", *steps, "done")), {"begin": START} | dict.fromkeys(steps, FORM), {}
    )


def many_at_once(key: str, items: int) -> Bundle:
    """A process of one user task for each of ``items`` items, all open at once."""
    loop = f"<loopCardinality>{items}</loopCardinality>"
    loop = f"<multiInstanceLoopCharacteristics>{loop}</multiInstanceLoopCharacteristics>"
    body = lanes(LEAD="begin", INS="each") + '<startEvent id="begin"/><endEvent id="done"/>'
    body += f'<userTask id="each" name="each">{loop}</userTask>'
    return Bundle(key, model(key, body + chain("begin", "each", "done")), {"begin": START, "each": FORM}, {})


@dataclass
class Office:
    """A database with deployed processes and the people who work with them."""

    database: Database
    cast: Cast
    engine: Engine
    steps: Callable[[str], None] = field(default=lambda _name: None)  # told the name of each durable step
    idle: float = 0.0  # seconds spent on looking what was opened, which is no part of the work

    @classmethod
    def furnish(cls, database: Database, *bundles: Bundle) -> Office:
        """Deploy the bundles and call the cast in."""
        engine = Engine({bundle.key: Process(bundle.key) for bundle in bundles}, SystemClock())
        with database.unit_of_work() as session:
            engine.deploy_all(session, list(bundles), SYSTEM)
            cast = Cast.load(session)
        return cls(database, cast, engine)

    def begin(self, key: str) -> tuple[str, list[str]]:
        """Start an instance; gives its id and its open user tasks."""
        with self.database.unit_of_work() as session:
            instance_id = self.engine.start(session, key, {"note": "例行检查"}, self.cast.lead).id
        self.steps("start")
        begin = time.perf_counter()
        with self.database.reading() as session:
            opened = open_tasks(session, instance_id)
        self.idle += time.perf_counter() - begin
        return instance_id, opened

    def claim(self, task: str) -> None:
        """Take one user task."""
        with self.database.unit_of_work() as session:
            self.engine.claim(session, task, self.cast.inspector)
        self.steps("claim")

    def complete(self, task: str, answers: Mapping[str, Any] = ANSWERS) -> list[str]:
        """Complete one user task; gives those it opened."""
        with self.database.unit_of_work() as session:
            completion = self.engine.complete(session, task, answers, self.cast.inspector)
        self.steps("complete")
        return completion.opened

    def whole(self, key: str) -> str:
        """An instance from its start to its end, each step claimed and completed."""
        instance_id, todo = self.begin(key)
        while todo:
            task = todo.pop()
            self.claim(task)
            todo += self.complete(task)
        return instance_id


def open_tasks(session: Session, instance_id: str) -> list[str]:
    """The open user tasks of an instance."""
    wanted = (UserTask.process_instance_id == instance_id, UserTask.state == UserTaskState.OPEN)
    return list(session.scalars(select(UserTask.id).where(*wanted)))
