"""The library that follows the staff's folder: a save is served in a second or two, a broken one changes nothing."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path

from bot.knowledge.following import Following, stamp
from bot.knowledge.library import Library
from bot.knowledge.loader import load
from bot.knowledge.model import Problem

log = logging.getLogger(__name__)

Listener = Callable[[Library], object]


class LiveLibrary(Following):
    """The current state of a folder. All methods may be called from any thread.

    Args:
        folder: the staff's folder.
        interval: seconds between two looks once started.

    Attributes:
        listeners: called with the new library after a change of what is served, on the thread that saw it. One that
            raises is logged and does not disturb the others.
    """

    def __init__(self, folder: Path, interval: float = 0.5) -> None:
        super().__init__(folder, interval, "knowledge")
        self.listeners: list[Listener] = []
        self._stamp = stamp(_files(folder))
        self._state = _state(load(folder))

    @property
    def current(self) -> Library:
        """What is served now."""
        return self._state[0]

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is wrong with the files as they are now."""
        return self._state[1]

    def refresh(self) -> bool:
        """Look at the folder and read it again if a file changed; one `stat` per file when none did.

        Returns:
            Whether what is served has changed.
        """
        with self._lock:
            seen = stamp(_files(self.folder))
            if seen == self._stamp:
                return False
            before, self._state = self.current, _state(load(self.folder, self.current))
            self._stamp = seen
            now = self.current
        if now.version == before.version:
            return False
        log.info("knowledge %s: %d entries, %d problems", now.version, len(now.entries), len(self.problems))
        self._tell(now)
        return True

    def _tell(self, library: Library) -> None:
        for listener in list(self.listeners):
            try:
                listener(library)
            except Exception:  # listeners are others' code; one must not keep the next from hearing
                log.exception("a listener of the knowledge failed")


def _files(folder: Path) -> Iterator[Path]:
    return chain(folder.glob("*.yml"), folder.glob("*.yaml"))


def _state(loaded: tuple[Library, list[Problem]]) -> tuple[Library, tuple[Problem, ...]]:
    return loaded[0], tuple(loaded[1])
