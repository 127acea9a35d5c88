"""The trained scorer and its three views."""

from __future__ import annotations

import pickle
import sqlite3
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_matrix, hstack
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC

from bot.knowledge.loader import load
from bot.retrieval import regression
from bot.retrieval.bank import questions
from bot.retrieval.embedding import Embedder
from bot.retrieval.features import named
from bot.retrieval.nearest import Nearest
from bot.retrieval.pieces import MARGIN_TOLERANCE, NAMED_WEIGHT, STRENGTH, Pieces, kinds
from bot.retrieval.reading import KEPT_LABELS, _best
from bot.retrieval.row_cache import RowCache
from bot.retrieval.scorer import Sample, Scorer
from bot.settings import ROOT

ENTRIES = ("howto.verify-official-account", "faq.cycle-group-safety", "region.shanghai", "stage.post-transfer", "details.service-hours")


@pytest.fixture(scope="module")
def samples() -> list[Sample]:
    library, _ = load(ROOT / "knowledge")
    return [s for s in questions(library) if s.label[4:] in ENTRIES]


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return Embedder()


@pytest.fixture(scope="module")
def scorer(samples: list[Sample], embedder: Embedder) -> Scorer:
    return Scorer().fit(samples, embedder.vectors([s.text for s in samples]))


@pytest.mark.parametrize(("text", "entry"), [
    ("这个公众号是不是医院官方的", "howto.verify-official-account"),
    ("is it safe to share things in the cycle group", "faq.cycle-group-safety"),
    ("刚移植完要注意啥", "stage.post-transfer"),
])
def test_what_was_never_seen_is_scored_right(scorer: Scorer, embedder: Embedder, text: str, entry: str) -> None:
    shares = scorer.scores([text], embedder.vectors([text]))[0]
    assert shares.sum() == pytest.approx(1)
    assert scorer.labels[int(shares.argmax())] == f"ask/{entry}"


def test_without_vectors_the_pieces_still_tell(samples: list[Sample]) -> None:
    blind = Scorer().fit(samples, np.zeros((len(samples), 384), np.float32))
    shares = blind.scores(["这个公众号是官方的吗"], np.zeros((1, 384), np.float32))[0]
    assert np.isfinite(shares).all() and blind.labels[int(shares.argmax())] == "ask/howto.verify-official-account"


def test_a_kept_scorer_scores_as_before(scorer: Scorer, embedder: Embedder, samples: list[Sample]) -> None:
    texts = [s.text for s in samples[:20]] + ["", "😀", "完全不相干 xyz"]
    vectors = embedder.vectors(texts)
    assert np.allclose(pickle.loads(pickle.dumps(scorer)).scores(texts, vectors), scorer.scores(texts, vectors), atol=2e-3)


def test_texts_are_scored_alone_as_among_others(scorer: Scorer, embedder: Embedder, samples: list[Sample]) -> None:
    texts = [s.text for s in samples[:6]]
    vectors = embedder.vectors(texts)
    together = scorer.scores(texts, vectors)
    assert np.allclose(together, np.vstack([scorer.scores([t], v[None]) for t, v in zip(texts, vectors)]), atol=1e-5)


def test_margins_are_those_of_scikit_learn(samples: list[Sample]) -> None:
    texts, wanted = [s.text for s in samples], np.unique([s.label for s in samples], return_inverse=True)[1]
    things = named(texts)
    made = kinds()
    rows = hstack([*(kind.fit_transform([t.lower() for t in texts]) for kind in made), csr_matrix(NAMED_WEIGHT * things)]).tocsr()
    machine = LinearSVC(C=STRENGTH, tol=MARGIN_TOLERANCE, random_state=0).fit(rows, wanted)
    assert np.allclose(Pieces().fit(texts, things, wanted).margins(texts, things), machine.decision_function(rows), atol=1e-3)


def test_the_regression_is_that_of_scikit_learn() -> None:
    random = np.random.default_rng(5)
    rows = random.normal(size=(300, 8)).astype(np.float32)
    wanted = (rows[:, :4] + random.normal(size=(300, 4))).argmax(axis=1)
    ours, theirs = regression.fit(rows, wanted, 0.1), LogisticRegression(C=0.1, tol=1e-6, max_iter=1000).fit(rows, wanted)
    shares = np.exp(rows @ ours[:-1] + ours[-1])
    assert np.allclose(shares / shares.sum(axis=1, keepdims=True), theirs.predict_proba(rows), atol=0.02)


def test_the_nearest_phrasing_of_each_label() -> None:
    random = np.random.default_rng(5)
    means = 3 * random.normal(size=(5, 12))
    wanted = random.permutation(np.repeat(np.arange(5), 40))
    rows = (means[wanted] + random.normal(size=(200, 12))).astype(np.float32)
    view = Nearest.fit(rows, wanted)
    found = view.cosines(rows)
    assert found.shape == (200, 5) and np.allclose(found[np.arange(200), wanted], 1, atol=1e-5)      # each is its own nearest
    fresh = (means[wanted] + random.normal(size=(200, 12))).astype(np.float32)
    assert (view.cosines(fresh).argmax(axis=1) == wanted).mean() > 0.9


def test_named_things_are_kept_on_disk_without_words(tmp_path: Path) -> None:
    disk = tmp_path / "kept.db"
    texts = ["京医通上怎么挂号", "AMH result tomorrow?", "京医通上怎么挂号"]
    first = named(texts, disk)
    with sqlite3.connect(disk) as file:
        assert file.execute("SELECT count(*) FROM named").fetchone() == (2,)
        file.execute("UPDATE named SET vector = zeroblob(length(vector))")
    assert first.any() and not named(texts, disk).any(), "computed anew although it was kept"
    assert "京医通".encode() not in disk.read_bytes()


def test_rows_of_another_maker_are_not_found(tmp_path: Path) -> None:
    row = np.ones(3, np.float32)
    RowCache(tmp_path / "x.db", "rows", "one").write({"a": row})
    assert np.array_equal(RowCache(tmp_path / "x.db", "rows", "one").read({"a", "b"})["a"], row)
    assert RowCache(tmp_path / "x.db", "rows", "two").read({"a"}) == {}


def test_the_likeliest_emergency_is_always_among_the_labels() -> None:
    many = {f"ask/t.{n}": 0.05 for n in range(KEPT_LABELS + 3)}
    kept = _best({**many, "emergency/pain": 0.001, "emergency/ohss": 0.002})
    assert len(kept) == KEPT_LABELS + 1 and kept[-1] == ["emergency/ohss", 0.002]
    assert len(_best({**many, "emergency/pain": 0.3})) == KEPT_LABELS
