"""From an offer to an appointment and back."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta

import pytest

from bot.hospital.errors import AlreadyBooked, HoldExpired, NotAllowed, NotBound, SlotGone, TooLate, UnknownAppointment
from bot.hospital.model import HOLD, Appointment, Person, Slot, SlotQuery, Window
from bot.hospital.ports import Hospital
from tests.contract.conftest import CODE, NOW, OTHER_CODE, Maker, at

ME, OTHER = Person("me"), Person("somebody else")


async def slots(hospital: Hospital, doctor: str = "a", day: int = 24) -> tuple[Slot, ...]:
    window = Window(date(2026, 11, day), date(2026, 11, day))
    return (await hospital.free(SlotQuery(doctors=(doctor,), windows=(window,), limit=50), NOW)).slots


async def book(hospital: Hospital, slot: Slot, person: Person = ME, request: str = "booking") -> Appointment:
    return await hospital.confirm((await hospital.hold(slot.id, person, request, NOW)).id, person, NOW)


async def test_a_held_slot_is_nobody_elses_until_it_runs_out(hospital: Hospital) -> None:
    slot = (await slots(hospital))[0]
    hold = await hospital.hold(slot.id, ME, "r1", NOW)
    assert (hold.id, hold.slot, hold.until) == ("r1", slot, NOW + HOLD)
    assert slot not in await slots(hospital)
    with pytest.raises(SlotGone):
        await hospital.hold(slot.id, OTHER, "r2", NOW)
    later = NOW + HOLD
    assert slot.id in [x.id for x in (await hospital.free(SlotQuery(doctors=("a",)), later)).slots]
    assert (await hospital.hold(slot.id, OTHER, "r3", later)).slot == slot
    with pytest.raises(HoldExpired):
        await hospital.confirm("r1", ME, later)


async def test_a_double_tap_is_one_hold_and_one_appointment(hospital: Hospital) -> None:
    slot = (await slots(hospital))[0]
    held = await asyncio.gather(*(hospital.hold(slot.id, ME, "r1", NOW) for _ in range(4)))
    assert len(set(held)) == 1
    booked = await asyncio.gather(*(hospital.confirm("r1", ME, NOW) for _ in range(4)))
    assert len({x.id for x in booked}) == 1 and booked[0].state == "booked"
    assert await hospital.hold(slot.id, ME, "r1", NOW + timedelta(hours=1)) == held[0]
    assert [x.id for x in await hospital.appointments(ME, NOW)] == [booked[0].id]


async def test_two_taps_with_two_requests_hold_one_slot(hospital: Hospital) -> None:
    slot, second = (await slots(hospital))[:2]
    await hospital.hold(slot.id, ME, "r1", NOW)
    await hospital.hold(slot.id, ME, "r2", NOW)
    with pytest.raises(HoldExpired):
        await hospital.confirm("r1", ME, NOW)
    await hospital.hold(second.id, ME, "r3", NOW)
    assert slot in await slots(hospital) and second not in await slots(hospital)
    assert (await hospital.confirm("r3", ME, NOW)).slot == second


@pytest.mark.parametrize("slot_id", ["0", "999999", "", "x", "1 or 1=1", "９"])
async def test_a_slot_that_never_was_is_gone(hospital: Hospital, slot_id: str) -> None:
    with pytest.raises(SlotGone):
        await hospital.hold(slot_id, ME, "r1", NOW)


async def test_a_slot_that_has_begun_is_gone(hospital: Hospital) -> None:
    slot = (await slots(hospital, day=22))[0]
    with pytest.raises(SlotGone):
        await hospital.hold(slot.id, ME, "r1", slot.starts)
    await hospital.hold(slot.id, ME, "r2", slot.starts - timedelta(minutes=5))
    with pytest.raises(HoldExpired):
        await hospital.confirm("r2", ME, slot.starts + timedelta(minutes=1))


async def test_a_booked_slot_is_gone_for_good(hospital: Hospital) -> None:
    slot = (await slots(hospital))[0]
    made = await book(hospital, slot)
    assert (made.slot, made.person, made.state, made.booked_at) == (slot, ME, "booked", NOW)
    assert slot.id not in [x.id for x in (await hospital.free(SlotQuery(doctors=("a",), limit=50), NOW + timedelta(hours=2))).slots]
    with pytest.raises(SlotGone):
        await hospital.hold(slot.id, OTHER, "r2", NOW + timedelta(hours=2))


async def test_one_doctor_once_a_day(hospital: Hospital) -> None:
    first, second = (await slots(hospital))[:2]
    made = await book(hospital, first)
    with pytest.raises(AlreadyBooked) as told:
        await hospital.hold(second.id, ME, "r2", NOW)
    assert told.value.appointment_id == made.id
    assert await book(hospital, second, OTHER, "r3")
    assert await book(hospital, (await slots(hospital, day=26))[0], ME, "r4")


async def test_what_is_anothers_is_unknown(hospital: Hospital) -> None:
    slot = (await slots(hospital))[0]
    await hospital.hold(slot.id, ME, "r1", NOW)
    with pytest.raises(HoldExpired):
        await hospital.hold(slot.id, OTHER, "r1", NOW)
    with pytest.raises(HoldExpired):
        await hospital.confirm("r1", OTHER, NOW)
    await hospital.release("r1", OTHER, NOW)
    made = await hospital.confirm("r1", ME, NOW)
    assert await hospital.appointments(OTHER, NOW) == ()
    for wrong in (made.id, "999999", "x"):
        with pytest.raises(UnknownAppointment):
            await hospital.cancel(wrong, OTHER, NOW)
    assert await hospital.appointments(ME, NOW) == (made,)


async def test_a_released_hold_is_free_again(hospital: Hospital) -> None:
    slot = (await slots(hospital))[0]
    await hospital.hold(slot.id, ME, "r1", NOW)
    await hospital.release("r1", ME, NOW)
    await hospital.release("r1", ME, NOW)
    await hospital.release("no such", ME, NOW)
    assert slot in await slots(hospital)
    with pytest.raises(HoldExpired):
        await hospital.confirm("r1", ME, NOW)
    with pytest.raises(HoldExpired):
        await hospital.hold(slot.id, ME, "r1", NOW)


async def test_a_cancelled_appointment_frees_its_slot_once(hospital: Hospital) -> None:
    slot = (await slots(hospital))[0]
    made = await book(hospital, slot)
    gone = await hospital.cancel(made.id, ME, NOW)
    assert (gone.id, gone.state) == (made.id, "cancelled") and slot in await slots(hospital)
    again = await book(hospital, slot, OTHER, "r2")
    assert (await hospital.cancel(made.id, ME, NOW)).state == "cancelled"
    assert await hospital.appointments(OTHER, NOW) == (again,) and slot not in await slots(hospital)
    assert await hospital.appointments(ME, NOW) == ()
    assert await book(hospital, (await slots(hospital))[0], ME, "r3")


async def test_what_has_begun_can_neither_be_cancelled_nor_moved(hospital: Hospital) -> None:
    slot = (await slots(hospital, day=22))[0]
    made = await book(hospital, slot)
    with pytest.raises(TooLate):
        await hospital.cancel(made.id, ME, slot.starts)
    other = (await slots(hospital))[0]
    with pytest.raises(TooLate):
        await hospital.hold(other.id, ME, "r2", slot.starts, moving=made.id)
    assert await hospital.appointments(ME, slot.starts) == ()


async def test_an_appointment_is_exchanged_within_a_day(hospital: Hospital) -> None:
    first, second = (await slots(hospital))[:2]
    made = await book(hospital, first)
    hold = await hospital.hold(second.id, ME, "r2", NOW, moving=made.id)
    assert await hospital.appointments(ME, NOW) == (made,)
    new = await hospital.reschedule(made.id, hold.id, ME, NOW)
    assert new.slot == second and await hospital.appointments(ME, NOW) == (new,) and first in await slots(hospital)
    assert (await hospital.reschedule(made.id, hold.id, ME, NOW)).id == new.id


async def test_an_exchange_that_fails_changes_nothing(hospital: Hospital) -> None:
    first, second = (await slots(hospital))[:2]
    made = await book(hospital, first)
    hold = await hospital.hold(second.id, ME, "r2", NOW, moving=made.id)
    for wrong_appointment, wrong_hold, when, error in (
        (made.id, "no such", NOW, HoldExpired), (made.id, hold.id, NOW + HOLD, HoldExpired), ("999999", hold.id, NOW, UnknownAppointment)
    ):
        with pytest.raises(error):
            await hospital.reschedule(wrong_appointment, wrong_hold, ME, when)
    with pytest.raises(AlreadyBooked):
        await hospital.confirm(hold.id, ME, NOW)
    assert await hospital.appointments(ME, NOW) == (made,)
    assert (await hospital.reschedule(made.id, hold.id, ME, NOW)).slot == second


async def test_a_hospital_may_book_for_bound_patients_only(make: Maker) -> None:
    hospital = make(needs_card=True)
    slot = (await slots(hospital))[0]
    with pytest.raises(NotBound):
        await hospital.hold(slot.id, ME, "r1", NOW)
    with pytest.raises(NotBound):
        await hospital.watch(SlotQuery(), ME, NOW)
    bound = await hospital.bind_by_code("me", CODE, NOW)
    made = await book(hospital, slot, Person("me", bound.patient_id))
    assert made.person.patient_id == bound.patient_id


async def test_nobody_books_for_a_patient_of_others(hospital: Hospital) -> None:
    patient = (await hospital.bind_by_code("me", CODE, NOW)).patient_id
    slot = (await slots(hospital))[0]
    for act in (
        hospital.hold(slot.id, Person("other", patient), "r1", NOW), hospital.watch(SlotQuery(), Person("other", patient), NOW),
        hospital.appointments(Person("other", patient), NOW), hospital.cancel("1", Person("other", patient), NOW),
    ):
        with pytest.raises(NotBound):
            await act


async def test_a_patient_has_one_appointment_from_all_her_conversations(hospital: Hospital) -> None:
    patient = (await hospital.bind_by_code("me", CODE, NOW)).patient_id
    family = (await hospital.invite_family("me", ["booking"], NOW)).code
    await hospital.bind_by_code("husband", family, NOW)
    mine, his = Person("me", patient), Person("husband", patient)
    first, second = (await slots(hospital))[:2]
    made = await book(hospital, first, his, "r1")
    assert await hospital.appointments(mine, NOW) == (made,)
    with pytest.raises(AlreadyBooked):
        await hospital.hold(second.id, mine, "r2", NOW)
    assert (await hospital.cancel(made.id, mine, NOW)).state == "cancelled"


async def test_two_conversations_of_one_patient_at_once_book_once(hospital: Hospital) -> None:
    patient = (await hospital.bind_by_code("me", CODE, NOW)).patient_id
    await hospital.bind_by_code("husband", (await hospital.invite_family("me", ["booking"], NOW)).code, NOW)
    people = (Person("me", patient), Person("husband", patient))
    for number, (slot, person) in enumerate(zip((await slots(hospital))[:2], people)):
        await hospital.hold(slot.id, person, f"r{number}", NOW)
    done = await asyncio.gather(*(hospital.confirm(f"r{x}", person, NOW) for x, person in enumerate(people)), return_exceptions=True)
    assert sorted(type(x).__name__ for x in done) == ["AlreadyBooked", "Appointment"]


async def test_who_may_see_reports_only_books_nothing(hospital: Hospital) -> None:
    patient = (await hospital.bind_by_code("me", OTHER_CODE, NOW)).patient_id
    await hospital.bind_by_code("mother", (await hospital.invite_family("me", ["reports"], NOW)).code, NOW)
    with pytest.raises(NotAllowed):
        await hospital.hold((await slots(hospital))[0].id, Person("mother", patient), "r1", NOW)


async def test_an_ended_binding_shows_no_appointment_any_more(hospital: Hospital) -> None:
    bound = await hospital.bind_by_code("me", CODE, NOW)
    made = await book(hospital, (await slots(hospital))[0], Person("me", bound.patient_id))
    await hospital.unbind("me", bound.id, NOW)
    assert await hospital.appointments(ME, NOW) == ()
    with pytest.raises(UnknownAppointment):
        await hospital.cancel(made.id, ME, NOW)


async def test_each_slot_is_sold_once_and_nobody_is_told_a_lie(hospital: Hospital) -> None:
    offered = [x.id for x in (await hospital.free(SlotQuery(limit=50), NOW)).slots]
    sold: dict[str, str] = {}

    async def grab(number: int) -> None:
        person = Person(f"patient {number}")
        for turn in range(len(offered)):
            slot_id = offered[(number + turn) % len(offered)]
            try:
                hold = await hospital.hold(slot_id, person, f"{number}-{turn}", NOW)
            except SlotGone:
                continue
            await asyncio.sleep(0)
            made = await hospital.confirm(hold.id, person, NOW)
            assert made.slot.id == slot_id and slot_id not in sold
            sold[slot_id] = person.conversation
            return
        assert not (await hospital.free(SlotQuery(), NOW)).slots     # told that all is gone, and it is

    await asyncio.gather(*(grab(x) for x in range(40)))
    assert sorted(sold) == sorted(offered) and len(set(sold.values())) == len(offered)
    for slot_id, who in sold.items():
        assert [x.slot.id for x in await hospital.appointments(Person(who), NOW)] == [slot_id]


async def test_crosswise_exchanges_at_once_end(hospital: Hospital) -> None:
    """Each holds what the other held a moment ago: nobody waits for ever, and everybody has one or is told."""
    first, second = (await slots(hospital))[:2]
    for turn in range(6):
        done = await asyncio.gather(
            hospital.hold((first, second)[turn % 2].id, ME, f"a{turn}", at(22, 10) + timedelta(minutes=11 * turn)),
            hospital.hold((second, first)[turn % 2].id, OTHER, f"b{turn}", at(22, 10) + timedelta(minutes=11 * turn)), return_exceptions=True)
        assert [type(x).__name__ for x in done] == ["Hold", "Hold"]


async def test_what_is_coming_in_any_conversation(hospital: Hospital) -> None:
    assert await hospital.upcoming(NOW, at(30, 0)) == ()
    second, first = (await slots(hospital))[0], (await slots(hospital, day=22))[0]
    booked = [await book(hospital, second, ME, "r1"), await book(hospital, first, OTHER, "r2")]
    found = await hospital.upcoming(NOW, at(25, 0))
    assert [(x.id, x.slot, x.person.conversation, x.booked_at) for x in found] == [(x.id, x.slot, x.person.conversation, NOW) for x in reversed(booked)]
    assert [x.id for x in await hospital.upcoming(NOW, second.starts)] == [booked[1].id], "before it, not at it"
    assert [x.id for x in await hospital.upcoming(first.starts, at(25, 0))] == [booked[0].id], "begun is begun"
    await hospital.cancel(booked[0].id, ME, NOW)
    assert [x.id for x in await hospital.upcoming(NOW, at(25, 0))] == [booked[1].id]
    await hospital.forget(OTHER.conversation)
    assert await hospital.upcoming(NOW, at(25, 0)) == (), "whose it is nobody knows any more"
