"""A thread of its own for Rasa's turns, so that a database or a lock server that hangs in one never holds up the edge.

Rasa's tracker store works synchronously inside the event loop: with the database hanging, the loop that serves the channels would stand
still, and with it the emergency text of every other patient.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class TurnLoop:
    """An event loop in a daemon thread, started at first use.

    Args:
        name: of the thread.
    """

    def __init__(self, name: str = "turns") -> None:
        self._name = name
        self._loop: asyncio.AbstractEventLoop | None = None
        self._lock = threading.Lock()

    def run(self, work: Coroutine[Any, Any, T]) -> asyncio.Future[T]:
        """Run a coroutine over there; the future belongs to the calling loop, and giving it up does not stop the work."""
        return asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self._started()))

    def _started(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                threading.Thread(target=self._loop.run_forever, name=self._name, daemon=True).start()
            return self._loop
