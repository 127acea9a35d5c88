"""HOSPITAL, the settings of a FHIR server and its profile."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from bot.errors import SettingsError
from bot.hospital.fhir_profile import DEFAULT, load
from bot.hospital.fhir_settings import read

FULL = {"HOSPITAL": "fhir", "FHIR_BASE_URL": "https://h.example/fhir", "FHIR_TOKEN_URL": "https://h.example/token", "FHIR_CLIENT_ID": "us", "FHIR_CLIENT_SECRET": "hidden"}


def test_sql_is_what_it_is_without_a_word() -> None:
    assert read({}) is None and read({"HOSPITAL": "sql"}) is None and read({"HOSPITAL": "SQL", "FHIR_BASE_URL": "https://x"}) is None


def test_a_server_with_all_its_settings() -> None:
    made = read({**FULL, "FHIR_SCOPE": "system/*.read"})
    assert made is not None and made.safe and (made.base, made.client_id, made.scope) == ("https://h.example/fhir", "us", "system/*.read")
    assert "hidden" not in repr(made)


@pytest.mark.parametrize(("change", "named"), [
    ({"FHIR_BASE_URL": ""}, "FHIR_BASE_URL"), ({"FHIR_TOKEN_URL": ""}, "FHIR_TOKEN_URL"), ({"FHIR_CLIENT_ID": ""}, "FHIR_CLIENT_ID"),
    ({"FHIR_CLIENT_SECRET": ""}, "FHIR_CLIENT_SECRET"), ({"HOSPITAL": "hl7"}, "HOSPITAL"), ({"HOSPITAL": ""}, "FHIR_BASE_URL"),
    ({"FHIR_BASE_URL": "h.example/fhir"}, "FHIR_BASE_URL"), ({"FHIR_BASE_URL": "ftp://h.example"}, "FHIR_BASE_URL"), ({"FHIR_TOKEN_URL": "https://u:p@h.example"}, "FHIR_TOKEN_URL"),
    ({"FHIR_BASE_URL": "https://h.example/?x=1"}, "FHIR_BASE_URL"), ({"FHIR_BASE_URL": "http://h.example:x/"}, "FHIR_BASE_URL"), ({"FHIR_PROFILE": "/no/such"}, "FHIR_PROFILE"),
])
def test_a_half_set_server_is_an_error_that_names_the_variable(change: dict[str, str], named: str) -> None:
    with pytest.raises(SettingsError, match=named) as told:
        read({**FULL, **change})
    assert "hidden" not in str(told.value)


def test_only_https_and_this_machine_are_safe() -> None:
    for base, safe in (("http://h.example/fhir", False), ("http://127.0.0.1:1/fhir", True), ("http://localhost/fhir", True)):
        made = read({"HOSPITAL": "fhir", "FHIR_BASE_URL": base})
        assert made is not None and made.safe is safe and not made.token_url


def test_the_profile_that_comes_with_the_project_is_marked_as_such() -> None:
    made = load()
    assert made.demo and made.test_of(["x|y", "urn:ivf-guide:test|karyotype"]) is None and made.test_of(["urn:ivf-guide:test|chromosome"]) == "chromosome"


@pytest.mark.parametrize(("path", "value", "named"), [
    ("tests", {"nothing": {"is": []}}, "nothing"), ("tests", {"amh": {"is": "x"}}, "tests.amh.is"), ("tests", {"amh": {"is": [], "hours": [5, 2]}}, "tests.amh.hours"),
    ("visit_types", {"vip": []}, "vip"), ("departments", {"kitchen": {"zh": "a", "en": "b", "is": []}}, "kitchen"), ("departments", {"tcm": {"zh": "a", "is": []}}, "departments.tcm.en"),
    ("platforms", {"myspace": ["a"]}, "myspace"), ("mark", "", "mark"), ("patient", [], "patient"), ("patient", {"code": "a", "id_number": "b", "card": []}, "id_number"),
    ("surprise", 1, "surprise"), ("titles", {"a|b": "chief"}, "titles.a|b"),
])
def test_a_wrong_profile_names_its_key(tmp_path: Path, path: str, value: object, named: str) -> None:
    data = yaml.safe_load(DEFAULT.read_text(encoding="utf-8"))
    data[path] = value
    file = tmp_path / "profile.yml"
    file.write_text(yaml.safe_dump(data, allow_unicode=True), encoding="utf-8")
    with pytest.raises(SettingsError) as told:
        load(file)
    assert named in str(told.value)


@pytest.mark.parametrize("text", ["", "- a", "a: [", "5", "a: &a [*a]"])
def test_what_is_no_profile_is_a_settings_error(tmp_path: Path, text: str) -> None:
    file = tmp_path / "profile.yml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError):
        load(file)
