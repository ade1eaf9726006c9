"""Figures against a brute-force count over random small data; drills left out; nothing to do means not applicable."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from records.assessment_periods import Period
from records.assessment_population import population
from records.assessments import CycleKind, SubjectKind
from records.clock import ZONE, FixedClock
from records.db import Database
from records.indicators import released_scheme
from records.inspections import Inspection, Rectification
from records.people import SYSTEM
from records.registry import Establishment, EstablishmentKind
from records.sample_verdicts import Verdict
from records.sampling import Sample
from records.statistics import FIGURES, NOTHING, Measured, Question, Ratio, measure, measure_all
from records.store import Origin, Store
from records.trace_model import TraceRun
from records.vouchers import Voucher, VoucherKind
from tests.factories import CITY, DISTRICT, SIBLING, establishment, region
from tests.records.chain import Chain

OCTOBER = Period(CycleKind.MONTH, date(2026, 10, 1))
FIRST = datetime(2026, 9, 20, 8, tzinfo=ZONE)


def asked(session: Session, code: str = CITY, period: Period = OCTOBER) -> Question:
    return Question(session, period, code, region(session, code).path)


def check(session: Session, name: str, rows: list[tuple[Establishment, Ratio]]) -> Measured:
    """The figure is the sum of these rows, by establishment and by district."""
    found = measure(asked(session), name)
    for one in {each.id: each for each, _ratio in rows}.values():
        wanted = sum((ratio for each, ratio in rows if each is one), NOTHING)
        assert found.of_establishment(one.id) == wanted, one.name
    for code in (DISTRICT, SIBLING, CITY):
        path = region(session, code).path
        wanted = sum((ratio for each, ratio in rows if each.region_path.startswith(path)), NOTHING)
        assert found.of_region(path) == wanted, code
    return found


def one_of(count: int) -> Ratio:
    return Ratio(Decimal(count), Decimal(1))


class Data:
    """Random facts of some establishments around October, in two districts; a fifth of them of drills."""

    def __init__(self, session: Session, clock: FixedClock, seed: int) -> None:
        self.session, self.clock, self.chance = session, clock, random.Random(seed)
        clock.move_to(FIRST)
        self.store = Store(session, clock, SYSTEM)
        self.drill = Store(session, clock, SYSTEM, Origin(is_drill=True))
        for each in session.query(Establishment):
            self.store.tombstone(each, reason="不在本测试内")
        kinds = (EstablishmentKind.WHOLESALER, EstablishmentKind.SUPERMARKET, EstablishmentKind.PRODUCER)
        self.places = [
            establishment(
                self.store, region_code=self.chance.choice((DISTRICT, SIBLING)), kind=self.chance.choice(kinds),
                name=f"第{n}家", licence_expires_on=self.day(), phone=self.chance.choice(("1", None)),
                filed_on=self.chance.choice((date(2024, 1, 1), date(2026, 10, 11), date(2026, 11, 2))),
                status=self.chance.choice(("active", "active", "closed")),
            )
            for n in range(7)
        ]  # fmt: skip
        session.flush()

    def day(self) -> date:
        return FIRST.date() + timedelta(days=self.chance.randrange(50))

    def moment(self) -> datetime:
        return FIRST + timedelta(minutes=self.chance.randrange(50 * 24 * 60))

    def add(self, fact: Any) -> Any:
        """Enter it at some place, perhaps as part of a drill."""
        place = self.chance.choice(self.places)
        fact.establishment_id, fact.region_code, fact.region_path = place.id, place.region_code, place.region_path
        return (self.drill if self.chance.random() < 0.2 else self.store).add(fact)

    def place(self, fact: Any) -> Establishment:
        return next(each for each in self.places if each.id == fact.establishment_id)


@pytest.fixture(params=range(6))
def data(database: Database, clock: FixedClock, request: pytest.FixtureRequest) -> Any:
    with database.unit_of_work() as session:
        yield Data(session, clock, request.param)


def in_october(moment: datetime | None) -> bool:
    return moment is not None and datetime(2026, 10, 1, tzinfo=ZONE) < moment <= datetime(2026, 11, 1, tzinfo=ZONE)


def test_filing_rate(data: Data) -> None:
    there = [p for p in data.places if p.status == "active" and p.filed_on <= OCTOBER.ends_on]
    rows = [
        (p, one_of(int(p.phone is not None and p.licence_expires_on >= OCTOBER.ends_on)))  # type: ignore[operator]
        for p in there
    ]
    check(data.session, "filing_rate", rows)


def test_inspection_plan_and_rectification_on_time(data: Data) -> None:
    checks: list[Inspection] = []
    for _n in range(30):
        result_at = data.moment() if data.chance.random() < 0.6 else None
        checks.append(data.add(Inspection(mode="routine", planned_on=data.day(), result_at=result_at)))
    orders: list[Rectification] = []
    for _n in range(30):
        due_at = data.moment()
        submitted = due_at + timedelta(hours=data.chance.randrange(-48, 48)) if data.chance.random() < 0.7 else None
        status = data.chance.choice(("accepted", "accepted", "rejected", "failed"))
        order = Rectification(inspection_id=checks[0].id, due_at=due_at, submitted_at=submitted, status=status)
        orders.append(data.add(order))
    data.session.flush()
    check(data.session, "inspection_plan", [
        (data.place(i), one_of(int(i.result_at is not None and i.result_at <= OCTOBER.ended_at)))
        for i in checks
        if not i.is_drill and i.planned_on and OCTOBER.starts_on <= i.planned_on <= OCTOBER.ends_on
    ])  # fmt: skip
    check(data.session, "rectification_on_time", [
        (data.place(r), one_of(int(is_on_time(r))))
        for r in orders
        if not r.is_drill and in_october(r.due_at)
    ])  # fmt: skip


def is_on_time(order: Rectification) -> bool:
    answered = order.submitted_at is not None and order.due_at is not None and order.submitted_at <= order.due_at
    return order.status == "accepted" and answered


def test_tests_passed_and_taken(data: Data) -> None:
    samples: list[Sample] = []
    for _n in range(40):
        data.clock.move_to(data.moment())
        told = data.clock.now() + timedelta(days=data.chance.randrange(9)) if data.chance.random() < 0.7 else None
        final = told + timedelta(days=data.chance.randrange(9)) if told and data.chance.random() < 0.3 else None
        taken = data.clock.now() + timedelta(days=1) if data.chance.random() < 0.8 else None
        sample = Sample(
            reason="监督抽检", product_name="干米粉", told_at=told, final_at=final, taken_at=taken,
            conclusion=data.chance.choice(list(Verdict)) if told else None,
        )  # fmt: skip
        samples.append(data.add(sample))
    data.session.flush()
    real = [s for s in samples if not s.is_drill]
    check(data.session, "test_pass_rate", [
        (data.place(s), one_of(int(s.conclusion is Verdict.QUALIFIED)))
        for s in real
        if in_october(s.final_at or s.told_at)
    ])  # fmt: skip
    check(data.session, "test_plan", [
        (data.place(s), one_of(int(s.taken_at is not None and s.taken_at <= OCTOBER.ended_at)))
        for s in real
        if in_october(s.created_at)
    ])  # fmt: skip


def test_vouchers(data: Data) -> None:
    vouchers: list[Voucher] = []
    for n in range(80):
        collected = data.moment()
        voucher = Voucher(
            no=f"凭-{n}", kind=data.chance.choice((VoucherKind.PURCHASE, VoucherKind.SALE)), dated_on=data.day(),
            lines=[],
            collected_at=collected, received_at=collected + timedelta(hours=data.chance.randrange(20, 29)),
            completeness=data.chance.randrange(40, 101), anomalies=[], weight=Decimal(data.chance.randrange(1, 50)),
            status=data.chance.choice(("active", "active", "active", "replaced")),
        )  # fmt: skip
        vouchers.append(data.add(voucher))
    data.session.flush()
    real = [v for v in vouchers if not v.is_drill and v.status == "active"]
    now = [v for v in real if OCTOBER.starts_on <= v.dated_on <= OCTOBER.ends_on]
    there = [p for p in data.places if p.status == "active" and p.filed_on <= OCTOBER.ends_on]
    check(data.session, "completeness", [(data.place(v), Ratio(Decimal(v.completeness), Decimal(100))) for v in now])
    check(data.session, "timeliness", [
        (data.place(v), one_of(int(v.received_at - v.collected_at <= timedelta(hours=24)))) for v in now
    ])  # fmt: skip
    check(data.session, "coverage", [(p, one_of(int(any(data.place(v) is p for v in now)))) for p in there])
    days = [(p, {v.dated_on for v in now if data.place(v) is p}) for p in data.places]
    open_days = {p.id: (OCTOBER.ends_on - max(p.filed_on, OCTOBER.starts_on)).days + 1 for p in there}
    check(data.session, "continuity", [
        (p, Ratio(Decimal(len(seen)), Decimal(open_days.get(p.id, 0)))) for p, seen in days
    ])  # fmt: skip
    check(data.session, "mass_balance", list(balances(data, real, now)))


def balances(data: Data, real: list[Voucher], now: list[Voucher]) -> Any:
    for place in data.places:
        own = [v for v in real if data.place(v) is place and v.dated_on <= OCTOBER.ends_on]
        sells = any(v.kind is VoucherKind.SALE for v in now if data.place(v) is place)
        if place.kind is EstablishmentKind.PRODUCER or not sells:
            continue
        bought = sum(v.weight or 0 for v in own if v.kind is VoucherKind.PURCHASE)
        sold = sum(v.weight or 0 for v in own if v.kind is VoucherKind.SALE)
        yield place, one_of(int(sold <= bought * Decimal("1.02")))


def test_traces_run_in_time(data: Data) -> None:
    runs: list[TraceRun] = []
    for n in range(20):
        begun = data.moment()
        took = timedelta(minutes=data.chance.randrange(200, 280))
        run = TraceRun(
            no=f"溯-{n}",
            lot_ids=[],
            requested_at=begun,
            finished_at=begun + took,
            revision=0,
            figures={},
            sha256="0" * 64,
        )
        run.snapshot = {}
        runs.append(data.add(run))
    data.session.flush()
    check(data.session, "trace_on_time", [
        (data.place(r), one_of(int(r.finished_at - r.requested_at <= timedelta(hours=4))))
        for r in runs
        if not r.is_drill and in_october(r.requested_at)
    ])  # fmt: skip


def test_a_chain_holds_when_every_way_back_ends_at_an_origin(database: Database, clock: FixedClock) -> None:
    november = Period(CycleKind.MONTH, date(2026, 11, 1))
    with database.unit_of_work() as session:
        chain = Chain(Store(session, clock, SYSTEM))
        session.flush()
        whole = measure(asked(session, period=november), "chain_synthesis")
        for one in (chain.mill, chain.plant, chain.wholesaler, chain.shop):
            ratio = whole.of_establishment(one.id)
            assert ratio.numerator == ratio.denominator > 0, one.name
        stray = chain.lot("来-9", chain.mill, 40)  # nobody said where it began
        chain.move(stray, chain.wholesaler, chain.shop, 40)
        chain.sell(stray, chain.shop, 5)
        session.flush()
        broken = measure(asked(session, period=november), "chain_synthesis")
        assert broken.of_establishment(chain.shop.id).value == Decimal(1) / 2
        assert broken.of_establishment(chain.mill.id).value == 1
        assert (
            measure(asked(session), "chain_synthesis").of_establishment(chain.shop.id).value is None
        )  # not in October


def test_nothing_to_do_is_not_applicable_and_each_figure_is_one_statement(database: Database) -> None:
    statements: list[str] = []
    event.listen(database.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    with database.reading() as session:
        question = Question(session, OCTOBER, SIBLING, region(session, SIBLING).path)
        for name in ("R-ASM-UPLOAD", "R-TRC-07", "R-TRC-07-TOLERANCE"):
            question.rule(name)
        statements.clear()
        found = measure_all(question, FIGURES)
    figures = [each for each in statements if "union" in each.lower() or "anon_1" in each]
    assert len(figures) <= len(FIGURES)
    assert found.keys() == FIGURES.keys()
    assert found["rectification_on_time"].of_region(question.region_path).value is None
    assert found["training_pass"].of_region(question.region_path).value == 1  # one inspector, with a certificate


def test_the_training_of_a_district_counts_its_supervisors(database: Database) -> None:
    with database.reading() as session:
        found = measure(asked(session), "training_pass").of_region(region(session, DISTRICT).path)
    assert found == Ratio(Decimal(3), Decimal(4))  # 莫新 holds none


def test_r_asm_active_who_was_there_too_briefly_is_not_assessed(database: Database, clock: FixedClock) -> None:
    clock.move_to(FIRST)
    with database.unit_of_work() as session:
        store = Store(session, clock, SYSTEM)
        whole = establishment(store, name="整月批发", kind=EstablishmentKind.WHOLESALER)
        late = establishment(store, name="月中开业", kind=EstablishmentKind.WHOLESALER, filed_on=date(2026, 10, 11))
        new = establishment(store, name="月底开业", kind=EstablishmentKind.WHOLESALER, filed_on=date(2026, 10, 20))
        gone = establishment(store, name="月末歇业", kind=EstablishmentKind.MARKET)
        early = establishment(store, name="月初歇业", kind=EstablishmentKind.MARKET)
        establishment(store, name="不考核的粉店", kind=EstablishmentKind.CATERING)
        session.flush()
        for day, one in ((5, early), (21, gone)):
            clock.move_to(datetime(2026, 10, day, 15, tzinfo=ZONE))
            store.correct(one, {"status": "closed"})
        session.flush()
        members = population(session, released_scheme(session), OCTOBER, region(session, CITY).path, 15)
    days = {each.key: each.days for each in members}
    assert {key: days.get(key) for key in (whole.id, late.id, new.id, gone.id, early.id)} == {
        whole.id: 31, late.id: 21, new.id: None, gone.id: 20, early.id: None,
    }  # fmt: skip
    assert next(each for each in members if each.key == gone.id).share(OCTOBER) == Decimal("0.6452")
    authorities = [each.region_code for each in members if each.kind is SubjectKind.AUTHORITY]
    assert sorted(authorities) == [DISTRICT, SIBLING]
    assert not any(each.name == "不考核的粉店" for each in members)
