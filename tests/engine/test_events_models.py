"""What deployment says of models with events, and what a simulation makes of their waits."""

from __future__ import annotations

import pytest

from engine.process_model import read_model
from engine.simulation import simulate
from engine.structure import check_structure
from tests.engine.toys import chain, flow, model
from tests.engine.toys_events import (
    ANY_ESCALATION,
    ERROR,
    EVENT_MODELS,
    MESSAGE,
    REFERENCES,
    SIGNAL,
    behind,
    boundary,
    catch,
    condition,
    end,
    throw,
    timer,
    toy,
    triggered,
)


def straight(inside: str, *ids: str) -> bytes:
    return toy(inside + end("e"), chain("b", *ids, "e"))


def gateway(*behind_it: tuple[str, str]) -> bytes:
    """An event-based gateway with events (id, XML) behind it."""
    body = '<eventBasedGateway id="g"/><exclusiveGateway id="x"/>' + "".join(xml for _name, xml in behind_it) + end("e")
    return toy(body, chain("b", "g"), *(chain("g", name, "x") for name, _xml in behind_it), chain("x", "e"))


def started(definition: str, *, more: str = "") -> bytes:
    return model(
        "p", f'<startEvent id="b">{definition}</startEvent>{more}<endEvent id="e"/>' + chain("b", "e"), REFERENCES
    )


LOOP = "<standardLoopCharacteristics {}/>"
REFUSED = {
    "compensation": (straight(throw("x", "<compensateEventDefinition/>"), "x"), "event-kind", "x"),
    "link": (straight(catch("x", '<linkEventDefinition name="l"/>'), "x"), "event-kind", "x"),
    "cancel": (
        toy('<userTask id="u"/>' + boundary("x", "u", "<cancelEventDefinition/>") + end("e"), chain("b", "u", "e"),
            behind("x")), "event-kind", "x",
    ),
    "condition start": (started(condition("true")), "event-kind", "b"),
    "message start inside": (
        straight(f'<subProcess id="s"><startEvent id="x">{MESSAGE}</startEvent><endEvent id="se"/>'
                 + chain("x", "se") + "</subProcess>", "s"), "event-kind", "x",
    ),
    "two definitions": (straight(catch("x", MESSAGE + SIGNAL), "x"), "event-definition", "x"),
    "dangling": (straight(catch("x", '<signalEventDefinition signalRef="no"/>'), "x"), "dangling-reference", "x"),
    "signal without name": (straight(catch("x", "<signalEventDefinition/>"), "x"), "no-reference", "x"),
    "error without code": (toy(end("x", "<errorEventDefinition/>"), chain("b", "x")), "no-reference", "x"),
    "escalation without code": (straight(throw("x", ANY_ESCALATION), "x"), "no-reference", "x"),
    "error that does not interrupt": (
        toy('<userTask id="u"/>' + boundary("x", "u", ERROR, interrupting=False) + end("e"), chain("b", "u", "e"),
            behind("x")), "error-event", "x",
    ),
    "no condition": (straight(catch("x", "<conditionalEventDefinition/>"), "x"), "no-condition", "x"),
    "not FEEL": (straight(catch("x", condition("((")), "x"), "not-feel", "x"),
    "two timers": (
        gateway(("t", catch("t", timer("PT1H"))), ("v", catch("v", timer("PT2H")))), "event-based-gateway", "g",
    ),
    "one way": (gateway(("t", catch("t", timer("PT1H")))), "event-based-gateway", "g"),
    "a task behind the gateway": (
        gateway(("t", catch("t", timer("PT1H"))), ("u", '<userTask id="u"/>')), "event-based-gateway", "g",
    ),
    "cycle without step": (straight(catch("x", timer("R/PT0S", "timeCycle")), "x"), "cycle-timer", "x"),
    "cron": (straight(catch("x", timer("R/0 0 * * *", "timeCycle")), "x"), "cycle-timer", "x"),
    "event sub-process in the flow": (
        toy(triggered("x", MESSAGE, "u") + end("e"), chain("b", "x", "e")), "event-sub-process", "x",
    ),
    "event sub-process without event": (
        toy(triggered("x", "", "u") + end("e"), chain("b", "e")), "event-sub-process", "x",
    ),
    "event sub-process that loops": (
        toy(triggered("x", MESSAGE, "u").replace("<startEvent", LOOP.format('loopMaximum="2"') + "<startEvent", 1)
            + end("e"), chain("b", "e")), "event-sub-process", "x",
    ),
    "the same message begins twice": (
        started(MESSAGE, more=f'<startEvent id="b2">{MESSAGE}</startEvent>' + chain("b2", "e")), "start-event", "b2",
    ),
    "two plain starts": (
        started("", more='<startEvent id="b2"/>' + chain("b2", "e")), "start-event", "p",
    ),
    "loop without end": (straight(f'<userTask id="x">{LOOP.format("")}</userTask>', "x"), "standard-loop", "x"),
    "too many rounds": (
        straight(f"""<userTask id="x">{LOOP.format('loopMaximum="5001"')}</userTask>""", "x"), "standard-loop", "x",
    ),
    "inclusive without condition": (
        toy('<inclusiveGateway id="g"/><userTask id="u"/>' + end("e"), chain("b", "g", "u", "e"),
            flow("g", "e", "true")),
        "no-condition", "g__u",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_refused_with_element_and_reason(name: str) -> None:
    content, slug, element = REFUSED[name]
    found = check_structure(read_model(content).executable()[0])
    assert (slug, element) in [(each.slug, each.element) for each in found], found
    assert all(each.zh and each.en and each.line for each in found)


@pytest.mark.parametrize("name", EVENT_MODELS)
def test_models_with_events_are_taken(name: str) -> None:
    assert check_structure(read_model(EVENT_MODELS[name]).executable()[0]) == []


def test_a_simulation_waits_where_nothing_was_said() -> None:
    told = simulate(EVENT_MODELS["waits in the flow"])
    assert (told["state"], told["on"]) == ("waiting", ["wait"])


def test_a_simulation_takes_messages_and_signals_from_the_answers() -> None:
    told = simulate(EVENT_MODELS["waits in the flow"], {"wait": {"text": "甲"}, "hear": None, "receive": {}})
    assert (told["state"], told["end"]) == ("completed", "e")
    assert told["passed"] == ["b", "wait", "hear", "receive", "e"]


@pytest.mark.parametrize(("answers", "first"), [({}, "t"), ({"m": {}}, "m")])
def test_a_simulated_event_gateway_takes_the_message_if_there_is_one(answers: dict[str, object], first: str) -> None:
    told = simulate(EVENT_MODELS["whichever"], answers)
    assert told["state"] == "completed" and first in told["passed"]


def test_a_simulated_message_comes_to_an_event_sub_process_once() -> None:
    told = simulate(EVENT_MODELS["scoped"], {"note_begin": {"n": 1}})
    assert told["state"] == "completed" and told["passed"].count("noted") == 1


def test_cycles_are_simulated_once_and_conditions_by_what_is_answered() -> None:
    assert simulate(EVENT_MODELS["guarded"])["state"] == "completed"
    told = simulate(EVENT_MODELS["conditional"], {"one": {"n": 5}})
    assert told["state"] == "completed" and "watched" in told["passed"]
    assert simulate(EVENT_MODELS["conditional"], {"one": {"n": 1}})["state"] == "waiting"


def named(name: str, place: str) -> bytes:
    """A process that begins by a message which also stands under ``name``; ``place``: the event that says so."""
    output = (
        f"<dataOutputAssociation><assignment><from>asked</from><to>{name}</to></assignment></dataOutputAssociation>"
    )
    asked = f'<startEvent id="asked">{output if place == "start" else ""}{MESSAGE}</startEvent>'
    wait = catch("wait", MESSAGE).replace("<messageEvent", f"{output if place == 'wait' else ''}<messageEvent")
    return toy(
        asked + '<exclusiveGateway id="in"/>' + wait + end("e"), chain("b", "in", "wait", "e"), flow("asked", "in")
    )


@pytest.mark.parametrize(("name", "place", "found"), [
    ("b", "start", []), ("nobody", "start", ["data-output"]), ("b", "wait", ["data-output"]),
])  # fmt: skip
def test_only_what_begins_a_case_may_also_stand_under_another_element(name: str, place: str, found: list[str]) -> None:
    model = read_model(named(name, place)).executable()[0]
    assert [finding.slug for finding in check_structure(model)] == found
