"""What a message means because of what is open: a number, a tap, a yes or no."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import replace

from bot.dialogue import (
    answer,
    appointments,
    binding,
    booking,
    card,
    episode,
    prompts,
    reminders,
    reports,
    smalltalk,
    stages,
    timeline,
    under_way,
)
from bot.dialogue.model import Missed, Outcome, Reply, Scored, Turn, finished, outcome
from bot.guard import Alarm
from bot.text.follow_up import find_choice, find_ellipsis
from bot.text.replies import is_no, is_yes

FRAGMENT_CHARACTERS = 40        # a longer "no …" says more than no
#: Topics in which a day is not the one we asked for, where the model is this sure; a bare day or "my first visit is on …" reads as a booking.
OTHER_DAY = ("booking", "booking_change", "report", "medical_advice", "loss", "scam", "handoff", "delete_data")
SURE = 0.85
BOOKS = re.compile(r"约|挂|有号|号源|\b(?:book|slot|appointment|see (?:dr|doctor))\b", re.I)


async def respond(turn: Turn) -> Outcome | None:
    """The answer to whatever was open; None where the message stands for itself.

    In this order: a tap or a title that is on offer; what may be said at any time; a number; what the last reply asked for.
    """
    if turn.tap is not None:
        return await tapped(turn)
    titled = prompts.picked(turn)
    if titled is not None:
        return await act(turn, titled)
    told = episode.checked(turn) if turn.state.waiting == "alarm" else None
    told = told or await binding.said(turn, reports.told) or reminders.said(turn)
    if told is not None:
        return told
    if turn.state.waiting == "card" and turn.state.card.get("step") in card.FIELDS:
        return card.resume(turn)        # a number is what she writes on the card, and chooses nothing
    number = find_choice(turn.text, len(turn.state.offers))
    if number is not None:
        return await act(turn, turn.state.offers[number - 1])
    return await _asked_for(turn)


async def _asked_for(turn: Turn) -> Outcome | None:
    """The answer to what the last reply asked for; None where the message is about something else."""
    waiting = turn.state.waiting
    if waiting == "card":
        return card.resume(turn)
    if waiting == "booking":
        return await booking.heard(turn)
    if waiting == binding.WAITS:
        return await binding.heard(turn, reports.told)
    if waiting == "report" and turn.entities.tests and find_ellipsis(turn.text):
        return await reports.asked(turn)
    if waiting == "date" and not _another_day(turn):
        dated = timeline.reply(turn, turn.state.entries)
        return None if dated is None else outcome(turn, dated)
    if waiting == "delete" and is_yes(turn.text):
        return smalltalk.deleted(turn)
    if waiting == "delete" and smalltalk.keeps(turn.text):
        return smalltalk.data_kept(turn)
    if waiting == "resume" and (is_yes(turn.text) or is_no(turn.text)):
        return await (under_way.resume(turn) if is_yes(turn.text) else under_way.drop(turn))
    return await yes_or_no(turn) if waiting in ("satisfied", "choice") else None


def _another_day(turn: Turn) -> bool:
    """Whether a message with a day is surely about another day than the one we asked for; a booking says so in words of its own."""
    sure = turn.intent in OTHER_DAY and turn.whole.share(turn.intent) >= SURE
    return sure and (turn.intent != "booking" or bool(BOOKS.search(turn.text)))


async def yes_or_no(turn: Turn) -> Outcome | None:
    """"Was that it?": yes closes, no brings the list and, the second time, the nurse station."""
    if turn.intent == "none_of_these" or is_no(turn.text) or (turn.intent == "deny" and len(turn.text) < FRAGMENT_CHARACTERS):
        return none_fitted(turn) if turn.state.waiting == "choice" else denied(turn)
    if turn.state.waiting == "satisfied" and is_yes(turn.text):
        return outcome(turn, Reply("smalltalk", turn.say("glad")))
    if turn.state.waiting == "choice" and is_yes(turn.text) and len(turn.state.candidates) == 1:
        return await act(turn, turn.state.offers[0])
    return None


async def tapped(turn: Turn) -> Outcome:
    """A button: only one that is on offer in this conversation does anything; an old one leaves open what is open."""
    found = prompts.picked(turn)
    if found is None:
        return Outcome((Reply("menu", turn.say("button_gone")),), turn.profile, turn.state)
    return await act(turn, found)


async def act(turn: Turn, chosen: dict[str, str]) -> Outcome:
    """Do what a chosen offer stands for."""
    do, value = chosen["do"], chosen["value"]
    if do.startswith("card_"):
        return card.act(turn, do)
    return await finished(ACTS[do](turn, value))


def chosen_entry(turn: Turn, entry: str) -> Outcome:
    """Answer a chosen title in words of the question it came from; staff see what was chosen."""
    if entry not in turn.library.entries:
        return answer.nothing_found(turn, question=turn.state.question)
    asked = turn.state.question if turn.state.waiting == "choice" else None
    made = answer.entries(replace(turn, text=asked or turn.library.title(entry, turn.language)), (Scored(entry, 1.0),))
    if asked:
        made = made.but(missed=(*made.missed, Missed(asked, "chosen", turn.state.candidates, entry)))
    return made


def _nurse(turn: Turn, _value: str) -> Outcome:
    return answer.nothing_found(turn, reason=None, lead="nurse_lead")


def none_fitted(turn: Turn) -> Outcome:
    """None of the offered titles: the nurse station, and the question goes to staff."""
    return answer.nothing_found(turn, reason="none_fitted", lead="none_fitted", question=turn.state.question, shown=turn.state.candidates)


def denied(turn: Turn) -> Outcome:
    """The answer was not what she meant: first what else it might be, then the nurse station."""
    left = tuple(x for x in turn.state.candidates if x in turn.library.entries and x not in turn.state.entries)
    if left and turn.state.denied == 0:
        made = answer.offer(turn, left[:3], turn.say("denied"), turn.state.question or turn.text, denied=1)
        return made.but(missed=(Missed(turn.state.question or turn.text, "denied", turn.state.entries),))
    return answer.nothing_found(turn, reason="denied", lead="denied_nurse", question=turn.state.question, shown=turn.state.entries)


#: What a button does, by its name. A test holds this and the buttons that are made together.
ACTS: dict[str, Callable[[Turn, str], Outcome | Awaitable[Outcome]]] = {
    "entry": chosen_entry,
    "set_stage": stages.note_stage,
    "set_region": stages.note_region,
    "ask_stage": lambda turn, _: prompts.open_with(turn, prompts.ask_stage(turn), "stage", entries=()),
    "alarm_yes": lambda turn, group: episode.raised(turn, Alarm(group, "asked", True)),
    "alarm_no": episode.calmed,
    "booking_slot": booking.choose,
    "booking_doctor": booking.set_doctor,
    "booking_visit": booking.set_visit,
    "booking_watch": lambda turn, _: booking.watch(turn),
    "booking_unwatch": lambda turn, _: booking.unwatch(turn),
    "booking_confirm": lambda turn, _: booking.confirm(turn),
    "booking_another": lambda turn, _: booking.another(turn),
    "booking_for": booking.for_patient,
    "booking_leave": lambda turn, _: booking.leave(turn),
    "appointment_move": appointments.move,
    "appointment_cancel": appointments.ask_cancel,
    "appointment_cancelled": appointments.cancelled,
    "appointment_kept": lambda turn, _: appointments.kept(turn),
    "binding_no_code": lambda turn, _: binding.no_code(turn),
    "binding_leave": lambda turn, _: binding.leave(turn),
    "binding_agree": lambda turn, code: binding.with_code(turn, code, reports.told),
    "binding_end": binding.end,
    "family_invite": binding.invite,
    "family_scope": binding.invited,
    "family_revoke": binding.revoke,
    "remind_yes": lambda turn, _: reminders.agreed(turn),
    "remind_no": lambda turn, _: reminders.declined(turn),
    "report_watch": reports.watch,
    "report_of": reports.of,
    "resume": lambda turn, _: under_way.resume(turn),
    "drop": lambda turn, _: under_way.drop(turn),
    "none": lambda turn, _: none_fitted(turn),
    "denied": lambda turn, _: denied(turn),
    "nurse": _nurse,
    "delete": lambda turn, _: smalltalk.deleted(turn),
    "keep": lambda turn, _: smalltalk.data_kept(turn),
}
