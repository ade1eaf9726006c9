"""A chain of businesses, and the desk that files about it are sent in from."""

from __future__ import annotations

import pytest

from records.blobs import BlobStore
from records.clock import FixedClock
from records.db import Database
from records.store import Store
from tests.factories import Cast
from tests.records.chain import Chain
from tests.records.import_desk import Desk


@pytest.fixture
def chain(database: Database, clock: FixedClock, cast: Cast) -> Chain:
    """A mill, a plant, a wholesaler and a shop, kept."""
    with database.unit_of_work() as session:
        return Chain(Store(session, clock, cast.admin))


@pytest.fixture
def desk(database: Database, blobs: BlobStore, clock: FixedClock, cast: Cast, chain: Chain) -> Desk:
    """The inspector, with files about the chain."""
    return Desk(database, blobs, clock, cast.inspector)
