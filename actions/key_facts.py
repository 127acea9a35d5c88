"""The card of key facts for the doctor."""

from __future__ import annotations

from rasa_sdk import Action

from actions._turn import Answering


class ActionKeyFacts(Answering, Action):
    """The card of key facts for the doctor."""

    def name(self) -> str:
        """As in `domain.yml`."""
        return "action_key_facts"
