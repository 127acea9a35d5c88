"""The part of a long message that is worth a vector: the sentences that ask."""

from __future__ import annotations

import re

from bot.retrieval.embedding import room
from bot.text.clauses import clauses

MARKED = re.compile("[?？]")
ASKS = re.compile(
    r"[?？]|吗|么|呢|怎么|咋|如何|能不能|可以|是不是|要不要|哪|什么|啥|多久|几|谁|行不|帮我|想"
    r"|\b(?:how|what|when|where|which|who|why|can|could|do|does|is|are|should|will|may|need|want|please|help)\b",
    re.IGNORECASE,
)


def gist(text: str, limit: int | None = None) -> str:
    """At most `limit` characters of a text: its questions, the last first, then the sentences that seem to ask, then as much as fits.

    Stories put the question at their end, and a question that is too long by itself ends with what it asks. Order is kept.

    Args:
        limit: None for as much as a vector is made of.
    """
    limit = room(text) if limit is None else limit
    if len(text) <= limit:
        return text
    parts = clauses(text) or [text]
    ranked = sorted(range(len(parts)), key=lambda i: (not MARKED.search(parts[i]), not ASKS.search(parts[i]), -i))
    if len(parts[ranked[0]]) >= limit:
        return parts[ranked[0]][-limit:]
    kept: set[int] = set()
    left = limit
    for i in ranked:
        if len(parts[i]) < left:
            kept.add(i)
            left -= len(parts[i]) + 1
    return " ".join(parts[i] for i in sorted(kept))[:limit]
