"""kill -9 anywhere at any time while people work: no acknowledged work is lost, none is done twice."""

from __future__ import annotations

import random
import time
from contextlib import suppress

import psutil

from tests.faults.city import City
from tests.faults.conftest import times
from tests.faults.load import load


def strike(town: City, dice: random.Random) -> None:
    """One process of web or worker, or all of one of them."""
    name = dice.choice(["web", "worker"])
    if dice.random() < 0.15:
        town.kill(name)
        town.open_web() if name == "web" else town.open_worker(2)
        return
    with suppress(psutil.NoSuchProcess, IndexError):  # it is just being replaced
        dice.choice(town.children(name)).kill()


def test_killed_at_random_under_load(town: City) -> None:
    dice = random.Random(20261118)
    with load(town) as people:
        for _kill in range(times(10, 200)):
            time.sleep(dice.uniform(0.05, 0.6))
            strike(town, dice)
        before = people.done
        town.until(lambda: people.done > before + 3)
    assert town.ledger.lost > 0
