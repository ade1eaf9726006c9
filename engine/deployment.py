"""Deploying a process: read its files, hold them against each other and the code, keep the version."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine import conformance
from engine.bpmn import UncompilableModelError, compile_process
from engine.definitions import current_row
from engine.expression_checks import check_expressions
from engine.findings import Finding
from engine.foreign import check_file
from engine.model import ProcessDefinition
from engine.model_checks import check_model, uncompilable
from engine.model_xml import UnreadableModelError, text_of_file
from engine.process import Process
from engine.process_model import ModelFile, ProcessModel, read_model
from feel.dmn import parse_decisions
from feel.errors import FeelError
from records.base import Source
from records.clock import Clock
from records.errors import DomainError
from records.people import Actor
from records.store import Origin, Store

__all__ = [
    "Bundle", "DeploymentRefusedError", "Finding", "called_first", "check", "check_file", "deploy", "read_bundle",
]  # fmt: skip


@dataclass(frozen=True)
class Bundle:
    """The files of one process: model, forms by element id, decision files by decision id."""

    key: str
    bpmn: bytes
    forms: Mapping[str, Any]
    decisions: Mapping[str, str]


class DeploymentRefusedError(DomainError):
    """The files do not fit together. ``findings`` say where and why."""

    slug = "deployment-refused"
    sentence = "流程“%(key)s”不能部署：%(first)s（共 %(count)s 处）"

    def __init__(self, key: str, findings: list[Finding]) -> None:
        first = f"{findings[0].element}：{findings[0].zh}"
        super().__init__(key=key, first=first, count=len(findings))
        self.findings = findings


Known = Mapping[str, tuple[ProcessModel, ModelFile]]


def read_bundle(key: str, bpmn_dir: Path, forms_dir: Path) -> Bundle:
    """The files of a process: ``<key>.bpmn``, ``<forms>/<key>/*.json`` and the ``*.dmn`` that hold its decisions."""
    bpmn = (bpmn_dir / f"{key}.bpmn").read_bytes()
    forms = {path.stem: orjson.loads(path.read_bytes()) for path in sorted((forms_dir / key).glob("*.json"))}
    return Bundle(key, bpmn, forms, _decisions_of(bpmn, bpmn_dir))


def _decisions_of(bpmn: bytes, folder: Path) -> dict[str, str]:
    try:
        wanted = {e.id for model in read_model(bpmn).processes for e in model.of_kind("businessRuleTask")}
    except UnreadableModelError:
        return {}
    found: dict[str, str] = {}
    for path in sorted(folder.glob("*.dmn")) if wanted else ():
        content = path.read_bytes()
        try:
            decisions = parse_decisions(content).decisions
        except FeelError:
            continue
        found |= {decision_id: text_of_file(content) for decision_id in wanted & set(decisions)}
    return found


def check(bundle: Bundle, process: Process, known: Known | None = None) -> list[Finding]:
    """Everything that speaks against deploying the bundle. Without ``known`` (deployed ones) calls are not followed."""
    try:
        file = read_model(bundle.bpmn)
    except UnreadableModelError as error:
        return [Finding(bundle.key, error.line, error.slug, error.zh, error.en)]
    candidates = file.executable()
    if len(candidates) != 1 or candidates[0].key != bundle.key:
        return [_not_one(bundle.key, candidates)]
    model = candidates[0]
    findings = [
        *check_model(model),
        *conformance.check_lanes(model),
        *conformance.check_forms(model, bundle.forms),
        *conformance.check_services(model, process),
        *conformance.check_decisions(model, bundle.decisions),
    ]
    findings += check_expressions(model, bundle.forms, [m for m, _file in (known or {}).values()])
    if known is not None:
        findings += conformance.check_calls(model, {key: m for key, (m, _file) in known.items()})
    if not findings and (known is not None or not model.calls()):
        findings += compilation(model, file, known or {})
    return findings


def compilation(model: ProcessModel, file: ModelFile, known: Known) -> list[Finding]:
    """What keeps the model from being compiled."""
    called = {key: known[key] for key in called_keys(model, known)}
    try:
        compile_process(model, file, called)
    except UncompilableModelError as error:
        return [uncompilable(model, error)]
    return []


def called_keys(model: ProcessModel, known: Known) -> list[str]:
    """The keys of all processes that a model calls, directly or not, as far as they are known."""
    keys: list[str] = []
    todo = list(model.calls().values())
    while todo:
        key = todo.pop()
        if key in known and key not in keys:
            keys.append(key)
            todo += known[key][0].calls().values()
    return sorted(keys)


def _not_one(key: str, candidates: list[ProcessModel]) -> Finding:
    if not candidates:
        return Finding(key, None, "no-executable-process", "文件中没有可执行的流程", "there is no executable process")
    if len(candidates) > 1:
        line, zh = candidates[1].line, f"文件中有 {len(candidates)} 个可执行的流程"
        return Finding(candidates[1].key, line, "several-processes", zh, "there are several executable processes")
    zh, en = f"流程 id 须为“{key}”", f"the process id must be {key!r}"
    return Finding(candidates[0].key, candidates[0].line, "process-id", zh, en)


def deploy(
    session: Session, clock: Clock, bundle: Bundle, processes: Mapping[str, Process], actor: Actor
) -> ProcessDefinition:
    """Keep the bundle as a version of its process; the same content is the same version, and not checked again."""
    rows = _deployed(session, bundle)
    known = {key: _read(row) for key, row in rows.items()}
    row = _kept(session, bundle, rows, known)
    if row is not None:
        return _again(session, clock, row)
    findings = check(bundle, processes.get(bundle.key, Process(bundle.key)), known)
    if findings:
        raise DeploymentRefusedError(bundle.key, findings)
    model = read_model(bundle.bpmn).executable()[0]
    bound = {key: rows[key] for key in called_keys(model, known)}
    digest = _digest(bundle, bound)
    row = _new_row(session, clock, bundle, model, digest, actor)
    row.called = {key: one.id for key, one in bound.items()}
    session.add(row)
    session.flush()
    store = Store(session, clock, actor, Origin(Source.ADMIN))
    after = {"key": row.key, "version": row.version, "content_hash": digest}
    store.enter("process_definition.deployed", "process_definition", row.id, after=after)
    return row


def _kept(
    session: Session, bundle: Bundle, rows: Mapping[str, ProcessDefinition], known: Known
) -> ProcessDefinition | None:
    """The version that has this very content, bound to the same called versions; None when there is none."""
    try:
        candidates = read_model(bundle.bpmn).executable()
    except UnreadableModelError:
        return None
    if len(candidates) != 1:
        return None
    digest = _digest(bundle, {key: rows[key] for key in called_keys(candidates[0], known)})
    return session.scalar(select(ProcessDefinition).where(ProcessDefinition.content_hash == digest))


def _again(session: Session, clock: Clock, row: ProcessDefinition) -> ProcessDefinition:
    if current_row(session, row.key).id != row.id:
        row.deployed_at = clock.now()  # an earlier version becomes the current one again
    return row


def _new_row(
    session: Session, clock: Clock, bundle: Bundle, model: ProcessModel, digest: str, actor: Actor
) -> ProcessDefinition:
    last = session.scalar(select(func.max(ProcessDefinition.version)).where(ProcessDefinition.key == bundle.key))
    return ProcessDefinition(
        id=clock.new_id(),
        key=bundle.key,
        version=(last or 0) + 1,
        name=model.name[:120],
        content_hash=digest,
        bpmn=text_of_file(bundle.bpmn),
        forms=dict(bundle.forms),
        decisions=dict(bundle.decisions),
        deployed_at=clock.now(),
        deployed_by=actor.id,
    )


def _deployed(session: Session, bundle: Bundle) -> dict[str, ProcessDefinition]:
    """The current rows of all other processes that may be called."""
    keys = session.scalars(select(ProcessDefinition.key).where(ProcessDefinition.key != bundle.key).distinct())
    return {key: current_row(session, key) for key in sorted(keys)}


def _read(row: ProcessDefinition) -> tuple[ProcessModel, ModelFile]:
    file = read_model(row.bpmn.encode())
    return next(m for m in file.processes if m.key == row.key), file


def _digest(bundle: Bundle, called: Mapping[str, ProcessDefinition]) -> str:
    content = {
        "bpmn": hashlib.sha256(bundle.bpmn).hexdigest(),
        "forms": bundle.forms,
        "decisions": bundle.decisions,
        "called": {key: row.content_hash for key, row in called.items()},
    }
    return hashlib.sha256(orjson.dumps([bundle.key, content], option=orjson.OPT_SORT_KEYS)).hexdigest()


def called_first(bundles: list[Bundle]) -> list[Bundle]:
    """The bundles in an order in which every process comes after those it calls."""
    by_key = {bundle.key: bundle for bundle in bundles}
    ordered: dict[str, Bundle] = {}

    def place(key: str, above: tuple[str, ...]) -> None:
        if key not in by_key or key in ordered or key in above:
            return
        for called in _calls(by_key[key]):
            place(called, (*above, key))
        ordered[key] = by_key[key]

    for bundle in bundles:
        place(bundle.key, ())
    return list(ordered.values())


def _calls(bundle: Bundle) -> list[str]:
    try:
        models = read_model(bundle.bpmn).executable()
    except UnreadableModelError:
        return []
    return [called for model in models for called in model.calls().values()]
