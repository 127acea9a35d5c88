"""Where a message goes, from the scores of the whole and of its sentences."""

from __future__ import annotations

import pytest

from bot.retrieval.reading import MAX_CLAUSES, NEUTRAL_YIELDS, Calibration, calibration, looked_at, route, topics

LIMITS = Calibration(emergency=0.35, answer=0.4, margin=0.08, offer=0.05, both=0.25, other=0.3)
ASK = {"ask/faq.a": 0.3, "ask/faq.b": 0.25, "greet": 0.4, "emergency/pain": 0.05}


def test_labels_of_one_topic_are_summed() -> None:
    assert topics(ASK) == pytest.approx({"ask": 0.55, "greet": 0.4, "emergency": 0.05})
    assert route("要空腹吗", [ASK], LIMITS) == ("ask", 0.55)


@pytest.mark.parametrize("scored", [
    [{"emergency/pain": 0.2, "emergency/blood": 0.2, "ask/faq.a": 0.6}],
    [ASK, ASK, {"emergency/pain": 0.35, "greet": 0.65}],
    [{"emergency/pain": 0.35, "harmless": 0.65}],
])
def test_an_emergency_wins_from_its_limit_on_in_any_sentence(scored: list[dict[str, float]]) -> None:
    assert route("肚子疼得厉害", scored, LIMITS)[0] == "emergency"


def test_below_its_limit_an_emergency_is_nothing_even_as_the_likeliest() -> None:
    assert route("肚子有点胀", [{"emergency/pain": 0.34, "ask/faq.a": 0.33, "greet": 0.33}], LIMITS) == ("ask", 0.33)


@pytest.mark.parametrize("text", ["1", "2", "第一个", "the second one"])
def test_a_number_is_a_choice_whatever_the_scores(text: str) -> None:
    assert route(text, [{"emergency/pain": 1.0}], LIMITS) == ("choose", 1.0)


@pytest.mark.parametrize(("neutral", "alone"), [("harmless", "acknowledge"), ("mention/past_or_other", "mention")])
def test_neutral_labels_yield_to_the_next_best(neutral: str, alone: str) -> None:
    other = NEUTRAL_YIELDS
    assert route("以前有点胀", [{neutral: 1 - other, "ask/faq.a": other}], LIMITS) == ("ask", other)
    weak = {neutral: 0.92, "ask/faq.a": 0.05, "greet": 0.03}
    assert route("以前有点胀", [weak], LIMITS) == (alone, 0.92)


def test_the_shipped_figures_are_shares() -> None:
    found = calibration()
    assert all(0 < x < 1 for x in vars(found).values())
    assert found.offer < found.answer


def test_of_many_questions_a_few_are_looked_at_by_themselves() -> None:
    text = "怎么预约挂号？报告在哪里看？" * 60
    seen = looked_at(text)
    assert seen[0].startswith("怎么预约挂号") and len(seen) == 1 + MAX_CLAUSES
    assert looked_at("怎么预约挂号？") == ["怎么预约挂号?"]
