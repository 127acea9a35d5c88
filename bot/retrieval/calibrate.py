"""Finds temperature and thresholds on voices that the model has not heard, and writes `calibration.yml`.

Every voice is held out once, together with some others; the pooled scores of the held-out phrasings stand in for patients nobody has
heard yet. Run by hand after the phrasings have grown: `python -m bot.retrieval calibrate` (some minutes).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
import numpy.typing as npt
import yaml
from scipy.special import softmax

from bot.dialogue.choosing import choose
from bot.dialogue.model import Scored, Thresholds
from bot.retrieval.embedding import Embedder
from bot.retrieval.reading import CALIBRATION, Calibration
from bot.retrieval.scorer import Sample, Scorer, Scores, temperature
from bot.retrieval.training import prepared

FOLDS = 4
MOST_ELSEWHERE = 0.3            # of held-out messages that are none of ours, 7 % instead of 10 % are then answered, for 2 % fewer right answers
MOST_FALSE_ALARMS = 0.01        # among held-out phrasings of other topics (design 6)

HEADER = "# Written by `python -m bot.retrieval calibrate`, from voices held out one after another.\n"


@dataclass(frozen=True)
class HeldOut:
    """Scores of phrasings by models that had not heard their voices."""

    samples: tuple[Sample, ...]
    labels: tuple[str, ...]
    logits: Scores

    def probabilities(self, heat: float) -> Scores:
        """Softmax at a temperature."""
        made: Scores = softmax(self.logits / heat, axis=1)
        return made

    def wanted(self) -> npt.NDArray[np.intp]:
        """The right column of each row."""
        place = {name: i for i, name in enumerate(self.labels)}
        return np.array([place[s.label] for s in self.samples])


def held_out(samples: Sequence[Sample], embedder: Embedder) -> HeldOut:
    """Score each voice's phrasings with a model of the others'. The library's questions are always in, as they are when it serves."""
    ready = prepared(samples)
    vectors = embedder.vectors([s.text for s in ready])
    voices = sorted({s.voice for s in ready} - {"knowledge"})
    fold = {voice: i % FOLDS for i, voice in enumerate(voices)}
    kept: list[Sample] = []
    rows: list[Scores] = []
    labels = tuple(sorted({s.label for s in ready}))
    for number in range(FOLDS):
        out = np.array([fold.get(s.voice) == number for s in ready])
        model = Scorer().fit([s for s, o in zip(ready, out) if not o], vectors[~out])
        known = set(model.labels)
        chosen = [i for i in np.flatnonzero(out) if ready[i].label in known]
        scored = model.logits([ready[i].text for i in chosen], vectors[chosen])
        full = np.full((len(chosen), len(labels)), -40.0)
        full[:, [labels.index(x) for x in model.labels]] = scored
        rows.append(full)
        kept += [ready[i] for i in chosen]
        print(f"fold {number + 1} of {FOLDS}: {sorted(v for v, f in fold.items() if f == number)}, {len(chosen)} phrasings", flush=True)
    return HeldOut(tuple(kept), labels, np.vstack(rows))


def emergency_limit(found: HeldOut, scores: Scores) -> float:
    """The lowest share of the emergency labels at which messages of other topics seldom raise an alarm.

    Mild or past complaints (`mention`) are left out: they are told from emergencies by their words, which no score alone can do.
    """
    columns = [i for i, x in enumerate(found.labels) if x.startswith("emergency/")]
    alarm = scores[:, columns].sum(axis=1)
    other = np.array([s.label.split("/")[0] not in ("emergency", "mention") for s in found.samples])
    fitting = (x for x in np.arange(0.10, 0.91, 0.01) if float((alarm[other] >= x).mean()) <= MOST_FALSE_ALARMS)
    return float(round(next(fitting, 0.9), 2))


def answer_limits(found: HeldOut, scores: Scores) -> tuple[Thresholds, dict[str, float]]:
    """The thresholds with the most right first answers, a misleading answer counting against a right one."""
    columns = [i for i, x in enumerate(found.labels) if x.startswith("ask/")]
    ranked = []
    for row, sample in zip(scores, found.samples):
        if sample.label.startswith("ask/"):
            order = sorted(columns, key=lambda c: -row[c])[:4]
            ranked.append((sample.label[4:], [Scored(found.labels[c][4:], float(row[c])) for c in order]))
    tried = [Thresholds(answer, margin, 0.03, both)
             for answer in (0.25, 0.3, 0.35, 0.4, 0.45) for margin in (0.1, 0.2, 0.3, 0.4) for both in (0.1, 0.15, 0.2)]
    scored = [(limits, _figures(ranked, limits)) for limits in tried]
    return max(scored, key=lambda x: x[1]["first"] - x[1]["misled"])


def _figures(ranked: Sequence[tuple[str, list[Scored]]], limits: Thresholds) -> dict[str, float]:
    first = shown = misled = 0
    for wanted, entries in ranked:
        made = choose(entries, limits)
        answers, offers = [x.name for x in made.answers], [x.name for x in made.offers]
        first += answers[:1] == [wanted]
        shown += wanted in (answers + offers)[:3]
        misled += bool(answers) and wanted not in answers
    return {"first": first / len(ranked), "shown": shown / len(ranked), "misled": misled / len(ranked)}


def calibrate(samples: Sequence[Sample], embedder: Embedder) -> dict[str, float]:
    """Find the figures, write them, and return how the held-out voices fare with them."""
    found = held_out(samples, embedder)
    heat = temperature(found.logits, found.wanted())
    scores = found.probabilities(heat)
    alarm = emergency_limit(found, scores)
    limits, figures = answer_limits(found, scores)
    made = Calibration(alarm, limits.answer, limits.margin, limits.offer, limits.both, MOST_ELSEWHERE)
    content = {"thresholds": asdict(made), "temperature": round(heat, 3)}
    CALIBRATION.write_text(HEADER + yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    right = float((scores.argmax(axis=1) == found.wanted()).mean())
    return {"phrasings": float(len(found.samples)), "label": right, **figures, "temperature": heat, "emergency_limit": alarm}
