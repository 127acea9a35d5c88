"""For whom an appointment is: her own card, a family member's with consent, or one that has to be bound first."""

from __future__ import annotations

import asyncio

import pytest

from bot.dialogue.model import Outcome, Reply
from bot.hospital.demo import CODES
from bot.hospital.memory import MemoryHospital, MemorySms
from bot.hospital.model import Appointment, Person
from tests.bot.dialogue.chat import kinds, text_of, titles, words
from tests.bot.dialogue.patients import FIRST, NOW, Patient, demonstration

BOOK = {"booking": 0.9}
WISH = "约周医生 普通号 周四上午"


def booking(made: Outcome) -> Reply:
    return next(x for x in made.replies if x.kind == "booking")


def book(patient: Patient) -> Outcome:
    patient.say(WISH, "booking", BOOK)
    return patient.say("1", "choose")


def booked(patient: Patient, patient_id: str | None) -> tuple[Appointment, ...]:
    return asyncio.run(patient.hospital.appointments(Person(patient.conversation, patient_id), NOW))


def test_with_her_card_bound_the_appointment_is_the_patients() -> None:
    patient = Patient().bound(FIRST)
    assert booking(book(patient)).status == "held"
    assert booking(patient.say("确认", "affirm")).status == "booked"
    made, = booked(patient, "p-1001")
    assert made.person.patient_id == "p-1001"


def test_without_a_card_it_is_the_conversations() -> None:
    patient = Patient()
    book(patient)
    patient.say("确认", "affirm")
    made, = booked(patient, None)
    assert made.person == Person("she", None)


def invited(patient: Patient, scope: str, relative: Patient) -> str:
    """A family member bound with a scope; returns the label she reads."""
    patient.say("我的报告出来了吗", "report", {"report": 0.9})
    patient.tap(words("family_invite"))
    made = patient.tap(words(scope))
    code = next(x for x in text_of(made).replace("。", " ").replace("：", " ").replace("\n", " ").replace("，", " ").split() if "-" in x and len(x) == 9)
    assert relative.say(code, "out_of_scope").replies[0].text == words("binding_agree"), "a code has no language: the centre's"
    relative.tap(words("binding_yes"))
    return asyncio.run(relative.hospital.bindings(relative.conversation))[-1].label


def test_a_family_member_books_under_the_patients_card_and_reads_whose_it_is() -> None:
    patient = Patient().bound(FIRST)
    husband = patient.family("he")
    label = invited(patient, "scope_booking", husband)
    made = book(husband)
    assert booking(made).status == "held" and words("booking_patient", label=label) in text_of(made)
    husband.say("确认", "affirm")
    made, = booked(husband, "p-1001")
    assert made.person == Person("he", "p-1001")


def test_a_family_member_who_may_see_reports_only_books_for_nobody_but_himself() -> None:
    patient = Patient().bound(FIRST)
    husband = patient.family("he")
    invited(patient, "scope_reports", husband)
    assert booking(book(husband)).status == "held"
    husband.say("确认", "affirm")
    made, = booked(husband, None)
    assert made.person.patient_id is None


def test_with_an_own_card_and_a_relatives_the_own_comes_first_and_a_tap_changes_it() -> None:
    patient = Patient().bound(FIRST)
    sister = patient.family("sister").bound(CODES["p-1002"])
    invited(patient, "scope_booking", sister)
    label = next(x.label for x in asyncio.run(sister.hospital.bindings("sister")) if x.relation == "family")
    made = book(sister)
    assert words("booking_patient", label=label) not in text_of(made)
    made = sister.tap(words("booking_for", label=label))
    assert booking(made).status == "held" and words("booking_patient", label=label) in text_of(made)
    assert booking(sister.say("确认", "affirm")).status == "booked"
    assert [x.person.patient_id for x in booked(sister, "p-1001")] == ["p-1001"]


def test_who_may_book_for_two_others_is_asked_for_whom() -> None:
    first = Patient().bound(FIRST)
    second = first.family("second").bound(CODES["p-1002"])
    mother = first.family("mother")
    invited(first, "scope_booking", mother)
    invited(second, "scope_booking", mother)
    made = book(mother)
    assert text_of(made).startswith(words("booking_for_whom")) and len(titles(made)) == 2
    made = mother.tap(titles(made)[1])
    assert booking(made).status == "held"
    assert booking(mother.say("确认", "affirm")).status == "booked"


@pytest.mark.parametrize("first", ["booking", "watch"])
def test_where_only_bound_patients_book_the_binding_comes_first_and_the_booking_goes_on(first: str) -> None:
    patient = Patient(hospital=MemoryHospital(demonstration(), MemorySms(), needs_card=True))
    if first == "booking":
        made = book(patient)
    else:
        patient.say("约吴珊的专家号，周三", "booking", BOOK)
        made = patient.tap(words("booking_watch"))
    assert kinds(made) == ["booking", "identity"] and made.replies[0].text == words("booking_bind_first")
    made = patient.say(FIRST, "out_of_scope")
    assert kinds(made)[:2] == ["identity", "booking"] and made.replies[0].status == "bound"
    if first == "booking":
        assert booking(made).status == "free"
        assert booking(patient.say("1", "choose")).status == "held"
        assert booking(patient.say("确认", "affirm")).status == "booked"
        assert len(booked(patient, "p-1001")) == 1
    else:
        assert booking(made).status == "full"
        assert booking(patient.tap(words("booking_watch"))).status == "watching"
