"""The registry: credit codes, names, lists and pages."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from records.clock import FixedClock
from records.credit import credit_events, record_event
from records.credit_codes import ALPHABET, credit_code_for, credit_code_is_valid
from records.errors import NotFoundError
from records.establishment_page import LicenceState, establishment_detail, licence_state
from records.inspection_findings import list_findings
from records.names import name_initials, name_key
from records.people import SYSTEM
from records.registry import EstablishmentKind
from records.registry_queries import (
    EstablishmentFilter,
    ProductFilter,
    all_establishments,
    all_products,
    establishments,
    product_categories,
    product_detail,
    products,
    regions_of,
)
from records.store import Store
from tests.factories import SIBLING, Cast, establishment, inspection, inspection_item, product


def test_a_published_code_is_valid_and_one_wrong_character_is_not() -> None:
    assert credit_code_is_valid("91350100M000100Y43")
    assert not credit_code_is_valid("91350100M000100Y44")
    assert not credit_code_is_valid("91350100M000100Y4")
    assert not credit_code_is_valid("91350100I000100Y43")
    assert not credit_code_is_valid("")


@given(st.text(alphabet=ALPHABET, min_size=9, max_size=9), st.integers(0, 16), st.sampled_from(ALPHABET))
def test_any_single_wrong_character_is_noticed(body: str, place: int, wrong: str) -> None:
    code = credit_code_for(f"91450203{body}")
    assert credit_code_is_valid(code)
    changed = code[:place] + wrong + code[place + 1 :]
    assert credit_code_is_valid(changed) == (changed == code)


def test_names_are_kept_in_pinyin(store: Store) -> None:
    assert (name_key("柳州螺蛳粉"), name_initials("柳州螺蛳粉")) == ("liuzhouluosifen", "lzlsf")
    shop = establishment(store, name="阿婆 螺蛳粉 A1店")
    assert (shop.name_key, shop.name_initials) == ("apoluosifena1dian", "aplsfa1d")
    store.correct(shop, {"name": "新名"})
    assert shop.name_key == "xinming"


@pytest.mark.parametrize("text", ["螺蛳", "luosi", "Luo Si", "lsf", "9145"])
def test_a_business_is_found_by_characters_pinyin_initials_or_code(
    session: Session, store: Store, cast: Cast, text: str
) -> None:
    establishment(store, name="飞鹅路螺蛳粉店", kind=EstablishmentKind.CATERING)
    session.flush()
    found = establishments(session, cast.inspector, EstablishmentFilter(text=text))
    assert "飞鹅路螺蛳粉店" in [row.name for row in found.rows]


def test_a_percent_sign_is_looked_for_as_such(session: Session, cast: Cast) -> None:
    assert establishments(session, cast.inspector, EstablishmentFilter(text="%")).total == 0


def test_lists_stop_at_the_jurisdiction_and_so_do_their_counts(session: Session, store: Store, cast: Cast) -> None:
    establishment(store, region_code=SIBLING, name="柳南店")
    session.flush()
    assert [row.name for row in establishments(session, cast.outsider, EstablishmentFilter()).rows] == ["柳南店"]
    assert establishments(session, cast.inspector, EstablishmentFilter()).total == 1
    assert establishments(session, cast.superior, EstablishmentFilter()).total == 2
    narrowed = EstablishmentFilter(region_code=SIBLING)
    assert [row.region_name for row in establishments(session, cast.superior, narrowed).rows] == ["柳南区"]
    assert establishments(session, cast.inspector, narrowed).total == 0


def test_filters_narrow(session: Session, store: Store, cast: Cast) -> None:
    establishment(store, name="丁店", kind=EstablishmentKind.CATERING, risk_grade="D", status="suspended")
    session.flush()
    for wanted in (
        EstablishmentFilter(kind="catering"),
        EstablishmentFilter(grade="D"),
        EstablishmentFilter(status="suspended"),
    ):
        assert [row.name for row in establishments(session, cast.inspector, wanted).rows] == ["丁店"]


def test_pages_lead_forth_and_back_without_losing_a_row(session: Session, store: Store, cast: Cast) -> None:
    for number in range(6):
        establishment(store, name=f"同名店{number % 2}")
    session.flush()
    everything = [row.id for row in all_establishments(session, cast.inspector, EstablishmentFilter())]
    assert len(everything) == 7
    seen: list[str] = []
    cursor: str | None = None
    pages = []
    while True:
        page = establishments(session, cast.inspector, EstablishmentFilter(), cursor, limit=3)
        pages.append(page)
        seen += [row.id for row in page.rows]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert seen == everything
    assert [page.total for page in pages] == [7, 7, 7]
    assert pages[0].previous_cursor is None
    back = establishments(session, cast.inspector, EstablishmentFilter(), pages[2].previous_cursor, limit=3)
    assert back.rows == pages[1].rows
    first = establishments(session, cast.inspector, EstablishmentFilter(), back.previous_cursor, limit=3)
    assert first.rows == pages[0].rows
    assert first.previous_cursor is None


@pytest.mark.parametrize("cursor", ["", "x", "bm9wZQ", "WyJuIiwxLDJd", "WyJuIl0", "5ZWK", "bnVsbA"])
def test_a_broken_cursor_gives_the_first_page(session: Session, cast: Cast, cursor: str) -> None:
    assert len(establishments(session, cast.inspector, EstablishmentFilter(), cursor).rows) == 1


def test_the_page_of_an_establishment_shows_what_is_known_of_it(
    session: Session, store: Store, cast: Cast, clock: FixedClock
) -> None:
    market = establishment(store, name="飞鹅市场", kind=EstablishmentKind.MARKET)
    stall = establishment(store, name="三号摊", kind=EstablishmentKind.STALL, market_id=market.id, stall_no="3")
    product(store, stall)
    record_event(store, stall, "inspection", "检查不符合", -30)
    inspection(store, stall)
    session.flush()
    page = establishment_detail(session, cast.inspector, stall.id, clock)
    assert (page.market, page.region_name, page.licence) == (market, "鱼峰区", LicenceState.VALID)
    assert [event.points for event in page.credit_events] == [-30]
    assert (len(page.inspections), len(page.products), page.open_findings) == (1, 1, [])
    assert establishment_detail(session, cast.inspector, market.id, clock).stalls == [stall]


def test_a_foreign_establishment_does_not_exist(session: Session, store: Store, cast: Cast, clock: FixedClock) -> None:
    shop = establishment(store)
    goods = product(store, shop)
    session.flush()
    with pytest.raises(NotFoundError):
        establishment_detail(session, cast.outsider, shop.id, clock)
    with pytest.raises(NotFoundError):
        establishment_detail(session, cast.business, shop.id, clock)
    with pytest.raises(NotFoundError):
        product_detail(session, cast.outsider, goods.id)


def test_a_business_does_not_learn_of_an_inspection_before_its_result(
    session: Session, store: Store, cast: Cast, clock: FixedClock
) -> None:
    own = establishments(session, cast.business, EstablishmentFilter()).rows[0]
    plant = establishment_detail(session, cast.inspector, own.id, clock).establishment
    check = inspection(store, plant)
    inspection_item(store, check, "2-1")
    session.flush()
    findings = list_findings(store, check)
    session.flush()
    before = establishment_detail(session, cast.business, own.id, clock)
    assert (before.inspections, before.open_findings) == ([], [])
    assert establishment_detail(session, cast.inspector, own.id, clock).open_findings == findings
    store.correct(check, {"result_at": clock.now()})
    session.flush()
    after = establishment_detail(session, cast.business, own.id, clock)
    assert (after.inspections, after.open_findings) == ([check], findings)


@pytest.mark.parametrize(
    ("no", "expires_on", "state"),
    [
        (None, None, LicenceState.NONE),
        ("SC1", None, LicenceState.VALID),
        ("SC1", date(2027, 6, 1), LicenceState.VALID),
        ("SC1", date(2026, 12, 31), LicenceState.EXPIRING),
        ("SC1", date(2026, 11, 18), LicenceState.EXPIRING),
        ("SC1", date(2026, 11, 17), LicenceState.EXPIRED),
    ],
)
def test_a_licence_runs_out(store: Store, no: str | None, expires_on: date | None, state: LicenceState) -> None:
    shop = establishment(store, licence_no=no, licence_expires_on=expires_on)
    assert licence_state(shop, date(2026, 11, 18)) is state


def test_the_risk_grade_follows_the_credit_score(session: Session, store: Store) -> None:
    shop = establishment(store)
    grades = []
    for points in (-5, -10, -20, -70, 200):
        record_event(store, shop, "inspection", "检查", points)
        grades.append((shop.credit_score, shop.risk_grade))
    assert grades == [(95, "A"), (85, "B"), (65, "C"), (0, "D"), (100, "A")]
    session.flush()
    assert len(credit_events(session, shop.id)) == 5


def test_products_are_listed_by_name_with_their_maker(session: Session, store: Store, cast: Cast) -> None:
    shop = establishment(store)
    noodles, soup = product(store, shop), product(store, shop, name="螺蛳汤料", category="调味品/汤料")
    product(store, establishment(store, region_code=SIBLING), name="外区粉")
    session.flush()
    page = products(session, cast.inspector, ProductFilter())
    assert [(row.name, row.establishment_name) for row in page.rows] == [
        ("干米粉", shop.name),
        ("螺蛳汤料", shop.name),
    ]
    assert page.total == 2
    assert [row.id for row in products(session, cast.inspector, ProductFilter(text="lstl")).rows] == [soup.id]
    assert [row.id for row in products(session, cast.inspector, ProductFilter(category=soup.category)).rows] == [
        soup.id
    ]
    by_shop = ProductFilter(establishment_id=shop.id, text=noodles.code[:6])
    assert noodles.id in [row.id for row in products(session, cast.inspector, by_shop).rows]
    assert [row.name for row in all_products(session, SYSTEM, ProductFilter(text="外区"))] == ["外区粉"]
    assert product_categories(session, cast.inspector) == ["粮食加工品/米粉制品", "调味品/汤料"]


def test_the_page_of_a_product_shows_its_siblings(session: Session, store: Store, cast: Cast) -> None:
    shop = establishment(store)
    noodles, soup = product(store, shop), product(store, shop, name="汤料")
    session.flush()
    page = product_detail(session, cast.inspector, noodles.id)
    assert (page.establishment, page.siblings) == (shop, [soup])


def test_a_list_can_be_narrowed_to_the_actors_own_regions(session: Session, cast: Cast) -> None:
    assert [region.name for region in regions_of(session, cast.inspector)] == ["鱼峰区"]
    assert len(regions_of(session, cast.superior)) == 11
