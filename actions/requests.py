"""Bookings and reports."""

from __future__ import annotations

from rasa_sdk import Action

from actions._turn import Answering


class ActionRequest(Answering, Action):
    """Bookings and reports."""

    def name(self) -> str:
        """As in `domain.yml`."""
        return "action_request"
