"""Waiting for a slot that somebody gives back."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from bot.hospital.errors import NotAllowed, SlotGone
from bot.hospital.model import HOLD, Person, Slot, SlotQuery, WatchHit, Window
from bot.hospital.ports import Hospital
from tests.contract.conftest import CODE, NOW, at

DAY = (Window(date(2026, 11, 24), date(2026, 11, 24)),)
WISH = SlotQuery(("expert",), ("a",), None, DAY)


async def all_booked(hospital: Hospital) -> dict[str, Slot]:
    """Book everything that `WISH` could get; returns the appointments' slots by their ids."""
    made = {}
    for number, slot in enumerate((await hospital.free(SlotQuery(("expert",), ("a",), None, DAY, 50), NOW)).slots):
        person = Person(f"early {number}")
        hold = await hospital.hold(slot.id, person, f"early {number}", NOW)
        made[(await hospital.confirm(hold.id, person, NOW)).id] = slot
    return made


def told_of(hits: tuple[WatchHit, ...]) -> list[tuple[str, str]]:
    return [(x.watch.person.conversation, x.hold.slot.id) for x in hits]


async def test_a_released_slot_goes_to_who_waits_longest(hospital: Hospital) -> None:
    booked = await all_booked(hospital)
    places = [(await hospital.watch(WISH, Person(f"w{x}"), NOW)).place for x in range(3)]
    assert places == [0, 1, 2] and await hospital.serve(NOW) == ()
    (appointment, slot), *_ = booked.items()
    await hospital.cancel(appointment, Person("early 0"), NOW)
    with pytest.raises(SlotGone):       # it is held for the first already, before the desk comes by
        await hospital.hold(slot.id, Person("quick"), "quick", NOW)
    hits = await hospital.serve(NOW)
    assert told_of(hits) == [("w0", slot.id)] and hits[0].hold.until == NOW + HOLD and hits[0].watch.query == WISH
    assert told_of(await hospital.serve(NOW)) == told_of(hits)      # told again until it is acknowledged
    await hospital.told([hits[0].watch.id])
    assert await hospital.serve(NOW) == () and await hospital.watching("w0", NOW) == ()
    assert (await hospital.confirm(hits[0].hold.id, Person("w0"), NOW)).slot == slot


async def test_who_does_not_come_leaves_it_to_the_next(hospital: Hospital) -> None:
    booked = await all_booked(hospital)
    for x in range(3):
        await hospital.watch(WISH, Person(f"w{x}"), NOW)
    (appointment, slot), *_ = booked.items()
    await hospital.cancel(appointment, Person("early 0"), NOW)
    await hospital.told([x.watch.id for x in await hospital.serve(NOW)])
    assert told_of(await hospital.serve(NOW + HOLD)) == [("w1", slot.id)]
    # nobody acknowledged, so nobody was told: the place is kept
    assert told_of(await hospital.serve(NOW + 2 * HOLD)) == [("w1", slot.id)]


async def test_several_slots_go_to_several_in_order(hospital: Hospital) -> None:
    booked = await all_booked(hospital)
    for x in range(3):
        await hospital.watch(WISH, Person(f"w{x}"), NOW)
    for number, appointment in enumerate(booked):
        await hospital.cancel(appointment, Person(f"early {number}"), NOW)
    hits = await hospital.serve(NOW)
    assert [x[0] for x in told_of(hits)] == ["w0", "w1", "w2"] and len({x[1] for x in told_of(hits)}) == 3
    assert len((await hospital.free(SlotQuery(("expert",), ("a",), None, DAY), NOW)).slots) == 1


async def test_an_older_wish_of_another_kind_comes_first(hospital: Hospital) -> None:
    booked = await all_booked(hospital)
    await hospital.watch(SlotQuery((), ("a",), None, (Window(date(2026, 11, 24), date(2026, 11, 24), "pm"),)), Person("afternoon"), NOW)
    await hospital.watch(WISH, Person("any"), NOW)
    noon = next(x for x, slot in booked.items() if slot.starts.hour == 12)
    await hospital.cancel(noon, Person(f"early {list(booked).index(noon)}"), NOW)
    assert [x[0] for x in told_of(await hospital.serve(NOW))] == ["afternoon"]


async def test_a_slot_that_fits_nobody_stays_free(hospital: Hospital) -> None:
    booked = await all_booked(hospital)
    await hospital.watch(SlotQuery(("cycle",), ("a",)), Person("w"), NOW)
    (appointment, slot), *_ = booked.items()
    await hospital.cancel(appointment, Person("early 0"), NOW)
    assert await hospital.serve(NOW) == ()
    assert slot in (await hospital.free(WISH, NOW)).slots


async def test_what_is_free_at_once_is_served_at_once(hospital: Hospital) -> None:
    await hospital.watch(WISH, Person("w"), NOW)
    assert [x[0] for x in told_of(await hospital.serve(NOW, keep=timedelta(minutes=3)))] == ["w"]


async def test_the_same_wish_is_one_watch(hospital: Hospital) -> None:
    await all_booked(hospital)
    first = await hospital.watch(WISH, Person("w"), NOW)
    again = await hospital.watch(SlotQuery(("expert",), ("a",), None, DAY, 50), Person("w"), NOW + timedelta(hours=1))
    other = await hospital.watch(SlotQuery(("expert",), ("b",), None, DAY), Person("w"), NOW)
    assert (first.id, first.since) == (again.id, again.since)
    assert [x.id for x in await hospital.watching("w", NOW)] == [first.id, other.id]


async def test_one_conversation_gets_one_slot_at_a_time(hospital: Hospital) -> None:
    await hospital.watch(SlotQuery(("expert",), ("a",), None, DAY), Person("w"), NOW)
    await hospital.watch(SlotQuery(("regular",), ("a",), None, DAY), Person("w"), NOW)
    assert len(await hospital.serve(NOW)) == 1


async def test_who_has_an_appointment_with_the_doctor_that_day_is_passed_over(hospital: Hospital) -> None:
    booked = await all_booked(hospital)
    await hospital.watch(WISH, Person("early 1"), NOW)
    await hospital.watch(WISH, Person("w"), NOW)
    (appointment, _), *_ = booked.items()
    await hospital.cancel(appointment, Person("early 0"), NOW)
    await hospital.serve(NOW)
    assert "early 1" not in [x[0] for x in told_of(await hospital.serve(NOW))]


async def test_nobody_waits_for_a_day_gone_by(hospital: Hospital) -> None:
    await all_booked(hospital)
    await hospital.watch(WISH, Person("w"), NOW)
    late = at(25, 0)
    assert await hospital.watching("w", late) == () and await hospital.serve(late) == ()


async def test_who_waits_no_longer_gets_nothing(hospital: Hospital) -> None:
    booked = await all_booked(hospital)
    watch = await hospital.watch(WISH, Person("w"), NOW)
    await hospital.unwatch(watch.id, "somebody else")
    assert [x.id for x in await hospital.watching("w", NOW)] == [watch.id]
    await hospital.unwatch(watch.id, "w")
    await hospital.unwatch("x", "w")
    (appointment, _), *_ = booked.items()
    await hospital.cancel(appointment, Person("early 0"), NOW)
    assert await hospital.serve(NOW) == ()


async def test_a_watch_ends_with_its_binding(hospital: Hospital) -> None:
    await all_booked(hospital)
    bound = await hospital.bind_by_code("me", CODE, NOW)
    await hospital.watch(WISH, Person("me", bound.patient_id), NOW)
    await hospital.bind_by_code("aunt", (await hospital.invite_family("me", ["reports"], NOW)).code, NOW)
    with pytest.raises(NotAllowed):
        await hospital.watch(WISH, Person("aunt", bound.patient_id), NOW)
    await hospital.unbind("me", bound.id, NOW)
    assert await hospital.watching("me", NOW) == ()
