"""Pieces of a text, which are n-grams of characters and words weighed by TF-IDF, and a linear support vector machine over them.

scikit-learn finds and weighs the pieces of the phrasings. For a single message its sparse matrices cost 2.5 ms; here the same sums are
made of a dictionary and a few rows, in a fraction of that.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.svm import LinearSVC

Matrix = npt.NDArray[np.float32]

STRENGTH = 1.0          # of the support vector machine (`C`)
MARGIN_TOLERANCE = 1e-2         # of its search (`tol`); 1e-3 took longer and changed nothing
NAMED_WEIGHT = 0.2      # of the named things beside the pieces


def kinds() -> list[TfidfVectorizer]:
    """What finds the pieces: of characters for Chinese and misspelt words, of whole words and pairs for English."""
    return [
        TfidfVectorizer(analyzer="char_wb", ngram_range=(1, 4), sublinear_tf=True, min_df=2, dtype=np.float32),
        TfidfVectorizer(analyzer="word", ngram_range=(1, 2), sublinear_tf=True, min_df=1, token_pattern=r"[a-z0-9']+", dtype=np.float32),
    ]


class Pieces:
    """A linear support vector machine over pieces and named things, one against the rest for each label."""

    def __init__(self) -> None:
        self._words: list[tuple[dict[str, int], Matrix]] = []        # of each kind: numbers of its pieces, and their weights
        self._analyze: list[Callable[[str], list[str]]] = []
        self._slopes: Matrix = np.zeros((0, 0), np.float32)         # one row for each piece, then one for each named thing
        self._offsets: Matrix = np.zeros(0, np.float32)

    def fit(self, texts: Sequence[str], named: Matrix, wanted: npt.NDArray[np.intp]) -> Pieces:
        """Train on texts, what they name, and the numbers of their labels."""
        made = kinds()
        columns = [kind.fit_transform([text.lower() for text in texts]) for kind in made]
        machine = LinearSVC(C=STRENGTH, tol=MARGIN_TOLERANCE, random_state=0)
        machine.fit(hstack([*columns, csr_matrix(NAMED_WEIGHT * named)]).tocsr(), wanted)
        start = 0
        for kind in made:
            self._words.append(({word: start + int(number) for word, number in kind.vocabulary_.items()}, kind.idf_.astype(np.float32)))
            start += len(kind.vocabulary_)
        self._analyze = [kind.build_analyzer() for kind in made]
        self._slopes = np.ascontiguousarray(machine.coef_.T, dtype=np.float32)
        self._offsets = machine.intercept_.astype(np.float32)
        return self

    def margins(self, texts: Sequence[str], named: Matrix) -> Matrix:
        """The machine's margins, one row for each text, one column for each label."""
        rows = [self._margin(text.lower()) for text in texts]
        made: Matrix = np.stack(rows) + NAMED_WEIGHT * named @ self._slopes[-named.shape[1]:]
        return made

    def _margin(self, text: str) -> Matrix:
        total = self._offsets.copy()
        start = 0
        for (numbers, weights), analyze in zip(self._words, self._analyze):
            counts = Counter(numbers[word] for word in analyze(text) if word in numbers)
            if counts:
                at = np.fromiter(counts, np.intp, len(counts))
                often = np.fromiter(counts.values(), np.float32, len(counts))
                values = (1 + np.log(often)) * weights[at - start]
                total += (values / np.linalg.norm(values)) @ self._slopes[at]
            start += len(numbers)
        return total

    def __getstate__(self) -> dict[str, Any]:
        """Half precision is enough to keep, and packs and loads faster; how a text is cut follows from `kinds`."""
        return {"words": self._words, "slopes": self._slopes.astype(np.float16), "offsets": self._offsets}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self._words, self._offsets = state["words"], state["offsets"]
        self._slopes = state["slopes"].astype(np.float32)
        self._analyze = [kind.build_analyzer() for kind in kinds()]
