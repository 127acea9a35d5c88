"""The trained scorer: one probability for each label, of all knowledge entries and all other topics together.

Two views of a text are scored and their log-odds weighed: the sentence vector with what the text names, by logistic regression, which
knows that 开奖 and "the pregnancy blood test" are near; and character and word pieces, by a linear machine, which know 京医通 from 粤省事. One joint set of labels lets an entry compete with
"this needs a doctor" and "this is not for us" directly. A temperature, fitted on voices the model had not seen, makes the scores honest.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import FeatureUnion
from sklearn.svm import LinearSVC

from bot.retrieval.embedding import Vectors
from bot.retrieval.features import named

logger = logging.getLogger(__name__)

Scores = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Sample:
    """A phrasing: what somebody writes, what it means, and whose voice it is."""

    text: str
    label: str
    voice: str


def pieces() -> FeatureUnion:
    """Character pieces for Chinese and misspelt words, whole words and pairs for English."""
    return FeatureUnion([
        ("characters", TfidfVectorizer(analyzer="char_wb", ngram_range=(1, 4), sublinear_tf=True, min_df=2, dtype=np.float32)),
        ("words", TfidfVectorizer(analyzer="word", ngram_range=(1, 2), sublinear_tf=True, min_df=1,
                                  token_pattern=r"[a-z0-9']+", dtype=np.float32)),
    ])


@dataclass
class Scorer:
    """Scores texts against the labels it was trained on.

    Attributes:
        labels: in the order of the columns of the scores.
        temperature: divides the log-odds; 1 until calibrated.
    """

    labels: tuple[str, ...] = ()
    temperature: float = 1.0
    weight: float = 0.4         # of the vectors' view; the rest is the pieces': 0.4 found best on held-out voices
    _centre: Any = field(default=None, repr=False)
    _spread: float = 1.0
    _pieces: Any = field(default=None, repr=False)
    _by_vector: Any = field(default=None, repr=False)
    _by_pieces: Any = field(default=None, repr=False)

    def fit(self, samples: Sequence[Sample], vectors: Vectors) -> Scorer:
        """Train on phrasings and their vectors (one row each)."""
        wanted = [s.label for s in samples]
        self._pieces = pieces()
        sparse = self._pieces.fit_transform([s.text.lower() for s in samples])
        # the vectors of this model lie close together (cosine 0.7 to 1): centred and widened, the regression separates them better
        self._centre, self._spread = vectors.mean(axis=0), float(vectors.std(axis=0).mean()) or 1.0
        self._by_vector = LogisticRegression(C=0.03, max_iter=300, tol=1e-3)
        self._by_vector.fit(self._view(vectors, [s.text for s in samples]), wanted)
        self._by_pieces = LinearSVC(C=0.5, tol=1e-3)
        self._by_pieces.fit(sparse, wanted)
        self.labels = tuple(self._by_vector.classes_)
        return self

    def _view(self, vectors: Vectors, texts: Sequence[str]) -> Vectors:
        """The vectors, centred and widened, with what the texts name beside them."""
        made: Vectors = np.hstack([(vectors - self._centre) / self._spread, named(texts)])
        return made

    def views(self, texts: Sequence[str], vectors: Vectors) -> tuple[Scores, Scores]:
        """The log-odds of both views, before they are weighed."""
        sparse = self._pieces.transform([t.lower() for t in texts])
        dense: Scores = log_softmax(self._by_vector.decision_function(self._view(vectors, texts)), axis=1)
        return dense, log_softmax(PIECES_SCALE * self._by_pieces.decision_function(sparse), axis=1)

    def logits(self, texts: Sequence[str], vectors: Vectors) -> Scores:
        """Weighed log-odds, one row for each text."""
        dense, sparse = self.views(texts, vectors)
        return self.weight * dense + (1 - self.weight) * sparse

    def scores(self, texts: Sequence[str], vectors: Vectors) -> Scores:
        """Probabilities, one row for each text, one column for each label."""
        made: Scores = softmax(self.logits(texts, vectors) / self.temperature, axis=1)
        return made


PIECES_SCALE = 3.0      # margins of the linear machine are small; this brings them to the other view's range


def temperature(logits: Scores, wanted: npt.NDArray[np.intp]) -> float:
    """The temperature under which held-out labels are likeliest."""
    rows = np.arange(len(wanted))

    def loss(value: float) -> float:
        return float(-log_softmax(logits / value, axis=1)[rows, wanted].mean())

    return float(minimize_scalar(loss, bounds=(0.2, 5.0), method="bounded").x)
