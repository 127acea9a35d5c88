"""The actions that the rules in `data/stories/` name, one for each group of topics.

All do the same (`Answering.run`): which topic it is, the intent of the message says. There are several of them only so that a rule and the events of a
conversation tell which group answered.
"""

from __future__ import annotations

from rasa_sdk import Action

from actions._turn import Answering


class ActionAnswer(Answering, Action):
    """Questions about the knowledge base, choices, buttons."""

    def name(self) -> str:
        """As in `domain.yml`."""
        return "action_answer"


class ActionCare(Answering, Action):
    """Emergencies, medical questions, losses, touts, the wish for a person."""

    def name(self) -> str:
        """As in `domain.yml`."""
        return "action_care"


class ActionRequest(Answering, Action):
    """Bookings and reports."""

    def name(self) -> str:
        """As in `domain.yml`."""
        return "action_request"


class ActionProfile(Answering, Action):
    """Stage and city."""

    def name(self) -> str:
        """As in `domain.yml`."""
        return "action_profile"


class ActionKeyFacts(Answering, Action):
    """The card of key facts for the doctor."""

    def name(self) -> str:
        """As in `domain.yml`."""
        return "action_key_facts"


class ActionPrivacy(Answering, Action):
    """What is kept, and its deletion."""

    def name(self) -> str:
        """As in `domain.yml`."""
        return "action_privacy"


class ActionSmalltalk(Answering, Action):
    """Greetings, the menu, what is out of scope."""

    def name(self) -> str:
        """As in `domain.yml`."""
        return "action_smalltalk"
