"""How often somebody may ask. (How often we may send is `bot.wecom.limits`.)"""

from __future__ import annotations

import time
from collections import defaultdict, deque

SPAN_SECONDS = 60.0
REMEMBERED = 10_000         # people; beyond that those who left long ago are forgotten


class PerMinute:
    """Requests by person within the last minute. Refused ones count too: who does not stop stays refused.

    Args:
        most: how many are let through.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._recent: dict[str, deque[float]] = defaultdict(deque)

    def too_many(self, who: str) -> bool:
        """Count a request; whether it is one too many."""
        times, now = self._recent[who], time.monotonic()
        while times and now - times[0] > SPAN_SECONDS:
            times.popleft()
        times.append(now)
        if len(self._recent) > REMEMBERED:
            self._recent = defaultdict(deque, {k: v for k, v in self._recent.items() if now - v[-1] < SPAN_SECONDS})
        return len(times) > self._most
