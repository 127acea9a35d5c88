"""What a WeCom AI bot answers, the same over a callback and over a long connection: each message claimed before work, each answer kept before it is sent.

An answer that is not ready at once is a stream: whoever asks for it later, at whichever process, finds it in the table of deliveries by the stream's id.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import logging
import re
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from sqlalchemy import select

from bot import bootstrap
from bot.channels import own_replies, screening
from bot.channels.keys import conversation_key
from bot.channels.plain_answers import shortened, words
from bot.channels.screening import Incoming, Screened, screen, screened
from bot.channels.turns import Turns, storable
from bot.store.addresses import Addresses
from bot.store.deliveries import CLAIMED, SENDING, Claim, Deliveries
from bot.store.tables import Unanswered
from bot.wecom.bot_messages import INACCURATE, BotPush, mentions, without_mention
from bot.wecom.limits import Limits
from bot.wecom.settings import BotSettings

logger = logging.getLogger(__name__)

CHANNEL = "wecom-bot"
MEMBER = "wecom"                    # the desk's channel to a member of the enterprise, by the app
MORE_SECONDS = 6.0                  # beyond a turn's deadline; then the process that answers is taken for dead
CLAIM_SECONDS = 0.4                 # for claiming an emergency: with the database hanging it is answered all the same
STREAM_SECONDS = 300                # the platform asks for six minutes at most
FORGET_SECONDS = 360                # then nobody asks for an answer any more
A_MINUTE = ((60.0, 30),)            # messages of one member; an emergency is answered however fast she writes
STREAM = re.compile(r"g(\d{1,12})-(\d{1,12})-([0-9a-f]{16})")
REMEMBERED = 2000                   # answers of this process, for whoever asks while the database is away or after an erasure
MARKED = ("answer", "defer")        # kinds of replies in which an entry's answer stands by itself


@dataclass(frozen=True)
class Said:
    """An answer as it is shown.

    Attributes:
        text: empty where nothing is to be said.
        entries: whose answers stand in it.
        urgent: an emergency text.
        posted: whether it was sent outside the platform's own request.
    """

    text: str
    entries: tuple[str, ...] = ()
    urgent: bool = False
    posted: bool = False

    def to_json(self) -> dict[str, Any]:
        """For the table."""
        return {"text": self.text, "entries": list(self.entries), "urgent": self.urgent, "posted": self.posted}

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Said:
        """From the table."""
        return cls(str(kept["text"]), tuple(kept.get("entries") or ()), bool(kept.get("urgent")), bool(kept.get("posted")))


@dataclass(frozen=True)
class Taken:
    """A message that is being answered.

    Attributes:
        stream: id under which its answer is found; empty where it is not kept.
        work: gives the answer when it is ready; None where this message was answered, or is being answered, already.
        mine: whether this process answers it.
        number: which delivery of the same message this is, from 1.
    """

    stream: str
    delivery: int | None
    work: asyncio.Future[Said] | None
    mine: bool = True
    number: int = 1


class BotAnswers:
    """Answers of one bot.

    Args:
        secret: of conversation keys.
        key: of the encryption of what a late answer needs (the vault's).
        deadline: seconds that a turn may take.
        channel: the bot's, or the self-built app's.
    """

    def __init__(self, turns: Turns, secret: bytes, key: bytes, settings: BotSettings, deadline: float, channel: str = CHANNEL) -> None:
        self._turns, self._secret, self._settings, self._fernet, self._channel = turns, secret, settings, Fernet(key), channel
        self._addresses = Addresses(bootstrap.database(), key)
        self.deliveries = Deliveries(bootstrap.database(), channel, timedelta(seconds=deadline + MORE_SECONDS))
        self._mine: OrderedDict[str, Said] = OrderedDict()
        self._running: set[asyncio.Future[Said]] = set()
        self._taking: set[asyncio.Future[Taken]] = set()
        self._limits = Limits(A_MINUTE, reserved=0)

    def conversation(self, push: BotPush) -> str:
        """The member's conversation: in each group another one, and another one in private."""
        return conversation_key(self._secret, self._channel, push.bot, push.user, push.group)

    def incoming(self, push: BotPush) -> Incoming:
        """The message as the rest of the bot reads it, without the mention. A sign of an emergency that would go with the mention keeps it."""
        text = storable(push.text)
        bare = without_mention(text, self._settings.name) if push.group is not None else text
        if bare != text and screening.judge(bare).alarm is None and screening.judge(text).alarm is not None:
            bare = text.replace("@", " ").strip()
        group = conversation_key(self._secret, self._channel, push.bot, "", push.group) if push.group is not None else None
        metadata = {"chat_type": "private" if group is None else "group", "mentioned": group is None or mentions(text, self._settings.name),
                    "taps": False}
        return Incoming(self.conversation(push), bare, self._channel, metadata=metadata, group=group)

    async def take(self, push: BotPush, route: Mapping[str, Any]) -> Taken:
        """Begin to answer a message, or find that it was taken before. A platform that hangs up meanwhile does not end it: what was claimed is answered.

        Args:
            route: what is needed to send the answer later; kept encrypted.
        """
        taking = asyncio.ensure_future(self._take(push, route))
        self._taking.add(taking)
        taking.add_done_callback(self._taking.discard)
        return await asyncio.shield(taking)

    async def _take(self, push: BotPush, route: Mapping[str, Any]) -> Taken:
        told = unread(push)
        message = await screened(self.incoming(push)) if told is None else screen(Incoming(self.conversation(push), "", self._channel))
        urgent = message.alarm is not None and message.alarm.certain
        if not urgent and self._limits.wait(whose(push)) > 0:
            return Taken("", None, _done(Said(words("wecom_slow", own_replies.spoken(push.text)))))
        claim = await self._claim(push, message, route, told, CLAIM_SECONDS if urgent else None)
        if told is not None:
            return Taken(self.stream(claim), None if claim is None else claim.id, _done(told), claim is None or claim.mine, 1 if claim is None else claim.number)
        if claim is not None and not claim.mine:
            again = _done(said(own_replies.emergency(message, message.alarm.group))) if urgent and message.alarm is not None else None
            return Taken(self.stream(claim), claim.id, again, mine=False, number=claim.number)
        if claim is None and not urgent:
            return Taken("", None, _done(said(own_replies.say(message, "failed", "failed"))))
        begun = self._begun(claim, message, picture(push))
        if urgent and begun.work is not None:
            await asyncio.wait({begun.work})        # it is there already: no placeholder comes before it
        return begun

    def again(self, claim: Claim) -> Taken:
        """Answer anew what a process that died had begun with."""
        kept = claim.asked
        incoming = Incoming(claim.conversation, str(kept["text"]), self._channel, metadata=dict(kept["metadata"]), group=kept.get("group"))
        return self._begun(claim, replace(screen(incoming), masked=tuple(kept.get("masked") or ())), "")

    def _begun(self, claim: Claim | None, message: Screened, after: str) -> Taken:
        work = asyncio.ensure_future(self._work(claim, message, after))
        self._running.add(work)
        work.add_done_callback(self._running.discard)
        return Taken(self.stream(claim), None if claim is None else claim.id, work)

    async def _work(self, claim: Claim | None, message: Screened, after: str) -> Said:
        made = said(await self._turns.run(message))
        if after and made.text:
            made = replace(made, text=f"{made.text}\n\n{after}")
        if claim is not None:
            self._remember(self.stream(claim), made)
            try:
                keeping = asyncio.to_thread(self.deliveries.answered, claim.id, made.to_json(), shortened(message.text))
                await asyncio.wait_for(keeping, CLAIM_SECONDS if made.urgent else 5.0)
            except Exception:  # noqa: BLE001  whatever the database does, she gets the answer from this process
                logger.exception("an answer could not be kept")
        return made

    async def _claim(self, push: BotPush, message: Screened, route: Mapping[str, Any], told: Said | None, seconds: float | None) -> Claim | None:
        """None where the database does not let it be claimed."""
        whole = message.message
        asked = {"text": message.text, "masked": list(message.masked), "metadata": dict(whole.metadata), "group": whole.group,
                 "at": int(time.time()), "route": self._fernet.encrypt(json.dumps(dict(route)).encode()).decode()}
        dedup = hmac.new(self._secret, f"{self._channel}\0{push.bot}\0{push.id}".encode(), hashlib.sha256).hexdigest()
        answer = None if told is None else told.to_json()
        claiming = asyncio.to_thread(self.deliveries.claim, dedup, whole.conversation, asked, self._reached(push, whole), answer)
        try:
            return await asyncio.wait_for(claiming, seconds)
        except Exception:  # noqa: BLE001  whatever the database does, she gets an answer
            logger.exception("a message could not be claimed")
            return None

    def _reached(self, push: BotPush, whole: Incoming) -> Callable[[Any], None]:
        """Keeps, encrypted, how she is reached by the app when something comes that she waits for; nothing of what is said in a group."""

        def remember(session: Any) -> None:
            if push.group is None:
                self._addresses.remember(session, whole.conversation, MEMBER, push.user, None)

        return remember

    # --- streams

    def stream(self, claim: Claim | None) -> str:
        """The id of a delivery's stream: nobody else can make one up."""
        if claim is None:
            return ""
        body = f"g{claim.id}-{int(claim.asked['at'])}"
        return f"{body}-{self._mac(body)}"

    def _mac(self, body: str) -> str:
        return hmac.new(self._secret, b"stream\0" + body.encode(), hashlib.sha256).hexdigest()[:16]

    def _opened(self, stream: str) -> tuple[int, int] | None:
        """Delivery and time of a stream of ours."""
        found = STREAM.fullmatch(stream)
        if found is None or not hmac.compare_digest(self._mac(f"g{found[1]}-{found[2]}"), found[3]):
            return None
        return int(found[1]), int(found[2])

    async def so_far(self, stream: str) -> tuple[str, bool]:
        """What a stream shows now, and whether that is all. One that nobody knows, or that takes too long, ends with an apology."""
        opened = self._opened(stream)
        claim = None if opened is None else await self._look(opened[0])
        kept = self._mine.get(stream) or (Said.from_json(claim.answer) if claim is not None and claim.answer is not None else None)
        if claim is not None and claim.answer is not None and (claim.answer.get("posted") or claim.state == SENDING):
            return words("wecom_below"), True
        if kept is not None:
            if claim is not None:
                await asyncio.to_thread(self._passing, claim, kept)
            return kept.text or "…", True
        if opened is None or claim is None or claim.state != CLAIMED or time.time() - opened[1] > STREAM_SECONDS:
            return words("failed"), True
        return words("wecom_wait"), False

    def _passing(self, claim: Claim, made: Said) -> None:
        """It is being given back. Where the table does not have it yet it gets it here: kept after this, it would stand to be sent once more."""
        if claim.state == CLAIMED:
            self.deliveries.answered(claim.id, made.to_json(), shortened(str(claim.asked.get("text") or "")))
        self.deliveries.passing(claim.id)

    async def _look(self, delivery: int) -> Claim | None:
        try:
            return await asyncio.to_thread(self.deliveries.look, delivery)
        except Exception:  # noqa: BLE001  with the database away this process may still know the answer
            logger.exception("a stream could not be looked up")
            return None

    def _remember(self, stream: str, made: Said) -> None:
        """For as long as the platform may ask for it, and no longer: it may be something personal."""
        self._mine[stream] = made
        while self._mine and (len(self._mine) > REMEMBERED or self._over(next(iter(self._mine)))):
            self._mine.popitem(last=False)

    def _over(self, stream: str) -> bool:
        opened = self._opened(stream)
        return opened is None or time.time() - opened[1] > FORGET_SECONDS

    def route(self, claim: Claim) -> dict[str, Any]:
        """What is needed to send a late answer; empty where it cannot be read any more."""
        try:
            found = json.loads(self._fernet.decrypt(str(claim.asked.get("route", "")).encode()))
        except (InvalidToken, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    def late(self, claim: Claim) -> str:
        """The answer under the question it belongs to: meanwhile she may have asked another."""
        made = Said.from_json(claim.answer or {"text": ""})
        if not claim.question or made.urgent or not made.text:
            return made.text
        return f"{words('wechat_late', own_replies.spoken(claim.question), question=claim.question)}\n\n{made.text}"

    def unknown(self, delivery: int, error: str) -> None:
        """Nobody knows whether this answer arrived: it is not repeated, and staff are told."""
        self.deliveries.unknown(delivery, error)

    # --- feedback

    async def feedback(self, push: BotPush) -> None:
        """A thumb up is a line for whoever reads the log; a thumb down goes to the staff's list, with the question and the entries."""
        opened = self._opened(str(push.about.get("id") or ""))
        claim = None if opened is None else await self._look(opened[0])
        kind, reasons = str(push.about.get("type") or ""), push.about.get("inaccurate_reason_list")
        entries = [] if claim is None or claim.answer is None else list(Said.from_json(claim.answer).entries)
        numbers = [str(x) for x in reasons if str(x).isdecimal()][:8] if isinstance(reasons, list) else []
        logger.info("feedback: type %s, reasons %s, entries %s", kind if kind.isdecimal() else "?", " ".join(numbers) or "-", " ".join(entries) or "-")
        if kind == INACCURATE and claim is not None:
            await asyncio.to_thread(self._noted, claim, entries)

    def _noted(self, claim: Claim, entries: list[str]) -> None:
        text = str(claim.asked.get("text") or "")
        known = select(Unanswered.id).where(Unanswered.conversation == claim.conversation, Unanswered.reason == "feedback", Unanswered.text == text)
        with bootstrap.database().transaction() as session:
            if session.execute(known).first() is None:      # the platform may tell it twice
                session.add(Unanswered(conversation=claim.conversation, text=text, reason="feedback", candidates=entries))
                session.commit()


def said(made: list[dict[str, Any]]) -> Said:
    """The turn's messages as one text, options as numbered lines; an answer of the library under its mark."""
    texts, entries, urgent = [], [], False
    for message, following in zip(made, (*made[1:], {})):
        reply = (following.get("custom") or {}).get("reply") or {}
        kind, language, text = reply.get("kind"), str(reply.get("language") or "zh"), str(message.get("text") or "").strip()
        urgent = urgent or kind in ("emergency", "emergency_check")
        entries += [x for x in reply.get("entries") or () if kind in MARKED and x not in entries]
        if text and kind in MARKED and reply.get("entries"):
            text = official(text, list(reply["entries"]), language)
        if text and message.get("buttons"):
            text = numbered(text, [x["title"] for x in message["buttons"]], "" if kind == "choices" else words("wechat_numbers", language))
        texts.append(text)
    return Said("\n\n".join(x for x in texts if x), tuple(entries), urgent)


def numbered(text: str, titles: list[str], hint: str) -> str:
    """The text with its options as numbered lines; those that stand in it already are not said twice, and the others follow them."""
    lines, options = text.splitlines(), [f"{n}. {title}" for n, title in enumerate(titles, 1)]
    there = [place for place, line in enumerate(lines) if line.strip() in options]
    missing = [x for x in options if x not in {line.strip() for line in lines}]
    if there:
        return "\n".join([*lines[:there[-1] + 1], *missing, *lines[there[-1] + 1:]])
    return "\n".join([text, "", *([hint] if hint else []), *options])


def official(text: str, entries: list[str], language: str) -> str:
    """An answer under the line that says whose it is: checked by staff, or compiled and not checked yet; and where it stands in the library."""
    library = bootstrap.library().current
    found = [library.entries[x] for x in entries if x in library.entries]
    if not found:
        return text
    checked = all(x.standing_review is not None for x in found)
    lead = words("wecom_official" if checked else "wecom_compiled", language)
    return f"{lead}\n{text}\n{words('wecom_source', language, entries=', '.join(x.id for x in found), version=library.version)}"


def unread(push: BotPush) -> Said | None:
    """The answer to what cannot be read; None where there are words in it."""
    if push.text.strip():
        return None
    if push.kind in ("image", "mixed"):
        return Said(words("wechat_image"))
    if push.kind == "voice":
        return Said(words("wechat_voice"))
    return Said(words("wechat_media")) if push.kind in ("file", "video") else None


def picture(push: BotPush) -> str:
    """What is said behind an answer to a message with a picture in it."""
    return words("wechat_image", own_replies.spoken(push.text)) if push.media else ""


def whose(push: BotPush) -> str:
    """A member, for counting her messages."""
    return f"{push.bot}\0{push.user}"


def _done(made: Said) -> asyncio.Future[Said]:
    future: asyncio.Future[Said] = asyncio.get_running_loop().create_future()
    future.set_result(made)
    return future
