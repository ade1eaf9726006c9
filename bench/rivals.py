"""What the engine is measured against: the bare rows it writes, and SpiffWorkflow's own serializer used as it comes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from lxml import etree
from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.parser import BpmnParser
from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer
from SpiffWorkflow.util.task import TaskState
from sqlalchemy import Column, Connection, MetaData, String, Table, Text, event, insert, select, update
from sqlalchemy.sql.dml import UpdateBase

from engine.model import InstanceStep, ProcessDefinition
from records import rows
from records.db import WRITING, Database

#: a statement of plain SQLAlchemy with its rows
Write = tuple[Any, Sequence[Mapping[str, Any]]]
Step = tuple[str, list[Write]]
STEPS = InstanceStep.__table__


class Tape:
    """Everything that is written to a database, step by step, as plain SQLAlchemy statements."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.steps: list[Step] = []
        self._writes: list[Write] = []

    @contextmanager
    def running(self) -> Iterator[Tape]:
        """Record until the block ends."""
        grouped = rows._grouped

        def noted(pending: Any) -> list[rows.Batch]:
            batches = grouped(pending)
            self._writes += [(statement, many) for statement, _names, many in batches]
            return batches

        event.listen(self.database.engine, "before_execute", self._note)
        rows._grouped = noted
        try:
            yield self
        finally:
            rows._grouped = grouped
            event.remove(self.database.engine, "before_execute", self._note)

    def step(self, name: str) -> None:
        """A durable step has ended."""
        self.steps.append((name, self._writes))
        self._writes = []

    def _note(self, _connection: Connection, statement: Any, many: Any, one: Any, _options: Any) -> None:
        if isinstance(statement, UpdateBase):
            self._writes.append((statement, list(many) or [one]))


def adopt_definitions(source: Database, target: Database) -> None:
    """The same deployed definitions in another database, for the rows that refer to them."""
    table = rows.table_of(ProcessDefinition)
    with source.engine.connect() as connection:
        found = [dict(row) for row in connection.execute(select(table)).mappings()]
    with writing(target) as connection:
        connection.execute(insert(table), found)


@contextmanager
def writing(database: Database) -> Iterator[Connection]:
    """One transaction of plain SQLAlchemy Core."""
    with database.engine.connect().execution_options(**{WRITING: True}) as connection, connection.begin():
        yield connection


class Floor:
    """The very rows of a tape, written as plain SQLAlchemy Core, one transaction a step."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def play(self, steps: Sequence[Step]) -> None:
        """Write the rows of some steps."""
        for _name, writes in steps:
            with writing(self.database) as connection:
                for statement, many in writes:
                    connection.execute(statement, many)


class Naive:
    """SpiffWorkflow with its own serializer: one JSON text an instance, loaded and saved at every step.

    Beside it the same record, journal and user task rows as ours. The answers to each task are kept under the task's
    own name, as ours are: put into the data as they come, those to one form would overwrite those to the one before.
    """

    table = Table("naive_instance", MetaData(), Column("id", String(26), primary_key=True), Column("state", Text))

    def __init__(self, database: Database, bpmn: bytes, key: str) -> None:
        self.database = database
        self.table.metadata.create_all(database.engine)
        parser = BpmnParser()
        parser.add_bpmn_xml(etree.fromstring(bpmn))
        self.spec, self.inner = parser.get_spec(key), parser.get_subprocess_specs(key)
        self.serializer = BpmnWorkflowSerializer(BpmnWorkflowSerializer.configure())

    def play(self, instance_id: str, steps: Sequence[Step], answers: Mapping[str, Any]) -> None:
        """One instance, step by step."""
        for name, writes in steps:
            with writing(self.database) as connection:
                if name == "start":
                    self._start(connection, instance_id)
                else:
                    self._step(connection, instance_id, answers if name == "complete" else None)
                for statement, many in writes:
                    if getattr(statement, "table", None) is not STEPS:
                        connection.execute(statement, many)

    def _start(self, connection: Connection, instance_id: str) -> None:
        workflow = BpmnWorkflow(self.spec, self.inner)
        workflow.do_engine_steps()
        connection.execute(insert(self.table), {"id": instance_id, "state": self.serializer.serialize_json(workflow)})

    def _step(self, connection: Connection, instance_id: str, answers: Mapping[str, Any] | None) -> None:
        """Load, claim (no answers) or complete, save."""
        here = self.table.c.id == instance_id
        state = connection.execute(select(self.table.c.state).where(here)).scalar_one()
        workflow = self.serializer.deserialize_json(state)
        task = workflow.get_next_task(state=TaskState.READY, manual=True)
        if answers is None:
            task.data["assignee"] = "inspector"
        else:
            task.data[task.task_spec.name] = dict(answers)
            task.run()
            workflow.do_engine_steps()
        saved = self.serializer.serialize_json(workflow)
        connection.execute(update(self.table).where(here).values(state=saved))
