"""FHIR R4 resources as the bot's values. Nothing of a resource is believed before its type is known; what cannot be read is None, never an exception.

Results are not looked at: of a `DiagnosticReport` its status and times are read, and nothing else is asked for.
"""

from __future__ import annotations

import copy
import hashlib
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from typing import Any

from bot.clock import ZONE, at_home
from bot.hospital.fhir_profile import Profile
from bot.hospital.model import SYNC_MOST, VISIT_TYPES, Doctor, VisitType
from bot.hospital.world import OrderRecord

Resource = Mapping[str, Any]

HORIZON = timedelta(days=400)       # no schedule is published further ahead: a slot in the year 2099 is a slip of somebody's finger
LONGEST = timedelta(hours=24)       # of a slot
TAKEN = ("busy", "busy-unavailable", "busy-tentative")
OVER = ("cancelled", "noshow", "entered-in-error")
STANDING = ("pending", "booked", "arrived", "checked-in")
FINAL = ("final", "amended", "corrected", "appended")
BEGUN = ("partial", "preliminary")
_INSTANT = re.compile(r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(Z|[+-]\d\d:\d\d)", re.ASCII)
_HAN = re.compile(r"[\u3400-\u9fff]")


@dataclass(frozen=True)
class RemoteSlot:
    """A slot as the server tells it.

    Attributes:
        schedule: id of its schedule.
        kind: None where only the schedule says it.
        token: our mark; None where it has none.
        version, updated: of what was read; `updated` in UTC, comparable as text.
    """

    remote: str
    schedule: str
    status: str
    starts: datetime
    ends: datetime
    kind: VisitType | None
    token: str | None
    version: str | None
    updated: str | None

    @property
    def free(self) -> bool:
        """Whether the server gives it to anybody."""
        return self.status == "free"


@dataclass(frozen=True)
class Place:
    """Where a schedule takes place, in both languages; empty where the server does not say."""

    zh: str = ""
    en: str = ""


@dataclass(frozen=True)
class ScheduleInfo:
    """Whose sessions a schedule holds."""

    doctor: str
    kinds: tuple[VisitType, ...]
    place: Place


@dataclass(frozen=True)
class Directory:
    """Doctors, and schedules by their ids on the server.

    Attributes:
        left_out: roles and schedules that cannot be told: no name, a department or visit type that the profile does not know.
    """

    doctors: Mapping[str, Doctor]
    schedules: Mapping[str, ScheduleInfo]
    roles: Mapping[str, str]
    left_out: int


@dataclass(frozen=True)
class RemotePatient:
    """What binding needs of a patient; nothing of it is kept readable."""

    remote: str
    label: str
    names: tuple[str, ...] = field(repr=False)
    id_numbers: tuple[str, ...] = field(repr=False)
    cards: tuple[str, ...] = field(repr=False)
    phones: tuple[str, ...] = field(repr=False)
    linked: tuple[str, ...] = ()
    codes: Mapping[str, datetime | None] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class RemoteAppointment:
    """An appointment as the server tells it."""

    remote: str
    token: str | None
    status: str
    slots: tuple[str, ...]
    patients: tuple[str, ...]
    created: datetime | None


def text(value: Any) -> str:
    """A text, or an empty one."""
    return value if isinstance(value, str) else ""


def items(value: Any) -> list[dict[str, Any]]:
    """The objects of a list; nothing of anything else."""
    return [x for x in value if isinstance(x, dict)] if isinstance(value, list) else []


def clean(value: Any, most: int) -> str:
    """A name for display: no markup, no invisible or control characters, not longer than its column."""
    plain = re.sub(r"<[^<>]*>|[<>]", " ", unicodedata.normalize("NFC", text(value)))
    plain = "".join(" " if x.isspace() else x for x in plain if x.isspace() or unicodedata.category(x)[0] != "C")
    return " ".join(plain.split())[:most].strip()


def instant(value: Any, day: bool = False) -> datetime | None:
    """A moment with its zone, at the centre; None for anything else, times without a zone included.

    Args:
        day: whether a day alone will do: its first moment at the centre.
    """
    found = _INSTANT.fullmatch(text(value))
    try:
        if found is None:
            return datetime.combine(date.fromisoformat(text(value)), datetime.min.time(), ZONE) if day else None
        year, month, dayn, hour, minute, second = (int(x or 0) for x in found.groups()[:6])
        micro = int((found[7] or "0").ljust(6, "0")[:6])
        zone = timezone.utc if found[8] == "Z" else datetime.strptime(found[8], "%z").tzinfo
        return at_home(datetime(year, month, dayn, hour, minute, min(second, 59), micro, zone))
    except (ValueError, OverflowError):
        return None


def reference(value: Any, kind: str | None = None) -> str | None:
    """`Kind/id` of a reference, relative or absolute, without a version; None where it is none (of that kind)."""
    told = text(value.get("reference")) if isinstance(value, dict) else ""
    found = re.search(r"(?:^|/)([A-Z][A-Za-z]+)/([A-Za-z0-9.-]{1,64})(?:/_history/[^/]+)?$", told)
    return None if found is None or kind is not None and found[1] != kind else f"{found[1]}/{found[2]}"


def reference_id(value: Any, kind: str) -> str | None:
    """The id in a reference of a kind."""
    found = reference(value, kind)
    return None if found is None else found.partition("/")[2]


def names_of(*concepts: Any) -> Iterator[str]:
    """`system|code` of all codings of some concepts, which may be lists."""
    for concept in concepts:
        for one in [concept] if isinstance(concept, dict) else items(concept):
            yield from (f"{text(x.get('system'))}|{text(x.get('code'))}" for x in items(one.get("coding")) if text(x.get("code")))


def short_id(remote: str, most: int = 40) -> str:
    """The server's id, or a hash of one that is too long for our columns."""
    return remote if len(remote) <= most else "h." + hashlib.sha256(remote.encode()).hexdigest()[: most - 2]


def version_of(resource: Resource) -> tuple[str | None, str | None]:
    """Version and time of a resource; None where the server does not tell."""
    meta = resource.get("meta")
    meta = meta if isinstance(meta, dict) else {}
    version, updated = text(meta.get("versionId")), instant(meta.get("lastUpdated"))
    version = version[:64] if version.isascii() and version.isprintable() else ""
    return version or None, None if updated is None else stamp(updated)


def stamp(moment: datetime) -> str:
    """A moment in UTC, as text that sorts."""
    return moment.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f")


def token_of(resource: Resource, profile: Profile) -> str | None:
    """Our mark on a resource."""
    found = [text(x.get("value")) for x in items(resource.get("identifier")) if x.get("system") == profile.mark]
    return found[0][:64] or None if found else None


def marked(resource: Resource, profile: Profile, status: str, token: str | None) -> dict[str, Any]:
    """A copy in another status, with our mark or without it; everything else of it stays as the server has it."""
    made: dict[str, Any] = copy.deepcopy(dict(resource))
    others = [x for x in items(made.get("identifier")) if x.get("system") != profile.mark]
    identifiers = [*others, *([{"system": profile.mark, "value": token}] if token else [])]
    made.pop("identifier", None)
    return {**made, "status": status, **({"identifier": identifiers} if identifiers else {})}


# schedules


def slot_of(resource: Resource, profile: Profile, now: datetime) -> RemoteSlot | None:
    """A slot; None where it has no schedule, status or sound times, or was entered in error."""
    schedule, status = reference_id(resource.get("schedule"), "Schedule"), text(resource.get("status"))
    starts, ends = instant(resource.get("start")), instant(resource.get("end"))
    if schedule is None or status not in ("free", *TAKEN) or starts is None or ends is None:
        return None
    if not starts < ends <= starts + LONGEST or starts > now + HORIZON:
        return None
    kind = next((profile.visit_types[x] for x in names_of(resource.get("appointmentType"), resource.get("serviceType")) if x in profile.visit_types), None)
    version, updated = version_of(resource)
    return RemoteSlot(text(resource.get("id")), schedule, status, starts, ends, kind, token_of(resource, profile), version, updated)


def directory_of(
    schedules: Iterable[Resource], roles: Iterable[Resource], practitioners: Iterable[Resource], locations: Iterable[Resource], profile: Profile
) -> Directory:
    """Doctors with at least one schedule, and whose each schedule is."""
    people, places = ({text(x.get("id")): x for x in some} for some in (practitioners, locations))
    known: dict[str, Resource] = {text(x.get("id")): x for x in roles if x.get("active") is not False}
    by_person: dict[str, list[str]] = {}
    for name, role in known.items():
        by_person.setdefault(reference_id(role.get("practitioner"), "Practitioner") or "", []).append(name)
    doctors: dict[str, Doctor] = {}
    found: dict[str, ScheduleInfo] = {}
    left_out = 0
    for schedule in schedules:
        if schedule.get("active") is False:
            continue
        acting, kinds = _role(schedule, by_person), _kinds(schedule, profile)
        doctor = None if acting not in known else doctor_of(known[acting], people, profile)
        if doctor is None:
            left_out += 1
            continue
        all_ = {*kinds, *(doctors[doctor.id].visit_types if doctor.id in doctors else ())}
        doctors[doctor.id] = Doctor(**{**vars(doctor), "visit_types": tuple(x for x in VISIT_TYPES if x in all_)})
        found[text(schedule.get("id"))] = ScheduleInfo(doctor.id, kinds, _place(schedule, places))
    return Directory(doctors, found, {short_id(x): x for x in known}, left_out)


def _role(schedule: Resource, by_person: Mapping[str, Sequence[str]]) -> str:
    """The one role that acts in a schedule; empty where it is none or not clear which."""
    actors = items(schedule.get("actor"))
    roles = [x for x in (reference_id(y, "PractitionerRole") for y in actors) if x is not None]
    if not roles:
        roles = [x for y in actors for x in by_person.get(reference_id(y, "Practitioner") or "-", ())]
    return roles[0] if len(roles) == 1 else ""


def _kinds(schedule: Resource, profile: Profile) -> tuple[VisitType, ...]:
    named = {profile.visit_types[x] for x in names_of(schedule.get("serviceType"), schedule.get("specialty")) if x in profile.visit_types}
    return tuple(x for x in VISIT_TYPES if x in named)


def _place(schedule: Resource, places: Mapping[str, Resource]) -> Place:
    """The location's name in characters, and its name or alias without any."""
    here = [places[x] for x in (reference_id(y, "Location") or "" for y in items(schedule.get("actor"))) if x in places]
    if not here:
        return Place()
    aliases = here[0].get("alias")
    told = [clean(x, 80) for x in (here[0].get("name"), *(aliases if isinstance(aliases, list) else ()))]
    zh, en = (next((x for x in told if x and bool(_HAN.search(x)) is han), "") for han in (True, False))
    return Place(zh or en, en or zh)


def doctor_of(role: Resource, people: Mapping[str, Resource], profile: Profile) -> Doctor | None:
    """A role as a doctor; None without a name or a department that the profile knows."""
    person = people.get(reference_id(role.get("practitioner"), "Practitioner") or "")
    refs = [reference(x) for x in (*items(role.get("healthcareService")), role.get("organization"))]
    wanted = [*(x for x in refs if x), *names_of(role.get("specialty"))]
    department = next((profile.department_of[x] for x in wanted if x in profile.department_of), None)
    named = None if person is None or person.get("active") is False else _named(items(person.get("name")))
    if department is None or named is None:
        return None
    title = next((profile.titles[x] for x in names_of(role.get("code")) if x in profile.titles), None)
    told = next((clean(x.get("text"), 40) for x in items(role.get("code")) if x.get("text")), "")
    name, surname, given, pinyin, english = named
    zh, en = title or (told, told)
    return Doctor(short_id(text(role.get("id"))), name, surname, given, pinyin, english, zh, en, department, ())


def _named(names: Sequence[Mapping[str, Any]]) -> tuple[str, str, str, str, str] | None:
    """Name, surname, given name, pinyin and English name; the parts a doctor has in one script only stand for the other too."""
    parts = [_parts(x) for x in names if x.get("use") not in ("old", "anonymous")]
    han = next((x for x in parts if x and _HAN.search(x[0])), None)
    latin = next((x for x in parts if x and not _HAN.search(x[0])), None)
    if han is None and latin is None:
        return None
    pinyin = "" if latin is None else f"{latin[1]} {re.sub(r'[^a-z]', '', latin[2].lower())}".lower().strip()[:80]
    name, surname, given = (han or latin or ("", "", ""))
    return name[:40], surname[:20], given[:20], pinyin, (latin or han or ("",))[0][:80]


def _parts(name: Mapping[str, Any]) -> tuple[str, str, str] | None:
    """Whole name, surname first; surname; given name."""
    givens = name.get("given")
    family, whole = clean(name.get("family"), 40), clean(name.get("text"), 80)
    given = clean(" ".join(text(x) for x in givens) if isinstance(givens, list) else "", 40)
    joint = "" if _HAN.search(family + given + whole) else " "
    if family:
        given = given.replace(" ", "") if not joint else given
        return joint.join(x for x in (family, given) if x), family, given
    if whole and not joint:
        return whole.replace(" ", ""), whole[0], whole.replace(" ", "")[1:]
    first, _, rest = whole.partition(" ")
    return (whole, first, rest) if whole else None


# patients and appointments


def patient_of(resource: Resource, profile: Profile) -> RemotePatient:
    """A patient as binding needs her. An identifier of use `old` counts for nothing."""
    numbers = [x for x in items(resource.get("identifier")) if x.get("use") != "old" and text(x.get("value"))]
    ids, cards = ([text(x["value"]) for x in numbers if x.get("system") in some] for some in (profile.id_systems, profile.card_systems))
    codes = {text(x["value"]): until for x in numbers if x.get("system") == profile.code_system for until in [_until(x)]}
    names = [n for x in items(resource.get("name")) if x.get("use") != "old" for n in {clean(x.get("text"), 80), (_parts(x) or ("",))[0]} if n]
    phones = [text(x.get("value")) for x in items(resource.get("telecom")) if x.get("system") in ("phone", "sms") and x.get("use") != "old"]
    secondary = {text(x.get("value")) for x in numbers if x.get("use") == "secondary"}
    linked = tuple(kind for kind, some in (("card", cards), ("id", ids)) if any(x not in secondary for x in some))
    return RemotePatient(text(resource.get("id")), masked(names), tuple(names), tuple(ids), tuple(cards), tuple(x for x in phones if x), linked, codes)


def _until(identifier: Mapping[str, Any]) -> datetime | None:
    period = identifier.get("period")
    end = period.get("end") if isinstance(period, dict) else None
    return None if end is None else instant(end, day=True) or datetime.min.replace(tzinfo=timezone.utc)


def masked(names: Sequence[str]) -> str:
    """What a patient is called in the chat: 王**; as many stars as characters are left out, at most three."""
    first = next((x for x in names if _HAN.search(x)), names[0] if names else "")
    return first[:1] + "*" * max(1, min(3, len(first) - 1)) if first else "*"


def appointment_of(resource: Resource, profile: Profile) -> RemoteAppointment:
    """An appointment."""
    slots = [reference_id(x, "Slot") for x in items(resource.get("slot"))]
    people = [reference_id(x.get("actor"), "Patient") for x in items(resource.get("participant"))]
    return RemoteAppointment(text(resource.get("id")), token_of(resource, profile), text(resource.get("status")), tuple(x for x in slots if x),
                             tuple(x for x in people if x), instant(resource.get("created"), day=True))


def new_appointment(slot: Resource, profile: Profile, token: str, role: str, patient: str | None, now: datetime) -> dict[str, Any]:
    """The appointment for a slot, under our mark. Without a patient's card it names the doctor alone."""
    actors = [f"PractitionerRole/{role}", *([f"Patient/{patient}"] if patient else [])]
    copied = {x: slot[x] for x in ("serviceType", "appointmentType", "start", "end") if x in slot}
    return {
        "resourceType": "Appointment", "identifier": [{"system": profile.mark, "value": token}], "status": "booked", **copied,
        "created": now.isoformat(timespec="seconds"), "slot": [{"reference": f"Slot/{slot['id']}"}],
        "participant": [{"actor": {"reference": x}, "status": "accepted"} for x in actors],
    }


# reports


def orders_of(
    patient: str, requests: Sequence[Resource], reports: Sequence[Resource], specimens: Sequence[Resource], profile: Profile
) -> tuple[tuple[OrderRecord, ...], int]:
    """A patient's orders with the time of each step, and how many were left out: no test of ours, no day, or no status."""
    reports_of: dict[str, list[Resource]] = {}
    for report in reports:
        for name in _requests_of(report, requests, profile):
            reports_of.setdefault(name, []).append(report)
    specimens_by_id = {text(x.get("id")): x for x in specimens}
    made, left_out = [], 0
    for request in requests:
        if text(request.get("status")) in ("draft", "entered-in-error"):
            continue
        order = _order(patient, request, reports_of.get(text(request.get("id")), []), specimens_by_id, profile)
        made += [order] if order else []
        left_out += order is None
    return tuple(made), left_out


def _requests_of(report: Resource, requests: Sequence[Resource], profile: Profile) -> list[str]:
    """The requests that a report answers; where it names none, the newest of the same test before it."""
    named = [x for x in (reference_id(y, "ServiceRequest") for y in items(report.get("basedOn"))) if x]
    test, issued = profile.test_of(names_of(report.get("code"))), instant(report.get("issued"))
    if named or test is None or issued is None:
        return named
    fitting = [(at, text(x.get("id"))) for x in requests if profile.test_of(names_of(x.get("code"))) == test
               for at in [instant(x.get("authoredOn"), day=True)] if at is not None and at <= issued]
    return [max(fitting)[1]] if fitting else []


def _order(
    patient: str, request: Resource, reports: Sequence[Resource], specimens: Mapping[str, Resource], profile: Profile
) -> OrderRecord | None:
    name, status = text(request.get("id")), text(request.get("status"))
    test, ordered = profile.test_of(names_of(request.get("code"))), instant(request.get("authoredOn"), day=True)
    if test is None or ordered is None or status not in ("active", "on-hold", "completed", "revoked"):
        return None
    used = [reference_id(x, "Specimen") or "" for some in (request, *reports) for x in items(some.get("specimen"))]
    hers = [specimens[x] for x in used if x in specimens]
    hers += [x for x in specimens.values() if name in [reference_id(y, "ServiceRequest") for y in items(x.get("request"))]]
    registered, preliminary, final = (
        [x for x in reports if text(x.get("status")) in some] for some in (("registered",), BEGUN, FINAL)
    )
    first = min(final, key=lambda x: _issued(x) or ordered, default=None)
    released = None if first is None else _issued(first)
    shown = None if first is None or released is None else _extension(first, profile.visible) if profile.visible else released + SYNC_MOST
    return OrderRecord(
        number=short_id(name), patient_id=patient, test=test, ordered=ordered, collected=_first(_collected(x) for x in hers),
        in_lab=_first((*(instant(x.get("receivedTime"), day=True) for x in hers), *map(_issued, registered))), preliminary=_first(map(_issued, preliminary)),
        released=released, visible=shown,
        cancelled=(_extension(request, profile.cancelled) or _changed(request) or ordered) if status == "revoked" else None,
        platform=next((profile.platforms[x] for x in (reference(y) or "" for y in items(request.get("performer"))) if x in profile.platforms), None),
    )


def _collected(specimen: Resource) -> datetime | None:
    told = specimen.get("collection")
    if not isinstance(told, dict):
        return None
    period = told.get("collectedPeriod")
    ends = (period.get("end"), period.get("start")) if isinstance(period, dict) else ()
    return _first(instant(x, day=True) for x in (told.get("collectedDateTime"), *ends))


def _issued(report: Resource) -> datetime | None:
    return instant(report.get("issued"), day=True) or _changed(report)


def _changed(resource: Resource) -> datetime | None:
    meta = resource.get("meta")
    return instant(meta.get("lastUpdated")) if isinstance(meta, dict) else None


def _extension(resource: Resource, url: str) -> datetime | None:
    return _first(instant(x.get("valueDateTime"), day=True) for x in items(resource.get("extension")) if url and x.get("url") == url)


def _first(moments: Iterable[datetime | None]) -> datetime | None:
    return min((x for x in moments if x is not None), default=None)
