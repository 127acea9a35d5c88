"""Greetings, the menu, what is out of scope."""

from __future__ import annotations

from rasa_sdk import Action

from actions._turn import Answering


class ActionSmalltalk(Answering, Action):
    """Greetings, the menu, what is out of scope."""

    def name(self) -> str:
        """As in `domain.yml`."""
        return "action_smalltalk"
