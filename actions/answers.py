"""Questions about the knowledge base, choices, buttons."""

from __future__ import annotations

from rasa_sdk import Action

from actions._turn import Answering


class ActionAnswer(Answering, Action):
    """Questions about the knowledge base, choices, buttons."""

    def name(self) -> str:
        """As in `domain.yml`."""
        return "action_answer"
