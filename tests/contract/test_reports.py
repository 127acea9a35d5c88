"""How far tests are."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from bot.hospital.errors import NotBound
from bot.hospital.ports import Hospital
from tests.contract.conftest import CODE, NOW, OTHER_CODE, at


@pytest.fixture
async def bound(hospital: Hospital) -> Hospital:
    """A hospital in which `me` is the first patient."""
    await hospital.bind_by_code("me", CODE, NOW)
    return hospital


async def test_each_state_is_told_with_its_day(bound: Hospital) -> None:
    found = await bound.orders("me", (), NOW)
    assert found.read_at == NOW
    assert {x.test: (x.state, f"{x.since:%d %H}", x.expected, x.overdue) for x in found.orders} == {
        "amh": ("in_lab", "18 10", date(2026, 11, 26), False),       # seven days after the collection, and a day for the sync
        "hcg": ("visible", "21 20", None, False),
        "hsg": ("ordered", "20 08", None, False),
        "thyroid": ("collected", "20 09", None, False),              # nothing known of its usual time
        "cd138": ("preliminary", "20 08", None, False),
        "tct": ("released", "22 09", date(2026, 11, 23), False),
        "infectious": ("syncing", "22 09", date(2026, 11, 23), False),
        "ddimer": ("cancelled", "19 08", None, False),
    }
    assert next(x.platform for x in found.orders if x.test == "ddimer") == "jingyitong"


async def test_states_move_on_with_time(bound: Hospital) -> None:
    seen = [(await bound.orders("me", ("infectious",), when)).orders[0].state for when in (at(18, 8), at(18, 9), at(18, 12), at(22, 7), at(22, 9), at(22, 20))]
    assert seen == ["ordered", "collected", "in_lab", "released", "syncing", "visible"]
    early = (await bound.orders("me", ("infectious",), at(18, 9))).orders[0]
    assert (early.released_at, early.visible_at) == (None, None)


async def test_what_is_long_due_is_overdue(bound: Hospital) -> None:
    late = (await bound.orders("me", ("amh", "tct"), at(27, 0))).orders
    assert [(x.test, x.state, x.overdue) for x in late] == [("amh", "in_lab", True), ("tct", "syncing", True)]


async def test_the_newest_of_each_test_in_the_order_asked(bound: Hospital) -> None:
    found = (await bound.orders("me", ("hcg", "amh", "hcg", "karyotype'; --"), NOW)).orders
    assert [(x.test, f"{x.ordered_at:%d}") for x in found] == [("hcg", "21"), ("amh", "18")]
    assert {x.patient_id for x in found} == {"p1"}


async def test_an_old_one_is_told_where_it_is_asked_for(bound: Hospital) -> None:
    assert [x.state for x in (await bound.orders("me", ("hpv",), NOW)).orders] == ["visible"]
    assert "hpv" not in [x.test for x in (await bound.orders("me", (), NOW)).orders]


async def test_nobody_sees_anothers(bound: Hospital) -> None:
    for who, patient in (("nobody", None), ("me", "p2"), ("nobody", "p1")):
        with pytest.raises(NotBound):
            await bound.orders(who, (), NOW, patient_id=patient)
    await bound.bind_by_code("you", OTHER_CODE, NOW)
    assert [x.test for x in (await bound.orders("you", (), NOW)).orders] == ["semen"]
    mine = (await bound.orders("me", ("amh",), NOW)).orders[0]
    for who, order in (("you", mine.id), ("nobody", mine.id), ("me", "999999"), ("me", "x")):
        with pytest.raises(NotBound):
            await bound.watch_report(who, order, NOW)


async def test_turnaround(hospital: Hospital) -> None:
    known = await hospital.turnaround("amh")
    assert known is not None and (known.least, known.most) == (timedelta(days=3), timedelta(days=7))
    assert await hospital.turnaround("no such") is None


async def test_a_watched_report_is_told_once_it_can_be_seen(bound: Hospital) -> None:
    order = (await bound.orders("me", ("infectious",), NOW)).orders[0]
    watch = await bound.watch_report("me", order.id, NOW)
    assert await bound.watch_report("me", order.id, NOW) == watch and await bound.ready(NOW) == ()
    hit, = await bound.ready(at(22, 20))
    assert (hit.watch_id, hit.conversation, hit.order.id, hit.order.state) == (watch, "me", order.id, "visible")
    assert await bound.ready(at(22, 20)) == (hit,)
    await bound.told_ready([watch])
    assert await bound.ready(at(22, 20)) == ()


async def test_who_is_not_bound_any_more_is_not_told(bound: Hospital) -> None:
    order = (await bound.orders("me", ("infectious",), NOW)).orders[0]
    await bound.watch_report("me", order.id, NOW)
    await bound.unbind("me", (await bound.bindings("me"))[0].id, NOW)
    assert await bound.ready(at(23, 0)) == ()
