"""Appointments: what is free said at once, a slot chosen, changed, confirmed, cancelled; what cannot be checked is never "nothing free"."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest

from bot.clock import ZONE
from bot.dialogue.model import Outcome, Reply
from bot.guard import Alarm
from bot.hospital.demo import BUSY_DOCTOR, FREE_DOCTOR
from bot.hospital.errors import HospitalUnavailable
from bot.hospital.memory import MemoryHospital, MemorySms
from bot.hospital.model import Person, SlotQuery
from tests.bot.dialogue.chat import Chat, answer, kinds, text_of, titles, words
from tests.bot.dialogue.patients import demonstration

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=ZONE)       # a Sunday, the demonstration's
BOOK = {"booking": 0.9}


class Down(MemoryHospital):
    """A hospital that can be switched off."""

    down = False

    async def free(self, query, now):  # type: ignore[no-untyped-def]  as the port
        if self.down:
            raise HospitalUnavailable("off")
        return await super().free(query, now)

    async def confirm(self, hold_id, person, now):  # type: ignore[no-untyped-def]
        if self.down:
            raise HospitalUnavailable("off")
        return await super().confirm(hold_id, person, now)


def hospital() -> Down:
    return Down(demonstration(NOW), MemorySms())


@dataclass
class Patient(Chat):
    """A conversation with a hospital behind it."""

    def book(self, text: str) -> Outcome:
        return self.say(text, "booking", BOOK)

    def query(self, made: Outcome) -> dict[str, object]:
        return dict(booking(made).query or {})


@pytest.fixture
def patient() -> Patient:
    return Patient(now=NOW, hospital=hospital())


def booking(made: Outcome) -> Reply:
    return next(x for x in made.replies if x.kind == "booking")


def when(made: Outcome) -> list[tuple[str | None, str | None, str | None]]:
    return [(x["from"], x["to"], x["part"]) for x in (booking(made).query or {})["when"]]


def test_what_is_free_is_said_at_once_with_when_it_was_read(patient: Patient) -> None:
    made = patient.book("约周医生的专家号，周三上午")
    assert booking(made).status == "free" and when(made) == [("2026-11-25", "2026-11-25", "am")]
    assert booking(made).query["doctor_id"] == FREE_DOCTOR and booking(made).query["visit_type"] == ["expert"]
    assert "周敏" in text_of(made) and "11月25日（周三）" in text_of(made) and "10:00" in text_of(made)
    assert 1 <= len(titles(made)) <= 5


def test_slots_come_in_any_order_and_are_changed_one_by_one(patient: Patient) -> None:
    patient.book("专家号帮我约一个")
    made = patient.book("周医生 周三上午")
    assert patient.query(made)["visit_type"] == ["expert"] and when(made) == [("2026-11-25", "2026-11-25", "am")]
    made = patient.say("错了，是周四", "deny")
    assert when(made) == [("2026-11-26", "2026-11-26", "am")], "the part of the day stays"
    made = patient.say("专家的贵，给我改成普通号", "ask", {"faq.window-ticket": 0.2})
    assert patient.query(made)["visit_type"] == ["regular"] and patient.query(made)["doctor"] == "周" and when(made)[0][0] == "2026-11-26"


def test_a_slot_is_held_confirmed_and_booked(patient: Patient) -> None:
    patient.book("周医生 普通号 周四上午")
    made = patient.say("2", "choose")
    assert booking(made).status == "held" and titles(made) == [words(x) for x in ("booking_confirm", "booking_another", "booking_leave")]
    made = patient.say("行，就这个", "affirm")
    assert booking(made).status == "booked" and words("booking_next") in text_of(made) and not patient.state.booking
    mine = asyncio.run(patient.hospital.appointments(Person(""), NOW))
    assert [x.slot.doctor.id for x in mine] == [FREE_DOCTOR]


def test_a_double_tap_books_once(patient: Patient) -> None:
    patient.book("周医生 普通号 周四上午")
    patient.say("1", "choose")
    confirm = next(x for x in patient.state.offers if x["title"] == words("booking_confirm"))
    first = patient.say(confirm["title"], "tap", tap=confirm["id"])
    again = patient.say(confirm["title"], "tap", tap=confirm["id"])
    assert booking(first).status == "booked" and text_of(again) == words("button_gone")
    assert len(asyncio.run(patient.hospital.appointments(Person(""), NOW))) == 1


def test_a_slot_that_is_gone_between_offer_and_choice_is_told_and_others_are_shown(patient: Patient) -> None:
    patient.book("周医生 普通号 周四上午")
    slot = patient.state.offers[0]["value"]
    asyncio.run(patient.hospital.hold(slot, Person("another"), "r", NOW))
    made = patient.say("1", "choose")
    assert words("booking_gone") in text_of(made) and booking(made).status == "free"
    assert slot not in [x["value"] for x in patient.state.offers]


def test_a_hold_that_ran_out_is_not_told_as_booked(patient: Patient) -> None:
    patient.book("周医生 普通号 周四上午")
    patient.say("1", "choose")
    slot = patient.state.booking["slot"]
    patient.wait(minutes=20)
    asyncio.run(patient.hospital.hold(slot, Person("another"), "r", patient.now))
    made = patient.say("确认", "affirm")
    assert words("booking_expired") in text_of(made) and booking(made).status == "free"


def test_fully_booked_comes_with_what_else_there_is_the_playbook_and_a_watch(patient: Patient) -> None:
    made = patient.book("吴医生 专家号 周三")
    assert booking(made).status == "full" and words("booking_instead") in text_of(made)
    assert answer("special.fully-booked") in text_of(made) and words("booking_watch") in titles(made)
    made = patient.tap(words("booking_watch"))
    assert booking(made).status == "watching" and made.consent == "reminder"
    assert len(asyncio.run(patient.hospital.watching("", NOW))) == 1
    assert titles(patient.say("我的预约", "booking_change", {"booking_change": 0.9})) == [words("booking_unwatch")]
    assert text_of(patient.tap(words("booking_unwatch"))) == words("booking_unwatched")
    assert asyncio.run(patient.hospital.watching("", NOW)) == ()


def test_what_could_not_be_checked_is_never_told_as_nothing_free(patient: Patient) -> None:
    patient.hospital.down = True
    made = patient.book("吴医生 专家号 周三")
    assert booking(made).status == "unavailable" and words("booking_unchecked") in text_of(made)
    assert made.missed and made.missed[0].reason == "unavailable"


def test_a_confirmation_without_an_answer_is_told_as_unsure(patient: Patient) -> None:
    patient.book("周医生 普通号 周四上午")
    patient.say("1", "choose")
    patient.hospital.down = True
    made = patient.say("确认", "affirm")
    assert booking(made).status == "unavailable" and text_of(made) == words("booking_unsure")


def test_two_doctors_of_a_name_are_asked_about(patient: Patient) -> None:
    made = patient.book("张医生周三还有号吗")
    assert booking(made).status == "asked" and len(titles(made)) == 2 and all(x.startswith("张") for x in titles(made))
    made = patient.tap(titles(made)[1])
    assert booking(made).query["doctor_id"] and when(made) == [("2026-11-25", "2026-11-25", None)]


def test_a_doctor_whom_nobody_knows(patient: Patient) -> None:
    made = patient.book("约欧阳医生")
    assert booking(made).status == "unknown_doctor" and "欧阳" in text_of(made) and titles(made)


@pytest.mark.parametrize("day", ["2020年1月5号", "2099年1月5号"])
def test_a_day_long_gone_or_far_ahead_has_no_clinic(patient: Patient, day: str) -> None:
    assert booking(patient.book(f"周医生 普通号 {day}")).status in ("full", "free")


def test_nothing_said_is_asked_about(patient: Patient) -> None:
    made = patient.book("想约个号")
    assert booking(made).status == "asked" and titles(made) == [words(f"visit_{x}") for x in ("regular", "expert", "cycle", "record")]
    assert booking(patient.tap(words("visit_expert"))).query["visit_type"] == ["expert"]


def test_a_question_in_between_is_answered_and_the_open_one_asked_again(patient: Patient) -> None:
    patient.book("周医生 普通号 周四上午")
    made = patient.ask("faq.window-ticket", "约好了要不要拿纸的号")
    assert kinds(made) == ["answer", "booking"] and when(made) == [("2026-11-26", "2026-11-26", "am")]
    made = patient.say("知道了，继续", "acknowledge")
    assert kinds(made) == ["booking"] and patient.query(made)["visit_type"] == ["regular"]


def test_a_slot_and_a_question_in_one_message_get_both(patient: Patient) -> None:
    patient.book("周医生 普通号")
    made = patient.say("周四上午吧。要取纸质号吗?", "ask", {"faq.window-ticket": 0.9},
                       clauses={"周四上午吧": BOOK, "要取纸质号吗?": {"faq.window-ticket": 0.95}})
    assert kinds(made) == ["booking", "answer"] and when(made) == [("2026-11-26", "2026-11-26", "am")]


def test_a_correction_and_a_question_in_one_message_get_both(patient: Patient) -> None:
    patient.book("周医生 专家号 周三上午")
    made = patient.say("不对，周四。要取纸质号吗?", "ask", {"faq.window-ticket": 0.9},
                       clauses={"不对，周四": {"booking": 0.5}, "要取纸质号吗?": {"faq.window-ticket": 0.95}})
    assert kinds(made) == ["booking", "answer"] and when(made) == [("2026-11-26", "2026-11-26", "am")]


def test_a_slot_and_an_emergency_in_one_message_the_slot_is_kept(patient: Patient) -> None:
    patient.book("周医生 普通号")
    made = patient.say("周四上午吧，肚子疼得直不起腰", alarm=Alarm("pain", "belly-pain-severe", True))
    assert kinds(made) == ["emergency"]
    patient.wait(hours=29)
    made = patient.book("我好了，继续约号")
    assert when(made) == [("2026-11-26", "2026-11-26", "am")] and patient.query(made)["doctor"] == "周"


def test_leaving_gives_back_what_was_held(patient: Patient) -> None:
    patient.book("周医生 普通号 周四上午")
    patient.say("1", "choose")
    slot = patient.state.booking["slot"]
    made = patient.say("算了 不挂了", "deny")
    assert booking(made).status == "cancelled" and not patient.state.booking
    asyncio.run(patient.hospital.hold(slot, Person("another"), "r", NOW))


def test_an_unfinished_request_is_not_taken_up_after_days(patient: Patient) -> None:
    patient.book("周医生 普通号 周四上午")
    patient.wait(days=3)
    assert patient.query(patient.book("约个专家号"))["doctor"] is None


def test_appointments_are_shown_moved_and_cancelled(patient: Patient) -> None:
    patient.book("周医生 普通号 周四上午")
    patient.say("1", "choose")
    patient.say("确认", "affirm")
    made = patient.say("我约的号想改", "booking_change", {"booking_change": 0.9})
    assert words("booking_mine") in text_of(made) and len(titles(made)) == 3
    made = patient.tap(titles(made)[0])
    assert words("booking_moving") in text_of(made) and booking(made).status == "free"
    patient.say("2", "choose")
    assert booking(patient.say("确认", "affirm")).status == "booked"
    assert len(asyncio.run(patient.hospital.appointments(Person(""), NOW))) == 1
    made = patient.say("取消我的预约", "booking_change", {"booking_change": 0.9})
    patient.tap(titles(made)[1])
    assert booking(patient.tap(words("booking_cancel_yes"))).status == "cancelled"
    assert asyncio.run(patient.hospital.appointments(Person(""), NOW)) == ()


def test_no_appointment_of_hers_is_changed_where_it_was_made(patient: Patient) -> None:
    assert words("booking_change") in text_of(patient.say("想改约", "booking_change", {"booking_change": 0.9}))


def test_in_a_group_it_goes_to_the_private_chat(patient: Patient) -> None:
    patient.group = True
    made = patient.book("周医生 普通号 周四上午")
    assert booking(made).status == "private_only" and text_of(made) == words("booking_group") and not patient.state.booking


def test_where_only_the_mini_program_books_she_is_sent_there(patient: Patient) -> None:
    from tests.bot.dialogue.chat import library

    patient.served = replace(library(), hospital=replace(library().hospital, booking="mini_program"))
    patient.book("周医生 普通号 周四上午")
    made = patient.say("1", "choose")
    assert text_of(made) == words("booking_elsewhere")
    assert asyncio.run(patient.hospital.appointments(Person(""), NOW)) == ()


def test_another_doctor_named_without_a_title_takes_the_place_of_the_one_before(patient: Patient) -> None:
    patient.book("周医生 周三上午")
    assert patient.query(patient.book("张伟周三的专家号还有吗"))["doctor"] == "张伟"


def test_in_english(patient: Patient) -> None:
    made = patient.book("book an expert visit with Dr Zhou on Thursday morning")
    assert booking(made).status == "free" and "Thursday 26 November" in text_of(made)
    made = patient.say("no, Friday", "deny")
    assert when(made) == [("2026-11-27", "2026-11-27", "am")]


def test_the_busy_doctor_is_not_free_when_asked_directly() -> None:
    there = asyncio.run(hospital().free(SlotQuery(doctors=(BUSY_DOCTOR,), limit=1), NOW))
    assert all(x.day >= (NOW + timedelta(days=8)).date() for x in there.slots)


def test_how_to_book_that_may_as_well_be_the_wish_gets_both(patient: Patient) -> None:
    made = patient.say("想挂号", "ask", {"services.booking": 0.6, "booking": 0.2})
    assert kinds(made)[:2] == ["booking", "answer"] and "services.booking" in made.replies[1].entries
    assert kinds(patient.say("怎么挂号", "ask", {"services.booking": 0.95, "booking": 0.01}))[0] == "answer"


def test_an_expert_asked_for_in_the_middle_of_it_is_a_kind_of_visit(patient: Patient) -> None:
    patient.book("周医生 周三上午")
    made = patient.say("我想要专家", "handoff", {"handoff": 0.7})
    assert patient.query(made)["visit_type"] == ["expert"] and when(made) == [("2026-11-25", "2026-11-25", "am")]
