"""Following a folder of the staff's: looked at again and again on a thread of its own."""

from __future__ import annotations

import logging
import threading
from abc import ABC, abstractmethod
from collections.abc import Iterable
from pathlib import Path

log = logging.getLogger(__name__)

Stamp = dict[str, tuple[int, int, int]]


class Following(ABC):
    """What of a folder is served now. All methods may be called from any thread.

    Args:
        folder: the staff's folder.
        interval: seconds between two looks once started.
        name: of the thread.
    """

    def __init__(self, folder: Path, interval: float, name: str) -> None:
        self.folder = folder
        self._interval, self._name = interval, name
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    @abstractmethod
    def refresh(self) -> bool:
        """Look at the folder and read it again if a file changed; one `stat` per file when none did.

        Returns:
            Whether what is served has changed.
        """

    def start(self) -> None:
        """Look at the folder again and again on a thread of its own; no effect if it runs already."""
        if self._thread is None:
            self._stopped.clear()
            self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
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


def stamp(files: Iterable[Path]) -> Stamp:
    """What tells whether a file changed: time, size and number of each; a file that vanishes meanwhile is not in it."""
    found: Stamp = {}
    for path in files:
        try:
            status = path.stat()
        except OSError:
            continue
        found[path.name] = (status.st_mtime_ns, status.st_size, status.st_ino)
    return found
