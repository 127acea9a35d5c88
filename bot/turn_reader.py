"""From what Rasa knows of a message to the turn that `bot.dialogue` answers; shared by the actions and the command line."""

from __future__ import annotations

from typing import Any

from bot import bootstrap
from bot.dialogue.model import Episode, Profile, Reading, Scored, State, Thresholds, Turn
from bot.guard import Alarm
from bot.knowledge.model import Language
from bot.retrieval.reading import calibration
from bot.text.entities import find_entities


def read_turn(
    message: dict[str, Any], profile: Profile, state: State, episode: Episode | None = None, quiet: bool = False,
    conversation: str = "",
) -> Turn:
    """The turn a message stands for. The library is looked at anew when the message was scored against another version of it.

    Args:
        message: as Rasa keeps it, the screening's findings among its metadata.
        profile, state, episode: what is kept of the conversation.
        quiet: whether the group was warned of touts lately.
        conversation: its key.
    """
    reading, metadata = message.get("guide") or {}, message.get("metadata") or {}
    live = bootstrap.library()
    if reading.get("version") != live.current.version:
        live.refresh()
    now = bootstrap.clock().turn_time(metadata.get("now"))
    text = str(reading.get("text") or "")
    found = calibration()
    return Turn(
        library=live.current,
        emergencies=bootstrap.guard().texts,
        text=text,
        intent=str((message.get("intent") or {}).get("name") or "ask"),
        whole=_reading(text, reading.get("labels") or []),
        clauses=tuple(_reading(x["text"], x["labels"]) for x in reading.get("clauses") or []),
        behind=_reading(behind["text"], behind["labels"]) if (behind := reading.get("behind")) else None,
        entities=find_entities(text, now.date()),
        language=_language(reading.get("language"), profile),
        profile=profile,
        state=state,
        now=now,
        group=metadata.get("chat_type") == "group",
        mentioned=metadata.get("mentioned") is not False,
        taps=metadata.get("taps") is not False,
        tap=reading.get("tap"),
        given=reading.get("given") or {},
        thresholds=Thresholds(found.answer, found.margin, found.offer, found.both, found.other),
        alarm=_alarm(metadata.get("guard")),
        offer=metadata.get("offer"),
        dismissed=bool(metadata.get("dismissed")),
        lure=float(metadata.get("lure") or 0.0),
        settled=bool(metadata.get("settled")),
        told=bool(metadata.get("told")),
        offers_version=str(metadata.get("offers_version") or ""),
        masked=tuple(metadata.get("masked") or ()),
        episode=episode,
        quiet=quiet,
        conversation=conversation,
        hospital=bootstrap.hospital(),
    )


def _alarm(found: Any) -> Alarm | None:
    return Alarm(found["group"], found["sign"], bool(found["certain"])) if found else None


def _reading(text: str, labels: list[list[Any]]) -> Reading:
    return Reading(text, tuple(Scored(str(name), float(score)) for name, score in labels))


def _language(found: object, profile: Profile) -> Language:
    """The message's own; a bare number or emoji has none, then the last one."""
    return "en" if found == "en" else "zh" if found == "zh" else profile.language or "zh"
