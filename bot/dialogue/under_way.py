"""What a patient had started and not finished: kept in the state over questions in between, an emergency, a restart, another day."""

from __future__ import annotations

from dataclasses import replace

from bot.dialogue import binding, booking, card
from bot.dialogue.model import Outcome, Reply, State, Turn, outcome

FORMS = ("card", "booking", "binding")      # what `State.waiting` says while one of them waits for its next word


def kept(state: State) -> str | None:
    """Which request is unfinished: `card`, `booking`, `binding` or none."""
    if state.binding and (state.waiting == binding.WAITS or not state.booking):
        return "binding"
    if state.booking:
        return "booking"
    return "card" if state.card.get("step") in card.FIELDS else None


async def resume(turn: Turn) -> Outcome:
    """Ask once more what stands open."""
    if kept(turn.state) == "card":
        return card.ask(turn)
    if kept(turn.state) == "binding":
        return binding.again(turn)
    return await booking.again(turn)


async def drop(turn: Turn) -> Outcome:
    """She does not want to go on with it."""
    if kept(turn.state) == "booking":
        return await booking.leave(turn)
    if kept(turn.state) == "binding":
        return binding.leave(turn)
    return outcome(turn, Reply("smalltalk", turn.say("acknowledge")), card=_finished(turn.state))


async def asked_again(turn: Turn, made: Outcome) -> Outcome:
    """An answer to a question in between, then once more what stands open; not where the answer opened something of its own.

    "Was that it?" gives way: one open question at a time.
    """
    elsewhere = any(x.kind in ("handoff", "scam_warning", "emergency", "identity") for x in made.replies)
    left = replace(made.state, waiting=turn.state.waiting)
    open_ = turn.state.waiting in FORMS and kept(left) is not None and not elsewhere
    if not open_ or made.forget or made.state.waiting not in (None, "satisfied", turn.state.waiting):
        return made
    again = await resume(replace(turn, state=left))
    told = tuple(replace(x, buttons=()) for x in made.replies if x.kind != "menu")
    return again.but(replies=(*told, *again.replies), profile=made.profile, missed=made.missed, warned=made.warned)


async def after_binding(turn: Turn, made: Outcome) -> Outcome:
    """Once a card is bound, the booking that had to wait for it goes on."""
    bound = any(x.kind == "identity" and x.status == "bound" for x in made.replies)
    if not bound or not made.state.booking or made.state.waiting is not None:
        return made
    on = await booking.again(replace(turn, text=made.state.question or "", state=made.state))
    told = tuple(replace(x, buttons=()) for x in made.replies)
    return on.but(replies=(*told, *on.replies), consent=made.consent, missed=(*made.missed, *on.missed))


def _finished(state: State) -> dict[str, str]:
    """The card without a field being asked."""
    return {k: v for k, v in state.card.items() if k != "step"}
