"""The four time points, counted from a date that the patient gives. Today is Tuesday 3 March 2026."""

from __future__ import annotations

from datetime import date

import pytest

from bot.dialogue.prompts import day
from bot.dialogue.timeline import SPANS, sentence
from bot.knowledge.model import LANGUAGES, Language
from tests.bot.dialogue.chat import Chat, entries_of, kinds, text_of, turn, words


def on(month: int, number: int) -> str:
    return day(turn("…"), date(2026, month, number))


@pytest.mark.parametrize(
    ("point", "text", "key", "given", "begin", "end"),
    [
        ("before-first-visit", "4月20号第一次去", "before_first_visit", (4, 20), (3, 23), (4, 6)),
        ("before-first-visit", "3月20号第一次去", "before_first_visit", (3, 20), (3, 3), (3, 6)),       # already begun: from today
        ("before-first-visit", "3月17号第一次去", "before_first_visit", (3, 17), (3, 3), (3, 3)),       # the last day
        ("before-first-visit", "3月16号第一次去", "before_first_visit_past", (3, 16), (3, 3), (3, 2)),
        ("after-tests", "3月10号做检查", "after_tests", (3, 10), (3, 13), (3, 15)),
        ("after-tests", "我2月27号做的检查", "after_tests", (2, 27), (3, 3), (3, 4)),
        ("after-tests", "我2月25号做的检查", "after_tests_past", (2, 25), (3, 3), (3, 2)),
        ("before-record", "3月20号建档", "before_record", (3, 20), (3, 13), (3, 13)),
        ("before-record", "3月6号建档", "before_record_past", (3, 6), (3, 3), (2, 27)),
        ("in-cycle", "3月15号进周期", "in_cycle", (3, 15), (3, 15), (3, 15)),
    ],
)
def test_days_are_counted(
    point: str, text: str, key: str, given: tuple[int, int], begin: tuple[int, int], end: tuple[int, int]
) -> None:
    made = Chat().say(text, labels={f"timeline.{point}": 0.9})
    assert kinds(made) == ["answer", "answer", "menu"]
    assert made.replies[1].text == words(f"timeline_{key}", given=on(*given), begin=on(*begin), end=on(*end))
    assert made.replies[1].entries == (f"timeline.{point}",)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("point", SPANS)
@pytest.mark.parametrize("given", [date(2026, 2, 1), date(2026, 6, 1)])
def test_every_sentence_has_its_words(point: str, given: date, language: Language) -> None:
    assert sentence(turn("…", language=language), point, given)


@pytest.mark.parametrize("point", ["before-first-visit", "before-record"])
def test_what_comes_before_a_day_that_is_over_is_not_counted(point: str) -> None:
    made = Chat().say("我2月1号去的", labels={f"timeline.{point}": 0.9})
    assert kinds(made) == ["answer", "menu"]


def test_the_day_is_asked_for_and_counted_when_given() -> None:
    chat = Chat()
    made = chat.ask("timeline.before-record", "建档前什么时候准备")
    assert made.replies[-1].text == words("timeline_ask_date") and chat.state.waiting == "date"
    assert text_of(chat.say("3月20号", labels={})) == words("timeline_before_record", given=on(3, 20), begin=on(3, 13), end="")
    assert chat.state.waiting is None


def test_the_whole_timeline_takes_the_point_from_the_stage_named() -> None:
    chat = Chat()
    chat.ask("timeline.overview", "什么时候做什么")
    assert text_of(chat.say("3月20号建档", "inform_stage", {"inform_stage/record-establishment": 0.6})).startswith(
        words("timeline_before_record", given=on(3, 20), begin=on(3, 13), end=""))


def test_a_question_with_a_date_in_one_message() -> None:
    made = Chat().say("4月20号第一次去,整个过程什么时候做什么", labels={"timeline.overview": 0.9})
    assert entries_of(made) == ("timeline.overview", "timeline.overview")
    assert on(3, 23) in made.replies[1].text and on(4, 6) in made.replies[1].text


def test_a_question_after_the_day_was_asked_for_is_answered() -> None:
    chat = Chat()
    chat.ask("timeline.before-record")
    assert entries_of(chat.ask("services.booking", "挂号怎么挂")) == ("services.booking",)


def test_a_booking_for_a_day_is_a_booking_although_a_day_was_asked_for() -> None:
    chat = Chat()
    chat.ask("timeline.before-record")
    assert "booking" in kinds(chat.say("帮我约3月20号的专家号", "booking", {"booking": 0.9}))


@pytest.mark.parametrize("text", ["3月20号", "我3月20号建档", "record establishment is on March 20"])
def test_a_day_that_reads_much_like_a_booking_is_the_day_asked_for(text: str) -> None:
    chat = Chat()
    chat.ask("timeline.before-record")
    assert entries_of(chat.say(text, "booking", {"booking": 0.77})) == ("timeline.before-record",)


def test_an_emergency_although_a_day_was_asked_for() -> None:
    chat = Chat()
    chat.ask("timeline.before-record")
    assert kinds(chat.say("3月1号开始大出血", "emergency", {"emergency": 0.9})) == ["emergency"]


@pytest.mark.parametrize("said", ["12月8号", "我12月8号第一次去"])
def test_a_day_that_reads_as_a_booking_is_the_one_we_asked_for(said: str) -> None:
    chat = Chat()
    chat.ask("timeline.before-first-visit")
    assert entries_of(chat.say(said, "booking", {"booking": 0.95})) == ("timeline.before-first-visit",)


def test_a_booking_in_its_own_words_is_one_although_a_day_was_asked_for() -> None:
    chat = Chat()
    chat.ask("timeline.before-first-visit")
    assert "booking" in kinds(chat.say("帮我约12月8号的专家号", "booking", {"booking": 0.95}))
