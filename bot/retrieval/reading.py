"""A message as the model reads it: labels with scores for the whole and for its sentences, and the topic it is routed to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from bot.retrieval.embedding import Embedder
from bot.retrieval.fresh import FreshQuestions
from bot.retrieval.gist import gist
from bot.retrieval.scorer import Scorer
from bot.text.clauses import behind_opening, clauses
from bot.text.follow_up import find_choice
from bot.text.language import language
from bot.text.normalise import normalise

MAX_CLAUSES = 4             # looked at by themselves; each costs a vector
KEPT_LABELS = 12            # of all labels, the likeliest, handed to the dialogue
#: Told apart from what they resemble, answered as the next best; `episode` has a meaning of its own in the hours after an emergency.
NEUTRAL = ("harmless", "mention/past_or_other", "episode")
NEUTRAL_YIELDS = 0.10       # to a topic this likely
SUSPECTED = 0.01            # share of an emergency from which on it is looked for behind a short opening: one message in thirty costs a vector more
CALIBRATION = Path(__file__).with_name("calibration.yml")


@dataclass(frozen=True)
class Calibration:
    """Figures found on held-out voices by `python -m bot.retrieval calibrate`; see `docs/decisions/0002-thresholds.md`.

    Attributes:
        emergency: sum of the emergency labels from which a message is one, in any of its sentences.
        answer, margin, offer, both, other: as in `bot.dialogue.model.Thresholds`.
    """

    emergency: float
    answer: float
    margin: float
    offer: float
    both: float
    other: float


@lru_cache(maxsize=1)
def calibration() -> Calibration:
    """The figures that stand beside this module, read once: the actions ask at every turn."""
    return Calibration(**yaml.safe_load(CALIBRATION.read_text(encoding="utf-8"))["thresholds"])


def looked_at(raw: str) -> list[str]:
    """What of a message is scored: the whole, normalised, then its sentences where there are several."""
    text = normalise(raw)
    parts = [x for x in clauses(text) if len(x) > 1][:MAX_CLAUSES]
    return [text, *parts] if len(parts) > 1 else [text]


class Reader:
    """Reads messages with a trained scorer and the library's questions of this moment."""

    def __init__(self, scorer: Scorer, fresh: FreshQuestions, embedder: Embedder, limits: Calibration) -> None:
        self._scorer, self._fresh, self._embedder, self._limits = scorer, fresh, embedder, limits

    def read(self, raw: str) -> dict[str, Any]:
        """Everything the actions need to know of a message, as JSON.

        Returns:
            text (normalised), language (or None), intent, confidence, labels ([name, score] best first), clauses (text and labels
            each, when there are several), behind (the same of what follows a short opening, where an emergency may stand there; or None),
            version of the library whose questions competed.
        """
        texts = looked_at(raw)
        text = texts[0]
        scored = self.scores(texts) if text else []
        labels = [_best(x) for x in scored]
        behind, scored_behind = self._behind(text, scored)
        intent, confidence = ("ask", 0.0) if not text else route(text, [*scored, *scored_behind], self._limits)
        return {
            "text": text,
            "language": language(text),
            "intent": intent,
            "confidence": confidence,
            "labels": labels[0] if labels else [],
            "clauses": [{"text": t, "labels": found} for t, found in zip(texts[1:], labels[1:])],
            "behind": {"text": behind, "labels": _best(scored_behind[0])} if scored_behind else None,
            "version": self._fresh.version,
        }

    def _behind(self, text: str, scored: Sequence[Mapping[str, float]]) -> tuple[str | None, list[dict[str, float]]]:
        """What follows the short opening of a message, and its scores: "Shanghai, …" hides from the scorer what it would be sure of alone."""
        behind = behind_opening(text)
        if behind is None or topics(scored[0]).get("emergency", 0.0) < SUSPECTED:
            return behind, []
        return behind, self.scores([behind])

    def scores(self, texts: Sequence[str]) -> list[dict[str, float]]:
        """Probabilities by label for each text; entries saved since the training compete."""
        gists = [gist(t) for t in texts]
        vectors = np.stack([self._embedder.vector(t) for t in gists])
        rows = self._scorer.scores(gists, vectors)
        return [self._fresh.lift(v, dict(zip(self._scorer.labels, map(float, row)))) for v, row in zip(vectors, rows)]


def _best(scores: Mapping[str, float]) -> list[list[Any]]:
    """The likeliest labels, and in any case the likeliest emergency: what asks whether it is one needs its share."""
    ranked = sorted(scores.items(), key=lambda x: -x[1])
    kept = ranked[:KEPT_LABELS]
    alarm = next((x for x in ranked if x[0].startswith("emergency/")), None)
    if alarm is not None and alarm not in kept:
        kept.append(alarm)
    return [[name, round(score, 4)] for name, score in kept]


def topics(scores: Mapping[str, float]) -> dict[str, float]:
    """Summed probability of each topic (the part of a label before `/`); the neutral labels stand for themselves."""
    sums: dict[str, float] = {}
    for name, score in scores.items():
        topic = name if name in NEUTRAL else name.split("/")[0]
        sums[topic] = sums.get(topic, 0.0) + score
    return sums


def route(text: str, scored: Sequence[Mapping[str, float]], limits: Calibration) -> tuple[str, float]:
    """The topic of a message and its score, from the scores of the whole (first) and of its parts.

    An emergency wins from a lower score on, in any part: missing one is worse than a false alarm.
    """
    if find_choice(text, 9) is not None:
        return "choose", 1.0
    alarm = max(topics(x).get("emergency", 0.0) for x in scored)
    if alarm >= limits.emergency:
        return "emergency", round(alarm, 4)
    sums = topics(scored[0])
    sums.pop("emergency", None)
    ranked = sorted(sums.items(), key=lambda x: -x[1])
    if ranked[0][0] in NEUTRAL:
        others = [x for x in ranked if x[0] not in NEUTRAL]
        ranked = others if others[0][1] >= NEUTRAL_YIELDS else [("mention" if "mention" in ranked[0][0] else "acknowledge", ranked[0][1])]
    return ranked[0][0], round(ranked[0][1], 4)
