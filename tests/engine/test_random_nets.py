"""Generated nets, and every model of the repository: saved after every step they do what they do without saving.

And what can be done in a generated net brings it to its end: nothing stands still with nothing open.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.bpmn import Compiled, Execution
from engine.errors import ModelFaultError
from tests.engine.moves import begun, compiled, move, seen, surroundings
from tests.engine.nets import blocks, net
from tests.engine.toys import HELPER

ROOT = Path(__file__).parents[2]
FILES = {path.stem: path.read_bytes() for path in sorted((ROOT / "bpmn").glob("*.bpmn"))}
MODELS: dict[str, Compiled] = {
    name: compiled(content, *(other for key, other in FILES.items() if key != name)) for name, content in FILES.items()
}
steps = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 6)), min_size=1, max_size=12)
unhurried = settings(deadline=None, suppress_health_check=list(HealthCheck), database=None)
ENDLESS = 400
OVER_BUDGET = "超过"  # of elements or of time: which comes first depends on the machine
EXAMPLES = 40


class Saved:
    """A run that is saved and loaded after each step, in two ways: whole, and as a base with what each step changed."""

    def __init__(self, made: Compiled) -> None:
        self.made, self.whole, self.followed = made, begun(made), begun(made)
        self.base, self.changes = self.followed.dump(), list[bytes]()

    def load(self) -> tuple[Execution, Execution]:
        """Both, as they were saved."""
        self.whole = Execution.load(self.made, self.whole.dump(), surroundings())
        self.followed = Execution.load(self.made, self.base, surroundings(), self.changes)
        return self.whole, self.followed

    def save(self) -> None:
        """Keep what the step changed."""
        self.changes.append(self.followed.change())


def compare(made: Compiled, moves: list[tuple[int, int]], answers: Callable[[int], dict[str, Any]]) -> Execution | None:
    """Runs of the same moves, one of them never saved. None: all end in the same fault."""
    kept, stored = begun(made), Saved(made)
    for choice, number in moves:
        if kept.is_completed:
            break
        before, loaded = len(kept.passed), stored.load()
        assert all(seen(each) == seen(kept) for each in loaded)
        try:
            moved = move(kept, choice, answers(number))
        except ModelFaultError as fault:
            for each in loaded:
                with pytest.raises(ModelFaultError) as same:
                    move(each, choice, answers(number))
                assert same.value.params == fault.params or (
                    OVER_BUDGET in str(same.value) and OVER_BUDGET in str(fault)
                )
            return None
        for each in loaded:
            assert move(each, choice, answers(number)) == moved
            assert seen(each) == seen(kept) and each.passed == kept.passed[before:]
        stored.save()
    return kept


@given(block=blocks, moves=steps)
@settings(unhurried, max_examples=EXAMPLES)
def test_a_generated_net_is_the_same_saved_or_not_and_comes_to_its_end(
    block: Any, moves: list[tuple[int, int]]
) -> None:
    made = compiled(net(block), HELPER.bpmn)
    execution = compare(made, moves, lambda number: {"n": number})
    assert execution is not None
    turn = 0
    for _ in range(ENDLESS):
        if execution.is_completed:
            break
        turn += 0 if execution.user_tasks() else 1  # work first, then each place in turn
        assert execution.user_tasks() or execution.timers() or execution.subscriptions()
        assert move(execution, 0 if execution.user_tasks() else turn, {"n": 1})
    assert execution.is_completed and execution.end_element is not None
    assert not (execution.user_tasks() or execution.timers() or execution.subscriptions())


@pytest.mark.parametrize("name", MODELS)
@given(
    moves=steps, fields=st.dictionaries(st.sampled_from(["decision", "result", "overall", "ok"]), st.text(max_size=3))
)
@settings(unhurried, max_examples=10)
def test_a_model_of_the_repository_is_the_same_saved_or_not(
    name: str, moves: list[tuple[int, int]], fields: dict[str, str]
) -> None:
    compare(MODELS[name], moves, lambda number: {**fields, "n": number, "_at": "2026-01-05T09:00:00+08:00"})
