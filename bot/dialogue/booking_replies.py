"""What is said of an appointment that is being arranged, and what stays open behind it: a function for each situation. None of them asks the hospital."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.dialogue import answer, binding, booking_words, prompts, whom
from bot.dialogue.care import beside_entries
from bot.dialogue.model import Button, Missed, Outcome, Reply, Scored, Turn, outcome
from bot.dialogue.wish import Open, Wish
from bot.hospital.model import VISIT_TYPES, Binding, Doctor, Hold, Slot

FULLY_BOOKED = "special.fully-booked"
HOW_TO_BOOK = "services.booking"
NAMED_DOCTORS = 6       # named where a doctor is not known


def _ask(turn: Turn, open_: Open, reply: Reply, question: str | None) -> Outcome:
    """The reply, with its buttons on offer and the request open; no entry stands answered."""
    return prompts.open_with(turn, reply, "booking", booking=open_.state(turn), question=question, entries=())


def free(turn: Turn, open_: Open, slots: Sequence[Slot], lead: str) -> Outcome:
    """Up to five slots to choose from; what is still open may be said as well."""
    missing = turn.say("booking_or_day") if not open_.wish.when else turn.say("booking_or_other")
    text = "\n\n".join((lead, booking_words.listed(turn, slots), missing))
    reply = Reply("booking", text, buttons=booking_words.slot_buttons(turn, slots), query=open_.wish.payload(), status="free")
    return _ask(turn, open_, reply, turn.text)


def full(turn: Turn, open_: Open, slots: Sequence[Slot], lead: str) -> Outcome:
    """Nothing free for the wish: real alternatives, a watch, and the official ways."""
    watch = Button(turn.say("booking_watch"), "booking_watch")
    listed = booking_words.listed(turn, slots)
    text = "\n\n".join([lead, *([turn.say("booking_instead"), listed] if slots else []), turn.say("booking_full_how")])
    reply = Reply("booking", text, buttons=(*booking_words.slot_buttons(turn, slots), watch), query=open_.wish.payload(), status="full")
    made = prompts.open_with(turn, reply, "booking", booking=open_.state(turn), question=turn.text)
    playbook = (answer.one(turn, Scored(FULLY_BOOKED, 1.0)),) if FULLY_BOOKED in turn.library.entries else ()
    return made.but(replies=(*made.replies, *playbook))


def what_kind(turn: Turn, open_: Open) -> Outcome:
    """Nothing was said yet: one question, the kinds of visits to tap."""
    buttons = tuple(Button(turn.say(f"visit_{x}"), "booking_visit", x) for x in VISIT_TYPES)
    reply = Reply("booking", turn.say("booking_what"), buttons=buttons, query=open_.wish.payload(), status="asked")
    return _ask(turn, open_, reply, turn.text)


def which_doctor(turn: Turn, open_: Open, found: tuple[Doctor, ...]) -> Outcome:
    """Two doctors of that name: which of them?"""
    buttons = tuple(Button(booking_words.doctor(turn, x), "booking_doctor", x.id) for x in found)
    text = turn.say("booking_which", name=open_.wish.doctor)
    reply = Reply("booking", text, buttons=buttons, query=open_.wish.payload(), status="asked")
    return _ask(turn, open_, reply, turn.text)


def unknown_doctor(turn: Turn, open_: Open, doctors: tuple[Doctor, ...]) -> Outcome:
    """Nobody here has that name: who there is, for the kind of visit that is wanted."""
    wanted = set(open_.wish.visit_types)
    there = [x for x in doctors if (not wanted or wanted & set(x.visit_types)) and open_.wish.department in (None, x.department)]
    named = there[:NAMED_DOCTORS]
    buttons = tuple(Button(booking_words.doctor(turn, x), "booking_doctor", x.id) for x in named)
    reply = Reply("booking", turn.say("booking_unknown_doctor", name=open_.wish.doctor), buttons=buttons, query=open_.wish.payload(),
                  status="unknown_doctor")
    return _ask(turn, open_, reply, turn.text)


def other_department(turn: Turn, open_: Open) -> Outcome:
    """A department that does not book here: the way to it is the hospital's own account."""
    reply = Reply("booking", turn.say("booking_other_department"), query=open_.wish.payload(), status="unavailable")
    return _official(turn, open_, reply)


def unavailable(turn: Turn, open_: Open) -> Outcome:
    """It could not be checked, which is not "nothing free": the official way to book."""
    words = "booking_unchecked" if turn.hospital is not None else "booking_unavailable"
    reply = Reply("booking", turn.say(words), query=open_.wish.payload(), status="unavailable")
    made = _official(turn, open_, reply)
    return made.but(missed=(Missed(turn.text, "unavailable"),)) if turn.hospital is not None else made


def _official(turn: Turn, open_: Open, reply: Reply) -> Outcome:
    told = beside_entries(turn) or ((Scored(HOW_TO_BOOK, 0.0),) if HOW_TO_BOOK in turn.library.entries else ())
    made = prompts.open_with(turn, reply, None, booking=open_.state(turn), question=turn.text, entries=tuple(x.name for x in told))
    return made.but(replies=(reply, *(answer.one(turn, x) for x in told)))


def in_group(turn: Turn) -> Outcome:
    """In a group an appointment is nobody's business but hers."""
    wish = Wish().with_said(turn.entities)
    reply = Reply("booking", turn.say("booking_group"), query=wish.payload(), status="private_only")
    return outcome(turn, reply, question=turn.text)


def for_whom(turn: Turn, open_: Open, may: tuple[Binding, ...]) -> Outcome:
    """She may book for several patients and has no card of her own: for which of them?"""
    reply = Reply("booking", turn.say("booking_for_whom"), buttons=whom.buttons(turn, may), query=open_.wish.payload(), status="asked")
    return _ask(turn, open_, reply, turn.state.question)


def already_booked(turn: Turn, open_: Open) -> Outcome:
    """She has an appointment with this doctor on that day: the request is over."""
    return outcome(turn, Reply("booking", turn.say("booking_already"), query=open_.wish.payload(), status="booked"), booking={})


def bind_first(turn: Turn, open_: Open) -> Outcome:
    """The hospital books for bound patients only: the binding begins, and after it the booking goes on."""
    reply = Reply("booking", turn.say("booking_bind_first"), query=open_.wish.payload(), status="asked")
    asks = binding.start(replace(turn, text=turn.state.question or turn.text), None)
    return asks.but(replies=(reply, *asks.replies), state=replace(asks.state, booking=open_.state(turn)))


def held(turn: Turn, open_: Open, hold: Hold, whose: Binding | None = None, may: tuple[Binding, ...] = ()) -> Outcome:
    """Ask her to confirm what is kept for her.

    Args:
        whose: the card it is kept under; told where it is not her own.
        may: all for whom she may book.
    """
    others = tuple(x for x in may if whose is not None and x.id != whose.id)
    buttons = (Button(turn.say("booking_confirm"), "booking_confirm"), Button(turn.say("booking_another"), "booking_another"),
               *whom.buttons(turn, others), Button(turn.say("booking_leave"), "booking_leave"))
    slot = "\n".join((booking_words.slot(turn, hold.slot), *whom.named(turn, whose)))
    text = turn.say("booking_held", slot=slot, until=booking_words.clock(hold.until))
    reply = Reply("booking", text, buttons=buttons, query=booking_words.slot_query(open_.wish, hold.slot), status="held")
    return _ask(turn, open_, reply, turn.state.question)
