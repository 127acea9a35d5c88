"""The rules for touts' offers that follow the staff's folder; a broken save leaves the last good ones."""

from __future__ import annotations

import hashlib
import logging
from pathlib import Path

from bot.guard.scam import FILE, Touts, tried
from bot.guard.scam import load as load_touts
from bot.knowledge.following import Following, stamp
from bot.knowledge.model import Problem

log = logging.getLogger(__name__)


class LiveTouts(Following):
    """The current rules of a folder. A change is served only if the file can be read and every example in it holds.

    Args:
        folder: the staff's folder.
        interval: seconds between two looks once started.
    """

    def __init__(self, folder: Path, interval: float = 0.5) -> None:
        super().__init__(folder, interval, "touts")
        self._stamp = stamp([folder / FILE])
        self._served, self._problems = load_touts(folder)
        self._version = _version(folder)

    @property
    def version(self) -> str:
        """A short hash of the file that is served; empty where there is none."""
        return self._version

    @property
    def current(self) -> Touts:
        """What is served now."""
        return self._served

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is wrong with the file as it is now."""
        return tuple(self._problems)

    def refresh(self) -> bool:
        """Look at the file and read it again if it changed.

        Returns:
            Whether what is served has changed.
        """
        with self._lock:
            seen = stamp([self.folder / FILE])
            if seen == self._stamp:
                return False
            touts, self._problems = tried(self.folder)
            self._stamp = seen
            if self._problems:
                log.warning("the rules for offers are not taken over: %d problems", len(self._problems))
                return False
            self._served, self._version = touts, _version(self.folder)
        log.info("the rules for offers were read again")
        return True


def _version(folder: Path) -> str:
    try:
        return hashlib.sha256((folder / FILE).read_bytes()).hexdigest()[:12]
    except OSError:
        return ""
