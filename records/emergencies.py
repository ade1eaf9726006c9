"""Facts of a food-safety emergency: the event, what each agency does, the reports of its course (R-EMG-01 ff.)."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import String, Text, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from records.base import CaseMixin, Fact, Json, choice, refers_to
from records.problems import Hazard


class Agency(StrEnum):
    """Who acts jointly when an emergency is answered (FSL art. 105)."""

    REGULATION = "regulation"
    DISEASE_CONTROL = "cdc"
    HEALTH = "health"
    POLICE = "police"
    INFORMATION = "information"
    LOGISTICS = "logistics"


#: agency -> the role whose people act for it
ROLE_OF = {
    Agency.REGULATION: "INS",
    Agency.DISEASE_CONTROL: "CDC",
    Agency.HEALTH: "HLT",
    Agency.POLICE: "POL",
    Agency.INFORMATION: "DISC",
    Agency.LOGISTICS: "OPS",
}


class Grade(StrEnum):
    """The grade of an accident, I the gravest (R-EMG-01); ``none``: below the grades."""

    FIRST = "I"
    SECOND = "II"
    THIRD = "III"
    FOURTH = "IV"
    NONE = "none"


class EmergencyEvent(CaseMixin, Fact):
    """One emergency, real or of a drill. Counts of people only grow, unless corrected with a reason (R-EMG-03).

    status: reported | graded | activated | controlled | ended. The moments are what a drill is measured by.
    """

    event_at: Mapped[datetime | None]
    place: Mapped[str | None] = mapped_column(String(200))
    product_name: Mapped[str | None] = mapped_column(String(120))
    hazard: Mapped[Hazard | None] = mapped_column(choice(Hazard))  # None: not known yet
    lot_ids: Mapped[list[str] | None] = mapped_column(Json)
    summary: Mapped[str | None] = mapped_column(Text)
    source_case_no: Mapped[str | None] = mapped_column(String(48))
    ill: Mapped[int] = mapped_column(default=0)
    severe: Mapped[int] = mapped_column(default=0)
    dead: Mapped[int] = mapped_column(default=0)
    symptoms: Mapped[list[str] | None] = mapped_column(Json)
    reporter: Mapped[str | None] = mapped_column(String(120))
    reporter_phone: Mapped[str | None] = mapped_column(String(40))
    measures: Mapped[str | None] = mapped_column(Text)
    correction_reason: Mapped[str | None] = mapped_column(Text)
    agencies: Mapped[list[str] | None] = mapped_column(Json)
    spread: Mapped[str | None] = mapped_column(String(20))  # county | counties | cities | provinces
    is_new_pollutant: Mapped[bool] = mapped_column(default=False)
    is_spreading: Mapped[bool] = mapped_column(default=False)
    is_serious: Mapped[bool] = mapped_column(default=False)
    proposed_grade: Mapped[Grade | None] = mapped_column(choice(Grade))
    grade: Mapped[Grade | None] = mapped_column(choice(Grade))
    grade_reason: Mapped[str | None] = mapped_column(Text)
    plan_version_id: Mapped[str | None] = mapped_column(String(26))
    commander: Mapped[str | None] = mapped_column(String(60))
    command_group: Mapped[str | None] = mapped_column(Text)
    alerted_at: Mapped[datetime | None]  # somebody first told the platform
    reported_at: Mapped[datetime | None]  # the initial report
    acknowledged_at: Mapped[datetime | None]  # every agency had
    activated_at: Mapped[datetime | None]
    first_report_at: Mapped[datetime | None]  # of an agency
    traced_at: Mapped[datetime | None]
    trace_run_id: Mapped[str | None] = mapped_column(String(26))
    first_notice_at: Mapped[datetime | None]
    controlled_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class SituationReport(CaseMixin, Fact):
    """One report of the course: initial, progress or final, with the counts of its moment."""

    emergency_event_id: Mapped[str] = mapped_column(refers_to("emergency_event.id"), index=True)
    kind: Mapped[str] = mapped_column(String(20))  # initial | progress | final
    number: Mapped[int]
    ill: Mapped[int]
    severe: Mapped[int]
    dead: Mapped[int]
    text: Mapped[str | None] = mapped_column(Text)
    correction_reason: Mapped[str | None] = mapped_column(Text)
    due_at: Mapped[datetime | None]
    reported_at: Mapped[datetime]


class AgencyAction(CaseMixin, Fact):
    """What one agency does in one emergency. status: alerted | acknowledged | unreachable | acting | done."""

    emergency_event_id: Mapped[str] = mapped_column(refers_to("emergency_event.id"), index=True)
    agency: Mapped[Agency] = mapped_column(choice(Agency))
    contact_ids: Mapped[list[str]] = mapped_column(Json)  # who is called, one after the other
    contacts_tried: Mapped[int] = mapped_column(default=0)
    alerted_at: Mapped[datetime]
    acknowledged_at: Mapped[datetime | None]
    acknowledged_by: Mapped[str | None] = mapped_column(String(26))
    first_report_at: Mapped[datetime | None]
    reports: Mapped[int] = mapped_column(default=0)
    real_notices_refused: Mapped[int] = mapped_column(default=0)
    outcome: Mapped[str | None] = mapped_column(Text)
    done_at: Mapped[datetime | None]


class AgencyReport(CaseMixin, Fact):
    """One report of an agency. ``details`` are of its own kind: beds of health, attack rates of disease control …"""

    agency_action_id: Mapped[str] = mapped_column(refers_to("agency_action.id"), index=True)
    agency: Mapped[Agency] = mapped_column(choice(Agency))
    text: Mapped[str | None] = mapped_column(Text)
    details: Mapped[dict[str, Any] | None] = mapped_column(Json)
    is_last: Mapped[bool] = mapped_column(default=False)
    reported_at: Mapped[datetime]


def actions_of(session: Session, emergency_event_id: str) -> list[AgencyAction]:
    """What the agencies do in an emergency, in the order of alerting."""
    own = select(AgencyAction).where(
        AgencyAction.emergency_event_id == emergency_event_id, AgencyAction.deleted_at.is_(None)
    )
    return list(session.scalars(own.order_by(AgencyAction.id)))


def reports_of(session: Session, emergency_event_id: str) -> list[SituationReport]:
    """The reports of an emergency's course, oldest first."""
    own = select(SituationReport).where(
        SituationReport.emergency_event_id == emergency_event_id, SituationReport.deleted_at.is_(None)
    )
    return list(session.scalars(own.order_by(SituationReport.reported_at, SituationReport.id)))


def agency_reports_of(session: Session, action_id: str) -> list[AgencyReport]:
    """The reports of one agency, oldest first."""
    own = select(AgencyReport).where(AgencyReport.agency_action_id == action_id, AgencyReport.deleted_at.is_(None))
    return list(session.scalars(own.order_by(AgencyReport.reported_at, AgencyReport.id)))
