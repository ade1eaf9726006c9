"""What a template needs to draw a form: plain, complete, without any decision left to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class OptionView:
    """A value to choose."""

    value: str
    label: str
    is_selected: bool
    hint: str = ""


@dataclass(frozen=True)
class FileView:
    """An attachment under a question."""

    id: str
    filename: str
    media_type: str
    is_image: bool
    flags: tuple[str, ...] = ()


@dataclass(frozen=True)
class ItemView:
    """One checklist item with its answer, its errors by part, and the names of its controls."""

    code: str
    name: str  # checklist.2-1: controls are name + ".result", ".note", ".measured", ".photos", …
    section: str
    text: str
    basis: str
    is_key: bool
    is_measurement: bool
    unit: str
    minimum: float | None
    maximum: float | None
    limits: str  # 0–8 ℃
    result: str
    options: tuple[OptionView, ...]
    note: str
    measured: str
    severity: str
    severities: tuple[OptionView, ...]
    affects_safety: bool
    fixed_on_spot: bool
    lots: tuple[str, ...]
    photos: tuple[FileView, ...]
    max_photos: int
    errors: Mapping[str, list[str]]

    @property
    def is_answered(self) -> bool:
        """Whether it has a result, or the measurement that gives it."""
        return bool(self.result or self.measured)

    @property
    def is_failed(self) -> bool:
        """Whether it does not conform."""
        return self.result == "nonconform"


@dataclass(frozen=True)
class SectionView:
    """A section of the checklist."""

    id: str
    title: str
    items: tuple[ItemView, ...]

    @property
    def total(self) -> int:
        """How many items."""
        return len(self.items)

    @property
    def answered(self) -> int:
        """How many of them are answered."""
        return sum(1 for item in self.items if item.is_answered)

    @property
    def failed(self) -> int:
        """How many of them do not conform."""
        return sum(1 for item in self.items if item.is_failed)

    @property
    def has_errors(self) -> bool:
        """Whether one of them must be changed."""
        return any(item.errors for item in self.items)


@dataclass(frozen=True)
class RowView:
    """One row of a repeated group or table."""

    index: int | str  # a place, or "__i__" in the blank row
    name: str  # lots.0
    fields: tuple[FieldView, ...]
    errors: tuple[str, ...] = ()


@dataclass(frozen=True)
class FieldView:
    """One component of a form, ready to be drawn."""

    kind: str  # the component's type
    key: str
    name: str  # dotted: the control's name and the path of its errors
    id: str  # of the control in the page
    label: str
    hint: str = ""
    text: str = ""  # of a static text
    value: Any = ""  # what stands in the control, as text (lists for several values, a mapping for a position)
    display: str = ""  # how it prints, read-only
    is_blank: bool = True
    required: bool = False
    readonly: bool = False
    is_internal: bool = False  # kept with the answers, shown to nobody
    is_hidden: bool = False  # hidden by the answers shown
    shown_if: str | None = None  # FEEL for the browser
    required_if: str | None = None  # FEEL for the browser
    errors: tuple[str, ...] = ()
    style: str = ""
    options: tuple[OptionView, ...] = ()
    unit: str = ""
    min: str = ""
    max: str = ""
    step: str = ""
    inputmode: str = ""
    input_type: str = ""  # text, number, date, time, datetime-local …
    min_length: int | None = None
    max_length: int | None = None
    pattern: str = ""
    media: str = ""  # photo, video, file
    accept: str = ""
    min_count: int = 0
    max_count: int | None = None
    max_seconds: int | None = None
    files: tuple[FileView, ...] = ()
    source: str = ""  # of a chooser
    filters: Mapping[str, Any] = field(default_factory=dict)  # of a chooser, evaluated
    rows: tuple[RowView, ...] = ()
    blank: RowView | None = None
    is_fixed: bool = False  # rows cannot be added or removed
    add_label: str = ""
    children: tuple[FieldView, ...] = ()  # of a group
    sections: tuple[SectionView, ...] = ()  # of a checklist
    live: bool = False  # facts that are asked for again while somebody types
    facts: tuple[tuple[str, str], ...] = ()  # rows of read-only facts
    columns: tuple[str, ...] = ()  # of a table of read-only facts
    table: tuple[tuple[str, ...], ...] = ()

    @property
    def is_told(self) -> bool:
        """Whether it is a short text that the case itself says."""
        return self.readonly and not self.is_internal and self.kind in ("textfield", "textarea", "number", "datetime")

    @property
    def total(self) -> int:
        """How many checklist items."""
        return sum(section.total for section in self.sections)

    @property
    def answered(self) -> int:
        """How many checklist items are answered."""
        return sum(section.answered for section in self.sections)

    @property
    def failed(self) -> int:
        """How many checklist items do not conform."""
        return sum(section.failed for section in self.sections)


@dataclass(frozen=True)
class ErrorView:
    """A line of the error summary: where, and what to do."""

    name: str
    id: str  # of the control to jump to
    label: str
    sentence: str


@dataclass(frozen=True)
class FormView:
    """A form, ready to be drawn."""

    key: str
    version: str
    title: str
    basis: str
    submit: str
    layout: str
    fields: tuple[FieldView, ...]
    errors: tuple[ErrorView, ...]
    facts: Mapping[str, Any]  # what the browser's conditions need of the case (data-facts)

    @property
    def has_files(self) -> bool:
        """Whether a page without script must post as multipart."""
        return any(_has_files(each) for each in self.fields)

    @property
    def checklist(self) -> FieldView | None:
        """The form's inspection checklist, wherever it stands."""
        return _checklist(self.fields)


def _has_files(view: FieldView) -> bool:
    inner = (*view.children, *(view.blank.fields if view.blank else ()))
    return view.kind in ("filepicker", "signature", "inspection_checklist") or any(map(_has_files, inner))


def _checklist(views: tuple[FieldView, ...]) -> FieldView | None:
    for view in views:
        found = view if view.kind == "inspection_checklist" else _checklist(view.children)
        if found is not None:
            return found
    return None
