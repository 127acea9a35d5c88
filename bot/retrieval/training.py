"""From phrasings to a trained scorer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import yaml

from bot.retrieval.embedding import Embedder
from bot.retrieval.gist import gist
from bot.retrieval.reading import CALIBRATION
from bot.retrieval.scorer import Sample, Scorer
from bot.text.normalise import normalise


def prepared(samples: Sequence[Sample]) -> list[Sample]:
    """The samples with their texts as a message would be read."""
    return [replace(s, text=gist(normalise(s.text))) for s in samples]


def fit(samples: Sequence[Sample], embedder: Embedder) -> Scorer:
    """Train a scorer; its temperature comes from the last calibration.

    Args:
        samples: phrasings as written.
        embedder: gives the vectors; those seen before come from the disk.
    """
    ready = prepared(samples)
    vectors = embedder.vectors([s.text for s in ready])
    made = Scorer(temperature=float(yaml.safe_load(CALIBRATION.read_text(encoding="utf-8"))["temperature"]))
    return made.fit(ready, vectors, embedder.disk)
