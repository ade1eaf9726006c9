"""The product as people meet it: served on this machine, with a database, a clock and a worker of its own."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

from flask_security import hash_password
from sqlalchemy import select
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from demo.city import build
from demo.scene import Scenario
from demo.stage import Stage
from engine.deployment import read_bundle
from engine.invariants import check_invariants
from engine.jobs import run_due
from records.clock import FixedClock
from records.db import Database
from records.master_data import seed_master_data
from records.migrations import upgrade
from records.people import SYSTEM, User
from records.settings import Settings
from records.store import Store
from records.verification import verify_store
from tests.factories import make_cast
from web.app import create_app
from web.parts import Parts
from workflows import load
from workflows.handlers import handlers

ROOT = Path(__file__).parents[2]
PASSWORD = "sujian-demo"


class Quiet(WSGIRequestHandler):
    """Says nothing about each request."""

    def log(self, type: str, message: str, *args: object) -> None:
        """Requests are not told."""


class Site:
    """A running copy of the product."""

    def __init__(self, folder: Path, clock: FixedClock) -> None:
        self.clock = clock
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.settings = Settings(
            database_url=f"sqlite:///{folder / 'sujian.db'}",
            blob_dir=folder / "blobs",
            public_url=self.url,
            log_level="ERROR",
        )
        self.database = Database(self.settings.database_url)
        self.app = create_app(self.settings, clock=clock, database=self.database)
        self._server: BaseWSGIServer | None = None

    @property
    def parts(self) -> Parts:
        """What the pages work with."""
        found: Parts = self.app.extensions["sujian"]
        return found

    def __enter__(self) -> Site:
        """Serve."""
        self._server = make_server("127.0.0.1", self.port, self.app, threaded=True, request_handler=Quiet)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Stop serving."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
        self.database.engine.dispose()

    def work(self) -> None:
        """The worker does everything that is due."""
        parts = self.parts
        while run_due(self.database, parts.engine, handlers(self.settings, parts.blobs, self.clock), self.clock, 50):
            pass

    def unkept_promises(self) -> list[str]:
        """What is wrong with the store or the engine's tables; nothing, one hopes."""
        with self.database.reading() as session:
            entries = [str(entry) for entry in verify_store(session)]
            return entries + [str(promise) for promise in check_invariants(session, self.clock.now())]


@contextmanager
def cast_site(folder: Path, clock: FixedClock) -> Iterator[Site]:
    """The product with the cast of the stories and nothing else."""
    site = Site(folder, clock)
    _prepare(site)
    with site.database.unit_of_work() as session:
        make_cast(Store(session, clock, SYSTEM))
    _give_passwords(site)
    with site:
        yield site


@contextmanager
def city_site(folder: Path, clock: FixedClock, most_cases: int) -> Iterator[Site]:
    """The product with the demo city and the first cases of its repertoire, as of the clock's moment."""
    site = Site(folder, clock)
    _prepare(site)
    now = clock.now()
    with site.app.app_context():
        hashed = hash_password(PASSWORD)
    with site.database.unit_of_work() as session:
        build(Store(session, clock, SYSTEM), hashed)
    parts = site.parts
    working = handlers(site.settings, parts.blobs, clock)
    stage = Stage(site.database, parts.engine, working, clock, parts.blobs, seed=1)
    for _told in stage.play(_varied(stage.repertoire.scenarios, most_cases), now):
        pass
    with site:
        yield site


def _varied(scenarios: Sequence[tuple[str, Scenario]], most: int) -> list[tuple[str, Scenario]]:
    """The inspections that end at different places, so many of them."""
    seen: set[tuple[str, str]] = set()
    chosen: list[tuple[str, Scenario]] = []
    for key, scenario in scenarios:
        place = (scenario.until, scenario.wishes.get("access", ""))
        if key == "inspection" and place not in seen and len(chosen) < most:
            seen.add(place)
            chosen.append((key, scenario))
    return chosen


def _prepare(site: Site) -> None:
    upgrade(site.database)
    with site.database.unit_of_work() as session:
        seed_master_data(Store(session, site.clock, SYSTEM))
    with site.database.unit_of_work() as session:
        bundles = [read_bundle(key, ROOT / "bpmn", ROOT / "forms") for key in load()]
        site.parts.engine.deploy_all(session, bundles, SYSTEM)


def _give_passwords(site: Site) -> None:
    with site.app.app_context():
        hashed = hash_password(PASSWORD)
    with site.database.unit_of_work() as session:
        for person in session.scalars(select(User)):
            person.password = hashed


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
