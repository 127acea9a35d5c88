"""For whom an appointment is: under her own card where one is bound, else under that of the one patient who lets her book."""

from __future__ import annotations

from collections.abc import Sequence

from bot.dialogue.model import Button, Turn
from bot.hospital.model import Binding, Person


async def bookable(turn: Turn) -> tuple[Binding, ...]:
    """The cards under which this conversation may book, her own first.

    Raises:
        HospitalUnavailable: it could not be looked up.
    """
    if turn.hospital is None:
        return ()
    bound = [x for x in await turn.hospital.bindings(turn.conversation) if "booking" in x.scope]
    return tuple(sorted(bound, key=lambda x: x.relation != "self"))


def chosen(may: Sequence[Binding], patient: str | None) -> Binding | None:
    """The card to book under; None where there is none, or several of other people and nobody said which.

    Args:
        patient: the hospital's id of the one she chose.
    """
    named = [x for x in may if x.patient_id == patient]
    own = [x for x in may if x.relation == "self"]
    return next(iter((*named, *own, *(may if len(may) == 1 else ()))), None)


def acting(turn: Turn, whose: Binding | None) -> Person:
    """On whose behalf the hospital is asked."""
    return Person(turn.conversation, None if whose is None else whose.patient_id)


async def person(turn: Turn, patient: str | None = None) -> Person:
    """On whose behalf, looked up.

    Raises:
        HospitalUnavailable: it could not be looked up.
    """
    return acting(turn, chosen(await bookable(turn), patient))


def buttons(turn: Turn, may: Sequence[Binding]) -> tuple[Button, ...]:
    """One for each of those for whom she may book."""
    return tuple(Button(turn.say("booking_for", label=x.label), "booking_for", x.patient_id) for x in may)


def named(turn: Turn, whose: Binding | None) -> tuple[str, ...]:
    """Whose appointment it is, where it is not her own."""
    return () if whose is None or whose.relation == "self" else (turn.say("booking_patient", label=whose.label),)
