"""Tests and how far they are, in words: one dated sentence each, never a value."""

from __future__ import annotations

from collections.abc import Sequence

from bot.dialogue import booking_words, prompts
from bot.dialogue.model import Turn
from bot.hospital.model import Binding, Orders, TestOrder

#: From the contract's point of view (`docs/rest.md`) a report that can be seen is `ready`.
STATUS = {"visible": "ready"}
#: Steps of an order from the first on.
STEPS = ("ordered", "collected", "in_lab", "preliminary", "released", "syncing", "ready")


def name(turn: Turn, code: str) -> str:
    """The name of a test; its code where staff have given it no name."""
    return turn.say(f"test_{code}") if f"test_{code}" in turn.library.shell else code.upper()


def names(turn: Turn, codes: Sequence[str]) -> str:
    """Several names."""
    return turn.say("report_and").join(name(turn, x) for x in codes)


def where(turn: Turn, order: TestOrder) -> str:
    """Where a report shows: the hospital's own account, or another platform."""
    if order.platform is None:
        return turn.say("report_where")
    known = f"platform_{order.platform}" in turn.library.shell
    return turn.say("report_where_platform", platform=turn.say(f"platform_{order.platform}") if known else order.platform)


def status(order: TestOrder) -> str:
    """The contract's word for how far an order is."""
    return STATUS.get(order.state, order.state)


def overall(orders: Sequence[TestOrder], lacking: Sequence[str]) -> str:
    """One word for all: the least advanced step; `mixed` where some are steps and others are cancelled or were not ordered."""
    found: set[str] = {*(status(x) for x in orders), *(("not_found",) if lacking or not orders else ())}
    if len(found) == 1:
        return found.pop()
    return next(x for x in STEPS if x in found) if found <= set(STEPS) else "mixed"


def sentence(turn: Turn, order: TestOrder) -> str:
    """How far a test is and since when; by when it can usually be seen, or that this day has passed."""
    day = prompts.day(turn, order.since.date())
    said = [turn.say(f"report_{status(order)}", test=name(turn, order.test), day=day, time=booking_words.clock(order.since), where=where(turn, order))]
    if order.expected is not None:
        words = "report_overdue" if order.overdue else "report_expected"
        said.append(turn.say(words, day=prompts.day(turn, order.expected)))
    gap = "" if turn.language == "zh" else " "
    return gap.join(said)


def listed(turn: Turn, found: Orders, lacking: Sequence[str]) -> str:
    """All of them, a line each where there are several."""
    lines = [sentence(turn, x) for x in found.orders]
    if lacking:
        lines.append(turn.say("report_not_found", tests=names(turn, lacking)))
    return lines[0] if len(lines) == 1 else "\n".join(f"{n}. {x}" for n, x in enumerate(lines, 1))


def lead(turn: Turn, whose: Binding, found: Orders) -> str:
    """For whom and when it was looked up."""
    return turn.say("report_read", label=whose.label, time=booking_words.clock(found.read_at))


def scope(turn: Turn, covered: Sequence[str]) -> str:
    """What a family member may do."""
    return turn.say("report_and").join(turn.say(f"scope_{x}") for x in covered)
