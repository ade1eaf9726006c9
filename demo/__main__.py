"""``python -m demo``: bring the database up, deploy the models and fill an empty store with the demo city.

``--restore`` first forgets the local database and files. ``--today 2026-11-18`` makes the city as of that day.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import sys
from datetime import date, datetime, time
from pathlib import Path

from flask_security import hash_password
from sqlalchemy import select
from sqlalchemy.engine import make_url

from demo.assessment import SCENARIOS as ASSESSMENTS
from demo.city import build
from demo.ground import prepare
from demo.sign_ins import PASSWORD
from demo.stage import Stage
from demo.trace import Books, lay
from demo.uploads import upload
from records.clock import ZONE, FixedClock, SystemClock
from records.people import SYSTEM, User
from records.settings import Settings
from records.store import Store
from web.app import create_app
from web.parts import Parts
from workflows.handlers import handlers

SEED = 450200


def main() -> int:
    """Bring the database up and fill or restore the city."""
    parser = argparse.ArgumentParser(prog="python -m demo", description=__doc__)
    parser.add_argument("--restore", action="store_true", help="forget the local database and files first")
    parser.add_argument("--today", type=date.fromisoformat, help="the day the city stands at")
    options = parser.parse_args()
    settings = Settings.from_environment(os.environ)
    if settings.is_production:
        print("The demo city is not for production: its accounts share a known password.", file=sys.stderr)
        return 1
    if options.restore:
        _forget(settings)
    now = datetime.combine(options.today, time(10, 30), ZONE) if options.today else SystemClock().now()
    clock = FixedClock(now, seed=SEED)
    app = create_app(settings, clock=clock)
    with app.app_context():
        prepare(app)
        here: Parts = app.extensions["sujian"]
        if _is_empty(here):
            _fill(here, clock, now)
    return 0


def _is_empty(here: Parts) -> bool:
    with here.database.reading() as session:
        return session.scalar(select(User.id).limit(1)) is None


def _fill(here: Parts, clock: FixedClock, now: datetime) -> None:
    print("· the demo city")
    with here.database.unit_of_work() as session:
        store = Store(session, clock, SYSTEM)
        city = build(store, hash_password(PASSWORD))
        lay(store, city)
        upload(Books(store, random.Random(SEED)), city, ASSESSMENTS)
    stage = Stage(here.database, here.engine, handlers(here.settings, here.blobs, clock), clock, here.blobs, SEED)
    for number, said in enumerate(stage.play(stage.repertoire.scenarios, now), start=1):
        print(f"  {number:>3}  {said}")


def _forget(settings: Settings) -> None:
    url = make_url(settings.database_url)
    if url.get_backend_name() != "sqlite" or url.database is None:
        raise SystemExit("make demo restores the embedded SQLite database only; empty a PostgreSQL database yourself")
    for name in (url.database, f"{url.database}-wal", f"{url.database}-shm"):
        Path(name).unlink(missing_ok=True)
    shutil.rmtree(settings.blob_dir, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
