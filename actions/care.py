"""Emergencies, medical questions, losses, touts, the wish for a person."""

from __future__ import annotations

from rasa_sdk import Action

from actions._turn import Answering


class ActionCare(Answering, Action):
    """Emergencies, medical questions, losses, touts, the wish for a person."""

    def name(self) -> str:
        """As in `domain.yml`."""
        return "action_care"
