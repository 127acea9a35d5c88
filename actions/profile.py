"""Stage and city."""

from __future__ import annotations

from rasa_sdk import Action

from actions._turn import Answering


class ActionProfile(Answering, Action):
    """Stage and city."""

    def name(self) -> str:
        """As in `domain.yml`."""
        return "action_profile"
