"""A small world for tests that look at every route: cases, files and papers here, and the same next door.

The world is built once and copied for each test (tests/web/world_fixtures.py).
"""

from __future__ import annotations

import io
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select, text

from engine.deployment import read_bundle
from engine.engine import Engine
from engine.model import Notification
from records.absences import Absence, AbsenceScope
from records.base import Base
from records.blobs import BlobStore
from records.clock import FixedClock
from records.db import Database
from records.documents import Document, attach_pdf
from records.inspections import Inspection
from records.people import SYSTEM, Actor, User, actor_of
from records.settings import Settings
from records.store import Store
from tests import factories
from tests.conftest import START
from tests.factories import Cast
from tests.web.world_things import beside_the_case
from tests.workflows.story import Story
from web.app import create_app
from web.comments import comment
from workflows import load

ROOT = Path(__file__).parents[2]
SERIOUS = {"severity": "serious", "fixed_on_spot": False}
#: words that occur only in what belongs to one side: they must never reach anybody else
OURS, NEXT_DOOR, OTHER_DISTRICT = "本家独有字号", "邻家独有字号", "隔区独有字号"


@dataclass(frozen=True)
class Things:
    """One of each kind, by id."""

    case_id: str = ""
    task_id: str = ""  # open, offered or assigned
    done_task_id: str = ""
    attachment_id: str = ""
    document_id: str = ""
    token: str = ""
    establishment_id: str = ""
    product_id: str = ""
    inspection_id: str = ""
    comment_id: str = ""
    notification_id: str = ""
    absence_id: str = ""
    person_id: str = ""
    lot_id: str = ""
    voucher_id: str = ""
    run_id: str = ""
    batch_id: str = ""
    announcement_id: str = ""


@dataclass(frozen=True)
class People:
    """Who is not of the fixed cast: the neighbours."""

    rival: Actor  # a business of the same district
    sibling_lead: Actor
    sibling_second: Actor
    sibling_business: Actor


@dataclass(frozen=True)
class Template:
    """The world before it is copied."""

    url: str
    blob_dir: Path
    cast: Cast
    people: People
    here: Things  # of the cast's business: waits for its rectification
    fresh: Things  # a case of the same business that nobody showed to it: waits for the inspector
    rival: Things
    sibling: Things


@dataclass(frozen=True)
class World:
    """The application on a copy of the world."""

    app: Flask
    database: Database
    clock: FixedClock
    known: Template

    def browser(self, actor: Actor | None = None) -> FlaskClient:
        """A browser, signed in as ``actor`` if given."""
        browser = self.app.test_client()
        if actor is not None:
            with self.database.reading() as session:
                person = session.get_one(User, actor.id)
            with browser.session_transaction() as kept:
                kept.update(_user_id=person.fs_uniquifier, _fresh=True, fs_cc="set", fs_paa=time.time())
        return browser

    def content(self) -> dict[str, list[tuple[object, ...]]]:
        """Every row of every table."""
        with self.database.reading() as session:
            return {
                table.name: sorted((tuple(row) for row in session.execute(select(table))), key=repr)
                for table in Base.metadata.sorted_tables
            }


def opened(url: str, known: Template) -> Iterator[World]:
    database = Database(url)
    clock = FixedClock(START + timedelta(hours=6), seed=99)
    settings = Settings(blob_dir=known.blob_dir, log_level="CRITICAL", max_upload_mb=1)
    app = create_app(settings, clock=clock, database=database)
    app.config.update(WTF_CSRF_ENABLED=False)
    try:
        yield World(app, database, clock, known)
    finally:
        database.engine.dispose()


def built(url: str, blob_dir: Path) -> Template:
    database, clock, blobs = Database(url), FixedClock(START, seed=7), BlobStore(blob_dir)
    engine = Engine(load(), clock)
    with database.unit_of_work() as session:
        bundles = [read_bundle(key, ROOT / "bpmn", ROOT / "forms") for key in load()]
        engine.deploy_all(session, bundles, SYSTEM)
        cast = Cast.load(session)
        people = _neighbours(Store(session, clock, SYSTEM))
    clock.advance(hours=2)

    def told(by: Cast) -> Story:
        clock.advance(seconds=1)
        return Story(database, engine, clock, by, blobs)

    rival_cast = replace(cast, business=people.rival)
    sibling_cast = replace(
        cast,
        inspector=cast.outsider,
        colleague=people.sibling_second,
        lead=people.sibling_lead,
        business=people.sibling_business,
    )
    known = Template(
        url,
        blob_dir,
        cast,
        people,
        here=_ordered(told(cast), OURS),
        rival=_ordered(told(rival_cast), NEXT_DOOR),
        sibling=_ordered(told(sibling_cast), OTHER_DISTRICT),
        fresh=_accepted(told(cast)),
    )
    if database.dialect == "sqlite":
        with database.engine.connect() as connection:
            connection.exec_driver_sql("ROLLBACK")
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.engine.dispose()
    return known


def _neighbours(store: Store) -> People:
    """A second business of the district, and a whole second district."""

    words = {factories.DISTRICT: NEXT_DOOR, factories.SIBLING: OTHER_DISTRICT}

    def person(username: str, role: str, region_code: str) -> User:
        name = f"{words[region_code]}{username}"
        found = factories.user(store, username=username, name=name, role=role, region_code=region_code)
        factories.qualification(store, found)
        return found

    def owner(username: str, region_code: str) -> User:
        name = f"{words[region_code]}{username}厂"
        place = factories.establishment(store, region_code=region_code, name=name, latitude=24.315, longitude=109.428)
        return store.correct(person(username, "BIZ", region_code), {"establishment_id": place.id})

    return People(
        rival=actor_of(owner("rival", factories.DISTRICT)),
        sibling_lead=actor_of(person("sibling_lead", "LEAD", factories.SIBLING)),
        sibling_second=actor_of(person("sibling_second", "INS", factories.SIBLING)),
        sibling_business=actor_of(owner("sibling_business", factories.SIBLING)),
    )


def _ordered(story: Story, words: str) -> Things:
    """A case that waits for the business's rectification, with everything that can hang on a case."""
    story.until_order({story.item(is_key=False): SERIOUS | {"note": f"{words}积水未清"}}, "basically", days=10)
    waiting = story.open_task("submit_rectification")
    photo = story.upload(story.cast.inspector, _picture(story), f"{words}现场.png")
    with story.database.unit_of_work() as session:
        store = Store(session, story.clock, SYSTEM)
        place = story.cast.business.establishment_id
        product = factories.product(store, story.business(), name=f"{words}干米粉")
        document = session.scalars(select(Document).where(Document.establishment_id == place)).first()
        assert document is not None
        attach_pdf(store, story.blobs, document, b"%PDF-1.7\n" + words.encode())
        remark = comment(session, story.clock, story.cast.inspector, story.case, f"{words}请尽快整改")
        inspection = session.scalars(select(Inspection).where(Inspection.process_instance_id == story.case)).one()
        done = session.execute(
            text("SELECT id FROM user_task WHERE process_instance_id = :case AND element_id = 'cosign'"),
            {"case": story.case},
        ).scalar_one()
        notice = session.scalars(select(Notification).where(Notification.user_id == story.cast.business.id)).first()
        return Things(
            case_id=story.case,
            task_id=waiting.id,
            done_task_id=done,
            attachment_id=photo,
            document_id=document.id,
            token=document.token,
            establishment_id=place or "",
            product_id=product.id,
            inspection_id=inspection.id,
            comment_id=remark.id,
            notification_id=notice.id if notice else "",
            person_id=story.cast.business.id,
            absence_id=_away(store, story).id,
            **beside_the_case(store, story.blobs, story.cast.business, story.cast.inspector, words),
        )


def _away(store: Store, story: Story) -> Absence:
    """The business goes on leave next year."""
    return store.add(
        Absence(
            user_id=story.cast.business.id,
            substitute_id=story.cast.inspector.id,
            starts_on=date(2027, 2, 1),
            ends_on=date(2027, 2, 5),
            scope=AbsenceScope.ALL,
            region_code=story.cast.business.region_path.split("/")[-2],
            region_path=story.cast.business.region_path,
        )
    )


def _accepted(story: Story) -> Things:
    """A case before the visit: an unannounced inspection that the business must not know of."""
    story.assign(mode="flight")
    accepted = story.accept()
    with story.database.reading() as session:
        inspection = session.scalars(select(Inspection).where(Inspection.process_instance_id == story.case)).one()
        document = session.scalars(select(Document).where(Document.process_instance_id == story.case)).first()
    return Things(
        case_id=story.case,
        task_id=story.open_task("onsite_inspection").id,
        done_task_id=accepted.user_task_id,
        attachment_id=story.photo(story.cast.inspector),
        document_id=document.id if document else "",
        token=document.token if document else "",
        establishment_id=story.cast.business.establishment_id or "",
        inspection_id=inspection.id,
    )


def _picture(story: Story) -> bytes:
    target = io.BytesIO()
    shade = sum(story.case.encode()) % 256
    Image.new("RGB", (640, 480), (shade, 120, 90)).save(target, "JPEG")
    return target.getvalue()
