"""The rule guard: whether a message describes an emergency, decided before anything else, and what is then said.

Pure: it knows no server, no database and no model. Its words are the staff's files `_signs_*.yml` and `_emergency.yml`.
"""

from __future__ import annotations

from bot.guard.guard import Guard
from bot.guard.live import LiveGuard
from bot.guard.loader import load
from bot.guard.model import GROUPS, Alarm
from bot.guard.texts import EmergencyTexts

__all__ = ["GROUPS", "Alarm", "EmergencyTexts", "Guard", "LiveGuard", "load"]
