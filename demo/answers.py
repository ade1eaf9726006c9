"""What the demo's people answer on each form, made of a few words and the case's own checklist."""

from __future__ import annotations

import io
import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from demo.photos import photo, signature
from records.attachments import Belonging, receive
from records.blobs import BlobStore
from records.checklists import ChecklistTemplate, ItemAnswer
from records.clock import ZONE, Clock
from records.people import Actor
from records.registry import Establishment
from records.store import Store

NOTES = (
    "现场抽查3批原料，1批未见承诺达标合格证", "冷藏柜门封条破损，温度记录缺两天", "生熟用具未分开存放，标识脱落",
    "进货台账缺少供货者联系方式", "操作台下水口积垢，未及时清理", "两名从业人员健康证明已过期", "留样记录不完整，少一餐次",
)  # fmt: skip
CAUSES = (
    "岗位职责不清，交接班时无人核对",
    "设备老化，未列入维护计划",
    "新进人员未经培训即上岗",
    "台账由多人填写，没有专人复核",
)
ACTIONS = (
    "已明确专人负责并张贴岗位职责",
    "已更换部件并建立每日点检表",
    "已组织全员培训并考核合格",
    "已补齐台账并由店长每日签字复核",
)


@dataclass
class Field:
    """The inspectors' hands on site: takes pictures, signs, answers checklists."""

    session: Session
    clock: Clock
    blobs: BlobStore
    chance: random.Random
    establishment: Establishment
    case: str

    def picture(self, actor: Actor) -> str:
        """The id of a fresh photo taken at the establishment now."""
        place = (self.establishment.latitude or 24.3, self.establishment.longitude or 109.4)
        return self._keep(actor, photo(self.chance, self.clock.now(), *place), "现场照片.jpg")

    def sign(self, actor: Actor) -> str:
        """The id of a fresh signature."""
        return self._keep(actor, signature(self.chance), "签字.png")

    def _keep(self, actor: Actor, content: bytes, filename: str) -> str:
        store = Store(self.session, self.clock, actor)
        place = self.establishment
        belonging = Belonging(
            region_code=place.region_code,
            region_path=place.region_path,
            establishment_id=place.id,
            process_instance_id=self.case,
        )
        return receive(store, self.blobs, io.BytesIO(content), filename, belonging).id

    def checklist(self, actor: Actor, template: ChecklistTemplate, failing: dict[str, str]) -> dict[str, Any]:
        """Every item conforms but for ``failing``: ``general`` or ``key`` -> severity of the first item of that kind."""
        answers: dict[str, Any] = {}
        left = dict(failing)
        for item in template.items:
            kind = "key" if item.is_key else "general"
            if item.answer is ItemAnswer.CONFORMITY and kind in left:
                answers[item.code] = self._failed(actor, left.pop(kind))
            elif item.answer is ItemAnswer.MEASUREMENT:
                answers[item.code] = {"result": "conform", "measured": _within(item.minimum, item.maximum)}
            else:
                answers[item.code] = {"result": "conform"}
        return answers

    def _failed(self, actor: Actor, severity: str) -> dict[str, Any]:
        spot = severity == "on_spot"
        return {
            "result": "nonconform",
            "note": self.chance.choice(NOTES),
            "photos": [self.picture(actor)],
            "severity": "minor" if spot else severity,
            "affects_safety": severity == "serious",
            "fixed_on_spot": spot,
        }

    def onsite(self, actor: Actor, template: ChecklistTemplate, failing: dict[str, str], reason: str) -> dict[str, Any]:
        """The whole on-site form."""
        now = self.clock.now()
        return {
            "access": "granted",
            "arrived_at": moment(now - timedelta(minutes=95)),
            "position": self.position(),
            "door_photos": [self.picture(actor)],
            "both_present": True,
            "credentials_shown": True,
            "persons_present": f"{self.establishment.legal_person}（负责人）",
            "checklist": self.checklist(actor, template, failing),
            "lots": [self._lot(now)],
            "business_statement": f"对检查情况无异议。{reason}",
            "left_at": moment(now - timedelta(minutes=5)),
        }

    def position(self) -> dict[str, Any]:
        """Within some tens of metres of the registered site."""
        return {
            "latitude": round((self.establishment.latitude or 24.3) + self.chance.uniform(-0.0004, 0.0004), 6),
            "longitude": round((self.establishment.longitude or 109.4) + self.chance.uniform(-0.0004, 0.0004), 6),
            "accuracy": 12,
            "taken_at": moment(self.clock.now()),
            "is_mock": False,
        }

    def _lot(self, now: datetime) -> dict[str, Any]:
        made = now.astimezone(ZONE).date() - timedelta(days=self.chance.randint(1, 20))
        return {
            "lot_code": f"SY-{made:%m%d}-{self.chance.randint(1, 30):02d}",
            "product_name": self.chance.choice(("酸笋", "干米粉", "螺蛳汤料", "腐竹")),
            "quantity": self.chance.randint(5, 120),
            "unit": "kg",
            "produced_on": made.isoformat(),
            "shelf_life_days": 180,
            "has_voucher": "yes",
        }

    def result(self, actor: Actor, overall: str, days: int | None, hazard: str, variant: str) -> dict[str, Any]:
        """Result and signatures, in one of the three variants."""
        answers: dict[str, Any] = {
            "overall": overall,
            "hazard": hazard,
            "signature": variant,
            "lead_signature": self.sign(actor),
            "second_signature": self.sign(actor),
            "delivery": "handed",
        }
        if days is not None:
            answers |= {"rectify_days": days, "requirement": "逐项改正，提交改正前后对比照片和责任人签字的整改报告"}
        if variant == "signed":
            answers |= {
                "signer_name": f"{self.establishment.legal_person} 负责人",
                "business_signature": self.sign(actor),
            }
        else:
            answers |= {
                "refusal_reason": "负责人称需请示总部，不愿当场签字",
                "witness_name": "市场管理员 吴桂芳",
                "witness_signature": self.sign(actor),
            }
        return answers

    def measures(self, actor: Actor, codes: list[str]) -> dict[str, Any]:
        """What the business did about each finding."""
        done = self.clock.now().astimezone(ZONE).date().isoformat()
        return {
            "kind": "submit",
            "measures": [
                {
                    "code": code,
                    "cause": self.chance.choice(CAUSES),
                    "action": self.chance.choice(ACTIONS),
                    "done_on": done,
                    "photos": [self.picture(actor)],
                    "cost": self.chance.randint(0, 1800),
                }
                for code in codes
            ],
            "is_true": True,
        }

    def recheck(self, actor: Actor, companion: str, codes: list[str], accepted: str) -> dict[str, Any]:
        """A re-check on site."""
        now = self.clock.now()
        return self.review(codes, accepted) | {
            "arrived_at": moment(now - timedelta(minutes=50)),
            "position": self.position(),
            "companion": companion,
            "photos": [self.picture(actor)],
            "left_at": moment(now - timedelta(minutes=5)),
            "lead_signature": self.sign(actor),
        }

    def review(self, codes: list[str], accepted: str) -> dict[str, Any]:
        """A review of each measure."""
        no = accepted == "no"
        row = {"accepted": accepted} | ({"comment": "照片只能看到局部，看不出是否全部改到位"} if no else {})
        return {
            "reviews": [{"code": code, **row} for code in codes],
            "opinion": "改正不彻底，补充后再报" if no else "逐项核对，已按要求改正到位",
        }


def moment(at: datetime) -> str:
    """As a form's date-and-time control gives it: local, to the minute."""
    return at.astimezone(ZONE).strftime("%Y-%m-%dT%H:%M")


def _within(minimum: float | None, maximum: float | None) -> float:
    if minimum is None:
        return maximum if maximum is not None else 1.0
    return minimum if maximum is None else round((minimum + maximum) / 2, 1)
