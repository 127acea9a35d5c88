"""What can go wrong with the hospital, by name. A message here is for staff and logs: it holds no code, name or number of a patient."""

from __future__ import annotations

from datetime import datetime

from bot.errors import GuideError


class HospitalError(GuideError):
    """The base of all of them."""


class HospitalUnavailable(HospitalError):
    """The hospital could not be asked: down, too slow, or refusing us. Never to be told as "nothing free" or "not ready"."""


class NonsenseReply(HospitalUnavailable):
    """The hospital answered with something that cannot be understood; for the patient the same as not reached."""


class UnknownDoctor(HospitalError):
    """No doctor has this id."""


class SlotGone(HospitalError):
    """The slot does not exist, has begun, or is another patient's by now."""


class HoldExpired(HospitalError):
    """The hold ran out, was released or never was; the slot may still be free."""


class AlreadyBooked(HospitalError):
    """The patient has an appointment with the same doctor on the same day.

    Args:
        appointment_id: that appointment.
    """

    def __init__(self, appointment_id: str) -> None:
        super().__init__(f"already booked: appointment {appointment_id}")
        self.appointment_id = appointment_id


class UnknownAppointment(HospitalError):
    """There is no such appointment of this person; also where it is somebody else's."""


class TooLate(HospitalError):
    """The appointment has begun, so it can be neither cancelled nor moved."""


class NotBound(HospitalError):
    """The conversation is bound to no patient, or not to this one."""


class NotAllowed(HospitalError):
    """A family member's binding does not cover this."""


class MalformedCode(HospitalError):
    """A text that no hospital code can be: mistyped. It counts as no attempt."""


class WrongCode(HospitalError):
    """A code of the right form that is nobody's, used or out of date; which of these is not told.

    Args:
        left: attempts that remain before the conversation is locked.
    """

    def __init__(self, left: int) -> None:
        super().__init__(f"wrong code, {left} attempts left")
        self.left = left


class LockedOut(HospitalError):
    """Too many wrong codes or identities from this conversation.

    Args:
        until: when it may try again, the centre's time.
    """

    def __init__(self, until: datetime) -> None:
        super().__init__(f"locked until {until:%Y-%m-%d %H:%M}")
        self.until = until
