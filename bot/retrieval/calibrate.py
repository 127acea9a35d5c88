"""Finds temperature and thresholds on voices that the model has not heard, and writes `calibration.yml`.

Every voice is held out once, together with some others; the pooled scores of the held-out phrasings stand in for patients nobody has
heard yet. Run by hand after the phrasings have grown: `python -m bot.retrieval calibrate` (some minutes).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from itertools import product

import numpy as np
import numpy.typing as npt
import yaml
from scipy.special import softmax

from bot.dialogue.choosing import choose_all
from bot.dialogue.model import Reading, Scored, Thresholds
from bot.retrieval.embedding import Embedder
from bot.retrieval.reading import CALIBRATION, KEPT_LABELS, Calibration, route
from bot.retrieval.scorer import Sample, Scorer, Scores, temperature
from bot.retrieval.training import prepared
from bot.text.language import language

FOLDS = 4
OFFER = 0.03                    # set, not searched: a title too many costs a glance
COST_MISLED = 2.0               # of a wrong answer, in right ones
COST_NOT_OURS = 0.25            # of an answer to what no entry answers: about one message in eight is such
TRIED = {
    "answer": (0.2, 0.3, 0.4, 0.5, 0.6), "margin": (0.0, 0.1, 0.2, 0.3, 0.4, 0.5), "both": (0.05, 0.1, 0.15, 0.2, 0.3), "other": (0.2, 0.3, 0.4, 0.5),
}
NOT_OURS = ("out_of_scope", "clinic_question")
MOST_FALSE_ALARMS = 0.01        # among held-out phrasings of other topics (docs/decisions/0002)

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
        model = Scorer().fit([s for s, o in zip(ready, out) if not o], vectors[~out], embedder.disk)
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


@dataclass(frozen=True)
class Heard:
    """A held-out phrasing as the dialogue would get it: `wanted` is its entry, None for what no entry answers."""

    wanted: str | None
    reading: Reading


def heard(found: HeldOut, scores: Scores, alarm: float) -> list[Heard]:
    """Every second phrasing about entries, or about what no entry answers, routed by its scores; no labels where it is taken for another topic."""
    routing = Calibration(alarm, 0.0, 0.0, 0.0, 0.0, 1.0)
    made = []
    for row, sample in list(zip(scores, found.samples))[::2]:
        if not sample.label.startswith("ask/") and sample.label.split("/")[0] not in NOT_OURS:
            continue
        by_label = dict(zip(found.labels, map(float, row)))
        topic, _ = route(sample.text, [by_label], routing)
        ranked = sorted(by_label.items(), key=lambda x: -x[1])[:KEPT_LABELS] if topic == "ask" else []
        wanted = sample.label[4:] if sample.label.startswith("ask/") else None
        made.append(Heard(wanted, Reading(sample.text, tuple(Scored(name, score) for name, score in ranked))))
    return made


def answer_limits(rows: Sequence[Heard]) -> tuple[Thresholds, dict[str, float]]:
    """The thresholds with the most right first answers, where a misleading answer costs two right ones (0008); two of them at a time, twice."""

    def worth(shares: dict[str, float]) -> float:
        return shares["first"] - COST_MISLED * shares["misled"] - COST_NOT_OURS * shares["not_ours_answered"]

    best = Thresholds(0.3, 0.3, OFFER, 0.1, 0.3)
    for names in (("answer", "margin"), ("both", "other")) * 2:
        tried = [replace(best, **dict(zip(names, values))) for values in product(*(TRIED[x] for x in names))]
        best = max(tried, key=lambda limits: worth(figures(rows, limits)))
    return best, figures(rows, best)


def figures(rows: Sequence[Heard], limits: Thresholds) -> dict[str, float]:
    """Shares of the phrasings about entries (first, shown, misled), and of those that no entry answers (answered nevertheless)."""
    first = shown = misled = answered = 0
    for row in rows:
        made = choose_all(row.reading, (), limits)
        answers, offers = [x.name for x in made.answers], [x.name for x in made.offers]
        if row.wanted is None:
            answered += bool(answers)
            continue
        first += answers[:1] == [row.wanted]
        shown += row.wanted in (answers + offers)[:3]
        misled += bool(answers) and row.wanted not in answers
    asked = max(1, sum(row.wanted is not None for row in rows))
    return {"first": first / asked, "shown": shown / asked, "misled": misled / asked, "not_ours_answered": answered / max(1, len(rows) - asked)}


def calibrate(samples: Sequence[Sample], embedder: Embedder) -> dict[str, float]:
    """Find the figures, write them, and return how the held-out voices fare with them."""
    found = held_out(samples, embedder)
    heat = temperature(found.logits, found.wanted())
    scores = found.probabilities(heat)
    alarm = emergency_limit(found, scores)
    rows = heard(found, scores, alarm)
    limits, shares = answer_limits(rows)
    made = Calibration(alarm, limits.answer, limits.margin, limits.offer, limits.both, limits.other)
    content = {"thresholds": asdict(made), "temperature": round(heat, 3)}
    CALIBRATION.write_text(HEADER + yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    right = float((scores.argmax(axis=1) == found.wanted()).mean())
    by_language = {f"{code} {name}": value for code in ("zh", "en")
                   for name, value in figures([x for x in rows if (language(x.reading.text) == "zh") == (code == "zh")], limits).items()}
    return {"phrasings": float(len(found.samples)), "label": right, **shares, **by_language, "temperature": heat, "emergency_limit": alarm}
