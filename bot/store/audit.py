"""The audit: which text, in which version, was shown when. Never a word of the patient's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.dialogue.care import EMERGENCY_ENTRY
from bot.dialogue.model import EmergencyWords, Outcome, Reply, Turn
from bot.knowledge.library import Library
from bot.store.tables import Shown

#: Kinds of replies in which an entry's answer stands; `choices` only names it.
TOLD = ("answer", "defer", "booking", "report", "identity", "handoff", "stage")
EPISODE = "episode"         # the lines of the hours after an emergency
CHECK = "check"             # the question whether it is one
WARNINGS = {False: "scam", True: "scam_group"}      # keys of `_words.yml`, in a private chat and in a group


@dataclass(frozen=True)
class Said:
    """A safety text that went out before or without a turn.

    Attributes:
        entry, version: as `safety_entry` and `safety_version` give them.
        at: when, in UTC without a zone.
    """

    entry: str
    language: str
    version: str
    at: datetime

    def row(self, key: str) -> Shown:
        """The line of the audit."""
        return Shown(conversation=key, entry=self.entry, kind="emergency", language=self.language, version=self.version, at=self.at)


def safety_entry(text: str) -> str:
    """How the audit calls a text of `_emergency.yml`, such as `risk.emergency/pain`."""
    return f"{EMERGENCY_ENTRY}/{text}"


def safety_version(library: Library, of: str) -> str:
    """The version of what is said beside the library's, behind a `+`: the library fills in the centre's names."""
    return f"{library.version}+{of}"


def shown(key: str, turn: Turn, made: Outcome) -> list[Shown]:
    """The lines of a turn. The text for an alarm that the rule guard was certain of is missing: it went out before, and whoever sent it notes it."""
    return [
        Shown(conversation=key, entry=entry, kind=reply.kind, language=turn.language, version=version)
        for reply in made.replies for entry, version in _texts(turn, made, reply)
    ]


def _texts(turn: Turn, made: Outcome, reply: Reply) -> list[tuple[str, str]]:
    """Name and version of each text in a reply."""
    entries = [(entry, turn.library.version) for entry in reply.entries]
    if reply.kind == "emergency":
        return _emergency(turn, made)
    if reply.kind == "emergency_check":
        return [_safety(turn, f"{CHECK}/{made.state.alarm or 'other'}")]
    if reply.kind == "scam_warning":
        return [(WARNINGS[turn.group], safety_version(turn.library, turn.offers_version)), *entries]
    return entries if reply.kind in TOLD else []


def _emergency(turn: Turn, made: Outcome) -> list[tuple[str, str]]:
    if made.alarm is None:
        return [_safety(turn, EPISODE)]
    return [] if turn.alarm is not None and turn.alarm.certain else [_safety(turn, made.alarm.group)]


def _safety(turn: Turn, text: str) -> tuple[str, str]:
    words: EmergencyWords = turn.emergencies
    return safety_entry(text), safety_version(turn.library, words.version)
