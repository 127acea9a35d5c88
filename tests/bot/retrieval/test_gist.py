"""The part of a long message that is worth a vector."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from bot.retrieval.gist import gist

STORY = "我三十五岁，结婚六年了，一直在老家的医院看，医生人很好，但是路太远了，来回要坐四个小时的车，家里人都说太折腾。" * 2


@pytest.mark.parametrize("text", ["", "你好", "要空腹吗", "x" * 160, "一" * 96])
def test_a_short_text_is_its_own_gist(text: str) -> None:
    assert gist(text) == text


@pytest.mark.parametrize("text", [STORY + "抽血要空腹吗？", "抽血要空腹吗？" + STORY, STORY + "抽血要空腹吗？" + STORY])
def test_the_question_survives_wherever_it_stands(text: str) -> None:
    assert "抽血要空腹吗" in gist(text) and len(gist(text)) <= 96


def test_english_and_the_order_of_sentences() -> None:
    made = gist("Where do I register? " + "We drove a long way from the village this morning. " * 4 + "And do I have to fast?")
    assert made.index("register") < made.index("fast")


def test_a_marked_question_comes_before_words_that_only_may_ask() -> None:
    filler = "My sister can help with the train when she is free. "
    made = gist(filler * 3 + "In a city like ours, which of the platforms would you open first for the monitoring days? " + filler * 3)
    assert "which of the platforms would you open first" in made and len(made) <= 160


def test_a_question_longer_than_the_limit_keeps_its_end() -> None:
    asked = "seeing that we have been through " + "another year of letters, of calls, of forms, " * 5 + "which window takes the old records?"
    made = gist("We moved here in spring. I work nights. " + asked)
    assert made.endswith("which window takes the old records?") and len(made) == 160


def test_of_one_endless_sentence_the_end_is_kept() -> None:
    assert gist("一" * 300 + "要空腹吗") == ("一" * 300 + "要空腹吗")[-96:]


@settings(max_examples=60, deadline=None)
@given(some.text(alphabet="吗我a b，。?！/\n", max_size=300), some.integers(5, 96))
def test_never_longer_than_the_limit_and_never_empty_for_words(text: str, limit: int) -> None:
    made = gist(text, limit)
    assert len(made) <= limit
    assert made.strip() or not any(x.isalnum() for x in text)
