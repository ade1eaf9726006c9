"""The inspections of the demo city: where each stands, and what its answers say."""

from __future__ import annotations

from typing import Any

from demo.scene import Scenario

GENERAL = {"general": "minor"}
KEY = {"key": "serious"}


def scenarios() -> list[Scenario]:
    """Cases that wait at every step, and some that are over."""
    sound: dict[str, Any] = {
        "mode": "routine", "access": "granted", "failing": {}, "team": ("inspector", "colleague"), "samples": 0,
        "rapid": None,
    }  # fmt: skip
    minor = {**sound, "failing": GENERAL, "overall": "basically", "days": 10, "rounds": ("yes",)}
    serious = {**sound, "failing": {**GENERAL, **KEY}, "overall": "not", "days": 10, "rounds": ("yes",)}
    told = [
        Scenario("accept_assignment", 0, sound, ending="粉行"),
        Scenario("accept_assignment", 4, {**sound, "reason": "上级交办，核查冷链贮存"}, ending="食品配送有限公司"),
        Scenario("onsite_inspection", 3, sound, ending="米粉店"),
        Scenario(
            "onsite_inspection", 8, {**sound, "reason": "投诉举报核查：酸笋异味", "mode": "complaint"}, ending="酸笋档"
        ),
        Scenario("onsite_inspection", 1, {**sound, "mode": "flight", "reason": "飞行检查"}, ending="煮粉铺"),
        Scenario("cosign", 3, sound, ending="生活超市"),
        Scenario("result_and_signature", 2, {**sound, "failing": GENERAL}, ending="小吃店"),
        Scenario("lead_review", 4, sound, ending="中学食堂"),
        Scenario("submit_rectification", 7, minor, ending="米粉厂"),
        Scenario("submit_rectification", 13, {**minor, "days": 5}, ending="螺蛳粉店"),
        Scenario("review_rectification", 12, minor, ending="粉行"),
        Scenario("decide_extension", 10, {**minor, "extension": True}, ending="农贸市场"),
        Scenario("submit_rectification", 16, {**minor, "rounds": ("no",)}, times=2, ending="餐馆"),
        Scenario("investigation_referral", 6, serious, ending="酱料厂"),
        Scenario("control_approval", 2, {**serious, "hazard": "yes"}, ending="鲜肉档"),
        Scenario("onsite_recheck", 18, {**serious, "variant": "refused_witness"}, ending="干货档"),
        Scenario("responsibility_talk", 45, {**minor, "rounds": ("no", "no")}, ending="煮粉铺"),
        Scenario("end", 50, {**minor, "rounds": ("no", "no")}, ending="蔬菜档"),
        Scenario("end", 38, {**minor, "rounds": ("no", "yes")}, ending="豆制品档"),
        Scenario("end", 44, {**minor, "failing": {"general": "on_spot"}, "days": None}, ending="螺蛳档"),
        Scenario("end", 60, serious, ending="调味品有限公司"),
        Scenario("end", 9, {**sound, "access": "refused", "reason": "专项检查"}, ending="干货批发行"),
        Scenario("end", 14, {**sound, "access": "not_found", "reason": "登记地址核查"}, ending="便民超市"),
        Scenario(
            "accept_assignment",
            13,
            {**sound, "reason": "重复派发"},
            ending="米粉店",
            cancelled="与另一检查任务重复，撤销本次派发",
        ),
    ]
    told += _sampled({**sound, "samples": 1})
    for district in ("450204", "450223"):
        told += [
            Scenario("onsite_inspection", 2, {**sound, "team": ()}, district=district),
            Scenario("lead_review", 5, {**sound, "team": ()}, district=district),
            Scenario("submit_rectification", 9, {**minor, "team": ()}, district=district),
            Scenario("end", 33, {**minor, "team": ()}, district=district),
            Scenario("end", 26, {**sound, "team": ()}, district=district),
        ]
    return told + [Scenario("end", 20 + 3 * n, {**sound, "mode": ("routine", "random")[n % 2]}) for n in range(12)]


def _sampled(sampled: dict[str, Any]) -> list[Scenario]:
    """Samplings in every state, each beside its inspection."""
    failed = {**sampled, "possible": True, "rejected": False, "verdict": "fail"}
    objected = {**failed, "objects": True}
    return [
        Scenario("take_sample", 4, sampled, ending="腐竹厂"),
        Scenario("ship_sample", 6, {**failed, "verdict": "pass"}, ending="米粉厂"),
        Scenario("receive_sample", 8, {**failed, "verdict": "pass"}, ending="酱料厂"),
        Scenario("take_sample", 15, {**failed, "rejected": True}, times=2, ending="酸笋厂"),
        Scenario("report_test", 12, {**failed, "verdict": "pass"}, ending="螺蛳粉食品有限公司"),
        Scenario("request_retest", 11, failed, ending="豆制品档"),
        Scenario("report_retest", 22, {**objected, "final": "fail"}, ending="干货批发行"),
        Scenario("end", 60, {**failed, "verdict": "pass"}, ending="调味品有限公司"),
        Scenario("end", 62, {**objected, "final": "pass"}, ending="米粉厂"),
        Scenario("request_retest", 2, {**sampled, "samples": 0, "rapid": "fail"}, ending="豆角档"),
    ]
