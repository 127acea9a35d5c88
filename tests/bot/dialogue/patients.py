"""Conversations with a hospital behind them, whose reports are asked for."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

from bot.clock import ZONE
from bot.dialogue.model import Outcome
from bot.hospital.demo import CODES, generate
from bot.hospital.errors import HospitalUnavailable
from bot.hospital.memory import MemoryHospital, MemorySms
from bot.hospital.world import World
from tests.bot.dialogue.chat import Chat

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=ZONE)       # a Sunday, the demonstration's; the nurse station is open
FIRST, EVERY_STATE, MAN = CODES["p-1001"], CODES["p-1002"], CODES["p-1003"]


@cache
def demonstration(now: datetime = NOW) -> World:
    """The demonstration's hospital around a moment, made once: nobody changes it."""
    return generate(now)


class Switched(MemoryHospital):
    """A hospital that can be switched off: every call of these raises."""

    down = False

    def _up(self) -> None:
        if self.down:
            raise HospitalUnavailable("off")

    async def bindings(self, conversation):  # type: ignore[no-untyped-def]  as the port
        self._up()
        return await super().bindings(conversation)

    async def bind_by_code(self, conversation, code, now):  # type: ignore[no-untyped-def]
        self._up()
        return await super().bind_by_code(conversation, code, now)

    async def claim_identity(self, conversation, claim, now):  # type: ignore[no-untyped-def]
        self._up()
        return await super().claim_identity(conversation, claim, now)

    async def unbind(self, conversation, binding_id, now):  # type: ignore[no-untyped-def]
        self._up()
        return await super().unbind(conversation, binding_id, now)


@dataclass
class Patient(Chat):
    """Asks for reports, and sends what the channel would have masked."""

    now: datetime = NOW
    conversation: str = "she"
    sms: MemorySms = field(default_factory=MemorySms)
    values: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.hospital is None:
            self.hospital = Switched(demonstration(), self.sms)
        self.vault = self

    def take(self, conversation: str, kind: str) -> str | None:
        """As the vault: once."""
        assert conversation == self.conversation
        return self.values.pop(kind, None)

    def report(self, text: str, **more: Any) -> Outcome:
        """A message that reads as a question for an own report."""
        return self.say(text, "report", {"report": 0.9}, **more)

    def send(self, text: str, **values: str) -> Outcome:
        """A message whose personal data were put into the vault: `text` has the placeholders."""
        self.values.update(values)
        return self.say(text, "out_of_scope", masked=tuple(values))

    def bound(self, code: str = FIRST) -> Patient:
        """After binding."""
        self.report("我的报告出来了吗")
        self.say(code, "out_of_scope")
        return self

    def family(self, conversation: str) -> Patient:
        """Somebody else's chat with the same hospital."""
        return Patient(hospital=self.hospital, sms=self.sms, conversation=conversation)
