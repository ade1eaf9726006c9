"""Sampling of one lot of one product, called by inspection, problem handling or joint action.

Inspectors take a sample in sealed portions - one to test, one to spare - pay for it, and send it to an accredited
laboratory, which takes it in or refuses it. Its report says item by item what was measured; the verdict follows from
the limits. A sample that passes ends here; its spare portion is kept in a small case of its own, so that nobody waits
for it. One that fails is told to the business and the producer, its lot is held, and the problem is reported, while the
business may object: within seven working days for food, five for farm produce, four hours for a rapid test on site.
Then a laboratory other than the first is drawn at random, provably, and its word is final. The case that handles the
problem hears that there is a re-test, so that its clock stands, and what came of it.
"""

from __future__ import annotations

from collections.abc import Mapping

from engine.process import ProcessError, Step, process
from records.clock import ZONE, today
from records.credit import record_event
from records.deadlines import deadline
from records.retest_draw import commit_draw, do_draw, draw_of
from records.rules import find_rule, whole_number
from records.sample_verdicts import Verdict
from records.sampling import (
    FoodKind,
    Laboratory,
    PortionKind,
    Sample,
    SampleRoute,
    SampleState,
    SampleTest,
    items_of,
    laboratories_on,
    portions_of,
    tests_of,
)
from workflows import sampling_words as say
from workflows import words
from workflows.parties import business_named
from workflows.sampling_lots import hold_sampled, lots_of, release_sampled
from workflows.sampling_papers import (
    amount_of,
    draw_paper,
    failing_items,
    failure_paper,
    final_paper,
    result_paper,
    sampling_papers,
)
from workflows.sampling_parts import (
    agreeable_laboratories,
    failed_hazard,
    failure_of,
    has_spare,
    judge,
    laboratory_facts,
    move_portions,
    seal_fresh,
    seals_of,
    spare_until,
    tell_failure,
    tell_sampled,
)
from workflows.sampling_problem import HANDLING, pause_handling, problem_case_of, tell_problem_leads

FAILED_POINTS = -8
OBJECTION_RULES = {FoodKind.FOOD: "R-TST-02", FoodKind.FARM: "R-TST-04-OBJECT"}
RETEST_RULES = {FoodKind.FOOD: "R-TST-02-RETEST", FoodKind.FARM: "R-TST-04-RETEST"}


def open_sample(step: Step) -> Mapping[str, object]:
    """What is to be sampled where, and the laboratories that may test it today."""
    sample = _sample(step)
    business = business_named(step, sample.establishment_id)
    found = laboratories_on(step.session, today(step.clock))
    return {
        "no": sample.no,
        "establishment_id": business.id,
        "establishment": business.name,
        "address": business.address,
        "product_id": sample.product_id,
        "product_name": sample.product_name,
        "lot_code": sample.lot_code,
        "reason": sample.reason,
        "route": sample.route,
        "kind": sample.kind,
        "asked_items": sample.asked_items,
        "laboratories": [{"value": one.id, "label": one.name} for one in found],
    }


def record_not_taken(step: Step) -> None:
    """There was nothing to take: sold out, too little, or the business refused."""
    step.store.correct(_sample(step), {"final_at": step.clock.now()}, reason=_told(step, "impossible_reason"))


def issue_sampling_form(step: Step) -> Mapping[str, object]:
    """Sampling form and notice; from now the sample must reach a laboratory in time (R-TST-01-DELIVER)."""
    sample = _sample(step)
    taken_at = sample.taken_at or step.clock.now()
    retention = deadline(step.session, "R-TST-01-RECORDS", taken_at, sample.region_code).due_at
    step.store.correct(sample, {"retention_until": retention.astimezone(ZONE).date()})
    paper = sampling_papers(step, sample)
    step.instance.is_visible_to_business = True
    text = say.TAKEN.format(product=sample.product_name, no=sample.no)
    tell_sampled(step, sample, "sample.taken", text)
    return {
        "no": paper.no,
        "seals": seals_of(step, sample, PortionKind.TEST),
        "quantity": amount_of(sample.quantity, sample.unit),
        "storage": say.STORAGE.get(sample.storage or "", ""),
        "deliver_by": deadline(step.session, "R-TST-01-DELIVER", taken_at, sample.region_code).due_at,
    }


def hand_over(step: Step) -> Mapping[str, object]:
    """The test portion is on its way; the laboratory is told."""
    sample = _sample(step)
    laboratory = step.session.get_one(Laboratory, step.data["ship_sample"]["laboratory"])
    move_portions(step, sample, PortionKind.TEST, "sealed", "sent", laboratory.name)
    step.store.correct(sample, {"laboratory_id": laboratory.id})
    facts = laboratory_facts(step, laboratory)
    step.notify(_someone(facts["contact_id"]), "sample.sent", say.SENT.format(no=sample.no))
    return facts | {"shipped_at": step.data["ship_sample"]["shipped_at"]}


def record_rejection(step: Step) -> Mapping[str, object]:
    """The laboratory took the sample not in. Whether it is taken again is a rule (R-TST-RESAMPLE)."""
    sample, told = _sample(step), step.data["receive_sample"]
    times = int((step.data.get("record_rejection") or {}).get("times") or 0) + 1
    for status in ("sealed", "sent"):
        for kind in PortionKind:
            move_portions(step, sample, kind, status, "rejected", None)
    reasons = "、".join(say.REJECTIONS[one] for one in told.get("reasons") or [])
    most = whole_number(find_rule(step.session, "R-TST-RESAMPLE", today(step.clock), sample.region_code))
    again = times < most
    if not again:
        step.store.correct(sample, {"final_at": step.clock.now()})
    sampler = step.data["take_sample"].get("_by")
    step.notify(_someone(sampler), "sample.rejected", say.REJECTED.format(no=sample.no, reasons=reasons))
    return {"times": times, "again": again, "reasons": reasons, "note": told.get("note")}


def judge_report(step: Step) -> Mapping[str, object]:
    """The verdict of every item from its limit, and of the whole: one that fails is enough."""
    sample, test = _sample(step), tests_of(step.session, _sample(step).id)[-1]
    conclusion = judge(step, test)
    step.store.correct(sample, {"conclusion": conclusion})
    for one in portions_of(step.session, sample.id, PortionKind.TEST):
        if one.status == "sent":
            step.store.correct(one, {"status": "opened"})
    failed = failing_items(items_of(step.session, test.id))
    return {"test_id": test.id, "report_no": test.report_no, "conclusion": conclusion, "failed": failed}


def tell_passed(step: Step) -> Mapping[str, object]:
    """The business is told; the spare portion is kept its time (R-TST-01-SPARE-PASS)."""
    sample = _sample(step)
    test = step.session.get_one(SampleTest, step.data["judge_report"]["test_id"])
    until = spare_until(step, sample, "R-TST-01-SPARE-PASS")
    now = step.clock.now()
    changes = {"status": SampleState.PASSED, "told_at": now, "final_at": now, "spare_until": until}
    step.store.correct(sample, changes)
    paper = result_paper(step, sample, test, words.last_day(until))
    text = say.PASSED.format(product=sample.product_name, no=sample.no)
    tell_sampled(step, sample, "sample.passed", text)
    return {"no": paper.no, "spare_until": until, "has_spare": has_spare(step, sample)}


def tell_failed(step: Step) -> Mapping[str, object]:
    """Business and producer are told, the lot is held, the list of re-test laboratories is frozen (FSL 88)."""
    sample, now = _sample(step), step.clock.now()
    rule = "R-TST-03" if sample.route is SampleRoute.RAPID else OBJECTION_RULES[sample.kind]
    until = deadline(step.session, rule, now, sample.region_code).due_at
    failed, report_no = failure_of(step, sample)
    step.store.correct(sample, {"status": SampleState.FAILED, "told_at": now, "conclusion": Verdict.UNQUALIFIED})
    held = hold_sampled(step, sample, say.HELD.format(no=sample.no))
    draw = commit_draw(step.store, sample)
    said = {
        "failed": failed,
        "report_no": report_no,
        "object_by": words.minute(words.last_moment(until).isoformat()),
        "commitment": draw.commitment,
        "pool_size": len(draw.pool),
    }
    paper = failure_paper(step, sample, said)
    tell_failure(step, sample, failed, until)
    step.instance.is_visible_to_business = True
    business = business_named(step, sample.establishment_id)
    lot = sample.lot_code or "/"
    summary = say.SUMMARY.format(business=business.name, product=sample.product_name, lot=lot, failed=failed)
    return said | {
        "no": paper.no,
        "told_at": now,
        "objection_rule": rule,
        "object_until": until,
        "summary": summary[:2000],
        "hazard": failed_hazard(step, sample),
        "lot_ids": lots_of(step, sample),
        "held": held,
        "spare_seals": seals_of(step, sample, PortionKind.SPARE),
        "agreeable": agreeable_laboratories(step, sample),
    }


def draw_retest_laboratory(step: Step) -> Mapping[str, object]:
    """The laboratory that both numbers lead to; meanwhile the clock of handling the problem stands (R-TST-06)."""
    sample = _sample(step)
    draw = draw_of(step.session, sample.id) or commit_draw(step.store, sample)
    chosen = do_draw(step.store, draw, str(step.data["request_retest"]["given"]))
    step.store.correct(sample, {"status": SampleState.RETESTING})
    step.stop_clock(HANDLING, say.PAUSED, say.PAUSE_BASIS)
    if chosen is None:
        raise ProcessError("E-NO-LAB")
    paper = draw_paper(step, sample, draw, chosen.name)
    tell_sampled(step, sample, "sample.drawn", say.DRAWN.format(name=chosen.name))
    return {"laboratory_id": chosen.id, "name": chosen.name, "no": paper.no, "draw_id": draw.id}


def hand_over_spare(step: Step) -> Mapping[str, object]:
    """The spare portion is with the re-test laboratory; a rapid test has none, so a fresh portion was sealed."""
    sample, told = _sample(step), step.data["send_spare"]
    named = (step.data.get("name_laboratory") or {}).get("laboratory")
    laboratory = step.session.get_one(Laboratory, named or step.data["draw_retest_laboratory"]["laboratory_id"])
    if sample.route is SampleRoute.RAPID:
        seal_fresh(step, sample, told, laboratory)
    else:
        move_portions(step, sample, PortionKind.SPARE, "sealed", "sent", laboratory.name)
    facts = laboratory_facts(step, laboratory)
    step.notify(_someone(facts["contact_id"]), "sample.retest", say.RETEST_COMES.format(no=sample.no))
    due = deadline(step.session, RETEST_RULES[sample.kind], step.clock.now(), sample.region_code).due_at
    return facts | {"report_by": due, "report_rule": RETEST_RULES[sample.kind]}


def settle_retest(step: Step) -> Mapping[str, object]:
    """The re-test's word is final; who bears its cost follows from it (R-TST-05, FSLR 42)."""
    sample = _sample(step)
    test = tests_of(step.session, sample.id)[-1]
    conclusion = judge(step, test)
    bearer = "authority" if conclusion is Verdict.QUALIFIED else "applicant"
    step.let_clock_go(HANDLING, say.RETESTED)
    step.store.correct(sample, {"conclusion": conclusion})
    if conclusion is Verdict.QUALIFIED:
        release_sampled(step, sample, say.HELD.format(no=sample.no), say.RELEASED.format(no=sample.no))
    said = {"fee": step.data["request_retest"].get("fee"), "bearer_word": say.BEARERS[bearer]}
    paper = final_paper(step, sample, test, said)
    return {"no": paper.no, "report_no": test.report_no, "conclusion": conclusion, "fee_bearer": bearer}


def conclude_failed(step: Step) -> Mapping[str, object]:
    """The failure stands, because nobody objected or the re-test says so too; or it is overturned."""
    sample, now = _sample(step), step.clock.now()
    retested = step.data.get("settle_retest") or {}
    is_overturned = retested.get("conclusion") == Verdict.QUALIFIED
    until = spare_until(step, sample, "R-TST-01-SPARE-FAIL")
    state = SampleState.OVERTURNED if is_overturned else SampleState.CONFIRMED
    step.store.correct(sample, {"status": state, "final_at": now, "spare_until": until})
    text = (say.OVERTURNED if is_overturned else say.CONFIRMED).format(no=sample.no)
    tell_sampled(step, sample, "sample.final", text)
    problem_no = problem_case_of(step, sample) if retested else None
    if retested and problem_no is None:
        tell_problem_leads(step, sample, text)
    if not is_overturned and not step.instance.is_drill:
        record_event(step.store, business_named(step, sample.establishment_id), "sample_failed", text, FAILED_POINTS)
    left = {"spare_until": until, "has_spare": has_spare(step, sample)}
    return {"status": state, "problem_no": problem_no, **left}


def _sample(step: Step) -> Sample:
    return step.session.get_one(Sample, step.data["sample_id"])


def _told(step: Step, question: str) -> str | None:
    said: str | None = step.data["take_sample"].get(question)
    return said


def _someone(user_id: str | None) -> list[str]:
    return [user_id] if user_id else []


PROCESS = process(
    "sampling",
    open_sample,
    record_not_taken,
    issue_sampling_form,
    hand_over,
    record_rejection,
    judge_report,
    tell_passed,
    tell_failed,
    pause_handling,
    draw_retest_laboratory,
    hand_over_spare,
    settle_retest,
    conclude_failed,
    prefix="样",
)
