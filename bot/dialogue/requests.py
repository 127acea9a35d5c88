"""Booking and report requests: what was asked for is read here; what can be done about it, the answers say."""

from __future__ import annotations

from typing import Any

from bot.dialogue import answer, prompts
from bot.dialogue.care import beside_entries
from bot.dialogue.model import Outcome, Reply, Scored, Turn
from bot.text.dates import Window

BOOKING_ENTRIES = ("services.booking", "howto.hospital-account")
REPORT_ENTRIES = ("howto.view-reports",)


def booking(turn: Turn) -> Outcome:
    """An appointment is wanted: the request as understood, and the official way to book."""
    return _request(turn, "booking", "unavailable", "booking_unavailable", booking_query(turn), BOOKING_ENTRIES[0])


def change(turn: Turn) -> Outcome:
    """An appointment is to be changed or cancelled: only the hospital's own platform can."""
    return _request(turn, "booking", "unavailable", "booking_change", booking_query(turn), None)


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


def booking_query(turn: Turn) -> dict[str, Any]:
    """The request in the contract's terms (design 5.2)."""
    read = turn.entities
    return {
        "visit_type": list(read.visit_types),
        "doctor": read.doctor,
        "doctor_id": None,
        "department": read.departments[0] if read.departments else None,
        "when": [_window(x) for x in read.when],
        "tests": list(read.tests),
    }


def report_query(turn: Turn) -> dict[str, Any]:
    """The tests asked for, by their codes."""
    return {"tests": list(turn.entities.tests)}


def _window(window: Window) -> dict[str, str | None]:
    return {
        "from": window.from_.isoformat() if window.from_ else None,
        "to": window.to.isoformat() if window.to else None,
        "part": window.part,
    }
