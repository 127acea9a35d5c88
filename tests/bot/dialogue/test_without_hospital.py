"""Appointments where there is no hospital to ask: what was read, and the official way."""

from __future__ import annotations

from tests.bot.dialogue.chat import Chat, answer, entries_of, kinds, reply_of, text_of, words


def test_a_booking_is_read_and_the_official_way_told() -> None:
    made = Chat().say("帮我约3月9号上午的专家号,张三医生", "booking", {"booking": 0.9})
    reply = reply_of(made, "booking")
    assert reply.text == words("booking_unavailable") and reply.status == "unavailable"
    assert reply.query is not None
    assert reply.query["visit_type"] == ["expert"]
    assert reply.query["when"] == [{"from": "2026-03-09", "to": "2026-03-09", "part": "am"}]
    assert set(reply.query) == {"visit_type", "doctor", "doctor_id", "department", "when", "tests"}
    assert entries_of(made) == ("services.booking",) and answer("services.booking") in text_of(made)


def test_an_entry_that_was_likelier_stands_in_place_of_the_general_way() -> None:
    made = Chat().say("没号了,帮我约", "booking", {"booking": 0.6, "special.fully-booked": 0.3})
    assert entries_of(made) == ("special.fully-booked",)


def test_a_change_goes_to_the_platform_of_the_booking() -> None:
    made = Chat().say("我要改约", "booking_change", {"booking_change": 0.9})
    assert kinds(made) == ["booking"] and text_of(made) == words("booking_change")
