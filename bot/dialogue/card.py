"""The card of key facts a doctor needs (last period, medication, earlier cycles, losses), filled in by dialogue if she likes.

Source of the four facts: article, section 4, entry `details.key-information`. Nothing is kept before she agreed, and the card goes with
the conversation's state when she deletes her data.
"""

from __future__ import annotations

from typing import Any

from bot.dialogue import prompts
from bot.dialogue.choosing import surely_asks
from bot.dialogue.model import Button, Outcome, Reply, Turn, outcome
from bot.text.replies import is_no, is_yes

FIELDS = ("last_period", "medication", "cycles", "losses")
MAX_CHARACTERS = 200        # of one field
WORD = 6                    # characters; a message so short is what stands in the field, whatever it looks like


def start(turn: Turn) -> Outcome:
    """Ask for consent before the first fact is kept; in a group, point to a private chat."""
    if turn.group:
        return outcome(turn, Reply("defer", turn.say("private_only")))
    buttons = (Button(turn.say("card_yes"), "card_agree"), Button(turn.say("card_no"), "card_stop"))
    reply = Reply("defer", turn.say("card_consent"), buttons=buttons)
    return prompts.open_with(turn, reply, "card", card={"step": "consent"})


def resume(turn: Turn) -> Outcome | None:
    """Take the message as the field being asked; None lets a question of another kind through, the card waits."""
    step = turn.state.card.get("step", "")
    if step == "consent":
        return _consent(turn)
    if step not in FIELDS or _leaves(turn):
        return None
    return _next(turn, {**turn.state.card, step: turn.text[:MAX_CHARACTERS]})


def _consent(turn: Turn) -> Outcome | None:
    if is_yes(turn.text):
        return act(turn, "card_agree")
    return act(turn, "card_stop") if is_no(turn.text) else None


def _leaves(turn: Turn) -> bool:
    """Whether this is surely something else than an answer to the field: an emergency, or a sure question."""
    return turn.intent in ("emergency", "handoff", "delete_data", "scam") or surely_asks(turn) and len(turn.text) > WORD


def act(turn: Turn, do: str) -> Outcome:
    """One of the card's buttons."""
    if do == "card_start":
        return start(turn)
    if do == "card_agree":
        return _next(turn, {}).but(consent="card")
    if do == "card_skip":
        return _next(turn, {**turn.state.card, str(turn.state.card.get("step", FIELDS[0])): ""})
    return outcome(turn, Reply("defer", turn.say("card_stopped")), card={})


def ask(turn: Turn) -> Outcome:
    """Ask once more for the field that stands open."""
    return _next(turn, {k: v for k, v in turn.state.card.items() if k != "step"})


def _next(turn: Turn, card: dict[str, Any]) -> Outcome:
    missing = next((x for x in FIELDS if x not in card), None)
    if missing is None:
        return _done(turn, {x: card[x] for x in FIELDS})
    buttons = (Button(turn.say("card_skip"), "card_skip"), Button(turn.say("card_end"), "card_stop"))
    reply = Reply("defer", turn.say(f"card_{missing}"), buttons=buttons)
    return prompts.open_with(turn, reply, "card", card={**card, "step": missing})


def _done(turn: Turn, card: dict[str, str]) -> Outcome:
    lines = "\n".join(f"{turn.say(f'card_name_{x}')}{card[x] or turn.say('card_empty')}" for x in FIELDS)
    return outcome(turn, Reply("defer", f"{turn.say('card_done')}\n\n{lines}\n\n{turn.say('card_use')}"), card=card)
