"""One turn: a message goes to Rasa in a task of its own, with a deadline; whatever breaks, the patient gets an answer."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from rasa.core.channels.channel import CollectingOutputChannel, UserMessage

from bot import bootstrap
from bot.retrieval.gist import gist
from bot.text.clauses import clauses
from bot.text.language import language
from bot.text.normalise import normalise

logger = logging.getLogger(__name__)

MAX_CHARACTERS = 4000       # a longer message is answered with the request to shorten it


@dataclass(frozen=True)
class Incoming:
    """A message as a channel hands it over.

    Attributes:
        conversation: its key (`bot.channels.keys`).
        tap: id of a tapped button, in place of a text to be understood.
        given: profile values from an integration.
        metadata: the contract's `chat_type`, `group_id`, `mentioned`, `now`.
    """

    conversation: str
    text: str
    channel: str
    tap: str | None = None
    given: Mapping[str, str] | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)


class Collected(CollectingOutputChannel):
    """Keeps replies whole: Rasa's own splits an answer at every blank line."""

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:
        """Text and buttons first, the payload directly after."""
        text, buttons, custom = message.get("text"), message.get("buttons"), message.get("custom")
        if text:
            self.messages.append({"recipient_id": recipient_id, "text": text, **({"buttons": buttons} if buttons else {})})
        if custom:
            self.messages.append({"recipient_id": recipient_id, "custom": custom})


class Turns:
    """Runs turns against the agent that is loaded now.

    Args:
        app: the server; `app.ctx.agent` is exchanged when a new model was trained.
        deadline: seconds until the patient gets `failed`.
    """

    def __init__(self, app: Any, deadline: float) -> None:
        self._app = app
        self._deadline = deadline
        self._running: set[asyncio.Task[Any]] = set()

    async def run(self, message: Incoming) -> list[dict[str, Any]]:
        """The bot's messages, in the order in which the patient reads them; never none.

        A client that hangs up does not cancel the turn: it goes on in a task of its own and is saved.
        """
        if len(message.text) > MAX_CHARACTERS:
            return self._say(message, "no_answer", "too_long")
        if not message.text.strip():
            return self._say(message, "no_answer", "empty")
        task = asyncio.ensure_future(self._handle(message))
        self._running.add(task)
        task.add_done_callback(self._finished)
        done, _ = await asyncio.wait({task}, timeout=self._deadline)
        made = task.result() if done and not task.cancelled() and task.exception() is None else []
        if any("reply" in (x.get("custom") or {}) for x in made):
            return made
        return await self._failed(message)

    def _finished(self, task: asyncio.Task[Any]) -> None:
        self._running.discard(task)
        if not task.cancelled() and task.exception() is not None:
            logger.error("a turn failed", exc_info=task.exception())

    async def _handle(self, message: Incoming) -> list[dict[str, Any]]:
        given = message.tap is not None or message.given is not None
        if not given:
            await asyncio.to_thread(warm, message.text)
        out = Collected()
        await self._app.ctx.agent.handle_message(UserMessage(
            text=as_text(message.text),
            output_channel=out,
            sender_id=message.conversation,
            input_channel=message.channel,
            metadata=dict(message.metadata),
            parse_data=parsed(message) if given else None,
        ))
        if any((x.get("custom") or {}).get("reply", {}).get("status") == "deleted" for x in out.messages):
            await asyncio.to_thread(self._forget, message.conversation)
        return out.messages

    def _forget(self, conversation: str) -> None:
        """Remove a conversation's events from Rasa's store."""
        store = self._app.ctx.agent.tracker_store
        store = getattr(store, "_tracker_store", store)
        with store.session_scope() as session:
            session.query(store.SQLEvent).filter_by(sender_id=conversation).delete()
            session.commit()

    async def _failed(self, message: Incoming) -> list[dict[str, Any]]:
        try:
            await asyncio.to_thread(bootstrap.conversations().note, message.conversation, message.text, "failed")
        except Exception:  # noqa: BLE001  without the database, too, the patient gets the phone number
            logger.exception("a failed turn could not be noted")
        return self._say(message, "failed", "failed")

    def _say(self, message: Incoming, kind: str, words: str) -> list[dict[str, Any]]:
        """A reply that the bot process gives by itself."""
        spoken: Literal["zh", "en"] = "en" if language(normalise(message.text[:200])) == "en" else "zh"
        library = bootstrap.library().current
        reply: dict[str, Any] = {"kind": kind, "entries": [], "related": [], "language": spoken, "stage": None, "region": None, "query": None,
                 "status": None, "masked": [], "confidence": None, "version": library.version}
        return [{"recipient_id": message.conversation, "text": library.words(words, spoken)},
                {"recipient_id": message.conversation, "custom": {"reply": reply}}]


def warm(text: str) -> None:
    """Compute the vectors of a message outside the event loop; Rasa's own parse then finds them."""
    plain = normalise(text)
    parts = clauses(plain)
    for part in (plain, *parts) if len(parts) > 1 else (plain,):
        bootstrap.embedder().vector(gist(part))


def as_text(text: str) -> str:
    """A leading slash is text, never a command of Rasa's."""
    return "／" + text.lstrip()[1:] if text.lstrip().startswith("/") else text


def storable(text: str) -> str:
    """The text without what no database keeps and no JSON answer carries: half an emoji, NUL."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()


def parsed(message: Incoming) -> dict[str, Any]:
    """What the pipeline would have found, for a tap or profile values."""
    name = "tap" if message.tap is not None else "inform_profile"
    guide: dict[str, Any] = {"text": normalise(message.text), "language": language(normalise(message.text)), "labels": [], "clauses": [],
             "version": "", "tap": message.tap, "given": dict(message.given or {})}
    return {"text": message.text, "intent": {"name": name, "confidence": 1.0}, "entities": [], "guide": guide}
