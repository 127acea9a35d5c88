"""What is kept, and its deletion."""

from __future__ import annotations

from rasa_sdk import Action

from actions._turn import Answering


class ActionPrivacy(Answering, Action):
    """What is kept, and its deletion."""

    def name(self) -> str:
        """As in `domain.yml`."""
        return "action_privacy"
