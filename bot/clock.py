"""The one clock: Asia/Shanghai, movable for tests and demonstrations.

`CLINIC_NOW` starts the clock at a given moment (it then runs on); only with it set may a turn carry its own `now`.
Everything else in the project asks a `Clock` and never the system.
"""

from __future__ import annotations

import time
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Shanghai")


class Clock:
    """Tells the centre's time.

    Args:
        start: moment at which the clock stands now; None for the real time.
    """

    def __init__(self, start: datetime | None = None) -> None:
        self._offset = timedelta(0)
        self.movable = start is not None
        if start is not None:
            self._offset = at_home(start) - self._system()

    @staticmethod
    def _system() -> datetime:
        return datetime.fromtimestamp(time.time(), ZONE)

    def now(self) -> datetime:
        """The present moment in the centre's time zone."""
        return self._system() + self._offset

    def today(self) -> date:
        """The present day at the centre."""
        return self.now().date()

    def turn_time(self, claimed: object) -> datetime:
        """The moment of one turn: what its metadata claims where the clock is movable, else now.

        Args:
            claimed: metadata `now`, an ISO string; anything else is ignored.
        """
        if self.movable and isinstance(claimed, str):
            try:
                return at_home(datetime.fromisoformat(claimed))
            except (ValueError, OverflowError):
                return self.now()
        return self.now()


def at_home(moment: datetime) -> datetime:
    """The same moment in the centre's time zone; a moment without a zone is taken to be the centre's."""
    return moment.replace(tzinfo=ZONE) if moment.tzinfo is None else moment.astimezone(ZONE)
