"""Appointments she has: shown, cancelled, moved."""

from __future__ import annotations

from dataclasses import replace

from bot.dialogue import booking, booking_replies, booking_words, prompts, reminders, whom
from bot.dialogue.model import Button, Outcome, Reply, Turn, outcome
from bot.dialogue.wish import Open, Wish, says_something
from bot.hospital.errors import HospitalUnavailable, NotAllowed, NotBound, TooLate, UnknownAppointment
from bot.hospital.model import Appointment

SHOWN = 5


async def change(turn: Turn) -> Outcome:
    """An appointment is to be looked up, changed or cancelled."""
    if turn.group:
        return booking_replies.in_group(turn)
    if turn.state.booking and says_something(turn.entities):
        return await booking.asked(turn)        # what is being changed is the wish under way
    if turn.hospital is None:
        return elsewhere(turn)
    try:
        mine = await turn.hospital.appointments(await whom.person(turn), turn.now)
    except HospitalUnavailable:
        return booking_replies.unavailable(turn, Open.of(turn))
    except (NotBound, NotAllowed):
        return elsewhere(turn)
    return shown(turn, mine[:SHOWN]) if mine else await waiting(turn)


async def waiting(turn: Turn) -> Outcome:
    """No appointment, but perhaps she waits for one: then how to stop."""
    made = elsewhere(turn)
    if turn.hospital is None or not await turn.hospital.watching(turn.conversation, turn.now):
        return made
    reply = replace(made.replies[0], buttons=(Button(turn.say("booking_unwatch"), "booking_unwatch"),))
    return prompts.open_with(turn, reply, None, question=turn.text)


def elsewhere(turn: Turn) -> Outcome:
    """None that we know of: it was made on another platform, and only that one can change it."""
    reply = Reply("booking", turn.say("booking_change"), query=Wish().with_said(turn.entities).payload(), status="none")
    return prompts.open_with(turn, reply, None, question=turn.text)


def shown(turn: Turn, mine: tuple[Appointment, ...]) -> Outcome:
    """Her appointments, each to be moved or cancelled."""
    lines = "\n".join(f"{n}. {booking_words.slot(turn, x.slot)}" for n, x in enumerate(mine, 1))
    named = [(x.id, booking_words.short(turn, x.slot)) for x in mine]
    buttons = (*(Button(turn.say("booking_move_one", slot=slot), "appointment_move", id_) for id_, slot in named),
               *(Button(turn.say("booking_cancel_one", slot=slot), "appointment_cancel", id_) for id_, slot in named), *reminders.button(turn))
    reply = Reply("booking", f"{turn.say('booking_mine')}\n\n{lines}", buttons=buttons, query=Wish().payload(), status="booked")
    return prompts.open_with(turn, reply, "appointments")


async def ask_cancel(turn: Turn, appointment: str) -> Outcome:
    """Sure? A double tap or a number by mistake must not lose an appointment."""
    buttons = (Button(turn.say("booking_cancel_yes"), "appointment_cancelled", appointment), Button(turn.say("booking_cancel_no"), "appointment_kept"))
    return prompts.open_with(turn, Reply("booking", turn.say("booking_cancel_ask"), buttons=buttons, query=Wish().payload(), status="asked"), "cancel")


async def cancelled(turn: Turn, appointment: str) -> Outcome:
    """Give it back; told as cancelled only when it is."""
    if turn.hospital is None:
        return elsewhere(turn)
    try:
        made = await turn.hospital.cancel(appointment, await whom.person(turn), turn.now)
    except HospitalUnavailable:
        return outcome(turn, Reply("booking", turn.say("booking_unsure"), query=Wish().payload(), status="unavailable"))
    except (UnknownAppointment, TooLate, NotBound, NotAllowed):
        return outcome(turn, Reply("booking", turn.say("booking_too_late"), query=Wish().payload(), status="unavailable"))
    text = turn.say("booking_gave_back", slot=booking_words.slot(turn, made.slot))
    return outcome(turn, Reply("booking", text, query=booking_words.slot_query(Wish(), made.slot), status="cancelled"))


def kept(turn: Turn) -> Outcome:
    """She keeps it."""
    return outcome(turn, Reply("booking", turn.say("booking_kept"), query=Wish().payload(), status="booked"))


async def move(turn: Turn, appointment: str) -> Outcome:
    """Look for another time with the same doctor; the old appointment stays until the new one is confirmed."""
    if turn.hospital is None:
        return elsewhere(turn)
    try:
        mine = await turn.hospital.appointments(await whom.person(turn), turn.now)
    except HospitalUnavailable:
        return booking_replies.unavailable(turn, Open.of(turn))
    except (NotBound, NotAllowed):
        return elsewhere(turn)
    found = next((x for x in mine if x.id == appointment), None)
    if found is None:
        return elsewhere(turn)
    wish = Wish((found.slot.visit_type,), found.slot.doctor.called(turn.language), found.slot.doctor.id)
    made = await booking.look(turn, Open(wish=wish, moving=appointment, patient=found.person.patient_id))
    return made.led_by(turn.say("booking_moving"))
