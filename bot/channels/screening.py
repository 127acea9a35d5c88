"""What happens to every message before any lock, tracker, model, action or table: the rule guard looks at it, and personal numbers are masked.

Only a `Screened` message goes on. One that may be nothing but a name is looked at again where a binding has asked for it. The guard sees the
words as they came: a masker that takes a symptom for a name must not hide it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from bot import bootstrap
from bot.channels.off_loop import off_loop
from bot.dialogue import binding
from bot.guard import Alarm
from bot.guard.guard import Judgement
from bot.guard.scam import Judged
from bot.privacy import Found, mask
from bot.privacy.expected import MOST

logger = logging.getLogger(__name__)

LOOKED_AT = 4000            # characters at either end of a message; a longer one is refused, but never an emergency in it

OFFER_LOOKED_AT = 600       # an advertisement shows at its beginning; the look costs 2 ms for 80 characters and more than in proportion
DOCTORS_SECONDS = 0.3       # for the names of the doctors, where a message has a name in it; without them it is masked
EXPECTED_SECONDS = 0.3      # for asking our own table whether a name was asked for; with the database hanging it is taken for not asked
PRIVATE_TIMES = 2.0         # the points of an offer, from which on one in a private chat is warned of by rule


@dataclass(frozen=True)
class Incoming:
    """A message as a channel hands it over.

    Attributes:
        conversation: its key (`bot.channels.keys`).
        tap: id of a tapped button, in place of a text to be understood.
        given: profile values from an integration.
        metadata: the contract's `chat_type`, `group_id`, `mentioned`, `now`.
        group: key of the group, the same for all its members; None in private.
    """

    conversation: str
    text: str = field(repr=False)
    channel: str
    tap: str | None = None
    given: Mapping[str, str] | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    group: str | None = None


@dataclass(frozen=True)
class Screened:
    """A message that may be kept.

    Attributes:
        text: with typed placeholders where personal data stood.
        masked: the kinds of personal data that stood there.
        values: the values themselves, for a form that waits for one; they go into the vault or nowhere.
        alarm: what the rule guard found.
        offer: the kind of a tout's offer, found by rule.
        dismissed: whether every complaint it names is denied, past, supposed or not meant, by rule.
        lure: points of an offer, below those that make one.
        settled: whether it is plain by rule that nothing is offered.
        told: whether she asks about an offer, or tells of one, by rule.
    """

    message: Incoming
    text: str
    masked: tuple[str, ...] = ()
    values: tuple[Found, ...] = field(default=(), repr=False)
    alarm: Alarm | None = None
    offer: str | None = None
    dismissed: bool = False
    lure: float = 0.0
    settled: bool = False
    told: bool = False

    @property
    def in_words(self) -> bool:
        """Whether a person typed it; else it is a button or an integration's values."""
        return self.message.tap is None and self.message.given is None


def screen(message: Incoming) -> Screened:
    """Look at a message by rule and mask it: pure but for the library's and the rules' present versions, some milliseconds."""
    if message.tap is not None or message.given is not None:
        return Screened(message, message.text)
    judged = judge(message.text)
    found = mask(message.text, bootstrap.library().current.hospital.public_contacts)
    kind, offers = offer(message.text, message.group is not None)
    return Screened(
        message, found.text, found.kinds, found.found, judged.alarm, kind, judged.dismissed, offers.points, offers.settled is not None, offers.told
    )


async def screened(message: Incoming) -> Screened:
    """What every channel calls: `screen`; a name that is a doctor's stays, and a bare one is masked too if a binding waits for one.

    Only a message with a name looks into a table, and none that raised an alarm: the rule guard's word waits for nothing.
    """
    made = screen(message)
    if made.alarm is None and "name" in made.masked:
        found = mask(message.text, bootstrap.library().current.hospital.public_contacts | await _doctors())
        made = replace(made, text=found.text, masked=found.kinds, values=found.found)
    if made.alarm is not None or not made.in_words or message.group is not None or len(message.text) > MOST:
        return made
    named = mask(message.text, bootstrap.library().current.hospital.public_contacts, expects_name=True)
    if named.text == made.text or not await _name_asked_for(message.conversation):
        return made
    return replace(made, text=named.text, masked=named.kinds, values=named.found)


async def _doctors() -> frozenset[str]:
    """The names of the hospital's doctors as patients write them; none where it does not say so in time."""
    try:
        doctors = await asyncio.wait_for(bootstrap.hospital().doctors(), DOCTORS_SECONDS)
    except Exception:  # noqa: BLE001  whatever the hospital's side does, the message goes on
        logger.exception("the doctors' names could not be looked up")
        return frozenset()
    return frozenset(name for x in doctors for name in (x.name, x.english, " ".join(reversed(x.english.split(" ", 1)))))


async def _name_asked_for(conversation: str) -> bool:
    """Whether a binding waits for an answer in this conversation; False where the database does not say so in time."""
    try:
        look = off_loop(bootstrap.conversations().load, conversation)
        return (await asyncio.wait_for(look, EXPECTED_SECONDS))[1].waiting == binding.WAITS
    except Exception:  # noqa: BLE001  whatever the database does, the message goes on
        logger.exception("it could not be looked up whether a name was asked for")
        return False


def judge(text: str) -> Judgement:
    """The rule guard's word on a text of any length."""
    guard = bootstrap.guard().current
    judged = guard.judge(text[:LOOKED_AT])
    if len(text) <= LOOKED_AT or judged.alarm is not None and judged.alarm.certain:
        return judged
    seen = guard.look(text[-LOOKED_AT:]) or judged.alarm
    return Judgement(seen, seen is None and judged.dismissed)


def offer(text: str, in_group: bool) -> tuple[str | None, Judged]:
    """The kind of offer that a text advertises, by rule, and all that the rules make of it. Who writes to the bot alone advertises nothing, unless it
    is as plain as can be."""
    touts = bootstrap.touts().current
    made = touts.judge(text[:OFFER_LOOKED_AT])
    least = touts.least if in_group else PRIVATE_TIMES * touts.least
    return (made.kind if made.points >= least and made.settled is None else None), made
