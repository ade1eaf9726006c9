"""What the API answers, field by field. Only what is named here leaves the house."""

from __future__ import annotations

from marshmallow import Schema, fields, validate


class Moment(fields.AwareDateTime):
    """A moment, ISO 8601, UTC."""


class PageSchema(Schema):
    """What every list carries beside its rows."""

    next_cursor = fields.String(allow_none=True)
    previous_cursor = fields.String(allow_none=True)
    total = fields.Integer(
        allow_none=True, metadata={"description": "How many there are; 10001 means more than 10000 (user tasks)"}
    )


def page_of(row: type[Schema]) -> type[Schema]:
    """A page of rows."""
    name = f"{row.__name__}Page"
    return type(name, (PageSchema,), {"rows": fields.List(fields.Nested(row)), "__doc__": f"A page of {row.__name__}."})


class Person(Schema):
    """Who is signed in."""

    id = fields.String()
    name = fields.String()
    roles = fields.List(fields.String())
    region_path = fields.String()
    establishment_id = fields.String(allow_none=True)
    csrf_token = fields.String(metadata={"description": "To be sent as X-CSRFToken with every change"})


class EstablishmentRow(Schema):
    """An establishment in a list."""

    id = fields.String()
    name = fields.String()
    credit_code = fields.String()
    kind = fields.String()
    region_name = fields.String()
    address = fields.String()
    risk_grade = fields.String()
    credit_score = fields.Integer()
    licence_expires_on = fields.Date(allow_none=True)
    status = fields.String()


class Establishment(Schema):
    """An establishment."""

    id = fields.String()
    version = fields.Integer()
    name = fields.String()
    credit_code = fields.String()
    kind = fields.String()
    segment = fields.String()
    region_code = fields.String()
    market_id = fields.String(allow_none=True)
    stall_no = fields.String(allow_none=True)
    licence_no = fields.String(allow_none=True)
    licence_expires_on = fields.Date(allow_none=True)
    address = fields.String()
    latitude = fields.Float(allow_none=True)
    longitude = fields.Float(allow_none=True)
    legal_person = fields.String()
    contact = fields.String(allow_none=True)
    phone = fields.String(allow_none=True)
    risk_grade = fields.String()
    credit_score = fields.Integer()
    status = fields.String()
    filed_on = fields.Date()


class ProductRow(Schema):
    """A product in a list."""

    id = fields.String()
    name = fields.String()
    code = fields.String()
    category = fields.String()
    unit = fields.String()
    shelf_life_days = fields.Integer(allow_none=True)
    is_key_monitored = fields.Boolean()
    establishment_id = fields.String()
    establishment_name = fields.String()


class Product(Schema):
    """A product."""

    id = fields.String()
    version = fields.Integer()
    name = fields.String()
    code = fields.String()
    category = fields.String()
    unit = fields.String()
    shelf_life_days = fields.Integer(allow_none=True)
    storage = fields.String(allow_none=True)
    net_content = fields.Decimal(allow_none=True, as_string=True)
    is_key_monitored = fields.Boolean()
    establishment_id = fields.String()
    region_code = fields.String()


class Attachment(Schema):
    """An evidence file."""

    id = fields.String()
    filename = fields.String()
    media_type = fields.String()
    size = fields.Integer()
    width = fields.Integer(allow_none=True)
    height = fields.Integer(allow_none=True)
    sha256 = fields.String()
    taken_at = Moment(allow_none=True)
    latitude = fields.Float(allow_none=True)
    longitude = fields.Float(allow_none=True)
    flags = fields.List(fields.String(), allow_none=True)
    process_instance_id = fields.String(allow_none=True)
    user_task_id = fields.String(allow_none=True)
    created_at = Moment()


class Document(Schema):
    """An issued document. Its PDF is at `/documents/{id}.pdf`."""

    id = fields.String()
    kind = fields.String()
    title = fields.String()
    no = fields.String(allow_none=True)
    status = fields.String()
    token = fields.String()
    facts_hash = fields.String()
    sha256 = fields.String(allow_none=True)
    size = fields.Integer(allow_none=True)
    issued_at = Moment(allow_none=True)
    process_instance_id = fields.String(allow_none=True)


class JournalEntry(Schema):
    """One line of the journal."""

    id = fields.String(attribute="reference")
    chain = fields.String()
    seq = fields.Integer()
    prev_hash = fields.String()
    hash = fields.String()
    at = Moment()
    actor_id = fields.String()
    actor_name = fields.String()
    on_behalf_of = fields.String(allow_none=True)
    verb = fields.String()
    subject_type = fields.String()
    subject_id = fields.String()
    user_task_id = fields.String(allow_none=True)
    submission_id = fields.String(allow_none=True)
    reason = fields.String(allow_none=True)
    before = fields.Dict(allow_none=True)
    after = fields.Dict(allow_none=True)


class UserTask(Schema):
    """A user task."""

    id = fields.String()
    process_instance_id = fields.String()
    process_key = fields.String()
    element_id = fields.String()
    name = fields.String()
    title = fields.String()
    state = fields.String()
    candidate_group = fields.String()
    qualification = fields.String(allow_none=True)
    assignee_id = fields.String(allow_none=True)
    on_behalf_of = fields.String(allow_none=True, metadata={"description": "Whom the assignee stands in for"})
    delegated_by = fields.String(allow_none=True, metadata={"description": "Who passed it on to the assignee"})
    follow_up_on = fields.Date(allow_none=True)
    establishment_id = fields.String(allow_none=True)
    region_code = fields.String()
    priority = fields.Integer()
    is_drill = fields.Boolean()
    created_at = Moment()
    claimed_at = Moment(allow_none=True)
    completed_at = Moment(allow_none=True)
    due_at = Moment(allow_none=True)
    due_rule = fields.String(allow_none=True)
    due_basis = fields.Dict(allow_none=True)
    escalation_level = fields.Integer()
    reopens_id = fields.String(
        allow_none=True, metadata={"description": "The completed user task that this one is done instead of"}
    )
    version = fields.Integer()


class Suspended(Schema):
    """How a case was suspended. ``clocks``: stop, its deadlines stand still; run, they run on."""

    at = Moment()
    by = fields.String()
    by_name = fields.String()
    reason = fields.String()
    legal_basis = fields.String()
    clocks = fields.String()


class Case(Schema):
    """A process instance."""

    id = fields.String()
    process_key = fields.String()
    business_key = fields.String(metadata={"description": "The case number"})
    title = fields.String()
    state = fields.String()
    region_code = fields.String()
    establishment_id = fields.String(allow_none=True)
    is_drill = fields.Boolean()
    started_at = Moment()
    started_by = fields.String()
    ended_at = Moment(allow_none=True)
    end_element = fields.String(allow_none=True)
    cancel_reason = fields.String(allow_none=True)
    suspension = fields.Nested(Suspended, allow_none=True)


class Answers(Schema):
    """The answers to a form, nested as the form's keys are."""

    answers = fields.Dict(required=True)


class DraftGiven(Answers):
    """A draft with the version it was begun from."""

    version = fields.Integer(load_default=None, allow_none=True)


class DraftKept(Schema):
    """A draft as it was kept."""

    version = fields.Integer()
    saved_at = fields.String()


class Completion(Schema):
    """What a completion brought about."""

    user_task_id = fields.String()
    submission_id = fields.String()
    records = fields.Dict(keys=fields.String(), values=fields.String())
    opened = fields.List(fields.String())
    instance_state = fields.String()
    is_repeat = fields.Boolean()


class Reason(Schema):
    """Why."""

    reason = fields.String(load_default="")


class Assignment(Schema):
    """To whom."""

    assignee_id = fields.String(required=True)


class Text(Schema):
    """What is said."""

    text = fields.String(required=True, validate=validate.Length(1, 2000))


class IdempotencyKey(Schema):
    """A key that makes a repeat harmless: the same key gets the same answer again."""

    key = fields.String(data_key="Idempotency-Key", load_default=None, validate=validate.Length(8, 80))


class Process(Schema):
    """A process that may be started."""

    key = fields.String()
    name = fields.String()
    description = fields.String()
    start_event_id = fields.String()
