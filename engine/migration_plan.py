"""Which element of one version of a process is which of another: proposed by likeness, corrected by people."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

import orjson

from engine.definitions import Definition, Part
from engine.process_model import Element, ProcessModel
from records.errors import DomainError

NAME, FORM, NEIGHBOUR, LANE = 3, 3, 1, 1  # what a likeness counts
LIKELY, POSSIBLE = 4, 2


class Confidence(StrEnum):
    """How sure it is that two elements are one."""

    SAME = "same"  # same id and kind
    LIKELY = "likely"  # same kind and place; name, form or neighbours speak for it
    POSSIBLE = "possible"  # same kind and place, little speaks for it
    CHOSEN = "chosen"  # a person said so
    NONE = "none"  # there is nothing like it


@dataclass(frozen=True)
class Suggestion:
    """What becomes of one element. ``target`` is None where nothing is like it."""

    process_key: str
    source: Element
    target: Element | None
    confidence: Confidence


class MappingRefusedError(DomainError):
    """A correction of the mapping names an element that is not there, or of another kind, or one taken already."""

    slug = "mapping-refused"
    sentence = "不能把“%(source)s”对应到“%(target)s”：环节不存在、类型不同或已被对应"


class OtherProcessError(DomainError):
    """The two versions belong to different processes."""

    slug = "other-process"
    sentence = "只能迁移到同一流程的另一版本"


@dataclass(frozen=True)
class Plan:
    """From one version of a process to another, element by element."""

    source: Definition
    target: Definition
    suggestions: tuple[Suggestion, ...]

    @property
    def mapped(self) -> dict[str, dict[str, str]]:
        """By process key: element id in the one version → element id in the other."""
        pairs: dict[str, dict[str, str]] = {key: {} for key in self.source.parts}
        for each in self.suggestions:
            if each.target is not None:
                pairs[each.process_key][each.source.id] = each.target.id
        return pairs

    @property
    def hash(self) -> str:
        """SHA-256 of the versions and the mapping."""
        content = [self.source.id, self.target.id, self.mapped]
        return hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()

    def renamed(self) -> list[Suggestion]:
        """What a person should look at: all that does not simply stay what it is."""
        return [each for each in self.suggestions if each.confidence is not Confidence.SAME]


def make_plan(source: Definition, target: Definition, corrections: Mapping[str, str] | None = None) -> Plan:
    """A plan as proposed, with a person's corrections: ``element`` or ``process/element`` → element, or "" for nothing.

    Raises OtherProcessError, MappingRefusedError.
    """
    if source.key != target.key:
        raise OtherProcessError
    chosen = {(_place(source, name)): wanted.strip() for name, wanted in (corrections or {}).items()}
    suggestions: list[Suggestion] = []
    for key, part in source.parts.items():
        other = target.parts.get(key)
        mine = {element_id: wanted for (place, element_id), wanted in chosen.items() if place == key}
        suggestions += _Matching(key, part, other, mine).suggestions()
    return Plan(source, target, tuple(suggestions))


def _place(source: Definition, name: str) -> tuple[str, str]:
    key, _slash, element_id = name.strip().rpartition("/")
    key = key or source.key
    if key not in source.parts or element_id not in source.parts[key].model.elements:
        raise MappingRefusedError(source=name, target="")
    return key, element_id


class _Matching:
    """One process of the two versions."""

    def __init__(self, key: str, old: Part, new: Part | None, chosen: Mapping[str, str]) -> None:
        self.key, self.old, self.new, self.chosen = key, old, new, chosen
        self.pairs: dict[str, tuple[Element, Confidence]] = {}
        self.taken: set[str] = set()

    def suggestions(self) -> Iterator[Suggestion]:
        """Every element of the old version with what it becomes."""
        if self.new is not None:
            self._chosen(self.new.model)
            self._same(self.new.model)
            self._alike(self.old.model, self.new.model)
        for element in self.old.model.elements.values():
            target, confidence = self.pairs.get(element.id, (None, Confidence.NONE))
            yield Suggestion(self.key, element, target, confidence)

    def _chosen(self, new: ProcessModel) -> None:
        for element_id, wanted in self.chosen.items():
            target = new.elements.get(wanted)
            if wanted and (target is None or not _one_kind(self.old.model.elements[element_id], target)):
                raise MappingRefusedError(source=element_id, target=wanted)
            if wanted in self.taken:
                raise MappingRefusedError(source=element_id, target=wanted)
            if target is not None:
                self._pair(element_id, target, Confidence.CHOSEN)

    def _same(self, new: ProcessModel) -> None:
        for element in self.old.model.elements.values():
            target = new.elements.get(element.id)
            if target is not None and self._is_free(element, target):
                self._pair(element.id, target, Confidence.SAME)

    def _alike(self, old: ProcessModel, new: ProcessModel) -> None:
        """The likest first, each taken once."""
        scored = [
            (self._likeness(old, new, element, target), element.id, target.id)
            for element in old.elements.values()
            for target in new.elements.values()
            if target.id not in old.elements and self._is_free(element, target)
        ]
        for score, element_id, target_id in sorted(scored, key=lambda each: (-each[0], each[1], each[2])):
            target = new.elements[target_id]
            if score < POSSIBLE or not self._is_free(old.elements[element_id], target):
                continue
            self._pair(element_id, target, Confidence.LIKELY if score >= LIKELY else Confidence.POSSIBLE)

    def _pair(self, element_id: str, target: Element, confidence: Confidence) -> None:
        self.pairs[element_id] = (target, confidence)
        self.taken.add(target.id)

    def _is_free(self, element: Element, target: Element) -> bool:
        unspoken = element.id not in self.pairs and element.id not in self.chosen
        return unspoken and target.id not in self.taken and _one_kind(element, target)

    def _likeness(self, old: ProcessModel, new: ProcessModel, element: Element, target: Element) -> int:
        mine, other = self.old.forms.get(element.id), None if self.new is None else self.new.forms.get(target.id)
        same_form = mine is not None and other is not None and _content(mine.version) == _content(other.version)
        score = NAME if element.name and element.name == target.name else 0
        score += FORM if same_form else 0
        score += LANE if element.lane == target.lane and (score or element.kind == "userTask") else 0
        shared = self._ways(old, element.id) & _ways_as_they_are(new, target.id)
        return score + NEIGHBOUR * min(len(shared), 3)

    def _ways(self, old: ProcessModel, element_id: str) -> set[tuple[str, str]]:
        """An element's neighbours under their ids in the new version."""
        ways = _ways_as_they_are(old, element_id)
        return {(way, self.pairs[each][0].id) for way, each in ways if each in self.pairs}


def _ways_as_they_are(model: ProcessModel, element_id: str) -> set[tuple[str, str]]:
    ways = {("to", flow.target) for flow in model.outgoing(element_id)}
    ways |= {("from", flow.source) for flow in model.flows.values() if flow.target == element_id}
    attached = model.elements[element_id].attached_to
    return ways if attached is None else ways | {("at", attached)}


def _one_kind(one: Element, other: Element) -> bool:
    return (one.kind, one.events) == (other.kind, other.events)


def _content(form_version: str) -> str:
    return form_version.rpartition("@")[2]
