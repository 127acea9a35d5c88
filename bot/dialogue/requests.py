"""Report requests: what was asked for is read here; what can be done about it, the answers say."""

from __future__ import annotations

from typing import Any

from bot.dialogue import answer, prompts
from bot.dialogue.care import beside_entries
from bot.dialogue.model import Outcome, Reply, Scored, Turn

REPORT_ENTRIES = ("howto.view-reports",)


def report(turn: Turn) -> Outcome:
    """A result is asked for: nobody is bound yet, so the way to see it; in a group nothing about one person."""
    if turn.group:
        reply = Reply("report", turn.say("report_group"), query=report_query(turn), status="private_only")
        return prompts.open_with(turn, reply, None, question=turn.text)
    return _request(turn, "report", "not_bound", "report_not_bound", report_query(turn), REPORT_ENTRIES[0])


def _request(turn: Turn, kind: str, status: str, words: str, query: dict[str, Any], how: str | None) -> Outcome:
    beside = beside_entries(turn) or ((Scored(how, 0.0),) if how and how in turn.library.entries else ())
    reply = Reply(kind, turn.say(words), query=query, status=status)
    told = [answer.one(turn, x) for x in beside]
    made = prompts.open_with(turn, reply, None, question=turn.text, entries=tuple(x.name for x in beside))
    return made.but(replies=(reply, *told))


def report_query(turn: Turn) -> dict[str, Any]:
    """The tests asked for, by their codes."""
    return {"tests": list(turn.entities.tests)}
