"""Questions that staff saved after the training compete at once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bot.knowledge.library import Library
from bot.knowledge.loader import load
from bot.retrieval.embedding import Embedder
from bot.retrieval.fresh import FreshQuestions
from bot.settings import ROOT

TRAINED = {"ask/faq.old": 0.5, "emergency/pain": 0.1, "greet": 0.4}


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return Embedder()


def library(**questions: tuple[list[str], list[str]]) -> Library:
    """A library whose entries have the given questions and not-questions."""
    some, _ = load(Path(ROOT / "knowledge"))
    model = next(iter(some.entries.values()))
    entries = {f"faq.{name}": replace(model, id=f"faq.{name}", questions={"zh": tuple(good), "en": ()}, not_questions={"zh": tuple(bad), "en": ()})
               for name, (good, bad) in questions.items()}
    return Library(entries=entries)


OLD = (["挂号费是多少钱"], [])
NEW = (["停车场的充电桩怎么收费", "电动车在医院哪里充电"], ["停车场在哪里"])


@pytest.fixture
def fresh(embedder: Embedder) -> FreshQuestions:
    made = FreshQuestions(embedder)
    made.renew(library(old=OLD, new=NEW))
    return made


def lifted(fresh: FreshQuestions, embedder: Embedder, text: str) -> dict[str, float]:
    made = fresh.lift(embedder.vector(text), TRAINED)
    assert sum(made.values()) == pytest.approx(1) and all(x >= 0 for x in made.values())
    return made


def test_a_new_entry_competes_at_once(fresh: FreshQuestions, embedder: Embedder) -> None:
    assert lifted(fresh, embedder, "停车场的充电桩怎么收费")["ask/faq.new"] > 0.9
    near = lifted(fresh, embedder, "医院的充电桩是怎么收费的")
    assert max(near, key=lambda x: near[x]) == "ask/faq.new"
    assert lifted(fresh, embedder, "今天天气真好").get("ask/faq.new", 0) < 0.2


def test_a_repeated_question_lifts_an_entry_that_was_trained(fresh: FreshQuestions, embedder: Embedder) -> None:
    assert lifted(fresh, embedder, "挂号费是多少钱")["ask/faq.old"] > 0.9


def test_what_is_merely_near_leaves_a_trained_entry_to_the_scorer(fresh: FreshQuestions, embedder: Embedder) -> None:
    assert lifted(fresh, embedder, "挂号大概要花多少钱呀") == pytest.approx(TRAINED)


def test_not_questions_hold_an_entry_back(fresh: FreshQuestions, embedder: Embedder) -> None:
    assert "ask/faq.new" not in lifted(fresh, embedder, "停车场在哪里")
    assert "ask/faq.new" not in lifted(fresh, embedder, "请问停车场在哪里")


def test_a_deleted_entry_no_longer_competes(fresh: FreshQuestions, embedder: Embedder) -> None:
    fresh.renew(library(new=NEW))
    made = lifted(fresh, embedder, "挂号费是多少钱")
    assert "ask/faq.old" not in made and made["greet"] > TRAINED["greet"]


def test_the_version_is_the_librarys_and_equal_content_is_read_once(embedder: Embedder) -> None:
    one, fresh = library(old=OLD), FreshQuestions(embedder)
    fresh.renew(one)
    before = fresh._now
    fresh.renew(library(old=OLD))
    assert fresh.version == one.version and fresh._now is before
    fresh.renew(library(old=OLD, new=NEW))
    assert fresh.version != one.version


def test_without_vectors_or_questions_the_scores_stay(embedder: Embedder, fresh: FreshQuestions) -> None:
    assert FreshQuestions(embedder).lift(embedder.vector("你好"), TRAINED) == TRAINED
    assert fresh.lift(embedder.vector("你好") * 0, TRAINED) == TRAINED
