"""The FHIR hospital on a real server that goes down in the middle, and beside a hospital whose staff book, cancel and change things too."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from bot.hospital.errors import AlreadyBooked, HoldExpired, HospitalUnavailable, NonsenseReply, SlotGone, WrongCode
from bot.hospital.fhir import FhirHospital
from bot.hospital.fhir_client import FhirClient, Limits
from bot.hospital.fhir_token import Credentials
from bot.hospital.memory import MemoryHospital, MemorySms
from bot.hospital.model import HOLD, IdentityClaim, Person, Slot, SlotQuery, Window
from bot.hospital.tables import OrderRow, PatientRow
from bot.store.database import Database, engine, migrate
from tests.bot.hospital.fhir_server.breaking import Breaking, breaking
from tests.bot.hospital.fhir_server.running import CLIENT, FhirServer
from tests.bot.hospital.fhir_server.running import SECRET as PASSWORD
from tests.bot.hospital.fhir_server.world import resources_of
from tests.contract.conftest import CODE, NOW, OTHER_CODE, PROFILE, SECRET, at, emptied, fhir_server, sqlite_database, world
from tests.contract.test_alike import PEOPLE, Told, tell_the_same

__all__ = ["fhir_server", "sqlite_database"]        # fixtures

LIMITS = Limits(connect=5, call=15, turn=20, attempts=2, pause=0.01, page=4)
ME, OTHER = Person("me"), Person("somebody else")
DAY = SlotQuery((), ("a",), None, (Window(date(2026, 11, 24), date(2026, 11, 24)),), 50)


@dataclass
class Scene:
    """A hospital, the server behind it, and what can go wrong between them."""

    hospital: FhirHospital
    server: FhirServer
    line: Breaking
    database: Database

    async def slots(self) -> tuple[Slot, ...]:
        """What doctor a has free on the 24th."""
        return (await self.hospital.free(DAY, NOW)).slots

    def standing(self) -> list[dict[str, Any]]:
        """The appointments that count on the server."""
        return [x for x in self.server.all("Appointment") if x["status"] == "booked"]

    def statuses(self) -> dict[str, str]:
        """The slots of doctor a on the 24th by their status."""
        return {x["id"]: x["status"] for x in self.server.all("Slot") if x["schedule"]["reference"] == "Schedule/a" and x["start"].startswith("2026-11-24")}


def client_to(origin: str) -> FhirClient:
    """A client through the line."""
    return FhirClient(f"{origin}/fhir/R4", Credentials(f"{origin}/oauth2/token", CLIENT, PASSWORD), LIMITS)


@pytest.fixture
async def scene(fhir_server: FhirServer, sqlite_database: Database) -> AsyncIterator[Scene]:      # noqa: F811  pytest's way of asking for a fixture
    """A small hospital; the connection breaks where a test says so."""
    fhir_server.fill(resources_of(world(), PROFILE))
    async with breaking(f"http://127.0.0.1:{fhir_server.port}") as line:
        hospital = FhirHospital(emptied(sqlite_database), SECRET, MemorySms(), client_to(line.base), PROFILE, needs_card=False)
        yield Scene(hospital, fhir_server, line, sqlite_database)
        await hospital.close()


def nth(method: str, kind: str, number: int = 0) -> Callable[[str, str], bool]:
    """The request of a kind with this number."""
    count = iter(range(1000))
    return lambda m, path: m == method and f"/fhir/R4/{kind}" in path and next(count) == number


def broken_at(*steps: tuple[str, str]) -> list[tuple[str, tuple[str, str, int]]]:
    """Each step at which the server can go down: before it sees a request, and after it did what a write asks for."""
    return [(when, (*step, 0)) for step in steps for when in ("dies_before", "dies_after") if when == "dies_before" or step[0] != "GET"]


BREAKS = broken_at(("GET", "Slot/"), ("PUT", "Slot/"), ("GET", "Appointment?"), ("POST", "Appointment"))
CANCELS = broken_at(("GET", "Appointment/"), ("PUT", "Appointment/"), ("GET", "Slot/"), ("PUT", "Slot/"))
MOVES = [*BREAKS, *broken_at(("GET", "Appointment/"), ("PUT", "Appointment/"))]


def names(value: Any) -> str:
    """A step in words."""
    return f"{value[1][0]}-{value[1][1].strip('/?')}-{value[0]}"


@pytest.mark.parametrize("broken", BREAKS, ids=names)
async def test_a_booking_broken_at_any_step_is_one_booking_when_she_asks_again(scene: Scene, broken: Any) -> None:
    slot = (await scene.slots())[0]
    await scene.hospital.hold(slot.id, ME, "r1", NOW)
    setattr(scene.line, broken[0], nth(*broken[1]))
    with pytest.raises(HospitalUnavailable):
        await scene.hospital.confirm("r1", ME, NOW)
    assert scene.line.down
    with pytest.raises(HospitalUnavailable):
        await scene.hospital.free(DAY, NOW)
    scene.line.heal()
    assert slot.id not in [x.id for x in await scene.slots()]       # still hers
    with pytest.raises(SlotGone):
        await scene.hospital.hold(slot.id, OTHER, "r2", NOW)
    made = await scene.hospital.confirm("r1", ME, NOW)
    assert made.slot.id == slot.id and await scene.hospital.appointments(ME, NOW) == (made,)
    assert len(scene.standing()) == 1 and len(scene.server.all("Appointment")) == 1 and sorted(scene.statuses().values()).count("busy") == 1
    assert (await scene.hospital.confirm("r1", ME, NOW)).id == made.id and len(scene.standing()) == 1


@pytest.mark.parametrize("broken", BREAKS, ids=names)
async def test_a_booking_broken_at_any_step_is_whole_or_nothing_when_she_never_asks_again(scene: Scene, broken: Any) -> None:
    slot = (await scene.slots())[0]
    await scene.hospital.hold(slot.id, ME, "r1", NOW)
    setattr(scene.line, broken[0], nth(*broken[1]))
    with pytest.raises(HospitalUnavailable):
        await scene.hospital.confirm("r1", ME, NOW)
    scene.line.heal()
    late = NOW + HOLD + timedelta(minutes=1)
    await scene.hospital.serve(late)
    mine = await scene.hospital.appointments(ME, late)
    assert len(mine) == len(scene.standing()) <= 1
    assert len(mine) == (broken == ("dies_after", ("POST", "Appointment", 0)))      # there the server had booked
    states = scene.statuses()
    assert "busy-tentative" not in states.values() and list(states.values()).count("busy") == len(mine)
    if mine:
        with pytest.raises(SlotGone):
            await scene.hospital.hold(slot.id, OTHER, "r2", late)
    else:
        assert (await scene.hospital.hold(slot.id, OTHER, "r2", late)).slot.id == slot.id


async def test_a_lost_booking_is_found_by_whoever_wants_its_slot_before_the_desk_comes(scene: Scene) -> None:
    slot = (await scene.slots())[0]
    await scene.hospital.hold(slot.id, ME, "r1", NOW)
    scene.line.dies_after = nth("POST", "Appointment")
    with pytest.raises(HospitalUnavailable):
        await scene.hospital.confirm("r1", ME, NOW)
    scene.line.heal()
    late = NOW + HOLD + timedelta(minutes=1)
    with pytest.raises(SlotGone):
        await scene.hospital.hold(slot.id, OTHER, "r2", late)
    assert [x.slot.id for x in await scene.hospital.appointments(ME, late)] == [slot.id] and len(scene.standing()) == 1


@pytest.mark.parametrize("broken", [x for x in BREAKS if "Slot" in x[1][1]], ids=names)
async def test_a_hold_broken_at_any_step_was_never_asked_for(scene: Scene, broken: Any) -> None:
    first, second = (await scene.slots())[:2]
    await scene.hospital.hold(first.id, ME, "r1", NOW)
    setattr(scene.line, broken[0], nth(*broken[1]))
    with pytest.raises(HospitalUnavailable):
        await scene.hospital.hold(second.id, ME, "r2", NOW)
    scene.line.heal()
    assert (await scene.hospital.confirm("r1", ME, NOW)).slot == first      # the earlier hold is hers again
    again = await scene.hospital.hold(second.id, OTHER, "r3", NOW)          # and the other slot anybody's
    assert again.slot == second and (await scene.hospital.confirm("r3", OTHER, NOW)).slot == second
    await scene.hospital.serve(NOW)
    assert sorted(scene.statuses().values()).count("busy") == 2 and "busy-tentative" not in scene.statuses().values()


@pytest.mark.parametrize("broken", CANCELS, ids=names)
async def test_a_cancellation_broken_at_any_step_is_made_good(scene: Scene, broken: Any) -> None:
    slot = (await scene.slots())[0]
    await scene.hospital.hold(slot.id, ME, "r1", NOW)
    made = await scene.hospital.confirm("r1", ME, NOW)
    setattr(scene.line, broken[0], nth(*broken[1]))
    if "Slot" in broken[1][1]:      # the appointment is cancelled: that is what she asked for
        assert (await scene.hospital.cancel(made.id, ME, NOW)).state == "cancelled"
    else:
        with pytest.raises(HospitalUnavailable):
            await scene.hospital.cancel(made.id, ME, NOW)
    scene.line.heal()
    assert (await scene.hospital.cancel(made.id, ME, NOW)).state == "cancelled"
    await scene.hospital.serve(NOW)
    assert scene.standing() == [] and set(scene.statuses().values()) == {"free"} and slot.id in [x.id for x in await scene.slots()]


@pytest.mark.parametrize("again", [True, False])
@pytest.mark.parametrize("broken", MOVES, ids=names)
async def test_an_exchange_broken_at_any_step_leaves_one_appointment(scene: Scene, broken: Any, again: bool) -> None:
    first, second = (await scene.slots())[:2]
    await scene.hospital.hold(first.id, ME, "r1", NOW)
    old = await scene.hospital.confirm("r1", ME, NOW)
    await scene.hospital.hold(second.id, ME, "r2", NOW, moving=old.id)
    setattr(scene.line, broken[0], nth(*broken[1]))
    with pytest.raises(HospitalUnavailable):
        await scene.hospital.reschedule(old.id, "r2", ME, NOW)
    scene.line.heal()
    late = NOW if again else NOW + HOLD + timedelta(minutes=1)
    if again:
        await scene.hospital.reschedule(old.id, "r2", ME, NOW)
    for _ in range(2):
        await scene.hospital.serve(late)
    mine, = await scene.hospital.appointments(ME, late)
    there, = scene.standing()
    assert mine.slot.starts.isoformat() == there["start"] and (not again or mine.slot == second)
    assert sorted(scene.statuses().values()).count("busy") == 1 and "busy-tentative" not in scene.statuses().values()


async def test_what_the_counter_sold_meanwhile_is_gone(scene: Scene) -> None:
    first, second = (await scene.slots())[:2]
    scene.server.put({**scene.server.one("Slot", "slot-3"), "status": "busy"})
    with pytest.raises(SlotGone):
        await scene.hospital.hold(first.id, ME, "r1", NOW)
    await scene.hospital.hold(second.id, ME, "r2", NOW)
    scene.server.put({**scene.server.one("Slot", "slot-4"), "status": "busy", "identifier": []})
    with pytest.raises(HoldExpired):
        await scene.hospital.confirm("r2", ME, NOW)
    assert scene.standing() == [] and not {first.id, second.id} & {x.id for x in await scene.slots()}


async def test_a_change_of_something_else_is_no_obstacle(scene: Scene) -> None:
    slot = (await scene.slots())[0]
    await scene.hospital.hold(slot.id, ME, "r1", NOW)
    scene.server.put({**scene.server.one("Slot", "slot-3"), "comment": "room 3"})
    await scene.hospital.confirm("r1", ME, NOW)
    there = scene.server.one("Slot", "slot-3")
    assert (there["status"], there["comment"]) == ("busy", "room 3")


async def test_slots_that_come_go_and_move_are_seen_at_the_next_question(scene: Scene) -> None:
    before = await scene.slots()
    scene.server.put({**scene.server.one("Slot", "slot-3"), "start": "2026-11-24T08:05:00+08:00", "end": "2026-11-24T08:09:00+08:00"})
    scene.server.put({**scene.server.one("Slot", "slot-4"), "status": "busy-unavailable"})
    scene.server.put({**scene.server.one("Slot", "slot-3"), "id": "slot-new", "start": "2026-11-24T09:00:00+08:00", "end": "2026-11-24T09:10:00+08:00"})
    assert [f"{x.starts:%H:%M}" for x in await scene.slots()] == ["08:05", "09:00", *(f"{x.starts:%H:%M}" for x in before[2:])]
    scene.server.put({**scene.server.one("Slot", "slot-4"), "status": "free"})
    assert "08:10" in [f"{x.starts:%H:%M}" for x in await scene.slots()]


async def test_a_deleted_slot_is_not_held_and_goes_with_the_next_reading_of_everything(scene: Scene) -> None:
    first, second = (await scene.slots())[:2]
    for name in ("slot-3", "slot-4"):
        scene.server.delete("Slot", name)
    with pytest.raises(SlotGone):
        await scene.hospital.hold(first.id, ME, "r1", NOW)
    assert second.id in [x.id for x in await scene.slots()]         # no list of changes tells of it
    scene.hospital._all_lasts = timedelta(0)
    await scene.slots()
    await scene.hospital._everything.wait(_never, 20)
    assert not {first.id, second.id} & {x.id for x in await scene.slots()}


async def test_a_slot_that_comes_while_everything_is_read_stays(scene: Scene) -> None:
    await scene.slots()
    read = scene.hospital._client.search

    async def shifting(kind: str, params: Any, private: bool = False) -> Any:
        """One slot slips between the pages."""
        found = await read(kind, params, private)
        kept = tuple(x for x in found.resources if x["id"] != "slot-3" or ("_id", "slot-3") in params)
        return replace(found, resources=kept)

    scene.hospital._client.search = shifting        # type: ignore[method-assign]
    await scene.hospital._read_everything(NOW)
    assert "08:00" in [f"{x.starts:%H:%M}" for x in await scene.slots()]


async def test_a_doctor_who_sees_nobody_any_more_is_gone_with_her_slots(scene: Scene) -> None:
    held = (await scene.slots())[0]
    await scene.hospital.hold(held.id, ME, "r1", NOW)
    await scene.hospital.confirm("r1", ME, NOW)
    scene.server.put({**scene.server.one("Schedule", "a"), "active": False})
    scene.hospital._directory = None
    await scene.hospital._read_everything(NOW)
    assert [x.id for x in await scene.hospital.doctors()] == ["b", "c"] and {x.doctor.id for x in (await scene.hospital.free(SlotQuery(limit=50), NOW)).slots} == {"b", "c"}
    assert [x.slot.id for x in await scene.hospital.appointments(ME, NOW)] == [held.id]      # hers stays, to be told of


async def test_several_slots_at_one_minute_are_all_offered(scene: Scene) -> None:
    for number in range(3):
        scene.server.put({**scene.server.one("Slot", "slot-3"), "id": f"twin-{number}"})
    slots = [x for x in await scene.slots() if f"{x.starts:%H:%M}" == "08:00"]
    assert len(slots) == 4
    for number, slot in enumerate(slots):
        person = Person(f"p{number}")
        await scene.hospital.hold(slot.id, person, f"r{number}", NOW)
        await scene.hospital.confirm(f"r{number}", person, NOW)
    assert len(scene.standing()) == 4 and len({x["slot"][0]["reference"] for x in scene.standing()}) == 4


async def test_two_installations_on_one_server_sell_each_slot_once(scene: Scene, tmp_path: Any) -> None:
    url = f"sqlite:///{tmp_path / 'other.db'}"
    migrate(url)
    database = Database(engine(url))
    other = FhirHospital(database, b"the secret of another", MemorySms(), client_to(scene.line.base), PROFILE, needs_card=False)
    both, slots = (scene.hospital, other), await scene.slots()
    theirs = {x.starts: x.id for x in (await other.free(DAY, NOW)).slots}

    async def grab(number: int) -> str:
        hospital, person = both[number % 2], Person(f"p{number}")
        for turn in range(len(slots)):
            slot = slots[(number + turn) % len(slots)]
            try:
                await hospital.hold(slot.id if hospital is scene.hospital else theirs[slot.starts], person, f"{number}-{turn}", NOW)
            except SlotGone:
                continue
            return (await hospital.confirm(f"{number}-{turn}", person, NOW)).slot.starts.isoformat()
        return ""

    sold = [x for x in await asyncio.gather(*map(grab, range(12))) if x]
    assert len(sold) == len(set(sold)) == len(slots) == len(scene.standing()) and set(scene.statuses().values()) == {"busy"}
    await other.close()
    database.engine.dispose()


async def test_an_appointment_cancelled_at_the_hospital_is_gone(scene: Scene) -> None:
    slot = (await scene.slots())[0]
    await scene.hospital.hold(slot.id, ME, "r1", NOW)
    await scene.hospital.confirm("r1", ME, NOW)
    scene.server.put({**scene.standing()[0], "status": "cancelled"})
    scene.server.put({**scene.server.one("Slot", "slot-3"), "status": "free", "identifier": []})
    assert await scene.hospital.appointments(ME, NOW) == () and slot.id in [x.id for x in await scene.slots()]


async def test_what_a_patient_booked_at_the_counter_is_hers_and_stands_in_the_way(scene: Scene) -> None:
    await scene.hospital.bind_by_code("me", CODE, NOW)
    person, slots = Person("me", "p1"), await scene.slots()
    scene.server.put({**scene.server.one("Slot", "slot-3"), "status": "busy"})
    scene.server.put({"resourceType": "Appointment", "id": "counter", "status": "booked", "start": "2026-11-24T08:00:00+08:00", "end": "2026-11-24T08:10:00+08:00",
                      "slot": [{"reference": "Slot/slot-3"}], "participant": [{"actor": {"reference": "Patient/p1"}, "status": "accepted"}]})
    with pytest.raises(AlreadyBooked):
        await scene.hospital.hold(slots[1].id, person, "r1", NOW)
    mine, = await scene.hospital.appointments(person, NOW)
    assert mine.slot == slots[0] and await scene.hospital.appointments(ME, NOW) == ()
    assert (await scene.hospital.cancel(mine.id, person, NOW)).state == "cancelled" and scene.server.one("Appointment", "counter")["status"] == "cancelled"


async def test_an_appointment_names_doctor_patient_and_slot_and_nothing_of_the_conversation(scene: Scene) -> None:
    await scene.hospital.bind_by_code("me", CODE, NOW)
    person = Person("me", "p1")
    hold = await scene.hospital.hold((await scene.slots())[0].id, person, "the request of me", NOW)
    await scene.hospital.confirm(hold.id, person, NOW)
    made, = scene.standing()
    assert [x["actor"]["reference"] for x in made["participant"]] == ["PractitionerRole/a", "Patient/p1"] and made["slot"] == [{"reference": "Slot/slot-3"}]
    assert (made["start"], made["created"]) == ("2026-11-24T08:00:00+08:00", "2026-11-22T10:00:00+08:00") and "request of me" not in str(made)


async def test_a_server_without_conditional_creates_books_once_too(scene: Scene) -> None:
    scene.line.conditional = False
    await scene.hospital.hold((await scene.slots())[0].id, ME, "r1", NOW)
    scene.line.dies_after = nth("POST", "Appointment")
    with pytest.raises(HospitalUnavailable):
        await scene.hospital.confirm("r1", ME, NOW)
    scene.line.heal()
    await scene.hospital.confirm("r1", ME, NOW)
    assert len(scene.server.all("Appointment")) == 1


async def test_a_server_without_versions_tells_what_is_free_and_books_nothing(scene: Scene) -> None:
    scene.line.versions = False
    slot = (await scene.slots())[0]
    with pytest.raises(NonsenseReply, match="versions"):
        await scene.hospital.hold(slot.id, ME, "r1", NOW)
    assert set(scene.statuses().values()) == {"free"} and slot.id in [x.id for x in await scene.slots()]


async def test_doctors_are_known_while_the_server_is_down_and_slots_are_not(scene: Scene) -> None:
    await scene.slots()
    scene.line.down = True
    assert len(await scene.hospital.doctors()) == 3 and len(await scene.hospital.departments()) == 2
    for ask in (scene.hospital.free, scene.hospital.sessions, scene.hospital.alternatives):
        with pytest.raises(HospitalUnavailable):
            await ask(DAY, NOW)
    with pytest.raises(HospitalUnavailable):
        await scene.hospital.serve(NOW)


async def test_a_token_withdrawn_in_between_is_no_obstacle(scene: Scene) -> None:
    slot = (await scene.slots())[0]
    scene.server.forget_tokens()
    await scene.hospital.hold(slot.id, ME, "r1", NOW)
    scene.server.forget_tokens()
    assert await scene.hospital.confirm("r1", ME, NOW)


async def test_neither_results_nor_personal_values_are_asked_for_in_an_address(scene: Scene) -> None:
    await scene.hospital.bind_by_code("me", CODE, NOW)
    await scene.hospital.claim_identity("you", IdentityClaim("李晴", "999999199011150048", "19900000002"), NOW)
    orders = await scene.hospital.orders("me", (), NOW)
    asked = " ".join(scene.server.asked())
    assert orders.orders and "DiagnosticReport?" in asked
    assert "result" not in asked and "conclusion" not in asked and "presentedForm" not in asked
    assert not any(x in asked for x in (CODE, CODE.replace("-", ""), "9999", "1990000", "%E6%9D%8E"))


async def test_a_server_that_passes_over_a_parameter_shows_nobody_anothers(scene: Scene) -> None:
    await scene.hospital.bind_by_code("me", CODE, NOW)
    scene.line.ignores = {"subject"}
    with pytest.raises(NonsenseReply, match="another patient"):
        await scene.hospital.orders("me", (), NOW)
    scene.line.ignores = {"identifier"}
    with pytest.raises(WrongCode):
        await scene.hospital.bind_by_code("you", OTHER_CODE, NOW)      # everybody is no patient
    sms: Any = scene.hospital._sms
    await scene.hospital.claim_identity("you", IdentityClaim("李晴", "1", "19900000002"), NOW)
    assert await scene.hospital.bindings("you") == () and sms.sent == []
    slot = (await scene.slots())[0]
    await scene.hospital.hold(slot.id, OTHER, "r1", NOW)
    await scene.hospital.confirm("r1", OTHER, NOW)
    second = (await scene.slots())[0]
    await scene.hospital.hold(second.id, ME, "r2", NOW)
    made = await scene.hospital.confirm("r2", ME, NOW)
    assert made.slot == second and len(scene.standing()) == 2


async def test_of_a_wrong_claim_and_of_who_is_not_bound_any_more_nothing_stays(scene: Scene) -> None:
    await scene.hospital.claim_identity("you", IdentityClaim("王大雨", "999999199203070024", "19900000001"), NOW)

    def kept(table: Any) -> int:
        with scene.database.transaction() as session:
            return int(session.query(table).count())

    assert kept(PatientRow) == 0
    bound = await scene.hospital.bind_by_code("me", CODE, NOW)
    await scene.hospital.orders("me", (), NOW)
    assert kept(OrderRow) == 10
    await scene.hospital.unbind("me", bound.id, NOW)
    assert kept(OrderRow) == 0


async def test_a_locked_conversation_asks_the_server_nothing(scene: Scene) -> None:
    from tests.contract.conftest import WRONG

    for _ in range(5):
        with pytest.raises((WrongCode, Exception)):
            await scene.hospital.bind_by_code("me", WRONG, NOW)
    before = len(scene.line.seen)
    for attempt in (scene.hospital.bind_by_code("me", CODE, NOW), scene.hospital.claim_identity("me", IdentityClaim("王小雨", "D1", "19900000001"), NOW)):
        with pytest.raises(Exception, match="locked"):
            await attempt
    assert len(scene.line.seen) == before


async def test_a_report_that_comes_is_told_and_a_withdrawn_order_goes(scene: Scene) -> None:
    hospital = scene.hospital
    hospital._ready_every = 0.0
    await hospital.bind_by_code("me", CODE, NOW)
    order = (await hospital.orders("me", ("hsg",), NOW)).orders[0]
    await hospital.watch_report("me", order.id, NOW)
    assert await hospital.ready(NOW) == ()
    report = {"resourceType": "DiagnosticReport", "id": "new", "status": "preliminary", "code": {"text": "x"}, "subject": {"reference": "Patient/p1"},
              "basedOn": [{"reference": "ServiceRequest/o4"}], "issued": at(22, 9).isoformat()}
    scene.server.put(report)
    assert await hospital.ready(NOW) == () and (await hospital.orders("me", ("hsg",), NOW)).orders[0].state == "preliminary"
    scene.server.put({**report, "status": "final", "extension": [{"url": PROFILE.visible, "valueDateTime": at(22, 9, 30).isoformat()}]})
    hit, = await hospital.ready(NOW)
    assert (hit.order.id, hit.order.state) == (order.id, "visible")
    scene.server.put({**scene.server.one("ServiceRequest", "o4"), "status": "entered-in-error"})
    assert (await hospital.orders("me", ("hsg",), NOW)).orders == () and await hospital.ready(NOW) == ()


async def test_a_slot_freed_at_the_hospital_is_served_to_who_waits(scene: Scene) -> None:
    wish = SlotQuery(("expert",), ("b",), None, (Window(date(2026, 11, 25), date(2026, 11, 25)),))
    await scene.hospital.watch(wish, ME, NOW)
    assert await scene.hospital.serve(NOW) == ()
    scene.server.put({**scene.server.one("Slot", "slot-9"), "status": "free"})
    hit, = await scene.hospital.serve(NOW)
    assert hit.watch.person == ME and scene.server.one("Slot", "slot-9")["status"] == "busy-tentative"
    assert await scene.hospital.serve(NOW + HOLD) == await scene.hospital.serve(NOW + HOLD)     # not told yet: hers again


async def test_a_slot_sold_at_the_counter_is_told_to_nobody_who_waits(scene: Scene) -> None:
    wish = SlotQuery(("expert",), ("b",), None, (Window(date(2026, 11, 30), date(2026, 11, 30)),))
    await scene.slots()
    await scene.hospital.watch(wish, ME, NOW)
    sold = {**scene.server.one("Slot", "slot-12"), "status": "busy"}
    scene.hospital._refresh_alone = _nothing      # type: ignore[method-assign]   sold between the reading and the hold
    scene.server.put(sold)
    assert await scene.hospital.serve(NOW) == () and [x.query for x in await scene.hospital.watching("me", NOW)] == [wish]


async def _nothing(_now: Any) -> None:
    """Reads no news."""


async def _never() -> None:
    raise AssertionError("it goes on already")


def test_each_pass_of_the_desk_has_a_loop_of_its_own(fhir_server: FhirServer, sqlite_database: Database) -> None:      # noqa: F811
    fhir_server.fill(resources_of(world(), PROFILE))
    hospital = FhirHospital(emptied(sqlite_database), SECRET, MemorySms(), fhir_server.client(), PROFILE, needs_card=False)
    asyncio.run(hospital.watch(SlotQuery(("expert",), ("a",)), ME, NOW))
    assert [len(asyncio.run(hospital.serve(NOW))) for _ in range(3)] == [1, 1, 1] and asyncio.run(hospital.ready(NOW)) == ()


async def test_the_first_reading_may_take_longer_than_a_turn(scene: Scene) -> None:
    hospital = scene.hospital
    gate, read = asyncio.Event(), hospital._client.search

    async def slow(kind: str, *more: Any, **named: Any) -> Any:
        if kind == "Slot":
            await gate.wait()
        return await read(kind, *more, **named)

    hospital._client.search = slow      # type: ignore[method-assign]
    hospital._client.limits = replace(LIMITS, turn=0.3)
    with pytest.raises(HospitalUnavailable, match="first time"):
        await scene.slots()
    gate.set()
    hospital._client.limits = LIMITS
    assert len(await scene.slots()) == 5


async def test_many_changes_take_longer_than_a_turn_and_are_read_all_the_same(scene: Scene) -> None:
    before, read = await scene.slots(), scene.hospital._client.search
    gate = asyncio.Event()

    async def slow(kind: str, *more: Any, **named: Any) -> Any:
        await gate.wait()
        return await read(kind, *more, **named)

    scene.hospital._client.search = slow        # type: ignore[method-assign]
    scene.server.put({**scene.server.one("Slot", "slot-3"), "status": "busy"})
    scene.hospital._client.limits = replace(LIMITS, turn=0.2)
    for _ in range(2):
        with pytest.raises(HospitalUnavailable, match="within a turn"):
            await scene.slots()
    gate.set()
    scene.hospital._client.limits = LIMITS
    assert await scene.slots() == before[1:]


@pytest.mark.parametrize("story", range(2))
async def test_memory_and_fhir_tell_the_same_story(scene: Scene, story: int) -> None:
    """The long random stories of the contract suite, and afterwards the server has what was told."""
    pair = [Told(MemoryHospital(world(), MemorySms())), Told(scene.hospital)]
    late = await tell_the_same(pair, 100 + story, story, 40) + timedelta(minutes=30)
    await scene.hospital._sweep(late)       # holds that ran out; no watch is served meanwhile
    booked = sorted([x.slot.starts.isoformat() for p in PEOPLE for x in await scene.hospital.appointments(p, late)])
    assert sorted(x["start"] for x in scene.standing() if datetime.fromisoformat(x["start"]) > late) == booked
    busy = sorted(x["start"] for x in scene.server.all("Slot") if x["status"] == "busy" and x.get("identifier") and datetime.fromisoformat(x["start"]) > late)
    assert busy == booked and "busy-tentative" not in [x["status"] for x in scene.server.all("Slot")]
