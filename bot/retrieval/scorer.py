"""The trained scorer: one probability for each label, of all knowledge entries and all other topics together.

Three views of a text are scored and their log-odds weighed: the sentence vector with what the text names, by softmax regression, which
knows that 开奖 and "the pregnancy blood test" are near; the nearest phrasing of each label; and n-grams of characters and words, by a
linear support vector machine, which knows 京医通 from 粤省事. One joint set of labels lets an entry compete with "this needs a doctor" and
"this is not for us" directly. A temperature, fitted on voices the model had not seen, makes the scores honest.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax

from bot.retrieval import regression
from bot.retrieval.embedding import Vectors
from bot.retrieval.features import named
from bot.retrieval.nearest import Nearest
from bot.retrieval.pieces import Pieces

Scores = npt.NDArray[np.float64]

STRENGTH = 0.03         # of the regression (`C`)
WEIGHTS = (0.5, 0.9, 0.9)           # of the views, in their order: likeliest on held-out voices (docs/decisions/0007)
COSINE_SCALE = 12.0     # cosines and margins are small; these bring them to the range of log-odds
MARGIN_SCALE = 3.0


@dataclass(frozen=True)
class Sample:
    """A phrasing: what somebody writes, what it means, and whose voice it is."""

    text: str
    label: str
    voice: str


@dataclass
class Scorer:
    """Scores texts against the labels it was trained on.

    Attributes:
        labels: in the order of the columns of the scores.
        temperature: divides the log-odds; 1 until calibrated.
    """

    labels: tuple[str, ...] = ()
    temperature: float = 1.0
    _centre: Any = field(default=None, repr=False)
    _spread: float = 1.0
    _regression: Any = field(default=None, repr=False)
    _nearest: Any = field(default=None, repr=False)
    _pieces: Any = field(default=None, repr=False)

    def fit(self, samples: Sequence[Sample], vectors: Vectors, disk: Path | None = None) -> Scorer:
        """Train on phrasings and their vectors (one row each).

        Args:
            disk: file that keeps what the phrasings name between trainings.
        """
        texts = [s.text for s in samples]
        found, wanted = np.unique([s.label for s in samples], return_inverse=True)
        self.labels = tuple(str(x) for x in found)
        things = named(texts, disk)
        # the vectors of this model lie close together (cosine 0.7 to 1): centred and widened, the regression separates them better
        self._centre, self._spread = vectors.mean(axis=0), float(vectors.std(axis=0).mean()) or 1.0
        rows = self._rows(vectors, things)
        with ThreadPoolExecutor(1) as beside:       # on a second core
            pieces = beside.submit(Pieces().fit, texts, things, wanted)
            self._regression = regression.fit(rows, wanted, STRENGTH)
            self._nearest = Nearest.fit(rows, wanted)
            self._pieces = pieces.result()
        return self

    def _rows(self, vectors: Vectors, things: Vectors) -> Vectors:
        """The vectors, centred and widened, with what the texts name beside them."""
        made: Vectors = np.hstack([(vectors - self._centre) / self._spread, things]).astype(np.float32)
        return made

    def views(self, texts: Sequence[str], vectors: Vectors) -> tuple[Scores, Scores, Scores]:
        """The log-odds of the views, before they are weighed."""
        things = named(texts)
        rows = self._rows(vectors, things)
        found = (
            rows @ self._regression[:-1] + self._regression[-1],
            COSINE_SCALE * self._nearest.cosines(rows),
            MARGIN_SCALE * self._pieces.margins(texts, things),
        )
        one, two, three = (log_softmax(x.astype(np.float64), axis=1) for x in found)
        return one, two, three

    def logits(self, texts: Sequence[str], vectors: Vectors) -> Scores:
        """Weighed log-odds, one row for each text."""
        made: Scores = sum(weight * view for weight, view in zip(WEIGHTS, self.views(texts, vectors)))      # type: ignore[assignment]
        return made

    def scores(self, texts: Sequence[str], vectors: Vectors) -> Scores:
        """Probabilities, one row for each text, one column for each label."""
        made: Scores = softmax(self.logits(texts, vectors) / self.temperature, axis=1)
        return made


def temperature(logits: Scores, wanted: npt.NDArray[np.intp]) -> float:
    """The temperature under which held-out labels are likeliest."""
    rows = np.arange(len(wanted))

    def loss(value: float) -> float:
        return float(-log_softmax(logits / value, axis=1)[rows, wanted].mean())

    return float(minimize_scalar(loss, bounds=(0.2, 5.0), method="bounded").x)
