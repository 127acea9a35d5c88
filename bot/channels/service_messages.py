"""Customer-service messages: sent within what the patient's last action allows, each once, and what became of each is known or said not to be."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import OrderedDict
from dataclasses import dataclass
from enum import Enum

from bot.channels.off_loop import off_loop
from bot.store.addresses import Addresses
from bot.wechat.api import Api, ApiError, UnknownOutcome, Unreachable
from bot.wechat.codes import SLOWLY_SECONDS, Handling
from bot.wechat.cut import pieces
from bot.wechat.official_account import CUSTOM_SEND, CUSTOM_TYPING, menu_message, text_message, typing_sign

logger = logging.getLogger(__name__)

URGENT_TRIES = 3
SOON_SECONDS = 5.0
LEAST_BYTES = 200
OPTIONS = 10            # of a msgmenu
SPEND_SECONDS = 1.0     # for counting a message; with the database hanging it is sent all the same
TYPING_SECONDS = 15.0   # a sign that an answer is being written lasts so long, and must not be repeated meanwhile
TYPING_LEAST = 3        # messages left for it to be shown: should the platform count it as one, the answer still goes out
REMEMBERED = 1000


class Outcome(Enum):
    """What became of a message."""

    SENT = "sent"
    UNKNOWN = "unknown"     # nobody knows; not repeated unless it was an emergency
    CLOSED = "closed"       # her last message is too long ago, or the number is used up
    GONE = "gone"           # she follows no more, or refuses messages
    RIGHTS = "rights"       # this account has no customer-service messages
    LATER = "later"         # not sent; again after `seconds`
    FAILED = "failed"       # not sent, and again would not help


@dataclass(frozen=True)
class Result:
    """What became of a text.

    Attributes:
        code: the platform's error number, or a word.
        rest: what of the text has not been sent.
    """

    outcome: Outcome
    code: str = ""
    seconds: float = 0.0
    rest: str = ""


class ServiceMessages:
    """Sends to the patients of one Official Account.

    Args:
        menus: whether options may go out as a msgmenu; ends by itself where the account may not.
        limit: bytes of one text.
        typing: whether she may be shown that an answer is being written; ends by itself where the account may not.
    """

    def __init__(self, api: Api, addresses: Addresses, menus: bool, limit: int, typing: bool = False) -> None:
        self._api, self._addresses, self.menus, self._limit, self.typing = api, addresses, menus, limit, typing
        self._shown: OrderedDict[str, float] = OrderedDict()       # when a sign was shown last, by conversation

    async def show_typing(self, conversation: str, user: str) -> None:
        """Show that an answer is being written. It is no message and counts as none; nothing waits for it, and what goes wrong with it is only logged."""
        now = time.monotonic()
        if not self.typing or now - self._shown.get(conversation, now - TYPING_SECONDS) < TYPING_SECONDS:
            return
        self._shown.pop(conversation, None)
        self._shown[conversation] = now
        while len(self._shown) > REMEMBERED:
            self._shown.popitem(last=False)
        try:
            if await off_loop(self._addresses.left, conversation) >= TYPING_LEAST:
                await self._api.call(CUSTOM_TYPING, typing_sign(user))
        except ApiError as error:
            if error.handling in (Handling.RIGHTS, Handling.BLOCKED, Handling.BUG, Handling.OPERATOR):
                self.typing = False
                logger.warning("that an answer is being written is not shown from now on: error %d", error.code)
        except Exception as error:  # noqa: BLE001  a nicety: the answer comes without it
            logger.info("that an answer is being written could not be shown: %s", type(error).__name__)

    async def send(self, conversation: str, user: str, text: str, urgent: bool = False, noted: bool = True) -> Result:
        """Send a text, in as few messages as its length allows.

        Args:
            urgent: an emergency: tried even where nothing seems to be left, and repeated where its outcome is unknown.
            noted: whether what she did could be noted; where it could not, nobody here knows how much it allows, and it is tried.
        """
        todo = pieces(text, self._limit)
        while todo:
            made = await self._one(conversation, user, todo[0], urgent, noted)
            if made.outcome is not Outcome.SENT:
                return Result(made.outcome, made.code, made.seconds, "\n".join(todo))
            todo.pop(0)
        return Result(Outcome.SENT)

    async def send_menu(self, conversation: str, user: str, head: str, options: list[tuple[str, str]], numbered: str) -> Result:
        """Send options to tap; where the account or the length does not allow it, the same as numbered lines."""
        fits = self.menus and 0 < len(options) <= OPTIONS and len(pieces(head, self._limit)) == 1
        if not fits:
            return await self.send(conversation, user, numbered)
        if not await off_loop(self._addresses.spend, conversation):
            return Result(Outcome.CLOSED, "quota", rest=numbered)
        try:
            await self._api.call(CUSTOM_SEND, menu_message(user, head, options))
            return Result(Outcome.SENT)
        except ApiError as error:
            if error.handling not in (Handling.PLAIN, Handling.BUG):
                return await self._refused(conversation, error, numbered)
            self.menus = False
            logger.warning("msgmenu is not allowed to this account (error %d): options go out as numbered lines from now on", error.code)
            return await self.send(conversation, user, numbered)
        except UnknownOutcome:
            return Result(Outcome.UNKNOWN, "timeout", rest=numbered)
        except Unreachable:
            return Result(Outcome.LATER, "unreachable", SOON_SECONDS, numbered)

    async def _one(self, conversation: str, user: str, text: str, urgent: bool, noted: bool) -> Result:
        allowed = not noted or await self._spend(conversation, urgent)
        if not allowed:
            return Result(Outcome.CLOSED, "quota")
        for left in range(URGENT_TRIES if urgent else 1, 0, -1):
            try:
                await self._api.call(CUSTOM_SEND, text_message(user, text))
                return Result(Outcome.SENT)
            except ApiError as error:
                if error.handling is Handling.SHORTER and self._limit // 2 >= LEAST_BYTES:
                    self._limit //= 2
                    logger.warning("the platform refuses texts of that length: %d bytes from now on", self._limit)
                    return await self.send(conversation, user, text, urgent, noted)
                return await self._refused(conversation, error, text)
            except UnknownOutcome:
                if left == 1:
                    return Result(Outcome.UNKNOWN, "timeout")
            except Unreachable:
                return Result(Outcome.LATER, "unreachable", SOON_SECONDS)
        raise AssertionError("every way out of the last try returns")

    async def _spend(self, conversation: str, urgent: bool) -> bool:
        try:
            return await asyncio.wait_for(off_loop(self._addresses.spend, conversation), SPEND_SECONDS) or urgent
        except Exception as error:  # noqa: BLE001  without the database, or with one that hangs, it is sent all the same
            logger.warning("the quota could not be read: %s", type(error).__name__)
            return True

    async def _refused(self, conversation: str, error: ApiError, rest: str) -> Result:
        code = str(error.code)
        if error.handling is Handling.CLOSED:
            await off_loop(self._addresses.exhaust, conversation)
            return Result(Outcome.CLOSED, code, rest=rest)
        if error.handling is Handling.GONE:
            await off_loop(self._addresses.unfollow, conversation)
            return Result(Outcome.GONE, code, rest=rest)
        if error.handling is Handling.RIGHTS:
            return Result(Outcome.RIGHTS, code, rest=rest)
        if error.handling in (Handling.SLOWLY, Handling.AGAIN):
            return Result(Outcome.LATER, code, SLOWLY_SECONDS if error.handling is Handling.SLOWLY else SOON_SECONDS, rest)
        return Result(Outcome.FAILED, code, rest=rest)
