"""A cache on disk of rows of numbers that are computed from texts, under a hash of the text: no words stand in the file."""

from __future__ import annotations

import hashlib
import logging
import sqlite3
from collections.abc import Collection, Mapping
from contextlib import closing
from pathlib import Path

import numpy as np
import numpy.typing as npt

logger = logging.getLogger(__name__)

Row = npt.NDArray[np.float32]


class RowCache:
    """One table of rows in an SQLite file; several processes may share it, and without a file nothing is kept.

    A damaged file is as good as none: what was in it is computed anew.

    Args:
        file: where; None for nowhere.
        table: of the rows.
        maker: names the version of what computes the rows; rows of another are not found.
    """

    def __init__(self, file: Path | None, table: str, maker: str) -> None:
        self._file, self._table, self._maker = file, table, maker

    def read(self, texts: Collection[str]) -> dict[str, Row]:
        """The rows that are there."""
        if self._file is None or not self._file.exists():
            return {}
        keys = {self._key(text): text for text in texts}
        try:
            with closing(sqlite3.connect(self._file, timeout=5)) as connection:
                rows = connection.execute(f"SELECT key, vector FROM {self._table}").fetchall()      # noqa: S608  the name is ours
        except sqlite3.Error:       # damaged, or another process is just making it
            return {}
        return {keys[key]: np.frombuffer(blob, dtype=np.float32) for key, blob in rows if key in keys}

    def write(self, made: Mapping[str, Row]) -> None:
        """Keep rows; a file that cannot be written costs time, not the training."""
        if self._file is None:
            return
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(self._file, timeout=5)) as connection, connection:
                connection.execute("PRAGMA journal_mode=WAL")
                connection.execute(f"CREATE TABLE IF NOT EXISTS {self._table} (key BLOB PRIMARY KEY, vector BLOB NOT NULL)")
                connection.executemany(
                    f"INSERT OR REPLACE INTO {self._table} VALUES (?, ?)",                            # noqa: S608
                    [(self._key(text), np.asarray(row, np.float32).tobytes()) for text, row in made.items()],
                )
        except (sqlite3.Error, OSError) as error:
            logger.warning("%s cannot be kept in %s (%s); delete the file", self._table, self._file, type(error).__name__)

    def _key(self, text: str) -> bytes:
        return hashlib.blake2b(f"{self._maker}\0{text}".encode(), digest_size=16).digest()
