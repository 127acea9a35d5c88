"""Answer, offer, or admit not to know: the limits of the decision."""

from __future__ import annotations

import pytest

from bot.dialogue.choosing import choose, choose_all, sure_sentences
from bot.dialogue.model import Thresholds
from tests.bot.dialogue.chat import Labels, reading

LIMITS = Thresholds(answer=0.45, margin=0.10, offer=0.06, both=0.25)


@pytest.mark.parametrize(
    ("labels", "answers", "offers"),
    [
        ({"t.a": 0.90}, "a", ""),
        ({"t.a": 0.45}, "a", ""),
        ({"t.a": 0.46, "t.b": 0.30}, "a", ""),
        ({"t.a": 0.44}, "", "a"),                                               # not likely enough
        ({"t.a": 0.46, "t.b": 0.40}, "ab", ""),                                 # too close, and together nearly all
        ({"t.a": 0.40, "t.b": 0.35}, "ab", ""),
        ({"t.a": 0.40, "t.b": 0.24}, "", "ab"),                                 # the second too weak for both
        ({"t.a": 0.35, "t.b": 0.30}, "", "ab"),                                 # together too little for both
        ({"t.a": 0.30, "t.b": 0.20, "t.c": 0.10, "t.d": 0.09}, "", "abc"),      # never more than three
        ({"t.a": 0.30, "t.b": 0.05}, "", "a"),                                  # what is unlikely is not offered
        ({"t.a": 0.06}, "", "a"),
        ({"t.a": 0.05}, "", ""),
        ({}, "", ""),
        ({"smalltalk": 0.9}, "", ""),                                           # no knowledge at all
        ({"smalltalk": 0.5, "t.a": 0.3}, "", "a"),
    ],
)
def test_limits(labels: Labels, answers: str, offers: str) -> None:
    made = choose(reading("?", labels).entries, LIMITS)
    assert "".join(x.name[2:] for x in made.answers) == answers
    assert "".join(x.name[2:] for x in made.offers) == offers


def test_the_rest_is_what_else_it_might_have_been() -> None:
    made = choose(reading("?", {"t.a": 0.8, "t.b": 0.05, "t.c": 0.03, "t.d": 0.01}).entries, LIMITS)
    assert [x.name for x in made.rest] == ["t.b", "t.c"]


def test_only_sure_sentences_count_by_themselves() -> None:
    found = sure_sentences([reading("1", {"t.a": 0.6}), reading("2", {"t.b": 0.59}), reading("3", {"thanks": 0.7, "t.c": 0.65})])
    assert list(found) == ["t.a"]


def test_two_sentences_that_ask_two_things_are_both_answered() -> None:
    whole, parts = reading("1 2", {"t.a": 0.5, "t.b": 0.2}), [reading("1", {"t.a": 0.9}), reading("2", {"t.b": 0.9})]
    assert [x.name for x in choose_all(whole, parts, LIMITS).answers] == ["t.a", "t.b"]


def test_two_sentences_that_ask_one_thing_are_one_question() -> None:
    whole, parts = reading("1 2", {"t.a": 0.8}), [reading("1", {"t.a": 0.9}), reading("2", {"t.a": 0.7})]
    assert [x.name for x in choose_all(whole, parts, LIMITS).answers] == ["t.a"]


def test_one_sentence_is_judged_as_the_whole_message() -> None:
    assert choose_all(reading("1", {"t.a": 0.2}), [reading("1", {"t.a": 0.9})], LIMITS).answers == ()


def test_at_most_two_answers() -> None:
    parts = [reading(x, {f"t.{x}": 0.9}) for x in "abc"]
    assert len(choose_all(reading("abc", {"t.a": 0.4}), parts, LIMITS).answers) == 2


def test_what_may_be_no_question_for_us_is_offered_not_answered() -> None:
    whole = reading("你们地下车库几点开", {"ask/details.service-hours": 0.55, "clinic_question": 0.4})
    made = choose_all(whole, (), Thresholds(answer=0.3, margin=0.1))
    assert not made.answers
    assert [x.name for x in made.offers] == ["details.service-hours"]
