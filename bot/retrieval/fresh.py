"""Entries and questions that staff saved after the last training: they compete at once, by their nearest question.

The trained scorer knows its own labels only. Here the sample questions of the library, as it is now, are kept as vectors, renewed when the
library changes (16 ms for each new question). An entry the scorer has never seen gets a probability from how near its nearest question
is; a message that almost repeats a question of a known entry lifts that entry.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass

import numpy as np

from bot.knowledge.library import Library
from bot.retrieval.embedding import DIMENSIONS, Embedder, Vectors
from bot.text.normalise import normalise

# Cosines of multilingual-e5-small: of two phrasings of one entry the median is 0.90, of two entries 0.84. Steepness and midpoint are those of
# the logistic curve that turns a cosine into the chance that the nearest question's entry is meant.
STEEPNESS = 55.0
MIDPOINT = 0.915
SAME = 0.985                # the message repeats the question
SAME_SCORE = 0.95


@dataclass(frozen=True)
class Questions:
    """The library's questions as vectors; `good` is False for those an entry must not answer."""

    version: str
    entries: tuple[str, ...]
    good: np.ndarray  # type: ignore[type-arg]
    vectors: Vectors


class FreshQuestions:
    """The questions of the library as it is now.

    Args:
        embedder: shared with the scorer, so that a vector is computed once.
    """

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._lock = threading.Lock()
        self._now = Questions("", (), np.zeros(0, bool), np.zeros((0, DIMENSIONS), np.float32))

    def renew(self, library: Library) -> None:
        """Read the questions of a library; called with each new one, on the thread that watches the folder."""
        with self._lock:
            if self._now.version == library.version:
                return
            rows = [(entry.id, normalise(text), good)
                    for entry in library.entries.values()
                    for texts, good in ((entry.questions, True), (entry.not_questions, False))
                    for language in texts.values() for text in language]
            vectors = self._embedder.vectors([text for _, text, _ in rows])
            self._now = Questions(library.version, tuple(x for x, _, _ in rows), np.array([x for *_, x in rows], bool), vectors)

    @property
    def version(self) -> str:
        """Version of the library whose questions these are."""
        return self._now.version

    def lift(self, vector: Vectors, scores: dict[str, float]) -> dict[str, float]:
        """The scores with what only the questions know worked in: new entries get theirs, deleted ones lose it; the sum stays one.

        Args:
            vector: of the message.
            scores: of the trained labels, `ask/<id>` for entries.
        """
        now = self._now
        if not now.entries or not vector.any():
            return scores
        nearness = now.vectors @ vector
        present = {f"ask/{x}" for x in now.entries}
        made = {k: v for k, v in scores.items() if not k.startswith("ask/") or k in present}       # no entry deleted since the training
        for entry, chance in self._chances(now, nearness, made).items():
            made = {k: v * (1 - chance) for k, v in made.items()}
            made[f"ask/{entry}"] = made.get(f"ask/{entry}", 0.0) + chance
        total = sum(made.values()) or 1.0
        return {k: v / total for k, v in made.items()}

    @staticmethod
    def _chances(now: Questions, nearness: Vectors, known: dict[str, float]) -> dict[str, float]:
        """The entry of the nearest question with the chance that it is meant; empty where the scores already tell better."""
        best = int(np.argmax(nearness))
        entry, near = now.entries[best], float(nearness[best])
        if not now.good[best]:
            return {}
        if near >= SAME:
            return {entry: SAME_SCORE}
        if f"ask/{entry}" in known:
            return {}
        return {entry: float(1 / (1 + np.exp(-STEEPNESS * (near - MIDPOINT))))}
