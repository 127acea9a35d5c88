"""Replies that the bot process gives by itself, without Rasa, model, action server or database."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any, Literal

from bot import bootstrap
from bot.channels.screening import Screened
from bot.dialogue.care import EMERGENCY_ENTRY
from bot.dialogue.conversation import exposed
from bot.knowledge.model import UnfilledName, UnknownWords
from bot.privacy import told
from bot.store import audit
from bot.store.tables import utcnow
from bot.text.language import language
from bot.text.normalise import normalise

logger = logging.getLogger(__name__)

LOOKED_AT = 200         # characters in which a language shows
#: What is said where not even the words for "that failed" can be: no mistake in a file can take it away.
LAST_WORDS: Mapping[Literal["zh", "en"], str] = {
    "zh": "不好意思，我现在没法回答您。急事请打120，或者去最近的医院急诊。",
    "en": "Sorry, I cannot answer you just now. If it is urgent, call 120 or go to the nearest hospital emergency department.",
}


def say(message: Screened, kind: str, words: str, **more: Any) -> list[dict[str, Any]]:
    """A shell text of `_words.yml` as a reply; nothing to somebody in a group who did not address the bot."""
    if message.message.group is not None and message.message.metadata.get("mentioned") is False:
        return made(message, "silent", "")[1:]
    code = spoken(message.text)
    try:
        text = bootstrap.library().current.words(words, code)
    except (UnknownWords, UnfilledName) as error:       # a mistake in a file that was there at the start: she gets an answer
        logger.error("a text of _words.yml cannot be said: %s; run `make check`", error)
        text = LAST_WORDS[code]
    return made(message, kind, text, **more)


def emergency(message: Screened, group: str) -> list[dict[str, Any]]:
    """The text for a group of signs."""
    library, texts = bootstrap.library().current, bootstrap.guard().texts
    return made(message, "emergency", texts.text(group, spoken(message.text), library), entries=[EMERGENCY_ENTRY])


def withdrawal(message: Screened) -> list[dict[str, Any]]:
    """The request to withdraw a group's message that shows personal data, behind an emergency text; nothing where none is due."""
    if message.message.group is None or not message.masked or message.message.metadata.get("mentioned") is False and not exposed(message.masked):
        return []
    return made(message, "privacy", bootstrap.library().current.words("masked_group", spoken(message.text)))


def emergency_said(message: Screened, group: str) -> audit.Said:
    """The same as a line of the audit."""
    version = audit.safety_version(bootstrap.library().current, bootstrap.guard().texts.version)
    return audit.Said(audit.safety_entry(group), spoken(message.text), version, utcnow())


def made(message: Screened, kind: str, text: str, **more: Any) -> list[dict[str, Any]]:
    """Text and payload of one reply (`docs/rest.md`)."""
    reply: dict[str, Any] = {
        "kind": kind, "entries": [], "related": [], "language": spoken(message.text), "stage": None, "region": None, "query": None,
        "status": None, "masked": told(message.masked), "confidence": None, "version": bootstrap.library().current.version, **more,
    }
    to = message.message.conversation
    return [{"recipient_id": to, "text": text}, {"recipient_id": to, "custom": {"reply": reply}}]


def spoken(text: str) -> Literal["zh", "en"]:
    """The language to answer a text in."""
    return "en" if language(normalise(text[:LOOKED_AT])) == "en" else "zh"
