"""A form on the table and the world around it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from forms.catalog import Form
from forms.context import FormContext
from records.attachments import Attachment
from records.checklists import ChecklistTemplate, released_template
from records.clock import FixedClock
from records.errors import InvalidAnswersError
from records.people import Actor
from records.registry import Establishment
from records.store import Origin, Store
from tests.factories import Cast

CASE = "01CASE00000000000000000000"


def form(*components: dict[str, Any], key: str = "onsite_inspection", **properties: Any) -> Form:
    """A form of these components."""
    return Form.parse({"components": list(components), "properties": {"title": "现场检查", **properties}}, key=key)


def question(kind: str, key: str, label: str = "数量", **parts: Any) -> dict[str, Any]:
    """A component."""
    return {"type": kind, "key": key, "label": label, **parts}


def refusals(of: Form, answers: object, context: FormContext) -> dict[str, list[str]]:
    """What is wrong with these answers, path by path."""
    with pytest.raises(InvalidAnswersError) as refused:
        of.load(answers, context)  # type: ignore[arg-type]
    return {path: [str(each) for each in sentences] for path, sentences in refused.value.errors.items()}


@pytest.fixture
def plant(session: Session) -> Establishment:
    """The rice-noodle plant of the cast's business."""
    return session.scalars(select(Establishment)).one()


@pytest.fixture
def template(session: Session) -> ChecklistTemplate:
    """The checklist of rice-noodle producers."""
    return released_template(session, "rice_noodle_producer")


@pytest.fixture
def context(
    session: Session, clock: FixedClock, cast: Cast, plant: Establishment, template: ChecklistTemplate
) -> FormContext:
    """The inspector, on the plant's case."""
    data = {
        "case": {
            "id": CASE,
            "no": "检-450203-20261118-001",
            "region_code": plant.region_code,
            "region_path": plant.region_path,
            "establishment_id": plant.id,
            "is_drill": False,
        },
        "inspection_assigned": {"mode": "routine"},
        "prepare_inspection": {"template_id": template.id, "site": {"latitude": 24.315, "longitude": 109.428}},
    }
    return FormContext(session, clock, data, cast.inspector, CASE, plant.id)


@pytest.fixture
def with_data(context: FormContext) -> Callable[..., FormContext]:
    """The same surroundings with other data of the case."""

    def make(**data: Mapping[str, Any]) -> FormContext:
        return replace(context, data={**context.data, **data})

    return make


@pytest.fixture
def acting(session: Session, clock: FixedClock, context: FormContext) -> Store:
    """The inspector's writer, submitting a form of the case."""
    origin = Origin(process_instance_id=CASE, user_task_id="01TASK", submission_id="01SUBMISSION1")
    return Store(session, clock, context.actor, origin)


@pytest.fixture
def photo(store: Store, plant: Establishment, clock: FixedClock) -> Callable[..., str]:
    """Makes uploads: of this case unless told otherwise."""

    def make(media_type: str = "image/jpeg", case: str | None = CASE, by: Actor | None = None, **parts: Any) -> str:
        writer = Store(store.session, clock, by) if by else store
        attachment = Attachment(
            sha256="0" * 64,
            filename=parts.pop("filename", "现场.jpg"),
            media_type=media_type,
            size=1,
            region_code=plant.region_code,
            region_path=plant.region_path,
            process_instance_id=case,
            **parts,
        )
        return writer.add(attachment).id

    return make
