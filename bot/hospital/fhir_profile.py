"""How a FHIR server names what the bot speaks of, read from a YAML file (`fhir_profile.yml` says what stands in it)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import yaml

from bot.errors import SettingsError
from bot.hospital.model import VISIT_TYPES, Department, Turnaround, VisitType
from bot.text.terms import codes

DEFAULT = Path(__file__).with_name("fhir_profile.yml")
KEYS = {"demo", "mark", "patient", "visit_types", "departments", "titles", "tests", "tests_system", "platforms", "extensions"}


@dataclass(frozen=True)
class Profile:
    """The names of one server. Keys of the mappings are `system|code` or references.

    Attributes:
        demo: whether these are the names that come with the project.
        mark: system of the identifier on what the bot itself holds or books.
        code_system, id_systems, card_systems: systems of identifiers of patients.
        tests_system: system whose codes are the bot's own; empty for none.
        visible, cancelled: addresses of extensions with a time; empty for none.
    """

    demo: bool
    mark: str
    code_system: str
    id_systems: tuple[str, ...]
    card_systems: tuple[str, ...]
    visit_types: Mapping[str, VisitType]
    departments: tuple[Department, ...]
    department_of: Mapping[str, str]
    titles: Mapping[str, tuple[str, str]]
    tests: Mapping[str, str]
    tests_system: str
    turnarounds: Mapping[str, Turnaround]
    platforms: Mapping[str, str]
    visible: str = ""
    cancelled: str = ""
    known_tests: frozenset[str] = field(default=frozenset())

    def test_of(self, names: Iterable[str]) -> str | None:
        """Our code of a test under one of the server's names."""
        for name in names:
            system, _, code = name.partition("|")
            if name in self.tests:
                return self.tests[name]
            if self.tests_system and system == self.tests_system and code in self.known_tests:
                return code
        return None


def load(path: Path = DEFAULT) -> Profile:
    """Read a profile.

    Raises:
        SettingsError: it cannot be read, or a key of it is wrong; the message names the key.
    """
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError, UnicodeDecodeError) as error:
        raise SettingsError(f"FHIR_PROFILE cannot be read: {type(error).__name__}") from None
    top = _mapping(data, "the file")
    if strange := sorted(str(x) for x in set(top) - KEYS):
        raise SettingsError(f"FHIR_PROFILE: unknown key {strange[0]}")
    patient, extensions = (_mapping(top.get(x), x) for x in ("patient", "extensions"))
    departments = {_known("department", x): _mapping(y, f"departments.{x}") for x, y in _mapping(top.get("departments"), "departments").items()}
    tests = {_known("test", x): _mapping(y, f"tests.{x}") for x, y in _mapping(top.get("tests"), "tests").items()}
    return Profile(
        demo=top.get("demo") is not False, mark=_text(top.get("mark"), "mark"), code_system=_text(patient.get("code"), "patient.code"),
        id_systems=_texts(patient.get("id_number"), "patient.id_number"), card_systems=_texts(patient.get("card"), "patient.card"),
        visit_types=_visit_types(_mapping(top.get("visit_types"), "visit_types")),
        departments=tuple(Department(x, _text(y.get("zh"), f"departments.{x}.zh"), _text(y.get("en"), f"departments.{x}.en")) for x, y in departments.items()),
        department_of={name: x for x, y in departments.items() for name in _texts(y.get("is"), f"departments.{x}.is")},
        titles={x: _title(_mapping(y, f"titles.{x}"), x) for x, y in _mapping(top.get("titles"), "titles").items()},
        tests={name: x for x, y in tests.items() for name in _texts(y.get("is"), f"tests.{x}.is")},
        tests_system=str(top.get("tests_system") or ""), turnarounds={x: _hours(x, y["hours"]) for x, y in tests.items() if "hours" in y},
        platforms={name: _known("platform", x) for x, y in _mapping(top.get("platforms"), "platforms").items() for name in _texts(y, f"platforms.{x}")},
        visible=str(extensions.get("visible") or ""), cancelled=str(extensions.get("cancelled") or ""), known_tests=frozenset(codes("test")),
    )


def _visit_types(data: Mapping[str, Any]) -> dict[str, VisitType]:
    if strange := sorted(set(data) - set(VISIT_TYPES)):
        raise SettingsError(f"FHIR_PROFILE: visit_types.{strange[0]} is no visit type")
    return {name: kind for kind in VISIT_TYPES for name in _texts(data.get(kind, []), f"visit_types.{kind}")}


def _title(data: Mapping[str, Any], name: str) -> tuple[str, str]:
    return _text(data.get("zh"), f"titles.{name}.zh"), _text(data.get("en"), f"titles.{name}.en")


def _known(kind: str, code: str) -> str:
    if code not in codes(kind):
        raise SettingsError(f"FHIR_PROFILE: {code} is no {kind} of bot/text/terms.yml")
    return code


def _hours(test: str, value: Any) -> Turnaround:
    if not isinstance(value, list) or len(value) != 2 or not all(isinstance(x, int) for x in value) or not 0 <= value[0] <= value[1]:
        raise SettingsError(f"FHIR_PROFILE: tests.{test}.hours must be two whole numbers, the smaller first")
    return Turnaround(test, timedelta(hours=value[0]), timedelta(hours=value[1]))


def _mapping(value: Any, key: str) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise SettingsError(f"FHIR_PROFILE: {key} must be a mapping")
    return {str(x): y for x, y in value.items()}


def _text(value: Any, key: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise SettingsError(f"FHIR_PROFILE: {key} must be a text")
    return value.strip()


def _texts(value: Any, key: str) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise SettingsError(f"FHIR_PROFILE: {key} must be a list")
    return tuple(_text(x, key) for x in value)
