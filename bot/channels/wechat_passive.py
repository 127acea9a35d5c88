"""What can be said where no service message can be sent: in the platform's own request without the tables, and, after an erasure, with her next message."""

from __future__ import annotations

import time
from collections import OrderedDict
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from bot.channels import own_replies
from bot.channels.plain_answers import Answer, answer_of, words
from bot.channels.screening import Incoming, screen
from bot.store import personal
from bot.store.database import Database
from bot.store.tables import Erasure, utcnow

KEPT_SECONDS = 3600.0
REMEMBERED = 1000
LATELY = timedelta(minutes=10)      # since an erasure, for "1" to ask for its confirmation


class Confirmations:
    """That she was forgotten, until she has read it. In this process's memory only: nothing of her is in the tables any more, and nothing is put there."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, tuple[float, Answer]] = OrderedDict()

    def keep(self, conversation: str, answer: Answer) -> None:
        """It could not be told yet."""
        self._kept.pop(conversation, None)
        self._kept[conversation] = time.monotonic(), answer
        while len(self._kept) > REMEMBERED or time.monotonic() - next(iter(self._kept.values()))[0] > KEPT_SECONDS:
            self._kept.popitem(last=False)

    def of(self, conversation: str) -> Answer | None:
        """What she has not been told."""
        at, answer = self._kept.get(conversation, (0.0, None))
        return answer if answer is not None and time.monotonic() - at <= KEPT_SECONDS else None

    def told(self, conversation: str) -> None:
        """She has read it."""
        self._kept.pop(conversation, None)


def forgotten_lately(database: Database, conversation: str) -> bool:
    """Whether she was forgotten minutes ago: another process, or this one before it was started anew, may have told her to ask for the confirmation."""
    found = select(Erasure.id).where(Erasure.subject == personal.subject(conversation), Erasure.at > utcnow() - LATELY)
    with database.transaction() as session:
        return session.execute(found).first() is not None


def confirmation() -> Answer:
    """That she was forgotten, in both languages: which one she spoke is forgotten, too."""
    return Answer("\n".join(words("deleted", x) for x in ("zh", "en")))


def instead(asked: dict[str, Any] | None, conversation: str, channel: str, metadata: dict[str, Any]) -> str:
    """What is said at once where the tables hang: the bare welcome, what to do with a picture, else the apology with the telephones.

    Words that may tell of an emergency get its text: nobody is there to ask her whether they do. Empty where nothing is asked.
    """
    if asked is None or asked["what"] == "nothing":
        return ""
    if asked["what"] in ("welcome", "words"):
        return words(asked.get("words", "welcome_numbers"), "zh")
    message = screen(Incoming(conversation, str(asked.get("text") or ""), channel, metadata=metadata))
    if message.alarm is not None:
        return answer_of(own_replies.emergency(message, message.alarm.group)).plain
    return answer_of(own_replies.say(message, "failed", "failed")).plain
