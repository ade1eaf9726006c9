"""Moving running instances to another version of their process: what would happen, the move, and its undoing.

Each instance moves in its own transaction, under its lock, or not at all. Its state before is kept, so that the move
can be undone while the instance stands where it was moved to.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.bpmn import Execution
from engine.bpmn_moving import Hindrance, Obstacle, move, obstacles_of
from engine.definitions import by_id
from engine.errors import InstanceEndedError
from engine.guards import lock_instance
from engine.migration_plan import Plan
from engine.model import InstanceMigration, InstanceState, ProcessInstance
from engine.moved_tasks import adopt, put_back, remarks, rows_of
from engine.policy import allowed
from engine.process import Process
from engine.running import Running
from engine.subscriptions import drop_subscriptions
from forms.sentences import Sentence
from records.clock import Clock
from records.db import Database
from records.errors import ConflictError, DomainError, ForbiddenError, NotFoundError
from records.people import SYSTEM, Actor

SHORTEST_REASON = 10

HINDRANCE_SENTENCES = {
    Hindrance.VANISHED: "环节在新版本中不存在",
    Hindrance.KIND: "环节在新版本中类型不同",
    Hindrance.SCOPE: "环节在新版本中位于另一个子流程",
    Hindrance.LOOP: "环节在新版本中重复方式不同",
    Hindrance.CALLED: "环节在新版本中调用另一个流程",
    Hindrance.ATTACHMENT: "边界事件在新版本中附着于另一个环节",
    Hindrance.ARRIVAL: "已到达的分支在新版本中不通向该汇合点",
    Hindrance.STARVED: "新版本的汇合点会等待永远不会到达的分支",
}


class ReasonTooShortError(DomainError):
    """A migration is explained in at least ten characters."""

    slug = "reason-too-short"
    sentence = "请写明迁移理由（不少于 %(count)s 个字）"


class NotOnThisVersionError(ConflictError):
    """The instance runs under another version than the plan starts from."""

    slug = "not-on-this-version"
    sentence = "案件不在计划的起始版本上"


class NotRunningError(ConflictError):
    """Only an active instance moves."""

    slug = "not-running"
    sentence = "案件未在办理中（已暂停或结束），不能迁移"


class MigrationRefusedError(ConflictError):
    """The instance cannot go on under the other version. ``obstacles`` say where and why."""

    slug = "migration-refused"
    sentence = "案件不能迁移：%(element)s %(why)s（共 %(count)s 处）"

    def __init__(self, refused: list[Refusal]) -> None:
        first = refused[0]
        super().__init__(element=first.element_name, why=first.why, count=len(refused))
        self.refused = refused


class MovedSinceError(ConflictError):
    """The instance has gone on since it was migrated, or the migration was undone before."""

    slug = "moved-since"
    sentence = "案件迁移后已继续办理，或迁移已撤销，不能撤销"


class Outcome(StrEnum):
    """What a migration does or did to an instance."""

    MOVES = "moves"
    MOVED = "moved"
    UNCHANGED = "unchanged"  # it is on the target version already
    REFUSED = "refused"


@dataclass(frozen=True)
class Refusal:
    """An element that keeps an instance from moving. Both names are empty when it is the instance as a whole."""

    element_id: str
    element_name: str
    why: Sentence


@dataclass(frozen=True)
class Item:
    """One instance of a migration."""

    instance_id: str
    business_key: str
    outcome: Outcome
    refusals: tuple[Refusal, ...] = ()
    remarks: tuple[Sentence, ...] = ()
    migration_id: str | None = None


class Migrator:
    """Moves instances in the caller's unit of work."""

    def __init__(self, session: Session, clock: Clock, processes: Mapping[str, Process], actor: Actor) -> None:
        self.session, self.clock, self.processes, self.actor = session, clock, processes, actor

    def examine(self, instance_id: str, plan: Plan) -> Item:
        """What would happen to an instance; nothing is changed. Raises NotFoundError."""
        instance = self.session.get(ProcessInstance, instance_id)
        if instance is None:
            raise NotFoundError
        if instance.definition_id == plan.target.id:
            return Item(instance.id, instance.business_key, Outcome.UNCHANGED)
        try:
            _require_movable(instance, plan)
            running = Running.read(self.session, self.clock, self.actor, instance)
            self._moved(running, plan)
        except DomainError as error:
            return refused(instance.id, instance.business_key, error)
        told = tuple(remarks(self.session, instance, plan))
        return Item(instance.id, instance.business_key, Outcome.MOVES, remarks=told)

    def migrate(self, instance_id: str, plan: Plan, reason: str) -> Item:
        """Move an instance. Raises MigrationRefusedError and the other errors of this module."""
        instance = self._guarded(instance_id, reason)
        if instance.definition_id == plan.target.id:
            return Item(instance.id, instance.business_key, Outcome.UNCHANGED)
        running = self._running(instance, plan)
        told = tuple(remarks(self.session, instance, plan))
        before, rows = running.execution.dump(), rows_of(self.session, instance)
        running.become(plan.target, self._moved(running, plan))
        instance.definition_id = plan.target.id
        adopt(running, plan)
        drop_subscriptions(self.session, instance.id)  # what is waited for is written anew, under its new names
        running.save()
        migration = InstanceMigration(
            id=self.clock.new_id(), process_instance_id=instance.id, from_definition_id=plan.source.id,
            to_definition_id=plan.target.id, mapping=plan.mapped, mapping_hash=plan.hash, reason=reason.strip(),
            migrated_by=self.actor.id, migrated_at=self.clock.now(), instance_version=instance.version, before=before,
            rows=rows,
        )  # fmt: skip
        self.session.add(migration)
        after = {"version": plan.target.version, "mapping_hash": plan.hash, "migration_id": migration.id}
        running.store.enter(
            "process_instance.migrated", "process_instance", instance.id, before={"version": plan.source.version},
            after=after, reason=migration.reason,
        )  # fmt: skip
        return Item(instance.id, instance.business_key, Outcome.MOVED, remarks=told, migration_id=migration.id)

    def undo(self, migration_id: str, reason: str) -> None:
        """Put an instance back as it was before a migration. Raises MovedSinceError."""
        migration = self.session.get(InstanceMigration, migration_id)
        if migration is None:
            raise NotFoundError
        instance = self._guarded(migration.process_instance_id, reason)
        self.session.refresh(migration)
        if migration.undone_at is not None or instance.version != migration.instance_version:
            raise MovedSinceError
        if instance.state is not InstanceState.ACTIVE:
            raise NotRunningError
        running = Running.load(self.session, self.clock, self.actor, self.processes, instance)
        left, back = running.definition, by_id(self.session, migration.from_definition_id)
        running.become(back, Execution.load(back.compiled, migration.before, running))
        instance.definition_id = back.id
        put_back(running, migration.rows)
        drop_subscriptions(self.session, instance.id)
        running.save()
        migration.undone_at, migration.undone_by = self.clock.now(), self.actor.id
        running.store.enter(
            "process_instance.migration_undone", "process_instance", instance.id, before={"version": left.version},
            after={"version": back.version, "migration_id": migration.id}, reason=reason.strip(),
        )  # fmt: skip

    def _guarded(self, instance_id: str, reason: str) -> ProcessInstance:
        instance = lock_instance(self.session, instance_id)
        if not self._may("case.read", instance):
            raise NotFoundError
        if not self._may("case.migrate", instance):
            raise ForbiddenError
        require_reason(reason)
        return instance

    def _may(self, permission: str, instance: ProcessInstance) -> bool:
        return self.actor.is_system or allowed(permission, self.actor, instance, self.session, self.clock)

    def _running(self, instance: ProcessInstance, plan: Plan) -> Running:
        _require_movable(instance, plan)
        return Running.load(self.session, self.clock, self.actor, self.processes, instance)

    def _moved(self, running: Running, plan: Plan) -> Execution:
        found = obstacles_of(running.execution, plan.target.compiled, plan.mapped)
        found += _formless(running, plan)
        if found:
            raise MigrationRefusedError([_refusal(plan, each) for each in found])
        return move(running.execution, plan.target.compiled, plan.mapped, running)


def _require_movable(instance: ProcessInstance, plan: Plan) -> None:
    if instance.definition_id != plan.source.id:
        raise NotOnThisVersionError
    if instance.state in (InstanceState.COMPLETED, InstanceState.CANCELLED):
        raise InstanceEndedError
    if instance.state is not InstanceState.ACTIVE:
        raise NotRunningError


def _formless(running: Running, plan: Plan) -> list[Obstacle]:
    """Open user tasks whose element has no form in the target: nobody could complete them."""
    open_ones = [(each.process_key, each.element_id) for each in running.execution.user_tasks()]
    mapped = [(key, element_id, plan.mapped.get(key, {}).get(element_id)) for key, element_id in open_ones]
    return [
        Obstacle(key, element_id, Hindrance.KIND)
        for key, element_id, there in mapped
        if there is not None and key in plan.target.parts and plan.target.form(key, there) is None
    ]


def _refusal(plan: Plan, obstacle: Obstacle) -> Refusal:
    parts = (plan.source.parts, plan.target.parts)
    named = (part[obstacle.process_key].model.elements.get(obstacle.element_id) for part in parts)
    name = next((element.name for element in named if element is not None and element.name), obstacle.element_id)
    return Refusal(obstacle.element_id, name, Sentence(HINDRANCE_SENTENCES[obstacle.hindrance], {}))


def refused(instance_id: str, business_key: str, error: DomainError) -> Item:
    """An instance that stays, with the error that says why."""
    if isinstance(error, MigrationRefusedError):
        return Item(instance_id, business_key, Outcome.REFUSED, tuple(error.refused))
    why = Sentence(error.sentence, error.params)
    return Item(instance_id, business_key, Outcome.REFUSED, (Refusal("", "", why),))


def require_reason(reason: str) -> None:
    """Raise ReasonTooShortError unless enough was said."""
    if len(reason.strip()) < SHORTEST_REASON:
        raise ReasonTooShortError(count=SHORTEST_REASON)


def running_on(session: Session, definition_id: str, region_path: str = "/", limit: int | None = None) -> list[str]:
    """The ids of the active instances of a version below a region, oldest first."""
    mine = select(ProcessInstance.id).where(
        ProcessInstance.definition_id == definition_id,
        ProcessInstance.state.not_in((InstanceState.COMPLETED, InstanceState.CANCELLED)),
        ProcessInstance.region_path.startswith(region_path, autoescape=True),
    )
    return list(session.scalars(mine.order_by(ProcessInstance.id).limit(limit)))


def examine_all(
    session: Session, clock: Clock, processes: Mapping[str, Process], plan: Plan, instance_ids: Iterable[str]
) -> Iterator[Item]:
    """A dry run: what would happen to each instance."""
    migrator = Migrator(session, clock, processes, SYSTEM)
    return (migrator.examine(instance_id, plan) for instance_id in instance_ids)


def migrate_all(
    database: Database, clock: Clock, processes: Mapping[str, Process], plan: Plan, instance_ids: Iterable[str],
    actor: Actor, reason: str,
) -> Iterator[Item]:  # fmt: skip
    """Move instances, each in its own unit of work. May be repeated: what was moved before is unchanged."""
    for instance_id in instance_ids:
        try:
            with database.unit_of_work() as session:
                item = Migrator(session, clock, processes, actor).migrate(instance_id, plan, reason)
        except DomainError as error:
            with database.reading() as session:
                instance = session.get(ProcessInstance, instance_id)
            item = refused(instance_id, "" if instance is None else instance.business_key, error)
        yield item
