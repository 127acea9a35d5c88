"""A hospital's data as plain values: what a demonstration generates, an import reads and an implementation is filled with."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from bot.hospital.model import SCOPES, Department, Doctor, Scope, Turnaround, VisitType


@dataclass(frozen=True)
class Opening:
    """A time that a doctor offers.

    Attributes:
        doctor: id.
        taken: whether it went to a patient by another way (counter, telephone, mini program).
    """

    doctor: str
    visit_type: VisitType
    starts: datetime
    ends: datetime
    place_zh: str = ""
    place_en: str = ""
    taken: bool = False


@dataclass(frozen=True)
class PatientRecord:
    """A patient as registered; everything but id, label and links is kept as a hash only."""

    id: str
    label: str
    name: str = field(repr=False)
    id_number: str = field(repr=False)
    card_number: str = field(repr=False)
    phone: str = field(repr=False)
    linked: tuple[str, ...] = ("card", "id")


@dataclass(frozen=True)
class CodeRecord:
    """A binding code that the hospital gave out.

    Attributes:
        once: whether it is used up by the first use; only a demonstration's is not.
    """

    code: str
    patient_id: str
    until: datetime | None = None
    once: bool = True
    scope: tuple[Scope, ...] = SCOPES


@dataclass(frozen=True)
class OrderRecord:
    """A test order and when each step happened, or in a demonstration will happen."""

    number: str
    patient_id: str
    test: str
    ordered: datetime
    collected: datetime | None = None
    in_lab: datetime | None = None
    preliminary: datetime | None = None
    released: datetime | None = None
    visible: datetime | None = None
    cancelled: datetime | None = None
    platform: str | None = None


@dataclass(frozen=True)
class World:
    """All of it."""

    departments: tuple[Department, ...] = ()
    doctors: tuple[Doctor, ...] = ()
    openings: tuple[Opening, ...] = ()
    patients: tuple[PatientRecord, ...] = ()
    codes: tuple[CodeRecord, ...] = ()
    turnarounds: tuple[Turnaround, ...] = ()
    orders: tuple[OrderRecord, ...] = ()
