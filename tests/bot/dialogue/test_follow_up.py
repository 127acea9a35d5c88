"""What a message means because of what is open: a number, a tap, a yes or no."""

from __future__ import annotations

import pytest

from bot.dialogue.model import Missed, Outcome
from bot.dialogue.prompts import MENU
from tests.bot.dialogue.chat import Chat, answer, entries_of, kinds, text_of, title, titles, words

TITLES = ("howto.view-reports", "services.report-inquiry", "details.report-delay")


def offered() -> Chat:
    chat = Chat()
    chat.say("报告的事", labels=dict(zip(TITLES, (0.3, 0.2, 0.1))))
    assert chat.state.waiting == "choice"
    return chat


def chosen(chat: Chat, made: Outcome, entry: str) -> None:
    assert entries_of(made) == (entry,)
    assert made.missed == (Missed("报告的事", "chosen", TITLES, entry),)
    assert chat.state.question == "报告的事"


@pytest.mark.parametrize("text", ["2", "第二个", "②", "选2", "the second one"])
def test_a_number_chooses_and_staff_see_what(text: str) -> None:
    chat = offered()
    chosen(chat, chat.say(text, "choose"), TITLES[1])


def test_a_tap_chooses_and_staff_see_what() -> None:
    chat = offered()
    chosen(chat, chat.tap(title(TITLES[2])), TITLES[2])


def test_a_title_typed_chooses() -> None:
    chat = offered()
    chosen(chat, chat.say(title(TITLES[0]), labels={"stage.testing": 0.9}), TITLES[0])


def test_a_chosen_answer_that_was_wrong_reaches_staff_in_her_words() -> None:
    chat = offered()
    chat.say("2", "choose")
    chat.say("不是", "deny")
    assert chat.missed[-1] == Missed("报告的事", "denied", (TITLES[1],))


@pytest.mark.parametrize(("text", "intent"), [("都不是", "none_of_these"), ("4", "choose"), ("no", "deny"), ("都不对呀", "none_of_these")])
def test_none_fits_leads_to_the_nurse_station_and_the_staff_s_list(text: str, intent: str) -> None:
    chat = offered()
    made = chat.say(text, intent, language="zh")
    assert made.replies[0].text == f"{words('none_fitted')}\n\n{words('nurse_open')}"
    assert made.missed == (Missed("报告的事", "none_fitted", TITLES),)
    assert chat.state.offers == () and chat.state.waiting is None


def test_none_fits_by_tap() -> None:
    chat = offered()
    assert chat.tap(words("none_fits")).missed == (Missed("报告的事", "none_fitted", TITLES),)


def test_another_question_leaves_the_choices() -> None:
    chat = offered()
    assert entries_of(chat.ask("services.booking", "算了,挂号怎么挂")) == ("services.booking",)
    assert chat.missed == []


def test_a_number_without_choices() -> None:
    made = Chat().say("2", "choose")
    assert kinds(made) == ["smalltalk"] and made.replies[0].text == words("choose_nothing")


def test_yes_that_was_it() -> None:
    chat = Chat()
    chat.ask("services.booking")
    assert text_of(chat.say("是的", "affirm")) == words("glad")
    assert chat.missed == []


@pytest.mark.parametrize("by_tap", [True, False])
def test_no_brings_the_list_then_the_nurse_station(by_tap: bool) -> None:
    chat = Chat()
    chat.ask("services.booking", "号的事", howto__hospital_account=0.06, special__fully_booked=0.04)
    made = chat.tap(words("not_that")) if by_tap else chat.say("不是", "deny")
    assert kinds(made) == ["choices"] and made.replies[0].text.startswith(words("denied"))
    assert made.replies[0].entries == ("howto.hospital-account", "special.fully-booked")
    assert made.missed == (Missed("号的事", "denied", ("services.booking",)),)
    made = chat.tap(words("none_fits")) if by_tap else chat.say("也不是,不是", "none_of_these")
    assert kinds(made) == ["no_answer"] and words("nurse_open") in text_of(made)
    assert made.missed == (Missed("号的事", "none_fitted", ("howto.hospital-account", "special.fully-booked")),)


def test_no_with_nothing_else_likely_brings_the_nurse_station() -> None:
    chat = Chat()
    chat.ask("services.booking", "号的事")
    made = chat.say("不是这个", "deny")
    assert made.replies[0].text == f"{words('denied_nurse')}\n\n{words('nurse_open')}"
    assert made.missed == (Missed("号的事", "denied", ("services.booking",)),)


def test_a_long_no_says_more_than_no() -> None:
    chat = Chat()
    chat.ask("services.booking")
    text = "不是的我是想问一下上个月在你们医院做的那个检查的报告要到什么地方才能够看得到呢我找了好久都没有找到"
    assert entries_of(chat.say(text, "ask", {"howto.view-reports": 0.9})) == ("howto.view-reports",)


def test_related_questions_can_be_tapped() -> None:
    chat = Chat()
    chat.ask("services.booking", "号的事")
    made = chat.tap(title("faq.window-ticket"))
    assert entries_of(made) == ("faq.window-ticket",) and made.missed == ()
    assert chat.state.question == title("faq.window-ticket")


def test_an_expired_button_says_so_and_leaves_open_what_is_open() -> None:
    chat = offered()
    made = chat.say("…", "tap", tap="000000000000", language="zh")
    assert kinds(made) == ["menu"] and made.replies[0].text == words("button_gone") and titles(made) == []
    chosen(chat, chat.say("2", "choose"), TITLES[1])


def test_a_second_tap_on_one_button_does_nothing_more() -> None:
    chat = offered()
    button = chat.state.offers[0]
    chat.say(button["title"], "tap", tap=button["id"])
    assert text_of(chat.say("…", "tap", tap=button["id"], language="zh")) == words("button_gone")
    assert len(chat.missed) == 1


def test_a_tapped_title_that_staff_took_out_meanwhile() -> None:
    chat = offered()
    chat.served_without(TITLES[0])
    made = chat.say("1", "choose")
    assert kinds(made) == ["no_answer"] and made.missed[0].text == "报告的事"


@pytest.mark.parametrize(("key", "entry"), MENU)
def test_the_menu_s_topics(key: str, entry: str) -> None:
    chat = Chat()
    chat.say("菜单", "menu")
    assert entries_of(chat.tap(words(key)))[0] == entry


def test_the_menu_s_nurse_station_is_no_missed_question() -> None:
    chat = Chat()
    chat.say("菜单", "menu")
    made = chat.tap(words("menu_nurse"))
    assert text_of(made) == f"{words('nurse_lead')}\n\n{words('nurse_open')}" and made.missed == ()


def test_the_menu_s_stage_leads_to_that_stage_s_guide_whatever_was_answered_before() -> None:
    chat = Chat()
    chat.ask("howto.view-reports")
    chat.say("菜单", "menu")
    chat.tap(words("menu_stage"))
    made = chat.tap(words("stage_testing"))
    assert entries_of(made) == ("stage.testing",) and answer("stage.testing") in text_of(made)


def test_data_are_deleted_after_a_second_yes() -> None:
    for yes in ("确定", "确定删除", "1"):
        chat = Chat()
        made = chat.say("删除我的数据", "delete_data")
        assert not made.forget and titles(made) == [words("delete_yes"), words("delete_no")]
        made = chat.say(yes, "affirm")
        assert made.forget and text_of(made) == words("deleted")
        assert made.replies[0].status == "deleted"      # on it the channel removes Rasa's events


def test_data_are_deleted_or_kept_by_tap() -> None:
    chat = Chat()
    chat.say("delete my data", "delete_data")
    made = chat.tap(words("delete_no", "en"))
    assert not made.forget and text_of(made) == words("kept", "en")
    chat.say("delete my data", "delete_data")
    assert chat.tap(words("delete_yes", "en")).forget


@pytest.mark.parametrize(("text", "intent"), [("不", "deny"), ("先不删", "deny"), ("挂号怎么挂", "ask")])
def test_anything_but_yes_keeps_the_data(text: str, intent: str) -> None:
    chat = Chat()
    chat.say("删除我的数据", "delete_data")
    assert not chat.say(text, intent, {"services.booking": 0.9}).forget
    assert not chat.say("好的", "affirm").forget
