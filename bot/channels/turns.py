"""One turn: the rule guard's answer at once, else Rasa's within a deadline; whatever breaks, the patient gets an answer."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from rasa.core.channels.channel import CollectingOutputChannel, UserMessage

from bot import bootstrap
from bot.channels import own_replies
from bot.channels.off_loop import off_loop
from bot.channels.screening import Screened
from bot.channels.turn_loop import TurnLoop
from bot.dialogue import binding, episode
from bot.dialogue.model import Profile, State
from bot.guard import Alarm
from bot.retrieval.gist import gist
from bot.retrieval.reading import looked_at
from bot.store import personal, tracker_events
from bot.store.database import cleanse
from bot.text.language import language
from bot.text.normalise import normalise
from bot.turn_reader import read_turn

logger = logging.getLogger(__name__)

MAX_CHARACTERS = 4000       # a longer message is answered with the request to shorten it
RECORD_SECONDS = 10.0       # for the turn behind an emergency text; with something hanging in it staff are alerted without it
VECTOR_THREADS = len(os.sched_getaffinity(0))       # more would only wait for one another
KEEP_AGAIN_SECONDS = (1.0, 5.0, 30.0, 120.0, 600.0, 1800.0)      # between two tries to write of an emergency with the database away
SUSPECT_SECONDS = 0.6       # after which the scorer is asked beside a turn that has not answered; one turn in a hundred takes as long with 16 at once (docs/bench.md)
READ_SECONDS = 0.3          # for its word, which takes a tenth of that: both together stay under the second in which an emergency is answered
NOTE_SECONDS = 0.5          # for keeping a question that failed: with the database hanging she waits no longer for her answer

_VECTORS = ThreadPoolExecutor(VECTOR_THREADS, thread_name_prefix="vectors")


class Unread(Exception):
    """The trained scorer could not be asked: there is no model, or it hangs."""


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
        self.deadline = deadline
        self._running: set[asyncio.Future[Any]] = set()
        self.loop = TurnLoop()
        self._beside = TurnLoop("scorer")       # a database that hangs holds up the loop of the turns, and nothing that only reads

    async def run(self, message: Screened) -> list[dict[str, Any]]:
        """The bot's messages, in the order in which the patient reads them; never none.

        A client that hangs up does not cancel the turn: it goes on in a thread of its own and is saved.
        """
        if message.alarm is not None and message.alarm.certain:
            self._start(self._record(message, message.alarm))
            return self._emergency(message, message.alarm)
        if len(message.text) > MAX_CHARACTERS:
            return own_replies.say(message, "no_answer", "too_long")
        if not message.text.strip():
            return own_replies.say(message, "no_answer", "empty")
        turn = self._start(self._handle(message))
        return await _within(turn, min(SUSPECT_SECONDS, self.deadline)) or await self._late(turn, message)

    async def _late(self, turn: asyncio.Future[Any], message: Screened) -> list[dict[str, Any]]:
        """The answer where the turn broke or has not come yet: the scorer is asked beside it, so that an emergency waits for nothing."""
        try:
            alarm, read = await self._suspected(message), True
        except Unread as error:
            logger.warning("%s", error)
            alarm, read = None, False
        if alarm is not None:
            self._start(self._taken_over(turn, message, alarm))
            return own_replies.emergency(message, alarm.group)
        return await _within(turn, max(0.0, self.deadline - SUSPECT_SECONDS)) or await self.failed(message, read)

    async def read(self, text: str) -> dict[str, Any]:
        """What the model that is loaded now makes of a text, without a conversation; beside the loop of the turns.

        Raises:
            Exception: there is no model.
        """
        found: dict[str, Any] = await self._beside.run(self._app.ctx.agent.parse_message(as_text(text)))
        return found

    def _start(self, work: Any) -> asyncio.Future[Any]:
        task = asyncio.ensure_future(work)
        self._running.add(task)
        task.add_done_callback(self._finished)
        return task

    def _finished(self, task: asyncio.Future[Any]) -> None:
        self._running.discard(task)
        if not task.cancelled() and task.exception() is not None:
            logger.error("a turn failed", exc_info=task.exception())

    async def _handle(self, message: Screened) -> list[dict[str, Any]]:
        if message.in_words and message.alarm is None:
            await asyncio.get_running_loop().run_in_executor(_VECTORS, warm, message.text)
        made: list[dict[str, Any]] = await self.loop.run(self._turn(message))
        return made

    async def _turn(self, message: Screened) -> list[dict[str, Any]]:
        """Rasa's part, in the loop of the turns."""
        out, whole = Collected(), message.message
        if message.values and whole.group is None:
            await asyncio.to_thread(keep_values, message)
        await self._app.ctx.agent.handle_message(UserMessage(
            text=as_text(message.text), output_channel=out, sender_id=whole.conversation, input_channel=whole.channel,
            metadata=metadata(message), parse_data=parsed(message),
        ))
        if deleted(out.messages):
            await self._erase(whole.conversation)
        return out.messages

    async def _erase(self, conversation: str) -> None:
        """She wants to be forgotten: after the turn, under the conversation's lock, in every store, Rasa's and the broker's listeners included."""
        agent = self._app.ctx.agent
        async with agent.lock_store.lock(conversation):
            store = getattr(agent.tracker_store, "_tracker_store", agent.tracker_store)
            with store.session_scope() as session:
                tracker_events.forget(session, conversation)
                session.commit()
            await asyncio.to_thread(cleanse, store.engine)
            ended = await bootstrap.hospital().forget(conversation)       # knows best what of hers the centre keeps without her key
            broker = getattr(store, "event_broker", None)
            log = bootstrap.settings().var / personal.ERASURES
            await asyncio.to_thread(personal.erase, bootstrap.database(), conversation, log, announced=broker is not None, ended=ended)
            if broker is not None:
                broker.forgotten(conversation)

    async def _record(self, message: Screened, alarm: Alarm) -> None:
        """The turn behind an emergency text that has gone out: Rasa records it, the actions open the episode and alert staff.

        Where they cannot, it is done here.
        """
        try:
            if answered(await asyncio.wait_for(asyncio.shield(self._start(self._handle(message))), RECORD_SECONDS)):
                return
        except Exception:  # noqa: BLE001  whatever broke in there, staff have to know of the emergency
            logger.exception("an emergency could not be recorded by its turn")
        when = bootstrap.clock().turn_time(message.message.metadata.get("now"))
        await _until_kept(bootstrap.conversations().alert, message.message.conversation, alarm, when)

    async def _suspected(self, message: Screened) -> Alarm | None:
        """The emergency that the trained scorer is sure of; None where it is not.

        Raises:
            Unread: it could not be asked.
        """
        if not message.in_words:
            return None
        try:
            read = await asyncio.wait_for(self.read(message.text), READ_SECONDS)
            found = episode.alarm(read_turn({**read, "metadata": metadata(message)}, Profile(), State()))
        except Exception as error:  # whatever broke in there
            raise Unread(f"the scorer could not be asked beside a turn: {type(error).__name__}") from error
        return found if found is not None and found.certain else None

    async def _taken_over(self, turn: asyncio.Future[Any], message: Screened, alarm: Alarm) -> None:
        """The turn behind an emergency text that went out beside it; where it comes to nothing, staff are alerted and the audit is written here."""
        if await _within(turn, RECORD_SECONDS):
            return
        conversation = message.message.conversation
        said, when = own_replies.emergency_said(message, alarm.group), bootstrap.clock().turn_time(message.message.metadata.get("now"))
        await _until_kept(bootstrap.conversations().alert, conversation, alarm, when)
        await _until_kept(bootstrap.conversations().was_shown, conversation, said)

    def _emergency(self, message: Screened, alarm: Alarm) -> list[dict[str, Any]]:
        """The text for these signs, and a line of the audit behind it."""
        said = own_replies.emergency_said(message, alarm.group)
        self._start(_until_kept(bootstrap.conversations().was_shown, message.message.conversation, said))
        return own_replies.emergency(message, alarm.group) + own_replies.withdrawal(message)

    async def failed(self, message: Screened, read: bool = True) -> list[dict[str, Any]]:
        """The apology with the nurse station's phone; the question is kept for staff where that is possible.

        Args:
            read: the scorer has looked at the message; else an emergency may stand in it that the rules do not know, and its line comes first.
        """
        if message.alarm is not None:       # unclear, and nobody is there to ask her: better one text too many
            return self._emergency(message, message.alarm)
        try:
            note = off_loop(bootstrap.conversations().note, message.message.conversation, message.text, "failed")
            await asyncio.wait_for(note, NOTE_SECONDS)
        except Exception:  # noqa: BLE001  without the database, too, the patient gets the phone number
            logger.exception("a failed turn could not be noted")
        return own_replies.say(message, "failed", "failed" if read else "failed_unread")


async def _within(turn: asyncio.Future[Any], seconds: float) -> list[dict[str, Any]]:
    """What a turn answers within so many seconds; nothing where it does not, or broke. It goes on."""
    done, _ = await asyncio.wait({turn}, timeout=seconds)
    made: list[dict[str, Any]] = turn.result() if done and not turn.cancelled() and turn.exception() is None else []
    return made if answered(made) else []


async def _until_kept(keep: Callable[..., None], *arguments: Any) -> None:
    """Write something that must not be lost because the database is away: again and again for a while, as long as this process lives."""
    for wait in KEEP_AGAIN_SECONDS:
        try:
            return await off_loop(keep, *arguments)
        except Exception as error:  # noqa: BLE001  whatever the database does
            logger.error("an emergency could not be written, again in %g s: %s", wait, type(error).__name__)
        await asyncio.sleep(wait)
    await off_loop(keep, *arguments)


def answered(made: list[dict[str, Any]]) -> bool:
    """Whether a turn led to a reply of the contract."""
    return any("reply" in (x.get("custom") or {}) for x in made)


def deleted(made: list[dict[str, Any]]) -> bool:
    """Whether the turn ended with the erasure of everything kept of her."""
    return any((x.get("custom") or {}).get("reply", {}).get("status") == "deleted" for x in made)


def keep_values(message: Screened) -> None:
    """Put what was masked into the vault where a binding waits for it, and nowhere else: with no form open it is gone."""
    key = message.message.conversation
    if bootstrap.conversations().load(key)[1].waiting == binding.WAITS:
        for one in message.values:
            if one.kind in binding.KINDS:
                bootstrap.vault().put(key, one.kind, one.value)


def tapped_title(conversation: str, tap: str) -> str:
    """What a tapped button is called, so that the conversation shows it as said; "…" for one that is offered no more."""
    _, state = bootstrap.conversations().load(conversation)
    return next((x["title"] for x in state.offers if x["id"] == tap), "…")


def warm(text: str) -> None:
    """Compute the vectors of a message outside the event loop; Rasa's own parse then finds them."""
    bootstrap.embedder().warm([gist(part) for part in looked_at(text)])


def as_text(text: str) -> str:
    """A leading slash is text, never a command of Rasa's."""
    return "／" + text.lstrip()[1:] if text.lstrip().startswith("/") else text


def storable(text: str) -> str:
    """The text without what no database keeps and no JSON answer carries: half an emoji, NUL."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()


def metadata(message: Screened) -> dict[str, Any]:
    """What the actions get to know beside the text: the contract's fields and what the screening found."""
    found: dict[str, Any] = dict(message.message.metadata)
    if message.alarm is not None:
        alarm = message.alarm
        found["guard"] = {"group": alarm.group, "sign": alarm.sign, "certain": alarm.certain, "sent": alarm.certain}
    if message.offer is not None:
        found["offer"] = message.offer
    found |= {k: v for k, v in (("dismissed", message.dismissed), ("lure", max(0.0, message.lure)), ("settled", message.settled), ("told", message.told)) if v}
    if message.in_words:
        found["offers_version"] = bootstrap.touts().version
    if message.masked:
        found["masked"] = list(message.masked)
    if message.message.group is not None:
        found["group"] = message.message.group
    return found


def parsed(message: Screened) -> dict[str, Any] | None:
    """What the pipeline would have found, for a tap, profile values, and an emergency that needs no model; None lets the pipeline read."""
    whole = message.message
    sure = message.alarm is not None and message.alarm.certain
    if message.in_words and not sure:
        return None
    name = "tap" if whole.tap is not None else "inform_profile" if whole.given is not None else "emergency"
    plain = normalise(message.text)
    guide: dict[str, Any] = {"text": plain, "language": language(plain), "labels": [], "clauses": [],
                             "version": "", "tap": whole.tap, "given": dict(whole.given or {})}
    return {"text": message.text, "intent": {"name": name, "confidence": 1.0}, "entities": [], "guide": guide}
