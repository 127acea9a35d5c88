"""What a text names and how it asks, as numbers beside the sentence vector: 支原体 is a test whatever the vector thinks of it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from pathlib import Path

import numpy as np

from bot.retrieval.embedding import Vectors
from bot.retrieval.gist import ASKS
from bot.retrieval.row_cache import RowCache
from bot.text.dates import find_when, wants_earliest
from bot.text.doctors import find_doctor
from bot.text.normalise import CJK
from bot.text.terms import codes, find_terms

CODED = ("platform", "region", "stage", "visit_type", "department")
_ANY_DAY = date(2026, 1, 5)     # whether a day is named does not depend on today
_CHINESE = re.compile(f"[{CJK}]")
_LATIN = re.compile(r"[a-zA-Z]{2}")


def named(texts: Sequence[str], disk: Path | None = None) -> Vectors:
    """One row for each text: one column for each code of the term lists, and a few for tests, doctor, day, question, script, length.

    Args:
        disk: file that keeps rows between trainings, 2 ms each; rows made by other code or lists are not found.
    """
    cache = RowCache(disk, "named", _maker())
    known = cache.read(set(texts)) if disk else {}
    made = {text: np.array(_row(text), np.float32) for text in dict.fromkeys(texts) if text not in known}
    if disk and made:
        cache.write(made)
    return np.stack([known[text] if text in known else made[text] for text in texts])


@lru_cache(maxsize=1)
def _maker() -> str:
    """What the rows depend on: this module, and the modules and lists of `bot.text`."""
    here = Path(__file__)
    files = sorted([here, here.with_name("gist.py"), *(here.parent.parent / "text").glob("*.py"), *(here.parent.parent / "text").glob("*.yml")])
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


def _row(text: str) -> list[float]:
    row: list[float] = []
    for kind in CODED:
        found = {term.code for term in find_terms(text, kind)}
        row += [float(code in found) for code in codes(kind)]
    return [
        *row,
        float(bool(find_terms(text, "test"))),
        float(find_doctor(text) is not None),
        float(bool(find_when(text, _ANY_DAY))),
        float(wants_earliest(text)),
        float(bool(ASKS.search(text))),
        float(bool(_CHINESE.search(text))),
        float(bool(_LATIN.search(text))),
        float(len(text) < 8),
        float(len(text) > 40),
    ]
