"""From what Rasa knows of a message to the turn that `bot.dialogue` answers; shared by the actions and the command line."""

from __future__ import annotations

from typing import Any

from bot import bootstrap
from bot.dialogue.model import Language, Profile, Reading, Scored, State, Thresholds, Turn
from bot.retrieval.reading import calibration
from bot.text.entities import find_entities


def read_turn(message: dict[str, Any], profile: Profile, state: State) -> Turn:
    """The turn a message stands for. The library is looked at anew when the message was scored against another version of it."""
    reading, metadata = message.get("guide") or {}, message.get("metadata") or {}
    live = bootstrap.library()
    if reading.get("version") != live.current.version:
        live.refresh()
    now = bootstrap.clock().turn_time(metadata.get("now"))
    text = str(reading.get("text") or "")
    found = calibration()
    return Turn(
        library=live.current,
        text=text,
        intent=str((message.get("intent") or {}).get("name") or "ask"),
        whole=_reading(text, reading.get("labels") or []),
        clauses=tuple(_reading(x["text"], x["labels"]) for x in reading.get("clauses") or []),
        entities=find_entities(text, now.date()),
        language=_language(reading.get("language"), profile),
        profile=profile,
        state=state,
        now=now,
        group=metadata.get("chat_type") == "group",
        mentioned=metadata.get("mentioned") is not False,
        tap=reading.get("tap"),
        given=reading.get("given") or {},
        thresholds=Thresholds(found.answer, found.margin, found.offer, found.both, found.other),
    )


def _reading(text: str, labels: list[list[Any]]) -> Reading:
    return Reading(text, tuple(Scored(str(name), float(score)) for name, score in labels))


def _language(found: object, profile: Profile) -> Language:
    """The message's own; a bare number or emoji has none, then the last one."""
    return "en" if found == "en" else "zh" if found == "zh" else profile.language or "zh"
