"""Codes to telephones through the outbox: the demonstration shows them in the chat itself, marked as such."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from sqlalchemy.exc import SQLAlchemyError

from bot.hospital.errors import HospitalUnavailable
from bot.hospital.ports import Sms
from bot.store.database import Database
from bot.store.outbox import channel_of, queue


class OutboxSms(Sms):
    """Queues the code as a message of the chat itself.

    Args:
        words: the line with the code, in the staff's words.
        now: the centre's time in ISO form, shown with the bubble.
    """

    def __init__(self, database: Database, words: Callable[[str], str], now: Callable[[], str]) -> None:
        self._database, self._words, self._now = database, words, now

    async def send_code(self, phone: str, code: str, conversation: str) -> None:
        """Hand the code over; the telephone number is used for nothing here.

        Raises:
            HospitalUnavailable: the outbox could not be written.
        """
        try:
            await asyncio.to_thread(self._queue, code, conversation)
        except SQLAlchemyError as error:
            raise HospitalUnavailable(f"the outbox failed: {type(error).__name__}") from None

    def _queue(self, code: str, conversation: str) -> None:
        with self._database.transaction() as session:
            queue(session, channel_of(session, conversation), conversation, {"text": self._words(code), "kind": "identity", "buttons": [], "at": self._now()})
            session.commit()
