"""The engine with toy processes whose forms are as small as forms can be."""

from __future__ import annotations

import pytest

from engine.engine import Engine
from records.clock import FixedClock
from tests.engine.toys import PROCESSES


@pytest.fixture
def engine(clock: FixedClock) -> Engine:
    return Engine(PROCESSES, clock)
