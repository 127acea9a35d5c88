"""Replies that the bot process gives by itself, without Rasa, model, action server or database."""

from __future__ import annotations

from typing import Any, Literal

from bot import bootstrap
from bot.channels.screening import Screened
from bot.dialogue.care import EMERGENCY_ENTRY
from bot.text.language import language
from bot.text.normalise import normalise

LOOKED_AT = 200         # characters in which a language shows


def say(message: Screened, kind: str, words: str, **more: Any) -> list[dict[str, Any]]:
    """A shell text of `_words.yml` as a reply; nothing to somebody in a group who did not address the bot."""
    if message.message.group is not None and message.message.metadata.get("mentioned") is False:
        return made(message, "silent", "")[1:]
    library = bootstrap.library().current
    return made(message, kind, library.words(words, spoken(message.text)), **more)


def emergency(message: Screened, group: str) -> list[dict[str, Any]]:
    """The text for a group of signs."""
    library, texts = bootstrap.library().current, bootstrap.guard().texts
    return made(message, "emergency", texts.text(group, spoken(message.text), library), entries=[EMERGENCY_ENTRY])


def made(message: Screened, kind: str, text: str, **more: Any) -> list[dict[str, Any]]:
    """Text and payload of one reply (`docs/rest.md`)."""
    reply: dict[str, Any] = {
        "kind": kind, "entries": [], "related": [], "language": spoken(message.text), "stage": None, "region": None, "query": None,
        "status": None, "masked": list(message.masked), "confidence": None, "version": bootstrap.library().current.version, **more,
    }
    to = message.message.conversation
    return [{"recipient_id": to, "text": text}, {"recipient_id": to, "custom": {"reply": reply}}]


def spoken(text: str) -> Literal["zh", "en"]:
    """The language to answer a text in."""
    return "en" if language(normalise(text[:LOOKED_AT])) == "en" else "zh"
