"""A failed sample, the problem that it began, and the re-test that clears it or does not: two cases that meet."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from engine.invariants import check_invariants
from records.controls import ControlMeasure
from records.inspections import Rectification
from records.lots import Lot, LotState, add_lot
from records.pauses import ClockPause
from records.penalties import Penalty
from records.registry import Establishment
from records.store import Store
from records.verification import verify_store
from tests.factories import place
from tests.workflows.problem_story import ProblemStory
from tests.workflows.sampling_story import SamplingStory


class Both:
    """The sampling and its problem, each told in its own words."""

    def __init__(self, sampling: SamplingStory) -> None:
        self.sampling = sampling
        told = sampling
        self.problem = ProblemStory(told.database, told.engine, told.clock, told.cast, told.blobs)
        self.problem.pictures = 40_000  # nobody uploads the same picture twice

    def deliver(self) -> None:
        """Every message reaches its case, also those that this brings about."""
        for _ in range(3):
            self.sampling.deliver_messages()

    def until_problem(self) -> None:
        """The lot's sample has too much lead; the problem case is given to its pair."""
        plant_id = self.sampling.cast.business.establishment_id
        with self.sampling.database.unit_of_work() as session:
            store = Store(session, self.sampling.clock, self.sampling.cast.admin)
            plant = session.get_one(Establishment, plant_id)
            noodles = {"tlc": "20261102", "product_name": "干米粉", "quantity": Decimal(200), "unit": "袋"}
            lot = Lot(**noodles, establishment_id=plant.id, **place(session))
            self.problem.lot_id = add_lot(store, lot, made_at=self.sampling.clock.now()).id
        self.sampling.until_failed()
        self.deliver()
        self.problem.case = self.problem.case_of("problem_handling")
        self.problem.assign_pair()

    def seal(self) -> None:
        """The problem is true and the lot sealed."""
        self.problem.verify(control="yes")
        self.problem.control(lots=[self.problem.lot_id])
        self.problem.do("approve_control", self.problem.cast.lead, decision="approve")

    def retest(self, value: str) -> None:
        """The business objects; a second laboratory measures again."""
        self.sampling.object()
        self.deliver()
        self.sampling.send_spare()
        self.sampling.retest(value)
        self.deliver()

    def pauses(self, case: str) -> list[ClockPause]:
        """When a case's clock stood."""
        before, self.problem.case = self.problem.case, case
        try:
            return self.problem.all(ClockPause)
        finally:
            self.problem.case = before


@pytest.fixture
def both(picked: SamplingStory) -> Iterator[Both]:
    """Two cases about to begin; everything holds at the end."""
    told = Both(picked)
    yield told
    with picked.database.reading() as session:
        assert list(verify_store(session)) == []
        assert list(check_invariants(session)) == []


REASON: dict[str, Any] = {"reason": "复检合格，没有其他证据证明该批次不合格"}


def test_a_re_test_that_clears_the_sample_closes_the_problem_and_frees_the_lot(both: Both) -> None:
    both.until_problem()
    assert (both.problem.problem().hazard, both.problem.problem().origin) == ("chemical", "sampling")
    both.seal()
    assert both.problem.lot_state() is LotState.HELD
    both.retest("0.11")
    assert both.sampling.samples()[0].status == "overturned"
    assert both.problem.lot_state() is LotState.HELD  # it is still sealed by the problem's own measure
    assert "judge_overturned" in both.problem.waits_for()
    assert "problem.retest" in both.problem.told(both.problem.cast.inspector)
    both.problem.do("judge_overturned", both.problem.cast.lead, decision="close", **REASON)
    both.deliver()
    assert both.problem.instance().end_element == "problem_not_established"
    assert both.problem.waits_for() == []
    problem = both.problem.problem()
    assert (problem.status, problem.is_established, problem.closing) == ("dismissed", False, REASON["reason"])
    assert both.problem.one(ControlMeasure).status == "lifted"
    assert both.problem.lot_state() is LotState.ACTIVE
    assert "problem.control_ended" in both.problem.told(both.problem.cast.business)
    assert both.problem.credit() == []


def test_r_tst_06_the_clock_of_the_problem_stands_while_the_sample_is_tested_again(both: Both) -> None:
    both.until_problem()
    both.sampling.object()
    both.deliver()
    [pause] = both.pauses(both.problem.case)
    assert (pause.rule_code, pause.ends_at) == ("R-TST-06", None)
    both.sampling.clock.advance(days=4)
    both.sampling.send_spare()
    both.sampling.retest("0.31")
    both.deliver()
    [pause] = both.pauses(both.problem.case)
    assert pause.ends_at is not None and (pause.ends_at - pause.begins_at).days == 4
    assert both.problem.waits_for() == ["preliminary_verification"]  # the failure stands, the problem goes on


def test_other_evidence_keeps_the_problem_open(both: Both) -> None:
    both.until_problem()
    both.retest("0.11")
    both.problem.do(
        "judge_overturned", both.problem.cast.lead, decision="continue", reason="现场查见过期原料两袋，另行调查"
    )
    both.deliver()
    assert both.problem.waits_for() == ["preliminary_verification"]
    assert both.problem.problem().status == "verifying"


def test_what_was_begun_of_measures_ends_with_the_case(both: Both) -> None:
    both.until_problem()
    both.seal()
    both.problem.answer_gaps()
    both.problem.confirm()
    both.problem.do("determination", both.problem.cast.inspector, action="trace")
    both.problem.determine()
    both.problem.approve_determination()
    both.problem.choose("rectify", "penalty")
    both.retest("0.11")
    both.problem.do("judge_overturned", both.problem.cast.lead, decision="close", **REASON)
    both.deliver()
    assert both.problem.one(Rectification).status == "withdrawn"
    assert both.problem.one(Penalty).status == "dropped"
    assert both.problem.instance().end_element == "problem_not_established"


def test_a_penalty_that_is_decided_is_revoked_before_the_case_is_closed(both: Both) -> None:
    both.until_problem()
    both.problem.verify()
    both.problem.answer_gaps()
    both.problem.confirm()
    both.problem.determine()
    both.problem.approve_determination()
    both.problem.choose("penalty")
    with both.problem.database.unit_of_work() as session:
        penalty = session.get_one(Penalty, both.problem.one(Penalty).id)
        Store(session, both.problem.clock, both.problem.cast.admin).correct(penalty, {"status": "decided"})
    both.retest("0.11")
    said = both.problem.refused("judge_overturned", both.problem.cast.lead, decision="close", **REASON)
    assert said == {"decision": ["已作出的处罚决定、已启动的召回不能随案撤回，请先依法撤销或者终止"]}


def test_a_problem_that_has_ended_is_told_to_the_leads(both: Both) -> None:
    both.until_problem()
    both.problem.verify("no")
    both.problem.do("close_unfounded", both.problem.cast.inspector, reason="现场未查见不合格批次，已全部退回生产者")
    both.retest("0.11")
    assert "sample.final" in both.problem.told(both.problem.cast.lead)
    assert "retest_told" not in both.sampling.last_thrown()
