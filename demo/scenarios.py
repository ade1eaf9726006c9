"""What happens in the demo's cases: how far each goes, and with what turns."""

from __future__ import annotations

from dataclasses import dataclass, replace

GENERAL = {"general": "minor"}
KEY = {"key": "serious"}


@dataclass(frozen=True)
class Scenario:
    """How far a case goes and what happens in it. ``ago``: days before today that it began."""

    until: str
    ago: int
    mode: str = "routine"
    reason: str = "年度监督检查计划，按风险等级安排"
    failing: tuple[tuple[str, str], ...] = ()
    overall: str = "conform"
    days: int | None = None
    hazard: str = "no"
    variant: str = "signed"
    rounds: tuple[str, ...] = ("yes",)
    access: str = "granted"
    extension: bool = False
    ending: str | None = None
    district: str = "450203"


def scenarios() -> list[tuple[Scenario, str]]:
    """Each scenario with the name ending of the establishment it plays at (empty: any)."""
    minor = Scenario("end", 40, failing=tuple(GENERAL.items()), overall="basically", days=10)
    serious = Scenario("end", 30, failing=tuple({**GENERAL, **KEY}.items()), overall="not", days=10)
    told: list[tuple[Scenario, str]] = [
        (Scenario("accept_assignment", 0), "粉行"),
        (Scenario("accept_assignment", 4, reason="上级交办，核查冷链贮存"), "食品配送有限公司"),
        (Scenario("onsite_inspection", 3), "米粉店"),
        (Scenario("onsite_inspection", 8, reason="投诉举报核查：酸笋异味", mode="complaint"), "酸笋档"),
        (Scenario("onsite_inspection", 1, mode="flight", reason="飞行检查"), "煮粉铺"),
        (Scenario("cosign", 3), "生活超市"),
        (Scenario("result_and_signature", 2, failing=tuple(GENERAL.items())), "小吃店"),
        (Scenario("lead_review", 4), "中学食堂"),
        (replace(minor, until="submit_rectification", ago=7), "米粉厂"),
        (replace(minor, until="submit_rectification", ago=20, days=5), "螺蛳粉店"),
        (replace(minor, until="review_rectification", ago=12), "粉行"),
        (replace(minor, until="decide_extension", ago=10, extension=True), "农贸市场"),
        (replace(minor, until="submit_rectification", ago=16, rounds=("no",)), "餐馆"),
        (replace(serious, until="investigation_referral", ago=6), "酱料厂"),
        (replace(serious, until="control_approval", ago=2, hazard="yes"), "鲜肉档"),
        (replace(serious, until="onsite_recheck", ago=18, variant="refused_witness"), "干货档"),
        (replace(minor, until="responsibility_talk", ago=45, rounds=("no", "no")), "煮粉铺"),
        (replace(minor, ago=50, rounds=("no", "no")), "蔬菜档"),
        (replace(minor, ago=38, rounds=("no", "yes")), "豆制品档"),
        (replace(minor, ago=44, failing=(("general", "on_spot"),), days=None), "螺蛳档"),
        (replace(serious, ago=60), "调味品有限公司"),
        (Scenario("end", 9, access="refused", reason="专项检查"), "干货批发行"),
        (Scenario("end", 14, access="not_found", reason="登记地址核查"), "便民超市"),
        (Scenario("cancel", 13, reason="重复派发"), "米粉店"),
    ]
    for district in ("450204", "450223"):
        told += [
            (Scenario("onsite_inspection", 2, district=district), ""),
            (Scenario("lead_review", 5, district=district), ""),
            (replace(minor, until="submit_rectification", ago=9, district=district), ""),
            (replace(minor, ago=33, district=district), ""),
            (Scenario("end", 26, district=district), ""),
        ]
    told += [(Scenario("end", 20 + 3 * n, mode=("routine", "random")[n % 2]), "") for n in range(12)]
    return told
