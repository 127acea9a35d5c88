"""Appointments in words: slots, doctors, days, as the language of the message writes them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from bot.dialogue import prompts
from bot.dialogue.model import Button, Turn
from bot.dialogue.wish import Wish
from bot.hospital.model import Doctor, Slot
from bot.text.dates import Window


def slot(turn: Turn, one: Slot) -> str:
    """A slot in one line: day, time, doctor, kind of visit, place."""
    return turn.say("booking_slot", day=prompts.day(turn, one.day), time=clock(one.starts), doctor=doctor(turn, one.doctor),
                    visit=turn.say(f"visit_{one.visit_type}"), place=one.place(turn.language)).rstrip("".join(turn.say("booking_wish_join").split()))


def listed(turn: Turn, slots: Sequence[Slot]) -> str:
    """Numbered lines."""
    return "\n".join(f"{n}. {short(turn, one)}" for n, one in enumerate(slots, 1))


def short(turn: Turn, one: Slot) -> str:
    """A slot as a line of a list or a button."""
    return turn.say("booking_slot_short", day=prompts.day(turn, one.day), time=clock(one.starts), doctor=doctor(turn, one.doctor),
                    visit=turn.say(f"visit_{one.visit_type}"))


def slot_buttons(turn: Turn, slots: Sequence[Slot]) -> tuple[Button, ...]:
    """One button for each slot."""
    return tuple(Button(short(turn, one), "booking_slot", one.id) for one in slots)


def doctor(turn: Turn, one: Doctor) -> str:
    """A doctor with title."""
    return turn.say("booking_doctor", name=one.called(turn.language), title=one.title(turn.language))


async def wish(turn: Turn, wanted: Wish) -> str:
    """A wish in words, so that she sees what was understood: the doctor, the kind of visit, the days with their dates."""
    parts: list[str] = []
    if wanted.doctor:
        name = wanted.doctor
        if wanted.doctor_id and turn.hospital is not None:
            found = next((x for x in await turn.hospital.doctors() if x.id == wanted.doctor_id), None)
            name = name if found is None else found.called(turn.language)
        parts.append(turn.say("booking_wish_doctor", name=name))
    if wanted.visit_types:
        parts.append(turn.say("booking_wish_or").join(turn.say(f"visit_{x}") for x in wanted.visit_types))
    if wanted.when:
        parts.append(turn.say("booking_wish_or").join(days(turn, x) for x in wanted.when))
    return turn.say("booking_wish_join").join(parts) or turn.say("booking_wish_any")


def days(turn: Turn, window: Window) -> str:
    """A window of days in words."""
    part = turn.say(f"part_{window.part}") if window.part else ""
    if window.from_ is None and window.to is None:
        return part
    if window.to is None:
        return turn.say("booking_from", day=prompts.day(turn, window.from_ or turn.today), part=part).strip()
    if window.from_ is None or window.from_ <= turn.today < window.to:
        return turn.say("booking_by", day=prompts.day(turn, window.to), part=part).strip()
    if window.from_ == window.to:
        return turn.say("booking_day", day=prompts.day(turn, window.from_), part=part).strip()
    return turn.say("booking_between", first=prompts.day(turn, window.from_), last=prompts.day(turn, window.to), part=part).strip()


def clock(moment: datetime) -> str:
    """The time of day."""
    return f"{moment.hour}:{moment.minute:02d}"


def slot_query(wanted: Wish, one: Slot) -> dict[str, Any]:
    """The contract's `query` of a chosen slot: it says what was chosen, in place of what was wished."""
    day = one.day.isoformat()
    return {**wanted.payload(), "visit_type": [one.visit_type], "doctor": wanted.doctor or one.doctor.name, "doctor_id": one.doctor.id,
            "when": [{"from": day, "to": day, "part": one.part}]}
