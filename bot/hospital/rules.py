"""Rules of a hospital that hold in every implementation, as pure functions."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from bot.hospital.model import SYNC_LEAST, VISIT_TYPES, Doctor, OrderState, Person, Scope, Slot, SlotQuery, VisitType, Window


def wide_open(query: SlotQuery) -> bool:
    """Whether any day will do."""
    return not query.windows or any(x.from_ is None and x.to is None and x.part is None for x in query.windows)


def matches(query: SlotQuery, slot: Slot) -> bool:
    """Whether a slot is one that the query asks for; whether it is free or gone by is not looked at."""
    return (
        (not query.visit_types or slot.visit_type in query.visit_types)
        and (not query.doctors or slot.doctor.id in query.doctors)
        and (query.department is None or slot.doctor.department == query.department)
        and (wide_open(query) or any(_within(x, slot) for x in query.windows))
    )


def _within(window: Window, slot: Slot) -> bool:
    return (
        (window.from_ is None or window.from_ <= slot.day)
        and (window.to is None or slot.day <= window.to)
        and (window.part is None or window.part == slot.part)
    )


def last_day(query: SlotQuery) -> date | None:
    """The last day on which the query can be met; None where it is open."""
    if not query.windows or any(x.to is None for x in query.windows):
        return None
    return max(x.to for x in query.windows if x.to is not None)


def other_wishes(query: SlotQuery, doctors: Iterable[Doctor]) -> tuple[tuple[tuple[SlotQuery, ...], ...], ...]:
    """What to ask where nothing is free for a query: on other days, with other doctors of the department, for other visit types.

    Returns:
        For each of the three a tuple of wishes, and for each wish the queries to be tried one after the other until one has a slot.
    """
    one, wanted = replace(query, limit=1), query.visit_types or VISIT_TYPES
    later = tuple(tuple(replace(one, visit_types=(kind,), windows=x) for x in other_days(query)) for kind in wanted)
    others = tuple((replace(one, doctors=(x,), department=None),) for x in other_doctors(query, doctors))
    kinds = tuple((replace(one, visit_types=(x,)),) for x in VISIT_TYPES if x not in wanted)
    return later, others, kinds


def other_days(query: SlotQuery) -> tuple[tuple[Window, ...], ...]:
    """Where else to look: after the days wanted, then anywhere."""
    end = last_day(query)
    return ((),) if end is None or end == date.max else ((Window(end + timedelta(days=1), None),), ())


def other_doctors(query: SlotQuery, doctors: Iterable[Doctor]) -> tuple[str, ...]:
    """Ids of the colleagues of the doctors wanted."""
    known = tuple(doctors)
    homes = {x.department for x in known if x.id in query.doctors}
    return tuple(x.id for x in known if x.department in homes and x.id not in query.doctors)


def query_to_json(query: SlotQuery) -> dict[str, Any]:
    """A form that a database keeps; the same wish always gives the same. The limit is no part of a wish."""
    windows = [[x.from_ and x.from_.isoformat(), x.to and x.to.isoformat(), x.part] for x in query.windows]
    return {
        "visit_types": sorted(set(query.visit_types)), "doctors": sorted(set(query.doctors)), "department": query.department,
        "windows": sorted(windows, key=repr),
    }


def query_from_json(data: dict[str, Any]) -> SlotQuery:
    """The inverse of `query_to_json`."""
    return SlotQuery(
        visit_types=tuple(data["visit_types"]), doctors=tuple(data["doctors"]), department=data["department"],
        windows=tuple(Window(_day(x[0]), _day(x[1]), x[2]) for x in data["windows"]),
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def signature(query: SlotQuery) -> str:
    """The same for the same wish."""
    return hashlib.sha256(json.dumps(query_to_json(query), sort_keys=True).encode()).hexdigest()


def guard(person: Person, doctor_id: str, day: date) -> str:
    """What may be booked once only: one person, one doctor, one day."""
    return f"{person.patient_id or person.conversation}:{doctor_id}:{day.isoformat()}"


def visit_type(text: str) -> VisitType | None:
    """The visit type of this name; None where it is no such thing."""
    return next((x for x in VISIT_TYPES if x == text), None)


def scopes(values: Any) -> tuple[Scope, ...]:
    """The known scopes among some values, in their fixed order."""
    known: tuple[Scope, ...] = ("booking", "reports")
    return tuple(x for x in known if x in values)


def order_state(
    now: datetime, *, ordered: datetime, collected: datetime | None = None, in_lab: datetime | None = None, preliminary: datetime | None = None,
    released: datetime | None = None, visible: datetime | None = None, cancelled: datetime | None = None,
) -> tuple[OrderState, datetime]:
    """How far an order is at a moment, and since when. Times to come have not happened.

    A released report is `released` for the least time that the sync takes and `syncing` from then on until it is visible.
    """
    if cancelled is not None and cancelled <= now:
        return "cancelled", cancelled
    if visible is not None and visible <= now:
        return "visible", visible
    if released is not None and released <= now:
        return ("released", released) if now < released + SYNC_LEAST else ("syncing", released + SYNC_LEAST)
    earlier: tuple[tuple[OrderState, datetime | None], ...] = (("preliminary", preliminary), ("in_lab", in_lab), ("collected", collected))
    return next(((state, at) for state, at in earlier if at is not None and at <= now), ("ordered", ordered))
