"""Fill an empty store with the city: organisations, people, qualifications, establishments, products."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import select

from demo.words import BRANDS, CHAIN, GIVEN, PLACES, PRODUCTS, STAFF, STREETS, SURNAMES
from records.clock import today
from records.indicators import new_edition, release, released_scheme
from records.people import Organisation, Qualification, QualificationKind, Region, Role, User
from records.registry import Establishment, EstablishmentKind, Product, Segment, credit_code_for, name_key
from records.sampling import Laboratory
from records.store import Store

CITY = "450200"
#: usernames of businesses -> (ending of the establishment's name, district)
BUSINESSES = {
    "business": ("米粉厂", "450203"),
    "packer": ("螺蛳粉食品有限公司", "450204"),
    "stall": ("粉行", "450203"),
    "restaurant": ("螺蛳粉店", "450203"),
    "market": ("农贸市场", "450203"),
}


@dataclass
class City:
    """What was made, to build cases on."""

    users: dict[str, User] = field(default_factory=dict)
    establishments: list[Establishment] = field(default_factory=list)

    def choose(self, ending: str, region_code: str) -> Establishment:
        """The first establishment of a kind of name in a district."""
        return next(e for e in self.establishments if e.name.endswith(ending) and e.region_code == region_code)


def build(store: Store, password: str, seed: int = 450200) -> City:
    """The whole city. ``password`` is the hash every demo user gets."""
    chance = random.Random(seed)
    regions = {r.code: r for r in store.session.scalars(select(Region))}
    city = City()
    organisations = _organisations(store, regions)
    _establishments(store, city, regions, chance)
    _staff(store, city, regions, organisations, password)
    _business_users(store, city, password)
    _scheme(store)
    return city


def _scheme(store: Store) -> None:
    """The city's own edition of the indicator table: markets and districts are assessed."""
    draft = new_edition(store, released_scheme(store.session), "按本市试点范围调整参评对象")
    store.correct(draft, {"node_kinds": [EstablishmentKind.MARKET.value]})
    store.session.flush()
    release(store, draft, "本市试点方案")


def _organisations(store: Store, regions: dict[str, Region]) -> dict[str, Organisation]:
    city = regions[CITY]
    bureau = _organisation(store, "柳州市市场监督管理局（演示）", "city", "market_regulation", None, city)
    made = {CITY: bureau}
    for code in PLACES:
        region = regions[code]
        made[code] = _organisation(
            store, f"{region.name}市场监督管理局（演示）", "district", "market_regulation", bureau, region
        )
        _organisation(store, f"{region.name}中心市场监管所（演示）", "station", "market_regulation", made[code], region)
    for name, kind in (
        ("公安联络处", "police"),
        ("疾控联络处", "cdc"),
        ("卫健联络处", "health"),
        ("检验检测中心", "laboratory"),
    ):
        made[kind] = _organisation(store, f"柳州市{name}（演示）", "partner", kind, bureau, city)
    made["laboratory2"] = _organisation(store, "桂中检测研究院（演示）", "partner", "laboratory", bureau, city)
    for number, key in enumerate(("laboratory", "laboratory2"), start=1):
        _laboratory(store, made[key], number)
    return made


def _laboratory(store: Store, organisation: Organisation, number: int) -> None:
    """An accredited laboratory on the list of re-test laboratories."""
    day = today(store.clock)
    store.add(
        Laboratory(
            organisation_id=organisation.id,
            name=organisation.name,
            accreditation_no=f"CMA2020{number:05d}",
            valid_from=day - timedelta(days=900),
            valid_to=day + timedelta(days=900),
            region_code=organisation.region_code,
            region_path=organisation.region_path,
        )
    )


def _organisation(
    store: Store, name: str, level: str, kind: str, parent: Organisation | None, region: Region
) -> Organisation:
    return store.add(
        Organisation(
            name=name,
            level=level,
            kind=kind,
            parent_id=parent.id if parent else None,
            region_code=region.code,
            region_path=region.path,
            is_managing=kind == "market_regulation" and level != "station",
        )
    )


def _staff(
    store: Store, city: City, regions: dict[str, Region], organisations: dict[str, Organisation], password: str
) -> None:
    partners = {"POL": "police", "CDC": "cdc", "HLT": "health", "LAB": "laboratory"}
    for number, (username, name, role, region_code) in enumerate(STAFF, start=1):
        organisation = organisations.get(username) or organisations[partners.get(role, region_code)]
        user = _user(store, username, name, role, regions[region_code], password)
        user.organisation_id, user.certificate_no = organisation.id, f"桂市监执法 4502-{number:04d}"
        store.add(user)
        city.users[username] = user
        if role in ("INS", "LEAD") and username != "trainee":
            _qualify(store, user, QualificationKind.INSPECTION, number)
        if role == "ASR":
            _qualify(store, user, QualificationKind.ASSESSMENT, number)
        if role == "COORD":
            _qualify(store, user, QualificationKind.EMERGENCY, number)


def _user(store: Store, username: str, name: str, role: str, region: Region, password: str) -> User:
    found = store.session.scalars(select(Role).where(Role.name == role)).one()
    return User(
        username=username,
        email=f"{username}@sujian.example",
        name=name,
        password=password,
        active=True,
        fs_uniquifier=f"demo-{username}",
        region_code=region.code,
        region_path=region.path,
        roles=[found],
    )


def _qualify(store: Store, user: User, kind: QualificationKind, number: int) -> None:
    day = today(store.clock)
    store.add(
        Qualification(
            user_id=user.id,
            kind=kind,
            certificate_no=f"LZ-{kind.value[:3].upper()}-{number:04d}",
            exam_score=80 + number % 18,
            issued_on=day - timedelta(days=400 - number * 5),
            expires_on=day + timedelta(days=20 if user.username == "inspector3" else 600),
        )
    )


def _business_users(store: Store, city: City, password: str) -> None:
    regions = {r.code: r for r in store.session.scalars(select(Region))}
    for username, (ending, district) in BUSINESSES.items():
        establishment = city.choose(ending, district)
        role = "MKT" if username == "market" else "BIZ"
        user = _user(store, username, establishment.legal_person, role, regions[district], password)
        user.establishment_id = establishment.id
        if role == "MKT":  # a market is a node that is assessed
            user.roles.append(store.session.scalars(select(Role).where(Role.name == "ORG")).one())
        store.add(user)
        city.users[username] = user


def _establishments(store: Store, city: City, regions: dict[str, Region], chance: random.Random) -> None:
    names: set[str] = set()
    markets: list[Establishment] = []
    for kind, segment, count, endings in CHAIN:
        for index in range(count):
            code = _district(kind, index, chance)
            ending = endings[index // len(PLACES) % len(endings)] if kind != "stall" else endings[index % len(endings)]
            market = None
            if kind == "stall":
                market = markets[index % len(markets)]
                code = market.region_code
            made = _establishment(
                store, chance, regions[code], kind, segment, ending, market, names, len(city.establishments)
            )
            city.establishments.append(made)
            if kind == "market":
                markets.append(made)
            _products(store, made, ending, len(city.establishments))


def _district(kind: str, index: int, chance: random.Random) -> str:
    codes = list(PLACES)
    if kind in ("farm", "producer", "market"):
        return codes[index % len(codes)]
    return chance.choices(codes, weights=(14, 16, 14, 12, 10, 7, 8, 6, 7, 6))[0]


def _establishment(
    store: Store, chance: random.Random, region: Region, kind: str, segment: str, ending: str,
    market: Establishment | None, names: set[str], number: int,
) -> Establishment:  # fmt: skip
    latitude, longitude, spread = PLACES[region.code]
    stall_no = f"{chance.choice('ABCD')}-{number % 60 + 1:02d}" if market else None
    name = _name(chance, region, ending, market, stall_no, names)
    day = today(store.clock)
    filed = day - timedelta(days=chance.randint(200, 2600))
    address = market.address if market else f"柳州市{region.name}{chance.choice(STREETS)}{chance.randint(1, 288)}号"
    place = (market.latitude, market.longitude) if market else _place(chance, latitude, longitude, spread)
    return store.add(
        Establishment(
            credit_code=credit_code_for(f"92{region.code}MA5{number:06d}"),
            name=name,
            name_key=name_key(name),
            kind=EstablishmentKind(kind),
            segment=Segment(segment),
            market_id=market.id if market else None,
            stall_no=stall_no,
            region_code=region.code,
            region_path=region.path,
            address=address + (f" {stall_no}" if stall_no else ""),
            latitude=place[0],
            longitude=place[1],
            legal_person=chance.choice(SURNAMES) + chance.choice(GIVEN),
            contact=chance.choice(SURNAMES) + chance.choice(GIVEN),
            phone=f"0772-55{number:05d}",
            licence_no=f"{'SC' if segment == 'production' else 'JY'}145{region.code[3:]}{number:08d}",
            licence_expires_on=_expiry(chance, day),
            risk_grade=chance.choices("ABCD", weights=(30, 45, 20, 5))[0],
            credit_score=chance.randint(72, 100),
            filed_on=filed,
            status=chance.choices(("active", "suspended", "closed"), weights=(96, 2, 2))[0],
        )
    )


def _place(chance: random.Random, latitude: float, longitude: float, spread: float) -> tuple[float, float]:
    return (
        round(latitude + chance.uniform(-spread, spread), 6),
        round(longitude + chance.uniform(-spread, spread), 6),
    )


def _expiry(chance: random.Random, day: date) -> date:
    return day + timedelta(days=chance.choice((-20, 15, 45, 200, 400, 700, 900, 1200, 1500)))


def _name(
    chance: random.Random,
    region: Region,
    ending: str,
    market: Establishment | None,
    stall_no: str | None,
    names: set[str],
) -> str:
    for brand in _brands(chance):
        short = region.name.removesuffix("区").removesuffix("县").removesuffix("苗族自治").removesuffix("侗族自治")
        name = f"{market.name} {stall_no} {brand}{ending}" if market else f"{short}{brand}{ending}"
        if name not in names:
            names.add(name)
            return name
    raise AssertionError("the demo ran out of names")


def _brands(chance: random.Random) -> Iterator[str]:
    for brand in chance.sample(BRANDS, len(BRANDS)):
        yield brand
    for brand in chance.sample(BRANDS, len(BRANDS)):
        yield brand + chance.choice("甲乙丙丁")
        yield "新" + brand


def _products(store: Store, establishment: Establishment, ending: str, number: int) -> None:
    for index, (name, category, unit, days, storage, is_key) in enumerate(PRODUCTS.get(ending, ())):
        store.add(
            Product(
                establishment_id=establishment.id,
                region_code=establishment.region_code,
                region_path=establishment.region_path,
                code=f"P{number:05d}{index}",
                name=name,
                name_key=name_key(name),
                category=category,
                unit=unit,
                shelf_life_days=days,
                storage=storage,
                is_key_monitored=is_key,
                net_content=Decimal(1),
            )
        )
