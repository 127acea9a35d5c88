"""Who sees patients when, and what is free."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from bot.hospital.errors import UnknownDoctor
from bot.hospital.model import Person, Slot, SlotQuery, Window
from bot.hospital.ports import Hospital
from tests.contract.conftest import NOW, at

ANYTHING = SlotQuery(limit=50)
DAY = date(2026, 11, 24)


def seen(slots: tuple[Slot, ...]) -> list[tuple[str, str, str]]:
    return [(x.doctor.id, x.visit_type, f"{x.starts:%d %H:%M}") for x in slots]


def on(first: date | None, last: date | None = None, part: str | None = None) -> tuple[Window, ...]:
    return (Window(first, last or first, part),)


async def test_departments_and_doctors_are_told(hospital: Hospital) -> None:
    assert [(x.id, x.zh, x.en) for x in await hospital.departments()] == [
        ("reproductive", "生殖医学科", "Reproductive Medicine"), ("urology", "男科", "Andrology")]
    doctors = await hospital.doctors()
    assert [x.id for x in doctors] == ["a", "b", "c"]
    assert (doctors[0].name, doctors[0].surname, doctors[0].english, doctors[0].visit_types) == ("周敏", "周", "Zhou Min", ("regular", "expert"))


async def test_free_slots_come_earliest_first_and_neither_taken_nor_begun(hospital: Hospital) -> None:
    found = await hospital.free(ANYTHING, NOW)
    assert seen(found.slots) == [
        ("a", "expert", "22 11:00"), ("a", "expert", "24 08:00"), ("c", "regular", "24 08:00"), ("a", "expert", "24 08:10"), ("a", "regular", "24 11:50"),
        ("a", "expert", "24 12:00"), ("a", "expert", "24 18:00"), ("a", "expert", "26 08:00"), ("b", "regular", "26 09:00"), ("b", "expert", "30 08:00"),
        ("c", "regular", "01 08:00"),
    ]
    assert found.read_at == NOW and found.scheduled and found.until == date(2026, 12, 1)
    slot = found.slots[0]
    assert slot.starts.tzinfo is not None and slot.ends - slot.starts == timedelta(minutes=10) and (slot.place_zh, slot.place_en) == ("三层", "third floor")


@pytest.mark.parametrize(("query", "expected"), [
    (SlotQuery(("expert",), ("a",), None, on(DAY)), ["24 08:00", "24 08:10", "24 12:00", "24 18:00"]),
    (SlotQuery(("expert", "regular"), ("a",), None, on(DAY, part="am")), ["24 08:00", "24 08:10", "24 11:50"]),
    (SlotQuery((), ("a",), None, on(DAY, part="pm")), ["24 12:00"]),
    (SlotQuery((), ("a",), None, on(DAY, part="evening")), ["24 18:00"]),
    (SlotQuery((), (), "urology"), ["24 08:00", "01 08:00"]),
    (SlotQuery(("regular",), ("a", "c")), ["24 08:00", "24 11:50", "01 08:00"]),
    (SlotQuery((), ("a",), None, (*on(date(2026, 11, 22)), *on(date(2026, 11, 26)))), ["22 11:00", "26 08:00"]),
    (SlotQuery((), (), None, (Window(date(2026, 11, 27), None),)), ["30 08:00", "01 08:00"]),
    (SlotQuery((), (), None, (Window(None, date(2026, 11, 22)),)), ["22 11:00"]),
    (SlotQuery((), ("a",), None, (Window(None, None, "evening"),)), ["24 18:00"]),
    (SlotQuery(("expert",), limit=2), ["22 11:00", "24 08:00"]),
    (SlotQuery(("cycle",)), []),
    (SlotQuery((), (), "no such department"), []),
])
async def test_a_query_narrows(hospital: Hospital, query: SlotQuery, expected: list[str]) -> None:
    assert [x[2] for x in seen((await hospital.free(query, NOW)).slots)] == expected


async def test_fully_booked_is_not_no_clinic(hospital: Hospital) -> None:
    full = await hospital.free(SlotQuery((), ("b",), None, on(date(2026, 11, 25))), NOW)
    none = await hospital.free(SlotQuery((), ("b",), None, on(date(2026, 11, 27))), NOW)
    assert (full.slots, full.scheduled, none.slots, none.scheduled) == ((), True, (), False)


@pytest.mark.parametrize("day", [date(2026, 11, 20), date(2099, 1, 1), date(1, 1, 1), date(9999, 12, 31)])
async def test_a_day_gone_by_or_far_away_has_nothing(hospital: Hospital, day: date) -> None:
    found = await hospital.free(SlotQuery(windows=on(day)), NOW)
    assert (found.slots, found.scheduled) == ((), False)
    await hospital.alternatives(SlotQuery(windows=on(day)), NOW)


async def test_after_the_last_day_there_is_no_schedule(hospital: Hospital) -> None:
    found = await hospital.free(ANYTHING, at(2, 8, month=12))
    assert (found.slots, found.scheduled, found.until) == ((), False, None)


async def test_an_unknown_doctor_is_named_as_such(hospital: Hospital) -> None:
    for ask in (hospital.free, hospital.sessions, hospital.alternatives):
        with pytest.raises(UnknownDoctor):
            await ask(SlotQuery(doctors=("a", "'; drop table hospital_slot; --")), NOW)
    assert (await hospital.free(ANYTHING, NOW)).slots


async def test_sessions_count_what_is_free(hospital: Hospital) -> None:
    first = (await hospital.free(SlotQuery(doctors=("a",), windows=on(DAY)), NOW)).slots[0]
    await hospital.hold(first.id, Person("me"), "r1", NOW)
    found = await hospital.sessions(SlotQuery(doctors=("a", "b"), windows=on(DAY, date(2026, 11, 25)), limit=9), NOW)
    assert [(x.doctor.id, x.visit_type, x.day.day, x.part, x.slots, x.free, x.first and f"{x.first.starts:%H:%M}") for x in found] == [
        ("a", "expert", 24, "am", 2, 1, "08:10"), ("a", "regular", 24, "am", 1, 1, "11:50"), ("a", "expert", 24, "pm", 1, 1, "12:00"),
        ("a", "expert", 24, "evening", 1, 1, "18:00"), ("b", "expert", 25, "am", 2, 0, None),
    ]
    assert len(await hospital.sessions(SlotQuery(limit=3), NOW)) == 3


async def test_alternatives_name_another_day_doctor_and_visit_type(hospital: Hospital) -> None:
    found = await hospital.alternatives(SlotQuery(("expert",), ("b",), None, on(date(2026, 11, 25))), NOW)
    assert (seen(found.later), found.doctors, found.visit_types) == ([("b", "expert", "30 08:00")], (), ())
    found = await hospital.alternatives(SlotQuery(("expert",), ("b",), None, on(date(2026, 11, 26))), NOW)
    assert seen(found.doctors) == [("a", "expert", "26 08:00")] and seen(found.visit_types) == [("b", "regular", "26 09:00")]
    before = await hospital.alternatives(SlotQuery(("expert",), ("a",), None, on(date(2026, 11, 28))), NOW)
    assert seen(before.later) == [("a", "expert", "22 11:00")]


async def test_a_wish_that_is_open_asks_all_visit_types(hospital: Hospital) -> None:
    found = await hospital.alternatives(replace(ANYTHING, doctors=("b",)), NOW)
    assert seen(found.later) == [("b", "regular", "26 09:00"), ("b", "expert", "30 08:00")]
