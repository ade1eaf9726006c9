"""How long what is known of a lot is kept."""

from datetime import date

import pytest

from records.clock import FixedClock
from records.registry import EstablishmentKind
from records.rules import RuleParam, find_rule
from records.store import Store
from tests.records.chain import Chain


@pytest.fixture
def chain(store: Store) -> Chain:
    return Chain(store)


def test_r_trc_01_six_months_after_the_end_of_shelf_life(chain: Chain) -> None:
    lot = chain.lot("粉-9", chain.plant, 10, produced_on=date(2026, 11, 1), expires_on=date(2027, 8, 31))
    assert lot.retention_until == date(2028, 2, 29)


def test_r_trc_01_a_short_shelf_life_makes_it_short(chain: Chain) -> None:
    lot = chain.lot("粉-9", chain.plant, 10, produced_on=date(2026, 11, 17), expires_on=date(2026, 11, 20))
    assert lot.retention_until == date(2027, 5, 20)


def test_r_trc_01_none_two_years_from_its_making_where_no_shelf_life_is_stated(chain: Chain) -> None:
    lot = chain.lot("粉-9", chain.plant, 10, produced_on=date(2026, 11, 1), expires_on=None)
    assert lot.retention_until == date(2028, 11, 1)


def test_r_trc_01_none_two_years_from_today_where_its_making_is_unknown_too(chain: Chain) -> None:
    lot = chain.lot("粉-9", chain.plant, 10, produced_on=None, expires_on=None)
    assert lot.retention_until == date(chain.today.year + 2, chain.today.month, chain.today.day)


def test_r_trc_03_production_what_a_farm_grew_is_kept_two_years_at_least(chain: Chain) -> None:
    farm = chain.business("蓝家种养合作社", EstablishmentKind.FARM)
    fresh = chain.lot("菜-1", farm, 10, produced_on=date(2026, 11, 1), expires_on=date(2026, 11, 8))
    assert fresh.retention_until == date(2028, 11, 1)
    dried = chain.lot("菜-2", farm, 10, produced_on=date(2026, 11, 1), expires_on=date(2029, 11, 1))
    assert dried.retention_until == date(2030, 5, 1)


def test_the_region_of_the_lot_may_ask_for_longer(chain: Chain, store: Store, clock: FixedClock) -> None:
    general = find_rule(store.session, "R-TRC-01", clock.now().date(), chain.plant.region_code)
    longer = RuleParam(
        code="R-TRC-01", value="12", unit="mon", region_code=chain.plant.region_code, legal_basis="地方标准",
        title=general.title, valid_from=general.valid_from,
    )  # fmt: skip
    store.add(longer)
    store.session.flush()
    lot = chain.lot("粉-9", chain.plant, 10, produced_on=date(2026, 11, 1), expires_on=date(2027, 1, 1))
    assert lot.retention_until == date(2028, 1, 1)
