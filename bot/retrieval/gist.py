"""The part of a long message that is worth a vector: the sentences that ask."""

from __future__ import annotations

import re

from bot.retrieval.embedding import MAX_CHARACTERS
from bot.text.clauses import clauses

ASKS = re.compile(
    r"[?？]|吗|么|呢|怎么|咋|如何|能不能|可以|是不是|要不要|哪|什么|啥|多久|几|谁|行不|帮我|想"
    r"|\b(?:how|what|when|where|which|who|why|can|could|do|does|is|are|should|will|may|need|want|please|help)\b",
    re.IGNORECASE,
)


def gist(text: str, limit: int = MAX_CHARACTERS) -> str:
    """At most `limit` characters of a text: the sentences that ask, the last first, then as much of the others as fits.

    Stories put the question at their end. Order is kept.
    """
    if len(text) <= limit:
        return text
    parts = clauses(text) or [text]
    ranked = sorted(range(len(parts)), key=lambda i: (not ASKS.search(parts[i]), -i))
    kept: set[int] = set()
    room = limit
    for i in ranked:
        if len(parts[i]) < room:
            kept.add(i)
            room -= len(parts[i]) + 1
    if not kept:
        return parts[ranked[0]][-limit:]
    return " ".join(parts[i] for i in sorted(kept))[:limit]
