"""From a push to its answer, once.

A push is claimed in the table of deliveries, so that no other process answers it (`claimed`), and answered; the answer is kept there (`answered`). One that is
ready within `WECHAT_WAIT` is given back in the platform's own request (`passing`, until it is known whether it arrived). A later one goes out as a service
message (`sending`), or, where the account has none, waits until she writes "1" (`waiting`). In the end it is `sent`, or `unknown` or `failed`, which staff see.

A retry of the platform's gets the kept answer (`_again`). What a process left that died another takes up (`reap`). An emergency's text waits for none
of this (`_urgent`). Without the database a push is answered by the process that got it (`_unclaimed`, `_instead`).
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import logging
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bot import bootstrap
from bot.channels import own_replies
from bot.channels.keys import conversation_key
from bot.channels.off_loop import off_loop
from bot.channels.plain_answers import Answer, answer_of, late, words
from bot.channels.screening import Incoming, Screened, screen, screened
from bot.channels.service_messages import Outcome, Result, ServiceMessages
from bot.channels.turns import Turns, deleted, tapped_title
from bot.channels.wechat_asked import Asked, asked_of
from bot.channels.wechat_passive import Confirmations, confirmation, forgotten_lately, instead
from bot.dialogue import binding
from bot.dialogue.model import Reading, Turn
from bot.store.addresses import Addresses
from bot.store.deliveries import ANSWERED, CLAIMED, FAILED, PASSING, SENDING, UNKNOWN, WAITING, Claim, Deliveries
from bot.store.scenes import Scenes
from bot.text.entities import find_entities
from bot.wechat import menu as menus
from bot.wechat.cut import cut
from bot.wechat.official_account import Push
from bot.wechat.settings import OfficialAccountSettings

logger = logging.getLogger(__name__)

CHANNEL = "wechat"
LOOK_SECONDS = 0.1              # how often a retry looks whether the first delivery has been answered
ASK_SECONDS = 15.0              # within which a platform that did not get an answer asks again
ARRIVE_SECONDS = 3.0            # from writing an answer to knowing that it was written; on a busy machine 2 were too few
URGENT_KEEP_SECONDS = 0.4       # for keeping an emergency before she reads its text
PATIENCE_SECONDS = 4.5          # the platform's five, less the way back
REPLY_SECONDS, WRITE_SECONDS = 0.1, 0.3     # of it, left for encrypting and writing a reply; more where the answer was made without the database
CLAIM_SECONDS = 10.0            # a database that takes longer is away; she is answered by a service message then
CLAIM_PASSIVE_SECONDS = 1.0     # the same where there is only the platform's own request to answer in
LEAST_BACK_SECONDS = 1.5        # beyond the wait for an answer, for all that is kept meanwhile
REAP_SECONDS = 2.0
PURGE_SECONDS = 3600.0
TRIES = 6
REMEMBERED = 1000               # pushes that were answered without the database
GREETING = "你好"
PLAIN = {"chat_type": "private", "mentioned": True, "taps": False}


@dataclass(frozen=True)
class Back:
    """What the platform's request is answered with.

    Attributes:
        text: None for no passive answer.
        settle: called when the text was written; its argument says whether it certainly arrived.
        lost: called when it could not be written.
        delivery: whose answer it is; None where nothing is kept.
    """

    text: str | None = None
    settle: Callable[[bool], Coroutine[Any, Any, None]] | None = None
    lost: Callable[[], Coroutine[Any, Any, None]] | None = None
    delivery: int | None = None


class Flow:
    """The Official Account's conversations.

    Args:
        secret: of conversation keys.
        knowledge: folder of the menu file.
    """

    def __init__(
        self, turns: Turns, secret: bytes, settings: OfficialAccountSettings, deliveries: Deliveries, addresses: Addresses, scenes: Scenes,
        service: ServiceMessages | None, knowledge: Path,
    ) -> None:
        self._turns, self._secret, self._settings = turns, secret, settings
        self._deliveries, self._addresses, self._scenes, self._service = deliveries, addresses, scenes, service
        self._knowledge, self._menu, self._menu_from = knowledge, menus.Menu(), 0.0
        self._tasks: set[asyncio.Future[Any]] = set()
        self._confirmations = Confirmations()
        self._unkept: OrderedDict[str, None] = OrderedDict()       # what was answered while the database was away

    def key(self, user: str) -> str:
        """Her conversation's key."""
        return conversation_key(self._secret, CHANNEL, self._settings.appid, user)

    async def back(self, push: Push, arrived: float) -> Back:
        """The answer to a push, or none; what it starts goes on when the platform hangs up.

        Args:
            arrived: `time.monotonic()` of its arrival.
        """
        work = self._start(self._back(push, arrived))
        try:
            most = min(PATIENCE_SECONDS - REPLY_SECONDS, LEAST_BACK_SECONDS + self._settings.wait)
            done, _ = await asyncio.wait({work}, timeout=max(0.0, most - (time.monotonic() - arrived)))
        except asyncio.CancelledError:      # the platform hung up
            self._start(self._unwritten(work))
            raise
        if done and work.exception() is None:
            return work.result()
        if not done:
            self._start(self._overdue(work, push))
        return Back() if self._service is not None else self._instead(push)      # the database hangs: by a message of its own, else now

    def _instead(self, push: Push) -> Back:
        """What can be said at once, without the database."""
        asked = asked_of(push, self._current_menu()).what
        return Back(instead(asked, self.key(push.user), CHANNEL, PLAIN) or None)

    async def _unwritten(self, work: asyncio.Future[Back]) -> None:
        """The platform hung up before this answer: it is not given back."""
        back = await work
        if back.lost is not None:
            await back.lost()

    async def _overdue(self, work: asyncio.Future[Back], push: Push) -> None:
        """An answer that came after the request had to be answered with something else."""
        back = await work
        if self._service is None:       # she has read something else: it stands above her next answer
            await self._unwritten(work)
        elif back.delivery is not None:         # like every late answer: whatever becomes of it is noted
            await self._unwritten(work)
            row = await off_loop(self._deliveries.look, back.delivery)
            if row is not None and row.state == ANSWERED and row.answer is not None:
                await self._send(row, Answer.from_json(row.answer), push.user, str(row.asked.get("text") or ""))
        else:
            if back.text:
                await self._service.send(self.key(push.user), push.user, back.text, noted=False)
            if back.settle is not None:
                await back.settle(True)

    def _start(self, work: Coroutine[Any, Any, Any]) -> asyncio.Future[Any]:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._finished)
        return task

    def _finished(self, task: asyncio.Future[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            logger.error("a delivery failed", exc_info=task.exception())

    async def _back(self, push: Push, arrived: float) -> Back:
        key, asked = self.key(push.user), asked_of(push, self._current_menu())
        message: Screened | None = None
        if asked.what is not None and asked.what["what"] == "text":
            message = await screened(Incoming(key, asked.what["text"], CHANNEL, metadata=PLAIN))
            asked = replace(asked, what={"what": "text", "text": message.text})
            if message.alarm is not None and message.alarm.certain:
                return await self._urgent(push, key, asked, message)
        if asked.leaves:
            await off_loop(self._addresses.unfollow, key)
            return Back()
        if asked.what is None and asked.grant is None and not asked.consents:
            return Back()
        try:
            claim = await self._claimed(push, key, asked)
        except Exception as error:  # noqa: BLE001  without the database she is answered all the same
            logger.error("a delivery could not be claimed: %s", type(error).__name__)
            return await self._unclaimed(push, key, asked, message, arrived)
        if not claim.mine:
            return await self._again(claim, arrived)
        if asked.what is None:
            await off_loop(self._deliveries.sent, claim.id)
            return Back()
        return await self._first(claim, push.user, message, arrived)

    async def _claimed(self, push: Push, key: str, asked: Asked) -> Claim:
        """The claim; one that comes too late is not acted on a second time."""
        claiming = self._start(off_loop(self._claim, push, key, asked))
        done, _ = await asyncio.wait({claiming}, timeout=CLAIM_PASSIVE_SECONDS if self._service is None else CLAIM_SECONDS)
        if not done:
            self._start(self._given_up(claiming))
            raise TimeoutError
        claim: Claim = claiming.result()
        return claim

    async def _given_up(self, claiming: asyncio.Future[Claim]) -> None:
        """A claim that came too late is settled: she was answered without it."""
        claim = await claiming
        if claim.mine:
            await off_loop(self._deliveries.sent, claim.id)

    def _claim(self, push: Push, key: str, asked: Asked, answer: Answer | None = None) -> Claim:
        def also(session: Any) -> None:
            self._addresses.remember(session, key, CHANNEL, push.user, asked.grant)
            for template, change in asked.consents:
                self._addresses.consent_in(session, key, template, change)

        return self._deliveries.claim(self._dedup(push), key, asked.what or {"what": "nothing"}, also, None if answer is None else answer.to_json())

    def _dedup(self, push: Push) -> str:
        """A keyed hash: the platform's own key has an openid in it."""
        return hmac.new(self._secret, f"{self._settings.appid}\0{push.dedup}".encode("utf-8", "replace"), hashlib.sha256).hexdigest()

    def _current_menu(self) -> menus.Menu:
        """The menu file as it stands; one that is wrong leaves the last good one."""
        path = self._knowledge / menus.FILE
        changed = path.stat().st_mtime if path.exists() else 0.0
        if changed != self._menu_from:
            self._menu_from = changed
            try:
                self._menu = menus.read(self._knowledge)
            except menus.MenuError as error:
                logger.error("%s", error)
        return self._menu

    # --- emergencies

    async def _urgent(self, push: Push, key: str, asked: Asked, message: Screened) -> Back:
        """An emergency: its text at once, whether or not the database is there; kept first where it is."""
        assert message.alarm is not None
        answer = answer_of(own_replies.emergency(message, message.alarm.group))
        claiming = self._start(off_loop(self._claim, push, key, asked, answer))
        claim: Claim | None = None
        try:
            claim = await asyncio.wait_for(asyncio.shield(claiming), URGENT_KEEP_SECONDS)
        except Exception:  # noqa: BLE001  whatever the database does, she reads the text now
            logger.error("an emergency could not be kept in time")
        if claim is not None and not claim.mine and claim.state not in (ANSWERED, PASSING, CLAIMED):
            return Back()                   # the platform has had it
        if claim is None or claim.mine:
            await self._turns.run(message)
        return self._cut(answer, claiming)

    # --- answering

    async def _first(self, claim: Claim, user: str, message: Screened | None, arrived: float) -> Back:
        """The first delivery: work, and wait for it as long as the platform can be kept waiting."""
        kept = await off_loop(self._deliveries.waiting, claim.conversation)
        if self._service is None and claim.asked.get("text", "").strip() in ("1", "１"):
            asked_for = await self._asked_for(claim, kept)
            if asked_for is not None:
                return asked_for
        work = self._start(self._work(claim, message))
        done, _ = await asyncio.wait({work}, timeout=max(0.0, self._settings.wait - (time.monotonic() - arrived)))
        if done:
            answer, _ = work.result()
            return self._confirmed(claim, await self._give(claim, answer, kept))
        self._start(self._late(claim, work, user))
        return self._confirmed(claim, await self._wait(claim)) if self._service is None else Back()

    async def _asked_for(self, claim: Claim, kept: list[Claim]) -> Back | None:
        """What "1" asks for, where there is anything: answers that wait, one that is being made, or that she was forgotten."""
        if kept:
            await off_loop(self._deliveries.answered, claim.id, Answer("").to_json(), "")
            return self._confirmed(claim, await self._give(claim, Answer(""), kept))
        if await off_loop(self._deliveries.under_way, claim.conversation, claim.id):
            await off_loop(self._deliveries.sent, claim.id)
            return await self._wait(claim)
        untold = self._confirmations.of(claim.conversation)
        if untold is None and not await off_loop(forgotten_lately, bootstrap.database(), claim.conversation):
            return None
        await off_loop(self._deliveries.sent, claim.id)
        return self._confirmed(claim, Back()) if untold is not None else Back(confirmation().plain)

    async def _wait(self, claim: Claim) -> Back:
        return Back(words("wechat_wait", await self._language(claim.conversation)))

    def _confirmed(self, claim: Claim, back: Back) -> Back:
        """The same under what she has not been told yet: that she was forgotten. Kept until it has certainly been read."""
        untold = self._confirmations.of(claim.conversation)
        if untold is None:
            return back

        async def settle(arrived: bool) -> None:
            if arrived:
                self._confirmations.told(claim.conversation)
            if back.settle is not None:
                await back.settle(arrived)

        return Back("\n\n".join(x for x in (untold.plain, back.text) if x), settle, back.lost)

    async def _work(self, claim: Claim, message: Screened | None) -> tuple[Answer, bool]:
        """The answer, which is kept, and whether she has just been forgotten: then nothing is kept."""
        try:
            made = await self._made(claim.conversation, dict(claim.asked), message)
        except Exception:  # noqa: BLE001  whatever broke, she is told
            logger.exception("a message could not be answered")
            language = await self._language(claim.conversation)
            made = _said(words("failed", language), language)
        answer = answer_of(made)
        try:
            await off_loop(self._deliveries.answered, claim.id, answer.to_json(), str(claim.asked.get("text") or ""))
        except Exception as error:  # noqa: BLE001  the database went away meanwhile
            logger.error("an answer could not be kept: %s", type(error).__name__)
        return answer, deleted(made)

    async def _made(self, key: str, asked: dict[str, Any], message: Screened | None) -> list[dict[str, Any]]:
        what = asked["what"]
        if what == "text":
            return await self._turns.run(message or screen(Incoming(key, asked["text"], CHANNEL, metadata=PLAIN)))
        if what == "tap":
            title = await off_loop(tapped_title, key, asked["tap"])
            return await self._turns.run(replace(screen(Incoming(key, "", CHANNEL, tap=asked["tap"], metadata=PLAIN)), text=title))
        if what == "words":
            language = await self._language(key)
            return _said(words(asked["words"], language), language)
        if what == "scan" and await off_loop(self._scenes.use, asked["scene"]):
            return await off_loop(_binding_opened, key)
        return await self._welcome(key)

    async def _welcome(self, key: str) -> list[dict[str, Any]]:
        """As if she had said hello; the bare words where that fails."""
        made = await self._turns.run(screen(Incoming(key, GREETING, CHANNEL, metadata=PLAIN)))
        failed = any((x.get("custom") or {}).get("reply", {}).get("kind") == "failed" for x in made)
        return _said(words("welcome_numbers", "zh"), "zh") if failed else made

    async def _language(self, key: str) -> str:
        try:
            profile, _ = await off_loop(bootstrap.conversations().load, key)
        except Exception:  # noqa: BLE001  without the database in Chinese
            return "zh"
        return profile.language or "zh"

    # --- giving back

    async def _give(self, claim: Claim, answer: Answer, before: list[Claim]) -> Back:
        """Give an answer back to the platform's request, if it is still this one's to give, under what she has not got before."""
        if before:
            texts = [late(Answer.from_json(x.answer or {}), x.question).plain for x in before]
            whole = replace(answer, text="\n\n".join(x for x in (*texts, answer.text) if x))
            if await off_loop(self._deliveries.absorb, claim.id, whole.to_json(), [x.id for x in before]):
                answer = whole
        if not answer.plain:
            await off_loop(self._deliveries.sent, claim.id)
            return Back()
        if not await off_loop(self._deliveries.passing, claim.id, claim.number) \
                and await off_loop(self._deliveries.look, claim.id) is not None:
            return Back()               # a newer delivery of the same message gives it; of one who was forgotten there is no row
        return self._cut(answer, claim)

    def _cut(self, answer: Answer, claim: Claim | Awaitable[Claim] | None) -> Back:
        """As much as fits; the rest is sent, or waits to be asked for.

        Args:
            claim: of the delivery; one that is still being made; None where nothing is kept.
        """
        more = words("wechat_more", answer.language)
        head, rest = cut(answer.plain, self._settings.passive_bytes)
        if rest and self._service is None:
            head, rest = cut(answer.plain, self._settings.passive_bytes - len(more.encode()) - 1)
            head = f"{head}\n{more}"

        async def settle(arrived: bool) -> None:
            delivery = claim.id if isinstance(claim, Claim) else (await claim).id if claim is not None else None
            if not arrived and (delivery is None or await self._asked_again(delivery)):
                return
            if delivery is not None and not rest:
                await off_loop(self._deliveries.sent, delivery)
            elif delivery is not None:
                await self._go_on(delivery, replace(answer, text=rest, options=(), after="", hint=""))

        async def lost() -> None:
            if isinstance(claim, Claim):        # an emergency's text stands to be sent already
                await off_loop(self._deliveries.unwritten, claim.id, claim.number)

        return Back(head, settle, lost, claim.id if isinstance(claim, Claim) else None)

    async def _asked_again(self, delivery: int) -> bool:
        """Whether the platform, whose connection was closed, asks for the answer once more; if not, it has it."""
        before = await off_loop(self._deliveries.look, delivery)
        await asyncio.sleep(ASK_SECONDS)
        after = await off_loop(self._deliveries.look, delivery)
        return before is None or after is None or (before.state, before.number) != (after.state, after.number)

    async def _go_on(self, delivery: int, left: Answer) -> None:
        """What did not fit into a passive answer."""
        await off_loop(self._deliveries.rest, delivery, left.to_json(), WAITING if self._service is None else ANSWERED)
        row = await off_loop(self._deliveries.look, delivery)
        if row is not None and self._service is not None:
            await self._send(row, left, await off_loop(self._addresses.user, row.conversation), None)

    async def _again(self, claim: Claim, arrived: float) -> Back:
        """A retry of the platform's: the stored answer, as soon as there is one. One that is just being given back is given the time to arrive:
        then this is no retry but a duplicate."""
        row: Claim | None = claim
        while row is not None and time.monotonic() - arrived < (self._settings.wait if row.state == CLAIMED else ARRIVE_SECONDS):
            if row.state not in (CLAIMED, PASSING):
                break
            await asyncio.sleep(LOOK_SECONDS)
            row = await off_loop(self._deliveries.look, claim.id)
        if row is None or row.answer is None or row.state not in (ANSWERED, PASSING):
            return Back()
        return await self._give(replace(row, number=claim.number), Answer.from_json(row.answer), [])

    async def _unclaimed(self, push: Push, key: str, asked: Asked, message: Screened | None, arrived: float) -> Back:
        """Without the database: answered once by this process, passively or, where it takes longer, by a service message."""
        if push.dedup in self._unkept or asked.what is None:
            return Back()
        self._unkept[push.dedup] = None
        if len(self._unkept) > REMEMBERED:
            self._unkept.popitem(last=False)
        work = self._start(self._made(key, asked.what, message))
        done, _ = await asyncio.wait({work}, timeout=max(0.0, PATIENCE_SECONDS - WRITE_SECONDS - (time.monotonic() - arrived)))
        if done:
            return self._cut(answer_of(work.result()), None)
        if self._service is not None:
            self._start(self._sent_unkept(key, push.user, work))
        return Back()

    async def _sent_unkept(self, key: str, user: str, work: asyncio.Future[Any]) -> None:
        assert self._service is not None
        await self._service.send(key, user, answer_of(await work).plain, noted=False)

    # --- sending

    async def _late(self, claim: Claim, work: asyncio.Future[tuple[Answer, bool]], user: str) -> None:
        """The answer that was not ready in time: sent when it is there, a sign of typing before it."""
        typing = self._start(self._service.show_typing(claim.conversation, user)) if self._service is not None else None
        answer, forgotten = await work
        if typing is not None:
            typing.cancel()         # a sign that comes behind the answer would promise another
        if forgotten:
            await self._tell_forgotten(claim.conversation, user, answer)
        elif self._service is None:
            await off_loop(self._deliveries.settle, claim.id, WAITING)
        else:
            await self._send(claim, answer, user, str(claim.asked.get("text") or ""))

    async def _tell_forgotten(self, conversation: str, user: str, answer: Answer) -> None:
        """Nothing is kept of her any more, but she is told: now, or with her next message."""
        if self._service is not None:
            made = await self._service.send(conversation, user, answer.plain, urgent=True)
            self._without_service(made)
            if made.outcome in (Outcome.SENT, Outcome.UNKNOWN, Outcome.GONE):
                return
        self._confirmations.keep(conversation, answer)

    async def _send(self, claim: Claim, answer: Answer, user: str | None, question: str | None) -> None:
        """Send an answer by service message, if it is this process's to send, and note what became of it."""
        if not answer.plain:
            await off_loop(self._deliveries.sent, claim.id)
            return
        if not await off_loop(self._deliveries.sending, claim.id):
            return
        if user is None or self._service is None:
            await off_loop(self._deliveries.settle, claim.id, FAILED if user is None else WAITING, None if user else "address")
            return
        whole = late(answer, question)
        if whole.menu and whole.options and not whole.urgent:
            made = await self._service.send_menu(claim.conversation, user, whole.text, list(whole.options), whole.plain)
        else:
            made = await self._service.send(claim.conversation, user, whole.plain, whole.urgent)
        await self._note(claim, whole, made)

    async def _note(self, claim: Claim, answer: Answer, made: Result) -> None:
        """Keep what became of a message that was sent: done, tried again later, or shown to staff."""
        kept = self._deliveries
        if made.outcome is Outcome.SENT:
            await off_loop(kept.sent, claim.id)
            return
        if made.rest and made.rest != answer.plain:     # a part has arrived
            await off_loop(kept.rest, claim.id, replace(answer, text=made.rest, options=(), after="", hint="").to_json(), SENDING)
        if made.outcome is Outcome.LATER and claim.attempts + 1 < TRIES:
            await off_loop(kept.later, claim.id, made.seconds * 2 ** min(claim.attempts, 3), made.code)
            return
        state = {Outcome.UNKNOWN: UNKNOWN, Outcome.GONE: FAILED}.get(made.outcome, WAITING)
        if state == UNKNOWN:
            await off_loop(kept.unknown, claim.id, made.code)
        else:
            await off_loop(kept.settle, claim.id, state, made.code)
        logger.error("ALERT  delivery %d %s: %s%s", claim.id, state, made.code, " (an emergency text)" if answer.urgent else "")
        self._without_service(made)

    def _without_service(self, made: Result) -> None:
        if made.outcome is Outcome.RIGHTS:
            self._service = None
            logger.error("ALERT  this account has no customer-service messages: late answers wait until they are asked for (WECHAT_SERVICE=off)")

    # --- what a process left

    async def reap(self) -> None:
        """Take up what was claimed or answered by a process that died, for as long as this one lives."""
        purged = 0.0
        while True:
            await asyncio.sleep(REAP_SECONDS)
            try:
                for claim in await off_loop(self._deliveries.due):
                    self._start(self._take_up(claim))
                if time.monotonic() - purged > PURGE_SECONDS:
                    purged = time.monotonic()
                    await off_loop(self._deliveries.purge)
                    await off_loop(self._scenes.purge)
            except Exception as error:  # noqa: BLE001  a database that is away for a moment must not end it
                logger.warning("deliveries could not be looked at: %s", type(error).__name__)

    async def _take_up(self, claim: Claim) -> None:
        """What another process began: answered, sent, or, where it died while sending, shown to staff."""
        user, question = await off_loop(self._addresses.user, claim.conversation), str(claim.asked.get("text") or "")
        if claim.asked["what"] == "nothing":
            await off_loop(self._deliveries.sent, claim.id)
        elif claim.state == CLAIMED:
            answer, _ = await self._work(claim, None)
            await self._send(claim, answer, user, question)
        elif claim.answer is not None and (claim.state == ANSWERED or Answer.from_json(claim.answer).urgent):
            if claim.state == SENDING:      # an emergency: better twice than not at all
                await off_loop(self._deliveries.later, claim.id, 0.0, "died")
            await self._send(claim, Answer.from_json(claim.answer), user, question if claim.question is not None else None)
        else:
            await off_loop(self._deliveries.unknown, claim.id, "died")
            logger.error("ALERT  delivery %d unknown: its process died while it was sent", claim.id)


def _said(text: str, language: str) -> list[dict[str, Any]]:
    return [{"text": text}, {"custom": {"reply": {"kind": "smalltalk", "language": language}}}]


def _binding_opened(key: str) -> list[dict[str, Any]]:
    """A binding is begun, as if it had been asked for: the scan itself proves nothing, the code does."""
    kept, now = bootstrap.conversations(), bootstrap.clock().now()
    profile, state = kept.load(key)
    turn = Turn(library=bootstrap.library().current, emergencies=bootstrap.guard().texts, text="", intent="", whole=Reading("", ()), clauses=(),
                entities=find_entities("", now.date()), language=profile.language or "zh", profile=profile, state=state, now=now,
                episode=kept.episode(key, now), conversation=key, hospital=bootstrap.hospital())
    made = binding.start(turn, None)
    kept.save(key, turn, made)
    buttons = [{"title": x["title"], "payload": x["id"]} for x in made.state.offers]
    return [{"text": made.replies[0].text, "buttons": buttons}, {"custom": {"reply": {"kind": "identity", "language": turn.language}}}]
