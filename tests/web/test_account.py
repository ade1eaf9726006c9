from __future__ import annotations

from engine.model import Notification
from records.clock import FixedClock
from records.db import Database
from tests.factories import CITY, DISTRICT, SIBLING, Cast
from tests.web.conftest import SignIn


def test_the_account_says_who_one_is(sign_in: SignIn, cast: Cast) -> None:
    page = sign_in(cast.inspector).get("/account").text
    assert "韦检" in page and "监管人员" in page and "鱼峰区" in page and "监督检查" in page


def test_lists_narrow_to_a_part_of_ones_own_jurisdiction(sign_in: SignIn, cast: Cast) -> None:
    client = sign_in(cast.superior)
    assert "老陈米粉厂" in client.get("/establishments").text
    client.post("/account/jurisdiction", data={"region": f"/450000/{CITY}/{SIBLING}/"})
    assert "老陈米粉厂" not in client.get("/establishments").text
    client.post("/account/jurisdiction", data={"region": f"/450000/{CITY}/{DISTRICT}/"})
    assert "老陈米粉厂" in client.get("/establishments").text


def test_nobody_widens_their_jurisdiction(sign_in: SignIn, cast: Cast) -> None:
    client = sign_in(cast.outsider)
    for path in ("/", f"/450000/{CITY}/", f"/450000/{CITY}/{DISTRICT}/"):
        client.post("/account/jurisdiction", data={"region": path})
        assert "老陈米粉厂" not in client.get("/establishments").text


def test_notifications_are_ones_own_and_are_read(
    sign_in: SignIn, cast: Cast, database: Database, clock: FixedClock
) -> None:
    with database.unit_of_work() as session:
        for who, text in ((cast.inspector, "期限已过一半"), (cast.lead, "别人的提醒")):
            session.add(
                Notification(
                    id=clock.new_id(), user_id=who.id, kind="reminder", text=text, at=clock.now(), read_at=None
                )
            )
    client = sign_in(cast.inspector)
    page = client.get("/notifications").text
    assert "通知，1 条未读" in page and "期限已过一半" in page and "别人的提醒" not in page
    client.post("/notifications/read")
    assert "条未读" not in client.get("/notifications").text
    assert "1 条未读" in sign_in(cast.lead).get("/inbox").text
