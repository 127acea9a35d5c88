"""What every action does: read the turn from the tracker and our tables, let `bot.dialogue` decide, keep and say the outcome."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from bot import bootstrap
from bot.dialogue import binding
from bot.dialogue.conversation import respond
from bot.dialogue.model import Outcome, Reply, Turn
from bot.privacy import told
from bot.turn_reader import read_turn


class Answering:
    """What all actions share; which topic it is, the intent of the message says. (No `Action` itself: the SDK registers every subclass.)"""

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[dict[str, Any]]:
        """Answer the latest message."""
        turn, group = turn_of(tracker.sender_id, tracker.latest_message or {})
        made = await respond(turn)
        bootstrap.conversations().save(tracker.sender_id, turn, made, group)
        for reply, texts in zip(made.replies, buttons_of(made)):
            dispatcher.utter_message(text=reply.text or None, buttons=texts, json_message={"reply": payload(reply, turn, made)})
        return []


def turn_of(key: str, message: dict[str, Any]) -> tuple[Turn, str | None]:
    """The turn that a message of a conversation stands for, and the key of the group it was said in."""
    kept, metadata = bootstrap.conversations(), message.get("metadata") or {}
    now, group = bootstrap.clock().turn_time(metadata.get("now")), metadata.get("group")
    profile, state = kept.load(key)
    quiet = group is not None and kept.warned_lately(group, now)
    turn = read_turn(message, profile, state, kept.episode(key, now), quiet, key)
    return replace(turn, language=binding.spoken(turn), vault=bootstrap.vault(), agreed=kept.agreed(key), ended=kept.ended(key)), group


def buttons_of(made: Outcome) -> list[list[dict[str, str]]]:
    """The buttons of each reply with the ids that the state resolves; only one reply of an outcome has any."""
    offers = [{"title": x["title"], "payload": x["id"]} for x in made.state.offers]
    return [offers if reply.buttons and offers else [] for reply in made.replies]


def payload(reply: Reply, turn: Turn, made: Outcome) -> dict[str, Any]:
    """The reply contract's fields (`docs/rest.md`)."""
    return {
        "kind": reply.kind,
        "entries": list(reply.entries),
        "related": list(reply.related),
        "language": turn.language,
        "stage": made.profile.stage,
        "region": made.profile.region,
        "query": reply.query,
        "status": reply.status,
        "masked": told(turn.masked),
        "confidence": reply.confidence,
        "version": turn.library.version,
    }
