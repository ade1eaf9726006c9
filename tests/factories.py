"""The cast and the things of the stories, made through the one writer with sensible defaults."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from records.base import Source
from records.credit_codes import credit_code_for
from records.inspections import Inspection, InspectionItem, InspectionMode, ItemResult
from records.people import Actor, Organisation, Qualification, QualificationKind, Region, Role, User, actor_of
from records.registry import Establishment, EstablishmentKind, Product, Segment
from records.sampling import Laboratory
from records.store import Store

CITY, DISTRICT, SIBLING = "450200", "450203", "450204"

#: name in the cast -> (full name, role, region, holds an inspection certificate)
PEOPLE: dict[str, tuple[str, str, str, bool]] = {
    "inspector": ("韦检", "INS", DISTRICT, True),
    "colleague": ("覃协", "INS", DISTRICT, True),
    "unqualified": ("莫新", "INS", DISTRICT, False),
    "lead": ("黄组", "LEAD", DISTRICT, True),
    "manager": ("梁局", "MGR", DISTRICT, False),
    "superior": ("陆市", "MGR", CITY, False),
    "disclosure": ("蒙公", "DISC", DISTRICT, False),
    "coordinator": ("罗调", "COORD", DISTRICT, False),
    "outsider": ("吴外", "INS", SIBLING, True),
    "admin": ("管理员", "ADM", CITY, False),
    "auditor": ("审计员", "AUD", CITY, False),
    "business": ("陈老板", "BIZ", DISTRICT, False),
    "police": ("石警", "POL", DISTRICT, False),
    "disease_control": ("谭疾", "CDC", DISTRICT, False),
    "health": ("廖卫", "HLT", DISTRICT, False),
    "operations": ("韦后", "OPS", DISTRICT, False),
    "laboratory": ("龙化", "LAB", CITY, False),
    "second_laboratory": ("秦化", "LAB", CITY, False),
    "market": ("周市", "MKT", DISTRICT, False),
    "assessor": ("贝评", "ASR", CITY, False),
    "second_assessor": ("欧评", "ASR", CITY, False),
    "third_assessor": ("区评", "ASR", CITY, False),
    "assessed": ("容区", "ORG", DISTRICT, False),
}

#: kind of organisation -> what follows the region's name in its own
ORGANISATIONS = {
    "market_regulation": "市场监督管理局",
    "police": "公安局",
    "cdc": "疾病预防控制中心",
    "health": "卫生健康局",
    "laboratory": "食品检验所",
}
#: role -> kind of the organisation that its people work for; everybody else works for the market regulation office
PARTNERS = {"POL": "police", "CDC": "cdc", "HLT": "health", "LAB": "laboratory"}


@dataclass(frozen=True)
class Cast:
    """The people of every story: of one district, but outsider and the people of the city (superior, admin, labs …)."""

    inspector: Actor
    colleague: Actor
    unqualified: Actor
    lead: Actor
    manager: Actor
    superior: Actor
    disclosure: Actor
    coordinator: Actor
    outsider: Actor
    admin: Actor
    auditor: Actor
    business: Actor
    police: Actor
    disease_control: Actor
    health: Actor
    operations: Actor
    laboratory: Actor
    second_laboratory: Actor
    market: Actor
    assessor: Actor
    second_assessor: Actor
    third_assessor: Actor
    assessed: Actor

    @classmethod
    def load(cls, session: Session) -> Cast:
        """The cast as it lies in the database."""
        users = {user.username: actor_of(user) for user in session.scalars(select(User))}
        nobody = Actor(id="", name="")  # older sets of data lack the younger roles
        return cls(**{name: users.get(name, nobody) for name in PEOPLE})


def make_cast(store: Store) -> None:
    """Organisations, users with roles and certificates, and the business's own establishment (a rice-noodle plant)."""
    offices = {code: organisation(store, code) for code in (CITY, DISTRICT, SIBLING)}
    plant = establishment(store, name="柳州市鱼峰区老陈米粉厂", latitude=24.3150, longitude=109.4280)
    for username, (name, role, region_code, is_qualified) in PEOPLE.items():
        person = user(store, username=username, name=name, role=role, region_code=region_code)
        own = _belonging(store, role, region_code, offices, plant)
        store.correct(person, own)
        if is_qualified:
            qualification(store, person)


def _belonging(
    store: Store, role: str, region_code: str, offices: dict[str, Organisation], plant: Establishment
) -> dict[str, str]:
    """What a person of the cast acts for: the plant, a partner organisation of its own, or the region's office."""
    if role == "BIZ":
        return {"establishment_id": plant.id}
    if role in PARTNERS:
        partner = organisation(store, region_code, kind=PARTNERS[role])
        if role == "LAB":
            laboratory(store, partner)
        return {"organisation_id": partner.id}
    return {"organisation_id": offices[region_code].id}


def region(session: Session, code: str = DISTRICT) -> Region:
    """A seeded region."""
    return session.scalars(select(Region).where(Region.code == code)).one()


def place(session: Session, code: str = DISTRICT) -> dict[str, str]:
    """The columns that say where a record lies."""
    return {"region_code": code, "region_path": region(session, code).path}


def organisation(store: Store, region_code: str = DISTRICT, *, kind: str = "market_regulation") -> Organisation:
    """The market regulation office of a region, unless another kind is told."""
    here = region(store.session, region_code)
    return store.add(
        Organisation(
            name=f"{here.name}{ORGANISATIONS[kind]}",
            level=here.level,
            kind=kind,
            is_managing=kind == "market_regulation",
            region_code=here.code,
            region_path=here.path,
        )
    )


def laboratory(store: Store, partner: Organisation, **values: Any) -> Laboratory:
    """An accredited laboratory on the list of re-test laboratories, unless told otherwise."""
    number = store.session.scalar(select(func.count(Laboratory.id))) or 0
    known: dict[str, Any] = {
        "organisation_id": partner.id,
        "name": f"{partner.name}（{'一二三四五六'[number % 6]}所）",
        "accreditation_no": f"CMA2320{number:04d}",
        "valid_from": date(2024, 1, 1),
        "valid_to": date(2029, 12, 31),
        "region_code": partner.region_code,
        "region_path": partner.region_path,
    }
    return store.add(Laboratory(**(known | values)))


def user(store: Store, *, username: str, name: str, role: str, region_code: str = DISTRICT) -> User:
    """A person with one role."""
    return store.add(
        User(
            username=username,
            email=f"{username}@example.invalid",
            name=name,
            fs_uniquifier=f"uniq-{username}",
            certificate_no=f"桂柳执{username}" if role in ("INS", "LEAD") else None,
            roles=[store.session.scalars(select(Role).where(Role.name == role)).one()],
            **place(store.session, region_code),
        )
    )


def qualification(
    store: Store,
    person: User,
    *,
    kind: QualificationKind = QualificationKind.INSPECTION,
    expires_on: date = date(2028, 12, 31),
) -> Qualification:
    """A certificate of training."""
    return store.add(
        Qualification(
            user_id=person.id,
            kind=kind,
            certificate_no=f"证-{kind.value}-{person.username}",
            exam_score=92,
            issued_on=date(2026, 1, 5),
            expires_on=expires_on,
        )
    )


def establishment(store: Store, *, region_code: str = DISTRICT, **values: Any) -> Establishment:
    """A rice-noodle plant of the district, unless told otherwise."""
    known: dict[str, Any] = {
        "credit_code": credit_code_for(f"91{region_code}MA{int(store.clock.new_id()[-8:], 36) % 10**7:07d}"),
        "name": "柳州市鱼峰区阿婆米粉厂",
        "kind": EstablishmentKind.PRODUCER,
        "segment": Segment.PRODUCTION,
        "licence_no": "SC10245020300018",
        "licence_expires_on": date(2028, 6, 30),
        "address": "柳州市鱼峰区柳石路158号",
        "latitude": 24.3146,
        "longitude": 109.4269,
        "legal_person": "陈桂英",
        "contact": "陈桂英",
        "phone": "13800000000",
        "filed_on": date(2024, 3, 1),
    }
    return store.add(Establishment(**(known | place(store.session, region_code) | values)))


def product(store: Store, owner: Establishment, **values: Any) -> Product:
    """Dry rice noodles of a plant, unless told otherwise."""
    known: dict[str, Any] = {
        "establishment_id": owner.id,
        "code": f"69{int(store.clock.new_id()[-8:], 36) % 10**11:011d}",
        "name": "干米粉",
        "category": "粮食加工品/米粉制品",
        "unit": "kg",
        "shelf_life_days": 365,
        "region_code": owner.region_code,
        "region_path": owner.region_path,
    }
    return store.add(Product(**(known | values)))


def inspection(store: Store, owner: Establishment, **values: Any) -> Inspection:
    """A routine inspection of an establishment."""
    known: dict[str, Any] = {
        "mode": InspectionMode.ROUTINE,
        "establishment_id": owner.id,
        "region_code": owner.region_code,
        "region_path": owner.region_path,
        "source": Source.TASK,
    }
    return store.add(Inspection(**(known | values)))


def inspection_item(store: Store, of: Inspection, code: str, **values: Any) -> InspectionItem:
    """A failed general item of an inspection, unless told otherwise."""
    known: dict[str, Any] = {
        "inspection_id": of.id,
        "establishment_id": of.establishment_id,
        "region_code": of.region_code,
        "region_path": of.region_path,
        "code": code,
        "section": "厂房与设施",
        "text": "防鼠、防蝇、防虫设施有效",
        "is_key": False,
        "result": ItemResult.NONCONFORM,
        "note": "车间门口灭蝇灯损坏",
    }
    return store.add(InspectionItem(**(known | values)))
