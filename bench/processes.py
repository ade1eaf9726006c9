"""Two processes on one PostgreSQL beside one: how much more gets done together."""

from __future__ import annotations

import subprocess
import sys
import time

from bench.databases import fresh_url, opened
from bench.result import Result
from bench.work import Office, chain_of_tasks

SMALL = chain_of_tasks("small", 2)
BAR = 1.7


def together(seconds: float) -> list[Result]:
    """Instances a second of the small work, one process and two, in turn."""
    with fresh_url("postgresql") as url:
        with opened(url) as database:
            Office.furnish(database, SMALL).whole("small")
        one, two = [], []
        for _ in range(3):
            one.append(_done(url, seconds, 1))
            two.append(_done(url, seconds, 2))
    alone, both = sorted(one)[1], sorted(two)[1]
    return [
        Result(
            name="small process, two processes beside one", db="postgresql", value=round(both, 1), unit="inst/s",
            reference=round(alone, 1), ratio=round(both / alone, 3), bar=f">= {BAR:g} x", holds=both >= BAR * alone,
        )
    ]  # fmt: skip


def _done(url: str, seconds: float, processes: int) -> float:
    command = [sys.executable, "-W", "ignore", "-m", "bench.processes", url, str(seconds)]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(processes)]
    return sum(float(process.communicate()[0]) for process in running)


def main() -> None:
    """Work for some seconds; print the instances a second."""
    url, seconds = sys.argv[1], float(sys.argv[2])
    with opened(url) as database:
        office = Office.furnish(database, SMALL)
        for _ in range(5):
            office.whole("small")
        begin, done = time.perf_counter(), 0
        while time.perf_counter() - begin < seconds:
            office.whole("small")
            done += 1
        print(done / (time.perf_counter() - begin))


if __name__ == "__main__":
    main()
