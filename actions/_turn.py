"""What every action does: read the turn from the tracker and our tables, let `bot.dialogue` decide, keep and say the outcome."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from bot import bootstrap
from bot.dialogue.conversation import respond
from bot.dialogue.model import Language, Outcome, Profile, Reading, Reply, Scored, State, Thresholds, Turn
from bot.retrieval.reading import calibration
from bot.text.entities import find_entities


class Answering:
    """What all actions share; which topic it is, the intent of the message says. (No `Action` itself: the SDK registers every subclass.)"""

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[dict[str, Any]]:
        """Answer the latest message."""
        profile, state = bootstrap.conversations().load(tracker.sender_id)
        turn = read_turn(tracker.latest_message or {}, profile, state)
        made = respond(turn)
        bootstrap.conversations().save(tracker.sender_id, turn, made)
        for reply, texts in zip(made.replies, buttons_of(made)):
            dispatcher.utter_message(text=reply.text or None, buttons=texts, json_message={"reply": payload(reply, turn, made)})
        return []


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
        thresholds=Thresholds(found.answer, found.margin, found.offer, found.both),
    )


def _reading(text: str, labels: list[list[Any]]) -> Reading:
    return Reading(text, tuple(Scored(str(name), float(score)) for name, score in labels))


def _language(found: object, profile: Profile) -> Language:
    """The message's own; a bare number or emoji has none, then the last one."""
    return "en" if found == "en" else "zh" if found == "zh" else profile.language or "zh"


def buttons_of(made: Outcome) -> list[list[dict[str, str]]]:
    """The buttons of each reply with the ids that the state resolves; only one reply of an outcome has any."""
    offers = [{"title": x["title"], "payload": x["id"]} for x in made.state.offers]
    return [offers if reply.buttons and offers else [] for reply in made.replies]


def payload(reply: Reply, turn: Turn, made: Outcome) -> dict[str, Any]:
    """The reply contract's fields (design 5.2)."""
    return {
        "kind": reply.kind,
        "entries": list(reply.entries),
        "related": list(reply.related),
        "language": turn.language,
        "stage": made.profile.stage,
        "region": made.profile.region,
        "query": reply.query,
        "status": reply.status,
        "masked": [],
        "confidence": reply.confidence,
        "version": turn.library.version,
    }
