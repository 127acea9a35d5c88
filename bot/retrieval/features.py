"""What a text names and how it asks, as numbers beside the sentence vector: 支原体 is a test whatever the vector thinks of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np

from bot.retrieval.embedding import Vectors
from bot.retrieval.gist import ASKS
from bot.text.dates import find_when, wants_earliest
from bot.text.doctors import find_doctor
from bot.text.language import language
from bot.text.terms import codes, find_terms

CODED = ("platform", "region", "stage", "visit_type", "department")
WEIGHT = 1.0                    # of a named thing, in spreads of a vector's component
_ANY_DAY = date(2026, 1, 5)     # whether a day is named does not depend on today


def named(texts: Sequence[str]) -> Vectors:
    """One row for each text: one column for each code of the term lists, and a few for tests, doctor, day, question, language, length."""
    return np.array([_row(text) for text in texts], dtype=np.float32) * WEIGHT


def _row(text: str) -> list[float]:
    row: list[float] = []
    for kind in CODED:
        found = {term.code for term in find_terms(text, kind)}
        row += [float(code in found) for code in codes(kind)]
    spoken = language(text)
    return [
        *row,
        float(bool(find_terms(text, "test"))),
        float(find_doctor(text) is not None),
        float(bool(find_when(text, _ANY_DAY))),
        float(wants_earliest(text)),
        float(bool(ASKS.search(text))),
        float(spoken == "zh"),
        float(spoken == "en"),
        float(len(text) < 8),
        float(len(text) > 40),
    ]
