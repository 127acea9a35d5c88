"""How many messages may be sent: so many in each of some spans of time. The last few are kept for emergencies."""

from __future__ import annotations

import time
from collections import OrderedDict, deque
from collections.abc import Callable, Sequence

CONVERSATION = ((60.0, 30), (3600.0, 1000))     # an AI bot, replies and pushes together, in one conversation (developer.work.weixin.qq.com/document/path/101463)
RESERVED = 3
CONVERSATIONS = 5000


class Limits:
    """Sliding windows by key.

    Args:
        windows: seconds and how many messages in them.
        reserved: of them for what is urgent.
        clock: seconds, never going back.
    """

    def __init__(
        self, windows: Sequence[tuple[float, int]] = CONVERSATION, reserved: int = RESERVED, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._windows, self._reserved, self._clock = windows, reserved, clock
        self._sent: OrderedDict[str, deque[float]] = OrderedDict()

    def wait(self, key: str, urgent: bool = False) -> float:
        """Seconds until one more may be sent; at 0 it counts as sent."""
        now, times = self._clock(), self._sent.setdefault(key, deque())
        self._sent.move_to_end(key)
        while len(self._sent) > CONVERSATIONS:
            self._sent.popitem(last=False)
        longest = max(span for span, _ in self._windows)
        while times and now - times[0] >= longest:
            times.popleft()
        left = max((self._left(times, now, span, most if urgent else most - self._reserved) for span, most in self._windows), default=0.0)
        if left <= 0:
            times.append(now)
            return 0.0
        return left

    @staticmethod
    def _left(times: deque[float], now: float, span: float, most: int) -> float:
        recent = [x for x in times if now - x < span]
        return 0.0 if len(recent) < most else recent[-most] + span - now
