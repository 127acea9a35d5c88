"""The tables of a hospital kept in SQL, and those by which the bot knows whom a conversation may act for.

Times are the centre's own, without a zone. Names, numbers, telephones and codes are kept as keyed hashes only (`codes.kept`).
"""
# mypy: allow-subclassing-any

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, Date, DateTime, ForeignKey, Index, Integer, String, UniqueConstraint

from bot.store.tables import Base


class DepartmentRow(Base):
    """A department."""

    __tablename__ = "hospital_department"
    id = Column(String(40), primary_key=True)
    zh = Column(String(80), nullable=False)
    en = Column(String(80), nullable=False)


class DoctorRow(Base):
    """A doctor who sees patients."""

    __tablename__ = "hospital_doctor"
    id = Column(String(40), primary_key=True)
    name = Column(String(40), nullable=False)
    surname = Column(String(20), nullable=False)
    given = Column(String(20), nullable=False)
    pinyin = Column(String(80), nullable=False)
    english = Column(String(80), nullable=False)
    title_zh = Column(String(40), nullable=False)
    title_en = Column(String(80), nullable=False)
    department_id = Column(String(40), ForeignKey("hospital_department.id"), nullable=False)
    visit_types = Column(JSON, nullable=False)


class SlotRow(Base):
    """One appointment's time. `vacant` until it is booked or withdrawn; a hold keeps it from others until `held_until`."""

    __tablename__ = "hospital_slot"
    __table_args__ = (
        UniqueConstraint("doctor_id", "starts_at", name="uq_hospital_slot"),
        Index("ix_hospital_slot_doctor", "vacant", "doctor_id", "starts_at"),
        Index("ix_hospital_slot_type", "vacant", "visit_type", "starts_at"),
        Index("ix_hospital_slot_department", "vacant", "department_id", "starts_at"),
        Index("ix_hospital_slot_time", "vacant", "starts_at"),
        Index("ix_hospital_slot_session", "starts_at", "doctor_id"),
    )
    id = Column(Integer, primary_key=True, autoincrement=True)
    doctor_id = Column(String(40), ForeignKey("hospital_doctor.id"), nullable=False)
    department_id = Column(String(40), nullable=False)
    visit_type = Column(String(10), nullable=False)
    day = Column(Date, nullable=False)
    part = Column(String(8), nullable=False)
    starts_at = Column(DateTime, nullable=False)
    ends_at = Column(DateTime, nullable=False)
    place_zh = Column(String(80), nullable=False, default="")
    place_en = Column(String(80), nullable=False, default="")
    vacant = Column(Boolean, nullable=False, default=True)
    held_until = Column(DateTime)
    held_by = Column(String(80))            # the request
    held_for = Column(String(64))           # the conversation


class HoldRow(Base):
    """A request for a slot and what became of it."""

    __tablename__ = "hospital_hold"
    __table_args__ = (Index("ix_hospital_hold_conversation", "conversation", "state"),)
    request = Column(String(80), primary_key=True)
    slot_id = Column(Integer, ForeignKey("hospital_slot.id"), nullable=False)
    conversation = Column(String(64), nullable=False)
    patient_id = Column(String(64))
    until = Column(DateTime, nullable=False)
    state = Column(String(10), nullable=False)      # held, released, confirmed
    moving = Column(Integer)                        # the appointment it is to replace
    appointment_id = Column(Integer)


class AppointmentRow(Base):
    """A booked slot. `sold` and `guard` stand while it counts: no slot is sold twice, nobody sees one doctor twice a day."""

    __tablename__ = "hospital_appointment"
    __table_args__ = (
        UniqueConstraint("sold", name="uq_hospital_appointment_sold"),
        UniqueConstraint("guard", name="uq_hospital_appointment_guard"),
        Index("ix_hospital_appointment_conversation", "conversation"),
        Index("ix_hospital_appointment_patient", "patient_id"),
    )
    id = Column(Integer, primary_key=True, autoincrement=True)
    slot_id = Column(Integer, ForeignKey("hospital_slot.id"), nullable=False)
    conversation = Column(String(64))               # none after the patient asked to be forgotten
    patient_id = Column(String(64))
    state = Column(String(10), nullable=False)      # booked, cancelled
    sold = Column(Integer)                          # the slot's id while booked
    guard = Column(String(160))
    booked_at = Column(DateTime, nullable=False)
    cancelled_at = Column(DateTime)


class WatchRow(Base):
    """Somebody waits for a slot: `waiting`, then `served` with a hold, then gone when told."""

    __tablename__ = "hospital_watch"
    __table_args__ = (
        UniqueConstraint("guard", name="uq_hospital_watch_guard"),
        Index("ix_hospital_watch_conversation", "conversation"),
        Index("ix_hospital_watch_wish", "state", "signature", "id"),
        {"sqlite_autoincrement": True},     # an id once told of is never given again
    )
    id = Column(Integer, primary_key=True, autoincrement=True)
    conversation = Column(String(64), nullable=False)
    patient_id = Column(String(64))
    query = Column(JSON, nullable=False)
    signature = Column(String(64), nullable=False)
    guard = Column(String(130), nullable=False)     # conversation and wish
    since = Column(DateTime, nullable=False)
    last_day = Column(Date)
    state = Column(String(10), nullable=False)
    hold = Column(String(80))


class PatientRow(Base):
    """A patient as the hospital's records know her; only what binding needs."""

    __tablename__ = "hospital_patient"
    __table_args__ = (Index("ix_hospital_patient_number", "id_number"), Index("ix_hospital_patient_card", "card_number"))
    id = Column(String(64), primary_key=True)
    label = Column(String(20), nullable=False)      # masked, for the patient herself: 王**
    name = Column(String(64), nullable=False)
    id_number = Column(String(64))
    card_number = Column(String(64))
    phone = Column(String(64), nullable=False)
    linked = Column(JSON, nullable=False)           # of card, id


class CodeRow(Base):
    """A binding code that somebody was given: by the hospital, or by the patient of a conversation for her family."""

    __tablename__ = "hospital_code"
    code = Column(String(64), primary_key=True)
    patient_id = Column(String(64), ForeignKey("hospital_patient.id"), nullable=False)
    relation = Column(String(8), nullable=False)
    scope = Column(JSON, nullable=False)
    until = Column(DateTime)
    once = Column(Boolean, nullable=False, default=True)    # false only for the demonstration's
    used_at = Column(DateTime)
    granted_by = Column(String(64), index=True)     # conversation of the patient who gave it to her family; it ends with her erasure
    granted_at = Column(DateTime)


class ChallengeRow(Base):
    """A code sent to a telephone; without patient and code where the claim was wrong."""

    __tablename__ = "hospital_challenge"
    id = Column(String(40), primary_key=True)
    conversation = Column(String(64), nullable=False, index=True)
    patient_id = Column(String(64))
    code = Column(String(64))
    until = Column(DateTime, nullable=False)
    used_at = Column(DateTime)


class AttemptsRow(Base):
    """Wrong codes and claims of a conversation, counted from `since`."""

    __tablename__ = "hospital_attempts"
    conversation = Column(String(64), primary_key=True)
    wrong = Column(Integer, nullable=False, default=0)
    claims = Column(Integer, nullable=False, default=0)
    since = Column(DateTime, nullable=False)
    locked_until = Column(DateTime)


class BindingRow(Base):
    """A conversation that may act for a patient; deleted when it may no longer."""

    __tablename__ = "hospital_binding"
    __table_args__ = (
        UniqueConstraint("conversation", "patient_id", name="uq_hospital_binding"),
        Index("ix_hospital_binding_patient", "patient_id"),
        {"sqlite_autoincrement": True},
    )
    id = Column(Integer, primary_key=True, autoincrement=True)
    conversation = Column(String(64), nullable=False)
    patient_id = Column(String(64), ForeignKey("hospital_patient.id"), nullable=False)
    relation = Column(String(8), nullable=False)
    scope = Column(JSON, nullable=False)
    how = Column(String(10), nullable=False)
    since = Column(DateTime, nullable=False)
    granted_by = Column(String(64), index=True)     # of a family member: conversation of the patient whose code it was


class TestRow(Base):
    """A test and how long it usually takes from collection to release."""

    __tablename__ = "hospital_test"
    __test__ = False
    code = Column(String(40), primary_key=True)
    least_hours = Column(Integer, nullable=False)
    most_hours = Column(Integer, nullable=False)


class OrderRow(Base):
    """An ordered test and when each step happened; a step to come is empty or lies ahead."""

    __tablename__ = "hospital_order"
    __table_args__ = (
        UniqueConstraint("number", name="uq_hospital_order_number"),
        Index("ix_hospital_order_patient", "patient_id", "ordered_at"),
    )
    id = Column(Integer, primary_key=True, autoincrement=True)
    number = Column(String(40), nullable=False)     # the hospital's
    patient_id = Column(String(64), nullable=False)
    test = Column(String(40), nullable=False)
    ordered_at = Column(DateTime, nullable=False)
    collected_at = Column(DateTime)
    in_lab_at = Column(DateTime)
    preliminary_at = Column(DateTime)
    released_at = Column(DateTime)
    visible_at = Column(DateTime)
    cancelled_at = Column(DateTime)
    platform = Column(String(40))


class ReportWatchRow(Base):
    """Somebody waits for a report; gone when told."""

    __tablename__ = "hospital_report_watch"
    __table_args__ = (UniqueConstraint("conversation", "order_id", name="uq_hospital_report_watch"), {"sqlite_autoincrement": True})
    id = Column(Integer, primary_key=True, autoincrement=True)
    conversation = Column(String(64), nullable=False)
    order_id = Column(Integer, ForeignKey("hospital_order.id"), nullable=False, index=True)
    since = Column(DateTime, nullable=False)


class FhirSlotRow(Base):
    """What a FHIR server last said of a slot, for `FhirHospital`: a slot without such a row is not the server's."""

    __tablename__ = "hospital_fhir_slot"
    __table_args__ = (UniqueConstraint("remote", name="uq_hospital_fhir_slot_remote"), Index("ix_hospital_fhir_slot_token", "token"))
    slot_id = Column(Integer, ForeignKey("hospital_slot.id"), primary_key=True, autoincrement=False)
    remote = Column(String(64), nullable=False)     # the server's id
    status = Column(String(20), nullable=False)
    token = Column(String(64))                      # our mark on it, where we hold or booked it
    version = Column(String(64))
    updated = Column(String(32))                    # the server's time of that version, in UTC


class FhirAppointmentRow(Base):
    """The FHIR server's id of an appointment."""

    __tablename__ = "hospital_fhir_appointment"
    __table_args__ = (UniqueConstraint("remote", name="uq_hospital_fhir_appointment_remote"),)
    appointment_id = Column(Integer, ForeignKey("hospital_appointment.id"), primary_key=True, autoincrement=False)
    remote = Column(String(64), nullable=False)


class FhirStateRow(Base):
    """How far the FHIR server has been read, by name."""

    __tablename__ = "hospital_fhir_state"
    name = Column(String(40), primary_key=True)
    value = Column(String(80), nullable=False)
