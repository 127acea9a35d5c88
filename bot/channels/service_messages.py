"""Customer-service messages: sent within what the patient's last action allows, each once, and what became of each is known or said not to be."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from enum import Enum

from bot.channels.off_loop import off_loop
from bot.store.addresses import Addresses
from bot.wechat.api import Api, ApiError, UnknownOutcome, Unreachable
from bot.wechat.codes import SLOWLY_SECONDS, Handling
from bot.wechat.cut import pieces
from bot.wechat.official_account import CUSTOM_SEND, menu_message, text_message

logger = logging.getLogger(__name__)

URGENT_TRIES = 3
SOON_SECONDS = 5.0
LEAST_BYTES = 200
OPTIONS = 10            # of a msgmenu


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
    """

    def __init__(self, api: Api, addresses: Addresses, menus: bool, limit: int) -> None:
        self._api, self._addresses, self.menus, self._limit = api, addresses, menus, limit

    async def send(self, conversation: str, user: str, text: str, urgent: bool = False) -> Result:
        """Send a text, in as few messages as its length allows.

        Args:
            urgent: an emergency: tried even where nothing seems to be left, and repeated where its outcome is unknown.
        """
        todo = pieces(text, self._limit)
        while todo:
            made = await self._one(conversation, user, todo[0], urgent)
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

    async def _one(self, conversation: str, user: str, text: str, urgent: bool) -> Result:
        allowed = await self._spend(conversation, urgent)
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
                    return await self.send(conversation, user, text, urgent)
                return await self._refused(conversation, error, text)
            except UnknownOutcome:
                if left == 1:
                    return Result(Outcome.UNKNOWN, "timeout")
            except Unreachable:
                return Result(Outcome.LATER, "unreachable", SOON_SECONDS)
        raise AssertionError

    async def _spend(self, conversation: str, urgent: bool) -> bool:
        try:
            return await off_loop(self._addresses.spend, conversation) or urgent
        except Exception as error:  # noqa: BLE001  without the database an emergency is sent all the same
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
