"""People at work while something goes wrong: each begins cases and does whatever is open, several at the same tasks."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Event

from sqlalchemy.exc import DBAPIError

from tests.faults.city import City
from tests.faults.person import LOST

MOST_OPEN = 12
PATIENCE = 90.0


def at_once(acts: list[Callable[[], object]]) -> list[object]:
    """What each gives or raises when all begin together."""
    ready, given = threading.Barrier(len(acts)), [None] * len(acts)  # type: list[object]

    def run(place: int) -> None:
        ready.wait(30)
        try:
            given[place] = acts[place]()
        except LOST as error:
            given[place] = error

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    return given


class Load:
    """So many people at work until told to stop; what went wrong in their own heads is kept in ``errors``."""

    def __init__(self, city: City, people: int) -> None:
        self.city, self.stop, self.errors = city, Event(), []  # type: City, Event, list[BaseException]
        self.done = 0
        self.threads = [threading.Thread(target=self._live, args=(place,)) for place in range(people)]

    def _live(self, place: int) -> None:
        dice = random.Random(place)
        while not self.stop.is_set():
            try:
                self._act(dice)
            except DBAPIError:  # this one looks into the database itself, which may be away
                time.sleep(0.1)
            except BaseException as error:
                self.errors.append(error)
                raise

    def _act(self, dice: random.Random) -> None:
        tasks = self.city.open_tasks()
        if len(tasks) < MOST_OPEN and dice.random() < 0.5:
            answers = {"establishment": self.city.cast.business.establishment_id, "note": ""}
            self.city.person("lead").surely_start("errand", answers, PATIENCE)
        elif tasks:
            task, _element, who = dice.choice(tasks)
            if dice.random() < 0.3:
                with suppress(LOST):
                    self.city.person(who).claim(task, who)
            told = self.city.person(who).surely_complete(task, PATIENCE)
            self.done += told.status == 200
        else:
            time.sleep(0.02)


@contextmanager
def load(city: City, people: int = 6) -> Iterator[Load]:
    """People at work inside the block; outside of it all have stopped."""
    made = Load(city, people)
    for thread in made.threads:
        thread.start()
    try:
        yield made
    finally:
        made.stop.set()
        for thread in made.threads:
            thread.join(PATIENCE + 60)
    assert made.errors == []
    assert not any(thread.is_alive() for thread in made.threads)
