"""What the masker finds and what it makes of a message."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

KINDS = ("id_card", "passport", "phone", "medical_card", "bank_card", "name", "address", "email")
"""Kinds of personal data."""
_TOLD_AS = {"email": "address"}


def told(kinds: Iterable[str]) -> list[str]:
    """Kinds as the reply contract names them (`masked`, `docs/rest.md`): it knows one kind for postal and e-mail addresses."""
    return list(dict.fromkeys(_TOLD_AS.get(kind, kind) for kind in kinds))


@dataclass(frozen=True)
class Found:
    """One personal datum in a message.

    Attributes:
        kind: one of `KINDS`.
        start, end: its span in the original text.
        value: numbers as ASCII digits and capitals without separators or a leading 86; names and addresses folded.
    """

    kind: str
    start: int
    end: int
    value: str


@dataclass(frozen=True)
class Masked:
    """A message with typed placeholders.

    Attributes:
        text: the message, everything outside the found spans unchanged.
        kinds: kinds in order of first appearance, without repeats.
        found: what was found, by position; spans do not overlap.
    """

    text: str
    kinds: tuple[str, ...]
    found: tuple[Found, ...]


@dataclass(frozen=True)
class Candidate:
    """A possible datum in a folded view; of overlapping ones the lowest rank stays, then the longest."""

    kind: str
    start: int
    end: int
    value: str
    rank: int
