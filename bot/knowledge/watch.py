"""The library that follows the staff's folder: a save is served in a second or two, a broken one changes nothing."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from pathlib import Path

from bot.knowledge.library import Library
from bot.knowledge.loader import load
from bot.knowledge.model import Problem

log = logging.getLogger(__name__)

Listener = Callable[[Library], object]
Stamp = dict[str, tuple[int, int, int]]


class LiveLibrary:
    """The current state of a folder. All methods may be called from any thread.

    Args:
        folder: the staff's folder.
        interval: seconds between two looks once started.

    Attributes:
        listeners: called with the new library after a change of what is served, on the thread that saw it. One that
            raises is logged and does not disturb the others.
    """

    def __init__(self, folder: Path, interval: float = 0.5) -> None:
        self.folder = folder
        self.listeners: list[Listener] = []
        self._interval = interval
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None
        self._stamp = stamp(folder)
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
            seen = stamp(self.folder)
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

    def start(self) -> None:
        """Look at the folder again and again on a thread of its own; no effect if it runs already."""
        if self._thread is None:
            self._stopped.clear()
            self._thread = threading.Thread(target=self._run, name="knowledge", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """End the thread and wait for it."""
        thread, self._thread = self._thread, None
        self._stopped.set()
        if thread is not None:
            thread.join()

    def _run(self) -> None:
        while not self._stopped.wait(self._interval):
            try:
                self.refresh()
            except Exception:  # a look that fails (a disk error, say) must not end the following
                log.exception("could not look at %s", self.folder)

    def _tell(self, library: Library) -> None:
        for listener in list(self.listeners):
            try:
                listener(library)
            except Exception:  # listeners are others' code; one must not keep the next from hearing
                log.exception("a listener of the knowledge failed")


def stamp(folder: Path) -> Stamp:
    """What tells whether a file changed: time, size and number of each; a file that vanishes meanwhile is not in it."""
    found: Stamp = {}
    for path in (*folder.glob("*.yml"), *folder.glob("*.yaml")):
        try:
            status = path.stat()
        except OSError:
            continue
        found[path.name] = (status.st_mtime_ns, status.st_size, status.st_ino)
    return found


def _state(loaded: tuple[Library, list[Problem]]) -> tuple[Library, tuple[Problem, ...]]:
    return loaded[0], tuple(loaded[1])
