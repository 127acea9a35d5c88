"""Answers, choices, and the plain admission that nothing was found."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from bot.clock import ZONE
from bot.dialogue.answer import nurse_line
from bot.dialogue.model import Missed
from bot.knowledge.model import LANGUAGES, Language
from tests.bot.dialogue.chat import KNOWN, Chat, answer, entries_of, kinds, library, reply_of, text_of, title, titles, turn, words


def test_a_sure_question_is_answered_with_its_origin_and_a_light_question() -> None:
    made = Chat().ask("services.booking", "挂号怎么挂")
    assert kinds(made) == ["answer", "menu"]
    assert made.replies[0].text == f"{answer('services.booking')}\n\n{library().footer('services.booking', 'zh')}"
    assert made.replies[0].confidence == 0.9
    assert made.replies[1].text == words("was_that_it")
    assert titles(made) == [title("howto.hospital-account"), title("faq.window-ticket"), words("not_that")]
    assert made.missed == ()


def test_the_reply_is_in_the_language_of_the_message() -> None:
    chat = Chat()
    assert answer("services.booking", "en") in text_of(chat.ask("services.booking", "How do I book a visit?"))
    assert answer("services.booking") in text_of(chat.ask("services.booking", "怎么预约"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_entry_can_be_answered(language: Language) -> None:
    for entry in library().entries:
        made = Chat().say("…", labels={entry: 0.9}, language=language)
        assert entries_of(made)[0] == entry and answer(entry, language) in made.replies[0].text


def test_unsure_up_to_three_titles_by_number_or_tap() -> None:
    made = Chat().say("报告呢", labels={"howto.view-reports": 0.3, "services.report-inquiry": 0.2, "details.report-delay": 0.1, "stage.testing": 0.08})
    reply = reply_of(made, "choices")
    assert reply.entries == ("howto.view-reports", "services.report-inquiry", "details.report-delay")
    assert f"1. {title('howto.view-reports')}\n2. {title('services.report-inquiry')}\n3. {title('details.report-delay')}" in reply.text
    assert titles(made) == [*map(title, reply.entries), words("none_fits")]


def test_choices_in_a_group_have_no_way_to_say_none() -> None:
    made = Chat(group=True).say("报告呢", labels={"howto.view-reports": 0.3, "services.report-inquiry": 0.2})
    assert titles(made) == [title("howto.view-reports"), title("services.report-inquiry")]


def test_not_known_is_said_plainly_and_kept_for_staff() -> None:
    made = Chat().say("你们食堂几点开门", labels={"out_of_scope": 0.9, "details.service-hours": 0.03})
    assert kinds(made) == ["no_answer"]
    assert made.replies[0].text == f"{words('no_answer')}\n\n{words('nurse_open')}"
    assert made.missed == (Missed("你们食堂几点开门", "no_answer", ("details.service-hours",)),)


def test_what_is_kept_for_staff_has_nothing_of_the_question_before() -> None:
    chat = Chat()
    chat.ask("howto.view-reports", details__report_delay=0.05)
    assert chat.state.candidates == ("details.report-delay",)
    assert chat.say("食堂呢").missed[0].candidates == ()


def test_two_questions_in_one_message_are_both_answered() -> None:
    made = Chat().say(
        "挂号怎么挂?报告去哪看?", labels={"services.booking": 0.5, "howto.view-reports": 0.3},
        clauses={"挂号怎么挂?": {"services.booking": 0.9}, "报告去哪看?": {"howto.view-reports": 0.9}},
    )
    assert entries_of(made) == ("services.booking", "howto.view-reports")
    assert kinds(made) == ["answer", "answer", "menu"]


def test_stage_is_asked_after_the_general_answer_and_only_where_it_changes_it() -> None:
    chat = Chat()
    assert titles(chat.ask("services.booking"))[-1] == words("not_that")
    made = chat.ask("howto.view-reports")
    assert answer("howto.view-reports") in made.replies[0].text
    assert made.replies[1].text == words("ask_stage") and len(made.replies[1].buttons) == 5
    assert chat.state.waiting == "stage"


def test_stage_is_asked_once() -> None:
    chat = Chat()
    chat.ask("howto.view-reports")
    chat.say("不说", "deny")
    assert chat.ask("howto.view-reports").replies[-1].text == words("was_that_it")
    chat.wait(days=31)
    assert chat.ask("howto.view-reports").replies[-1].text == words("ask_stage")


def test_a_known_stage_is_not_asked_and_fits_the_answer() -> None:
    made = Chat(profile=replace(KNOWN, stage="testing")).ask("details.report-delay")
    assert answer("details.report-delay", stage="testing") in made.replies[0].text
    assert answer("details.report-delay", stage="testing") != answer("details.report-delay")
    assert made.replies[-1].text == words("was_that_it")


def test_region_is_asked_after_the_general_answer_once_and_then_fits_the_answer() -> None:
    chat = Chat()
    made = chat.ask("channels.government")
    assert answer("channels.government") in made.replies[0].text
    assert made.replies[1].text == words("ask_region")
    made = chat.tap("上海")
    assert made.replies[0].text == words("region_noted")
    assert answer("channels.government", region="shanghai") in made.replies[1].text
    assert chat.ask("channels.government").replies[-1].text == words("was_that_it")


def test_a_fitted_answer_keeps_the_question_it_fits() -> None:
    chat = Chat()
    chat.ask("channels.government", "政府的平台是哪个")
    chat.tap("上海")
    assert chat.state.question == "政府的平台是哪个"


def test_private_entries_are_not_shown_in_a_group() -> None:
    made = Chat(group=True).ask("howto.bind-patient")
    assert kinds(made) == ["answer"]
    assert made.replies[0].text == words("private_only") and entries_of(made) == ()
    shown = Chat(group=True).ask("howto.hospital-account").replies[0]
    assert "howto.bind-patient" in [x.id for x in library().related("howto.hospital-account")]
    assert "howto.bind-patient" not in shown.related


def test_a_group_is_asked_nothing() -> None:
    assert kinds(Chat(group=True).ask("howto.view-reports")) == ["answer"]


def test_an_entry_that_staff_took_out_is_not_answered() -> None:
    chat = Chat()
    chat.served_without("services.booking")
    assert kinds(chat.ask("services.booking")) == ["no_answer"]


def test_an_entry_that_does_not_hold_yet_is_not_answered() -> None:
    early = replace(library().get("services.booking"), valid_from=date(2026, 3, 4))
    chat = Chat(served=replace(library(), entries={**library().entries, early.id: early}))
    assert kinds(chat.ask("services.booking")) == ["no_answer"]
    chat.wait(days=1)
    assert entries_of(chat.ask("services.booking")) == ("services.booking",)


@pytest.mark.parametrize(
    ("now", "opening"),
    [
        ("2026-03-03 10:00", None),
        ("2026-03-03 07:00", "今天 7:30"),
        ("2026-03-03 12:00", "今天 13:00"),             # lunch
        ("2026-03-03 18:00", "明天 7:30"),
        ("2026-03-07 10:00", None),                     # Saturday morning
        ("2026-03-07 15:00", "明天 8:00"),
        ("2026-10-01 10:00", "10月8日（周四） 7:30"),   # National Day
        ("2026-10-07 10:00", "明天 7:30"),
        ("2026-10-10 15:00", None),                     # a Saturday on which work is made up
        ("2026-10-11 15:00", "明天 7:30"),
    ],
)
def test_whether_the_nurse_station_is_open(now: str, opening: str | None) -> None:
    line = nurse_line(turn("…", now=datetime.fromisoformat(now).replace(tzinfo=ZONE)))
    assert line == (words("nurse_open") if opening is None else words("nurse_closed", opening=opening))
    assert library().hospital.name("nurse_phone", "zh") in line


def test_the_next_opening_in_english() -> None:
    line = nurse_line(turn("hello", language="en", now=datetime(2026, 10, 1, 10, tzinfo=ZONE)))
    assert "Thursday 8 October 7:30" in line


def test_while_she_grieves_answers_stand_alone() -> None:
    grieving = replace(KNOWN, tone="loss", tone_since=KNOWN.welcomed_at)
    assert kinds(Chat(profile=grieving).ask("howto.view-reports")) == ["answer"]
    over = replace(grieving, tone_since=Chat().now - timedelta(days=14))
    assert kinds(Chat(profile=over).ask("howto.view-reports")) == ["answer", "menu"]
