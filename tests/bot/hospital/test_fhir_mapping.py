"""FHIR resources as values: what is read, and what is left alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.clock import ZONE
from bot.hospital.fhir_mapping import (
    appointment_of,
    clean,
    directory_of,
    instant,
    marked,
    masked,
    names_of,
    orders_of,
    patient_of,
    reference,
    short_id,
    slot_of,
)
from bot.hospital.fhir_profile import load

NOW = datetime(2026, 11, 22, 10, tzinfo=ZONE)
PROFILE = load()
SLOT: dict[str, Any] = {
    "resourceType": "Slot", "id": "s1", "schedule": {"reference": "Schedule/a"}, "status": "free", "start": "2026-11-24T08:00:00+08:00",
    "end": "2026-11-24T08:10:00+08:00", "appointmentType": {"coding": [{"system": "urn:ivf-guide:visit-type", "code": "expert"}]},
    "meta": {"versionId": "3", "lastUpdated": "2026-11-20T00:00:00.5Z"},
}


@pytest.mark.parametrize(("text", "expected"), [
    ("2026-11-24T08:00:00+08:00", (24, 8)), ("2026-11-24T00:00:00Z", (24, 8)), ("2026-11-23T23:30:00.123456789-01:00", (24, 8)), ("2026-11-24T08:00+08:00", (24, 8)),
    ("2026-11-24T08:00:60+08:00", (24, 8)),
])
def test_a_moment_has_its_zone(text: str, expected: tuple[int, int]) -> None:
    made = instant(text)
    assert made is not None and (made.day, made.hour) == expected and made.tzinfo is ZONE


@pytest.mark.parametrize("value", ["2026-11-24T08:00:00", "2026-11-24", "2026-13-24T08:00:00Z", "2026-11-24T25:00:00Z", "9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+14:00",
                                   "tomorrow", "", None, 5, True, [], {}, "２026-11-24T08:00:00Z", "2026-11-24T08:00:00+99:99", "2026-11-24T08:00:00Z; x"])
def test_what_is_no_moment_is_none(value: object) -> None:
    assert instant(value) is None


def test_a_day_alone_counts_only_where_it_may() -> None:
    assert instant("2026-11-24", day=True) == datetime(2026, 11, 24, tzinfo=ZONE) and instant("2026-11", day=True) is None


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text() | st.sampled_from(["Slot/1", "2026-11-24T08:00:00Z", "free", "final"]),
                    lambda x: st.lists(x, max_size=3) | st.dictionaries(st.sampled_from([*SLOT, "code", "coding", "system", "value", "reference", "identifier", "name", "actor",
                                                                                        "collection", "participant", "period", "end", "given", "family", "text", "issued",
                                                                                        "basedOn", "extension", "subject", "authoredOn", "specimen", "request"]), x, max_size=5)))
def test_nothing_that_a_server_says_is_an_exception(value: Any) -> None:
    resource = value if isinstance(value, dict) else {"id": "x", "identifier": value, "name": value, "start": value, "status": value, "code": value, "actor": value}
    slot_of(resource, PROFILE, NOW)
    patient_of(resource, PROFILE)
    appointment_of(resource, PROFILE)
    marked(resource, PROFILE, "busy", "token")
    directory_of([resource], [resource], [resource], [resource], PROFILE)
    orders_of("p", [resource, {"id": "o", "status": "active", "authoredOn": "2026-11-01", "code": {"coding": [{"system": "urn:ivf-guide:test", "code": "amh"}]}}],
              [resource], [resource], PROFILE)


def test_a_slot_is_read() -> None:
    made = slot_of(SLOT, PROFILE, NOW)
    assert made is not None
    assert (made.remote, made.schedule, made.free, made.kind, made.token, made.version) == ("s1", "a", True, "expert", None, "3")
    assert made.updated == "2026-11-20T00:00:00.500000" and made.ends - made.starts == timedelta(minutes=10)


@pytest.mark.parametrize("wrong", [
    {"status": "entered-in-error"}, {"status": 5}, {"status": None}, {"schedule": None}, {"schedule": {"reference": "Patient/1"}}, {"schedule": {"reference": "Schedule/a/b/c d"}},
    {"start": "2026-11-24T08:00:00"}, {"start": None}, {"end": "2026-11-24T08:00:00+08:00"}, {"end": "2026-11-24T07:00:00+08:00"}, {"end": "2026-11-26T07:00:00+08:00"},
    {"start": "2099-01-01T08:00:00+08:00", "end": "2099-01-01T08:10:00+08:00"},
])
def test_a_slot_that_makes_no_sense_is_left_out(wrong: dict[str, Any]) -> None:
    assert slot_of({**SLOT, **wrong}, PROFILE, NOW) is None


def test_a_mark_is_set_and_taken_away_and_all_else_stays() -> None:
    raw = {**SLOT, "comment": "room 3", "identifier": [{"system": "theirs", "value": "1"}], "extension": [{"url": "x", "valueInteger": 1}]}
    held = marked(raw, PROFILE, "busy-tentative", "t1")
    assert slot_of(held, PROFILE, NOW).token == "t1" and held["comment"] == "room 3" and held["extension"] == raw["extension"]      # type: ignore[union-attr]
    assert marked(marked(held, PROFILE, "busy", "t2"), PROFILE, "free", None) == raw
    assert marked(marked(SLOT, PROFILE, "busy", "t"), PROFILE, "free", None) == SLOT and raw["status"] == "free"


@pytest.mark.parametrize(("told", "kind", "expected"), [
    ("Schedule/a", "Schedule", "Schedule/a"), ("https://x/fhir/Schedule/a/_history/2", "Schedule", "Schedule/a"), ("Schedule/a", "Slot", None), ("#contained", None, None),
    ("urn:uuid:x", None, None), ("Schedule/", None, None), ("Schedule/a?x=y", None, None), ("javascript:alert(1)", None, None),
])
def test_references(told: str, kind: str | None, expected: str | None) -> None:
    assert reference({"reference": told}, kind) == expected


def test_names_lose_markup_and_invisible_characters() -> None:
    assert clean("<script>alert(1)</script>周\u202e敏\u200b ", 40) == "alert(1) 周敏" and clean("a < b\nc", 40) == "a b c" and clean(5, 40) == "" and len(clean("周" * 99, 40)) == 40


def role(**more: Any) -> dict[str, Any]:
    """A doctor's role."""
    return {"id": "r1", "practitioner": {"reference": "Practitioner/p1"}, "healthcareService": [{"reference": "HealthcareService/reproductive"}],
            "code": [{"coding": [{"system": "urn:ivf-guide:title", "code": "chief"}]}], **more}


def schedule(name: str = "s1", kind: str = "expert", actor: str = "PractitionerRole/r1") -> dict[str, Any]:
    """A schedule."""
    return {"id": name, "actor": [{"reference": actor}], "serviceType": [{"coding": [{"system": "urn:ivf-guide:visit-type", "code": kind}]}]}


PERSON = {"id": "p1", "name": [{"text": "周敏", "family": "周", "given": ["敏"]}, {"family": "Zhou", "given": ["Min"]}]}


def test_a_doctor_has_both_names_a_title_and_the_visit_types_of_all_schedules() -> None:
    made = directory_of([schedule(), schedule("s2", "regular")], [role()], [PERSON], [], PROFILE)
    doctor = made.doctors["r1"]
    assert (doctor.name, doctor.surname, doctor.given, doctor.pinyin, doctor.english) == ("周敏", "周", "敏", "zhou min", "Zhou Min")
    assert (doctor.title_zh, doctor.title_en, doctor.department, doctor.visit_types) == ("主任医师", "chief physician", "reproductive", ("regular", "expert"))
    assert made.schedules["s1"].kinds == ("expert",) and made.roles == {"r1": "r1"} and made.left_out == 0


@pytest.mark.parametrize(("names", "expected"), [
    ([{"text": "周敏"}], ("周敏", "周", "敏", "", "周敏")), ([{"family": "O'Brien", "given": ["Mary", "Ann"]}], ("O'Brien Mary Ann", "O'Brien", "Mary Ann", "o'brien maryann", "O'Brien Mary Ann")),
    ([{"use": "old", "text": "王敏"}, {"text": "周 敏"}], ("周敏", "周", "敏", "", "周敏")), ([{"family": "欧阳", "given": ["小", "雨"]}], ("欧阳小雨", "欧阳", "小雨", "", "欧阳小雨")),
])
def test_a_name_in_one_script_stands_for_the_other(names: list[dict[str, Any]], expected: tuple[str, ...]) -> None:
    x = directory_of([schedule()], [role()], [{"id": "p1", "name": names}], [], PROFILE).doctors["r1"]
    assert (x.name, x.surname, x.given, x.pinyin, x.english) == expected


@pytest.mark.parametrize(("schedules", "roles", "people"), [
    ([schedule()], [role(active=False)], [PERSON]), ([schedule()], [role(healthcareService=[])], [PERSON]), ([schedule()], [role()], [{"id": "p1", "name": []}]),
    ([schedule()], [role()], []), ([schedule(actor="PractitionerRole/none")], [role()], [PERSON]), ([schedule()], [role()], [{**PERSON, "active": False}]),
    ([schedule(actor="Practitioner/p1")], [role(), role(id="r2")], [PERSON]),
])
def test_a_schedule_whose_doctor_is_not_clear_is_left_out_and_counted(schedules: list[Any], roles: list[Any], people: list[Any]) -> None:
    made = directory_of(schedules, roles, people, [], PROFILE)
    assert (made.doctors, made.schedules, made.left_out) == ({}, {}, 1)


def test_a_schedule_may_name_the_person_who_has_one_role() -> None:
    assert directory_of([schedule(actor="Practitioner/p1")], [role()], [PERSON], [], PROFILE).schedules["s1"].doctor == "r1"


def test_a_long_id_fits_our_columns_and_stays_apart() -> None:
    assert short_id("a" * 40) == "a" * 40 and len(short_id("a" * 64)) == 40 and short_id("a" * 64) != short_id("a" * 63)


def test_codings_may_be_one_or_many() -> None:
    one = {"coding": [{"system": "s", "code": "c"}, {"code": "bare"}, {"system": "s"}, 5]}
    assert list(names_of(one, [one], None, "x")) == ["s|c", "|bare"] * 2


def test_a_patient_is_read_for_binding_only() -> None:
    made = patient_of({"id": "p1", "name": [{"text": "王小雨"}], "birthDate": "1992-03-07", "telecom": [
        {"system": "phone", "value": "19900000001"}, {"system": "email", "value": "x@y"}, {"system": "phone", "use": "old", "value": "1"}], "identifier": [
        {"system": "urn:ivf-guide:id-number", "value": "999999199203070024"}, {"system": "urn:ivf-guide:card-number", "value": "D1", "use": "secondary"},
        {"system": "urn:ivf-guide:binding-code", "value": "B7K2-M9QA", "period": {"end": "2026-11-30"}},
        {"system": "urn:ivf-guide:binding-code", "value": "B7K2-M9QB", "period": {"end": "soon"}}]}, PROFILE)
    assert (made.label, made.linked, made.phones, made.cards) == ("王**", ("id",), ("19900000001",), ("D1",))
    assert made.codes["B7K2-M9QA"] == datetime(2026, 11, 30, tzinfo=ZONE)
    assert made.codes["B7K2-M9QB"] == datetime.min.replace(tzinfo=timezone.utc)       # an end that cannot be read has passed
    assert "王小雨" not in repr(made) and "9999" not in repr(made)


@pytest.mark.parametrize(("names", "expected"), [(["李晴"], "李*"), (["欧阳小雨"], "欧***"), (["Mary Ann Smith"], "M***"), ([], "*"), (["王"], "王*"), (["Li Qing", "李晴"], "李*")])
def test_what_a_patient_is_called(names: list[str], expected: str) -> None:
    assert masked(names) == expected


def request(**more: Any) -> dict[str, Any]:
    """An order of AMH."""
    return {"id": "o1", "status": "active", "authoredOn": "2026-11-18T08:00:00+08:00", "code": {"coding": [{"system": "urn:ivf-guide:test", "code": "amh"}]}, **more}


def report(status: str, issued: str = "2026-11-20T08:00:00+08:00", **more: Any) -> dict[str, Any]:
    """A report on it."""
    return {"id": f"r{status}", "status": status, "issued": issued, "basedOn": [{"reference": "ServiceRequest/o1"}], **more}


@pytest.mark.parametrize(("reports", "preliminary", "released"), [
    ([report("preliminary")], 20, None), ([report("partial")], 20, None), ([report("final")], None, 20), ([report("amended")], None, 20), ([report("corrected")], None, 20),
    ([report("final", "2026-11-21T08:00:00+08:00"), report("preliminary")], 20, 21), ([report("cancelled")], None, None), ([report("entered-in-error")], None, None),
    ([report("unknown")], None, None), ([report("final"), report("amended", "2026-11-22T08:00:00+08:00")], None, 20), ([report(5)], None, None),     # type: ignore[arg-type]
])
def test_only_a_final_report_is_released(reports: list[Any], preliminary: int | None, released: int | None) -> None:
    (made,), left_out = orders_of("p1", [request()], reports, [], PROFILE)
    assert (made.preliminary and made.preliminary.day, made.released and made.released.day, left_out) == (preliminary, released, 0)
    assert made.visible == (made.released and made.released + timedelta(hours=24))


def test_specimens_are_found_from_each_side() -> None:
    for wanted, specimen in ((request(specimen=[{"reference": "Specimen/s"}]), {}), (request(), {"request": [{"reference": "ServiceRequest/o1"}]})):
        (made,), _ = orders_of("p1", [wanted], [], [{"id": "s", "collection": {"collectedDateTime": "2026-11-18T09:00:00+08:00"}, "receivedTime": "2026-11-18T10:00:00+08:00",
                                                    **specimen}], PROFILE)
        assert (made.collected and made.collected.hour, made.in_lab and made.in_lab.hour) == (9, 10)


def test_a_registered_report_is_in_the_laboratory() -> None:
    (made,), _ = orders_of("p1", [request()], [report("registered")], [], PROFILE)
    assert made.in_lab is not None and made.in_lab.day == 20 and made.released is None


def test_a_report_without_its_order_belongs_to_the_newest_of_its_test_before_it() -> None:
    loose = {**report("final"), "basedOn": None, "code": request()["code"]}
    made, _ = orders_of("p1", [request(), request(id="o2", authoredOn="2026-11-19"), request(id="o3", authoredOn="2026-11-21")], [loose], [], PROFILE)
    assert [x.number for x in made if x.released] == ["o2"]


def test_with_an_extension_for_it_a_report_is_seen_when_that_says_so() -> None:
    own = replace(PROFILE, visible="urn:v", cancelled="urn:c")
    (late,), _ = orders_of("p1", [request()], [report("final", extension=[{"url": "urn:v", "valueDateTime": "2026-11-21T00:00:00+08:00"}])], [], own)
    (unseen,), _ = orders_of("p1", [request()], [report("final")], [], own)
    (gone,), _ = orders_of("p1", [request(status="revoked", meta={"lastUpdated": "2026-11-19T00:00:00Z"})], [], [], own)
    assert late.visible is not None and late.visible.day == 21 and unseen.visible is None and gone.cancelled is not None and gone.cancelled.day == 19


@pytest.mark.parametrize("wrong", [{"code": {"coding": [{"system": "theirs", "code": "amh"}]}}, {"code": None}, {"authoredOn": None}, {"status": "unknown"}, {"status": 5}])
def test_an_order_that_cannot_be_told_is_left_out_and_counted(wrong: dict[str, Any]) -> None:
    assert orders_of("p1", [request(**wrong)], [], [], PROFILE) == ((), 1)
    for quiet in ("draft", "entered-in-error"):
        assert orders_of("p1", [request(status=quiet)], [], [], PROFILE) == ((), 0)
