"""Is my report ready: how far each test is, as a dated sentence. Own reports only, after binding; values are neither shown nor interpreted."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from bot.dialogue import answer, binding, prompts, report_words, under_way
from bot.dialogue.care import beside_entries
from bot.dialogue.model import Button, Missed, Outcome, Reply, Scored, Turn, Waiting, outcome
from bot.hospital.errors import HospitalUnavailable, NotAllowed, NotBound
from bot.hospital.model import Binding, Orders

HOW_TO_VIEW = "howto.view-reports"
CARD_NOT_BOUND = "details.bind-medical-card"
SHOWN = 10          # tests in one answer where none was named
NOT_READY = report_words.STEPS[:-1]
UNSEEN = re.compile(
    r"[看查找瞧搜刷](?:了半天|来?也|都|还是|就是)?(?:不(?:到|见|着|出)|没(?:有|看到)?$)|没(?:有)?(?:显示|看到|查到|找到|刷出)|不显示|是空的|空白|"
    r"\b(?:can'?t|cannot|can not|couldn'?t|unable to) (?:see|find|open|view|get)|(?:does|do|is|are)(?:n'?t| not) (?:show|display|appear|there|visible)\w*|"
    r"\bnothing (?:shows|there|appears)|\bempty\b", re.I)
URGENT = re.compile(r"急|赶紧|赶快|尽快|今天|今日|马上(?:就)?要|\b(?:urgent\w*|today|asap|right away|hurry|as soon as)\b", re.I)


async def asked(turn: Turn) -> Outcome:
    """A result is asked for."""
    if turn.group:
        return in_group(turn)
    made = await told(turn, turn.entities.tests)
    more = answer.beside(turn, made)
    if made.state.waiting == binding.WAITS:        # its question stays the last
        return made.but(replies=(*made.replies[:-1], *more, *made.replies[-1:]))
    return made.but(replies=(*made.replies, *more))


async def told(turn: Turn, tests: Sequence[str], patient: str | None = None) -> Outcome:
    """How far these tests are; with none named, the newest.

    Args:
        patient: the hospital's id, where the conversation is bound to several.
    """
    if turn.hospital is None:
        return not_bound(turn, tests)
    try:
        bound = await turn.hospital.bindings(turn.conversation)
        if not bound:
            return binding_first(turn, tests)
        whose = _whose(bound, patient)
        found = await turn.hospital.orders(turn.conversation, tests, turn.now, whose.patient_id)
    except NotBound:                # unbound elsewhere a moment ago
        return binding_first(turn, tests)
    except NotAllowed:
        return not_allowed(turn, tests)
    except HospitalUnavailable:
        return unavailable(turn, tests)
    return shown(turn, tests, found if tests else replace(found, orders=found.orders[:SHOWN]), whose, bound)


def _whose(bound: tuple[Binding, ...], patient: str | None) -> Binding:
    """The one asked for; else her own card, else the first whose reports she may see."""
    named = [x for x in bound if x.patient_id == patient]
    return next(iter((*named, *(x for x in bound if "reports" in x.scope), *bound)))


def shown(turn: Turn, tests: Sequence[str], found: Orders, whose: Binding, bound: tuple[Binding, ...]) -> Outcome:
    """The sentences, what stands in the way of seeing them, and what can be done."""
    lacking = [x for x in dict.fromkeys(tests) if x not in {o.test for o in found.orders}]
    parts = [report_words.lead(turn, whose, found)]
    parts.append(report_words.listed(turn, found, lacking) if found.orders or lacking else turn.say("report_none"))
    reasons, entries = _reasons(turn, found, whose)
    parts += reasons
    if URGENT.search(turn.text) or any(x.overdue for x in found.orders) or reasons:
        parts.append(answer.nurse_line(turn))
    reply = Reply("report", "\n\n".join(parts), buttons=_buttons(turn, tests, found, whose, bound), query=query(tests),
                  status=report_words.overall(found.orders, lacking))
    waits: Waiting | None = None if turn.state.waiting in under_way.FORMS else "report"     # what was under way is asked again behind it
    made = prompts.open_with(turn, reply, waits, question=turn.text, entries=tuple(x.name for x in entries), binding={})
    return made.but(replies=(reply, *(answer.one(turn, x) for x in entries)))


def _reasons(turn: Turn, found: Orders, whose: Binding) -> tuple[list[str], tuple[Scored, ...]]:
    """Why she cannot see it, from facts, each with its remedy; what is not released or still on its way, its own sentence says."""
    if not UNSEEN.search(turn.text):
        return [], ()
    visible = [x for x in found.orders if x.state == "visible"]
    reasons = [turn.say("report_still_coming")] if any(x.state in NOT_READY for x in found.orders) else []
    if elsewhere := [x for x in visible if x.platform is not None]:
        reasons += [turn.say("report_elsewhere", test=report_words.name(turn, x.test), where=report_words.where(turn, x)) for x in elsewhere]
    unlinked = "card" not in whose.linked
    if unlinked:
        reasons.append(turn.say("report_only_id" if "id" in whose.linked else "report_no_card"))
    elif [x for x in visible if x.platform is None]:
        reasons.append(turn.say("report_should_show"))
    entries = (Scored(CARD_NOT_BOUND, 0.0),) if unlinked and CARD_NOT_BOUND in turn.library.entries else ()
    return reasons, entries


def _buttons(turn: Turn, tests: Sequence[str], found: Orders, whose: Binding, bound: tuple[Binding, ...]) -> tuple[Button, ...]:
    waiting = [x for x in found.orders if x.state in NOT_READY]
    watch = (Button(turn.say("report_watch"), "report_watch", " ".join(x.id for x in waiting)),) if waiting else ()
    named = " ".join(tests)
    others = tuple(Button(turn.say("report_of", label=x.label), "report_of", f"{x.patient_id} {named}".strip())
                   for x in bound if x.patient_id != whose.patient_id and "reports" in x.scope)
    return (*watch, *others, *binding.manage_buttons(turn, (whose,)))


async def of(turn: Turn, value: str) -> Outcome:
    """The same tests of another patient for whom she may ask.

    Args:
        value: the patient's id and the tests' codes.
    """
    patient, *tests = value.split()
    return await told(turn, tests, patient)


async def watch(turn: Turn, value: str) -> Outcome:
    """Tell her once when each of these orders can be seen.

    Args:
        value: the orders' ids.
    """
    if turn.hospital is None:
        return not_bound(turn, ())
    try:
        for order in value.split():
            await turn.hospital.watch_report(turn.conversation, order, turn.now)
    except (NotBound, NotAllowed):
        return not_allowed(turn, ())
    except HospitalUnavailable:
        return unavailable(turn, ())
    return outcome(turn, Reply("report", turn.say("report_watching"), query=query(()), status="watching")).but(consent="reminder")


# --- what cannot be looked up

def in_group(turn: Turn) -> Outcome:
    """In a group nothing about one person, not even whether there is anything."""
    return outcome(turn, Reply("report", turn.say("report_group"), query=query(turn.entities.tests), status="private_only"), question=turn.text)


def not_bound(turn: Turn, tests: Sequence[str]) -> Outcome:
    """Nobody is bound: how to see it oneself, or the entry that was asked for beside."""
    told = beside_entries(turn) or ((Scored(HOW_TO_VIEW, 0.0),) if HOW_TO_VIEW in turn.library.entries else ())
    reply = Reply("report", turn.say("report_not_bound"), query=query(tests), status="not_bound")
    made = prompts.open_with(turn, reply, None, question=turn.text, entries=tuple(x.name for x in told))
    return made.but(replies=(reply, *(answer.one(turn, x) for x in told)))


def binding_first(turn: Turn, tests: Sequence[str]) -> Outcome:
    """The same, and then the binding, after which it goes on with what was asked."""
    how, asks = not_bound(turn, tests), binding.start(turn, tests)
    return asks.but(replies=(*how.replies, *asks.replies), state=replace(asks.state, entries=how.state.entries))


def not_allowed(turn: Turn, tests: Sequence[str]) -> Outcome:
    """Bound as family without the patient's consent to reports."""
    return outcome(turn, Reply("report", turn.say("report_not_allowed"), query=query(tests), status="not_allowed"), binding={})


def unavailable(turn: Turn, tests: Sequence[str]) -> Outcome:
    """It could not be checked, which is not "not ready"."""
    text = f"{turn.say('report_unchecked')}\n\n{answer.nurse_line(turn)}"
    reply = Reply("report", text, query=query(tests), status="unavailable")
    return outcome(turn, reply, missed=(Missed(turn.text, "unavailable"),), question=turn.text, binding={})


def query(tests: Sequence[str]) -> dict[str, Any]:
    """The contract's `query`: exactly the tests asked for, by their codes."""
    return {"tests": list(tests)}
