"""The appointment a patient wishes for, gathered over several messages: what each says, how it changes what was said before, and what stands open of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from bot.dialogue.model import Turn
from bot.hospital.model import SlotQuery
from bot.text.dates import Window
from bot.text.entities import Entities

KEPT = timedelta(days=2)        # an unfinished request older than this is not taken up again
OFFERS = 5                      # slots shown at once; more cannot be read on a telephone


@dataclass(frozen=True)
class Wish:
    """Everything empty means "anything".

    Attributes:
        doctor: as the patient wrote the name.
        doctor_id: the hospital's, once it is known which doctor is meant.
        when: one window for each day or unbroken range; none for "as early as can be".
    """

    visit_types: tuple[str, ...] = ()
    doctor: str | None = None
    doctor_id: str | None = None
    department: str | None = None
    when: tuple[Window, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether nothing was said yet."""
        return self == Wish()

    def asked(self) -> SlotQuery:
        """What to ask the hospital for."""
        doctors = (self.doctor_id,) if self.doctor_id else ()
        return SlotQuery(self.visit_types, doctors, None if doctors else self.department, self.when, OFFERS)

    def payload(self) -> dict[str, Any]:
        """The contract's `query` (`docs/rest.md`)."""
        return {"visit_type": list(self.visit_types), "doctor": self.doctor, "doctor_id": self.doctor_id, "department": self.department,
                "when": [_plain(x) for x in self.when], "tests": []}

    def to_json(self) -> dict[str, Any]:
        """A form that the database keeps."""
        return {"visit_types": list(self.visit_types), "doctor": self.doctor, "doctor_id": self.doctor_id, "department": self.department,
                "when": [_plain(x) for x in self.when]}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Wish:
        """The inverse of `to_json`."""
        return cls(tuple(data.get("visit_types") or ()), data.get("doctor"), data.get("doctor_id"), data.get("department"),
                   tuple(_window(x) for x in data.get("when") or ()))

    def with_said(self, read: Entities) -> Wish:
        """The wish after a message: what it names replaces what was wished, the rest stays.

        A day without a part of the day keeps the one wished before ("Wednesday morning … no, Thursday"), and the other way round. A
        department named without a doctor lets go of the doctor.
        """
        named = bool(read.doctor) and read.doctor != self.doctor
        department = read.departments[0] if read.departments else self.department
        gone = bool(read.departments) and not read.doctor and department != self.department
        return Wish(
            visit_types=tuple(read.visit_types) or self.visit_types,
            doctor=read.doctor if named else None if gone else self.doctor,
            doctor_id=None if named or gone else self.doctor_id,
            department=department,
            when=() if read.earliest and not read.when else self._when(tuple(read.when)),
        )

    def _when(self, said: tuple[Window, ...]) -> tuple[Window, ...]:
        if not said:
            return self.when
        parts = {x.part for x in self.when if x.part}
        if self.when and all(x.from_ is None and x.to is None for x in said):      # only a part of the day was said
            return tuple(replace(x, part=said[0].part) for x in self.when)
        if len(parts) == 1 and all(x.part is None and x.from_ == x.to for x in said):
            return tuple(replace(x, part=next(iter(parts))) for x in said)
        return said


@dataclass(frozen=True)
class Open:
    """What is under way, as `State.booking` keeps it, with the time of the last word (`at`).

    Attributes:
        request: under which a slot was asked for: asked again under the same one, the hospital answers with the same hold.
        hold, slot: the hospital's ids of the hold and of its slot, or of the slot alone while it is asked for whom it is.
        moving: the appointment that the new one takes the place of.
        patient: the hospital's id of the patient whom she chose.
    """

    wish: Wish = Wish()
    request: str | None = None
    hold: str | None = None
    slot: str | None = None
    moving: str | None = None
    patient: str | None = None

    @classmethod
    def of(cls, turn: Turn) -> Open:
        """The open request of this conversation, unless it is too old."""
        kept = turn.state.booking
        if not kept or turn.now - datetime.fromisoformat(kept["at"]) > KEPT:
            return cls()
        return cls(Wish.from_json(kept.get("wish") or {}), kept.get("request"), kept.get("hold"), kept.get("slot"), kept.get("moving"),
                   kept.get("patient"))

    def state(self, turn: Turn) -> dict[str, Any]:
        """What the state keeps."""
        return {"wish": self.wish.to_json(), "request": self.request, "hold": self.hold, "slot": self.slot, "moving": self.moving,
                "patient": self.patient, "at": turn.now.isoformat()}


def says_something(read: Entities) -> bool:
    """Whether a message names anything that an appointment is made of."""
    return bool(read.visit_types or read.doctor or read.departments or read.when or read.earliest)


def _plain(window: Window) -> dict[str, str | None]:
    return {"from": window.from_.isoformat() if window.from_ else None, "to": window.to.isoformat() if window.to else None, "part": window.part}


def _window(data: Mapping[str, str | None]) -> Window:
    first, last = data.get("from"), data.get("to")
    return Window(date.fromisoformat(first) if first else None, date.fromisoformat(last) if last else None, data.get("part"))
