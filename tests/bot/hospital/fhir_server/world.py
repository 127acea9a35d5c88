"""A hospital's plain values as FHIR resources, for the profile that comes with the project."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bot.hospital.codes import find_code
from bot.hospital.fhir_profile import Profile
from bot.hospital.world import Opening, OrderRecord, PatientRecord, World

Resource = dict[str, Any]
KIND, TEST = "urn:ivf-guide:visit-type", "urn:ivf-guide:test"


def concept(system: str, code: str) -> Resource:
    """A codeable concept."""
    return {"coding": [{"system": system, "code": code}]}


def resources_of(world: World, profile: Profile) -> list[Resource]:
    """All of it. A doctor has one role and one schedule, under the doctor's id; slots have ids `slot-1`, `slot-2`, …"""
    made: list[Resource] = []
    for doctor in world.doctors:
        made += [
            {"resourceType": "Practitioner", "id": doctor.id, "active": True, "name": [
                {"use": "official", "text": doctor.name, "family": doctor.surname, "given": [doctor.given]},
                {"use": "usual", "family": doctor.english.split()[0], "given": [doctor.english.split()[1]]}]},
            {"resourceType": "PractitionerRole", "id": doctor.id, "active": True, "practitioner": {"reference": f"Practitioner/{doctor.id}"},
             "healthcareService": [{"reference": f"HealthcareService/{doctor.department}"}], "code": [{"text": doctor.title_zh}]},
            {"resourceType": "Schedule", "id": doctor.id, "active": True, "serviceType": [concept(KIND, x) for x in doctor.visit_types],
             "actor": [{"reference": f"PractitionerRole/{doctor.id}"}, {"reference": "Location/third"}]},
        ]
    made.append({"resourceType": "Location", "id": "third", "name": "三层", "alias": ["third floor"]})
    made += [slot(number, x) for number, x in enumerate(world.openings, 1)]
    made += [patient(x, world, profile) for x in world.patients]
    for order in world.orders:
        made += request_and_report(order, profile)
    return made


def slot(number: int, opening: Opening) -> Resource:
    """One opening."""
    return {"resourceType": "Slot", "id": f"slot-{number}", "schedule": {"reference": f"Schedule/{opening.doctor}"},
            "status": "busy" if opening.taken else "free", "start": opening.starts.isoformat(), "end": opening.ends.isoformat(),
            "appointmentType": concept(KIND, opening.visit_type)}


def patient(one: PatientRecord, world: World, profile: Profile) -> Resource:
    """A patient with numbers and binding codes; a number that the account is not linked with has use `secondary`."""
    identifiers: list[Resource] = [
        {"system": profile.id_systems[0], "value": one.id_number},
        {"system": profile.card_systems[0], "value": one.card_number, **({} if "card" in one.linked else {"use": "secondary"})},
    ]
    for code in world.codes:
        if code.patient_id == one.id:
            until = {} if code.until is None else {"period": {"end": code.until.isoformat()}}
            identifiers.append({"system": profile.code_system, "value": find_code(code.code), **until})
    return {"resourceType": "Patient", "id": one.id, "active": True, "identifier": identifiers, "name": [{"text": one.name}],
            "telecom": [{"system": "phone", "value": one.phone}]}


def request_and_report(order: OrderRecord, profile: Profile) -> list[Resource]:
    """An order with its specimen and reports. The results in it are there to be passed over."""
    subject = {"subject": {"reference": f"Patient/{order.patient_id}"}}
    based = {"basedOn": [{"reference": f"ServiceRequest/{order.number}"}], "code": concept(TEST, order.test), **subject,
             "conclusion": "a result that nobody may read"}
    request = {"resourceType": "ServiceRequest", "id": order.number, "status": "revoked" if order.cancelled else "active", "intent": "order",
               "code": concept(TEST, order.test), "authoredOn": order.ordered.isoformat(), **subject, **extension(profile.cancelled, order.cancelled),
               **({"performer": [{"reference": f"Organization/{order.platform}"}]} if order.platform else {})}
    made: list[Resource] = [request]
    if order.collected:
        made.append({"resourceType": "Specimen", "id": f"s-{order.number}", **subject, "request": [{"reference": f"ServiceRequest/{order.number}"}],
                     "collection": {"collectedDateTime": order.collected.isoformat()},
                     **({"receivedTime": order.in_lab.isoformat()} if order.in_lab else {})})
    if order.preliminary:
        made.append({"resourceType": "DiagnosticReport", "id": f"p-{order.number}", "status": "preliminary", "issued": order.preliminary.isoformat(), **based})
    if order.released:
        made.append({"resourceType": "DiagnosticReport", "id": f"r-{order.number}", "status": "final", "issued": order.released.isoformat(), **based,
                     **extension(profile.visible, order.visible)})
    return made


def extension(url: str, moment: datetime | None) -> Resource:
    """An extension with a time, if there is one."""
    return {} if moment is None else {"extension": [{"url": url, "valueDateTime": moment.isoformat()}]}
