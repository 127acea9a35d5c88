"""What happens to every message before any lock, tracker, model, action or table: the rule guard looks at it, and personal numbers are masked.

Only a `Screened` message goes on. The guard sees the words as they came: a masker that takes a symptom for a name must not hide it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot import bootstrap
from bot.guard import Alarm
from bot.privacy import Found, mask

LOOKED_AT = 4000            # characters at either end of a message; a longer one is refused, but never an emergency in it

OFFER_LOOKED_AT = 600       # an advertisement shows at its beginning; the look costs 2 ms for 80 characters and more than in proportion
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
    """

    message: Incoming
    text: str
    masked: tuple[str, ...] = ()
    values: tuple[Found, ...] = field(default=(), repr=False)
    alarm: Alarm | None = None
    offer: str | None = None
    dismissed: bool = False
    lure: float = 0.0

    @property
    def in_words(self) -> bool:
        """Whether a person typed it; else it is a button or an integration's values."""
        return self.message.tap is None and self.message.given is None


def screen(message: Incoming) -> Screened:
    """Mask a message and look at it by rule: pure but for the library's and the rules' present versions, some milliseconds."""
    if message.tap is not None or message.given is not None:
        return Screened(message, message.text)
    found = mask(message.text, keep=bootstrap.library().current.hospital.public_numbers)
    seen = alarm(message.text)
    dismissed = seen is None and bootstrap.guard().current.dismisses(message.text[:LOOKED_AT])
    kind, points = offer(message.text, message.group is not None)
    return Screened(message, found.text, found.kinds, found.found, seen, kind, dismissed, points)


def alarm(text: str) -> Alarm | None:
    """The rule guard's word on a text of any length."""
    guard = bootstrap.guard().current
    seen = guard.look(text[:LOOKED_AT])
    if (seen is None or not seen.certain) and len(text) > LOOKED_AT:
        seen = guard.look(text[-LOOKED_AT:]) or seen
    return seen


def offer(text: str, in_group: bool) -> tuple[str | None, float]:
    """The kind of offer that a text advertises, by rule, and its points. Who writes to the bot alone advertises nothing, unless it is as plain
    as can be."""
    touts = bootstrap.touts().current
    kind, points, _ = touts.points(text[:OFFER_LOOKED_AT])
    least = touts.least if in_group else PRIVATE_TIMES * touts.least
    return (kind if points >= least else None), points
