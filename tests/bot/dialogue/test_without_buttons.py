"""In channels where options are numbered lines, nothing says that there is something to tap."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from bot.dialogue.model import NUMBERS, Profile
from tests.bot.dialogue.chat import KNOWN, Chat, library, text_of, words
from tests.bot.dialogue.patients import Patient
from tests.bot.dialogue.test_booking import BOOK, NOW, hospital
from tests.bot.dialogue.test_booking import Patient as Booking

TAPPED = re.compile(r"点(?:一|下面|击|选)|按钮|\b(?:tap|button)\b", re.I)


def test_each_text_that_speaks_of_tapping_has_one_that_does_not() -> None:
    shell = library().shell
    speaking = [key for key, text in shell.items() if not key.startswith("panel_") and any(TAPPED.search(x) for x in text.values())]
    assert speaking and [x for x in speaking if x + NUMBERS not in shell] == []
    plain = [x for x in shell if x.endswith(NUMBERS) and x != "wechat_numbers"]
    assert sorted(plain) == sorted(x + NUMBERS for x in speaking), "none without a text that it takes the place of"
    assert not [x for x in plain if any(TAPPED.search(text) for text in shell[x].values())]


@pytest.mark.parametrize("taps", [True, False])
@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(("key", "intent", "profile"), [("welcome", "greet", Profile()), ("welcome_back", "greet", KNOWN), ("menu", "menu", KNOWN)])
def test_the_welcome_and_the_menu(key: str, intent: str, profile: Profile, language: str, taps: bool) -> None:
    chat = Chat(profile=replace(profile, noticed_at=NOW), taps=taps)
    made = chat.say("你好" if language == "zh" else "hello", intent)
    assert made.replies[0].text == words(key if taps else key + NUMBERS, language) and bool(TAPPED.search(made.replies[0].text)) is taps
    assert made.replies[0].buttons


def test_choices_a_booking_and_what_is_linked() -> None:
    chat = Chat(taps=False)
    assert not TAPPED.search(text_of(chat.say("报告的事", labels={"howto.view-reports": 0.3, "details.report-delay": 0.28})))
    patient = Booking(now=NOW, hospital=hospital(), taps=False)
    for wish in ("周医生 普通号", "周四上午", "吴医生 专家号 周三"):
        assert not TAPPED.search(patient.say(wish, "booking", BOOK).replies[0].text)
    bound = Patient(taps=False).bound()
    made = bound.say("解绑", "out_of_scope")
    assert made.replies[0].text == words("binding_which_numbers") and made.replies[0].buttons
