"""The editors' schema is current and agrees with the loader."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from bot.knowledge.__main__ import main
from bot.knowledge.schema import json_schema

ROOT = Path(__file__).resolve().parents[3]


def test_the_written_schema_is_current(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema"]) == 0
    written = (ROOT / "docs" / "knowledge.schema.json").read_text(encoding="utf-8")
    assert capsys.readouterr().out == written, "python -m bot.knowledge schema > docs/knowledge.schema.json"
    assert json.loads(written) == json_schema()


def test_the_schema_is_one() -> None:
    jsonschema.Draft7Validator.check_schema(json_schema())


def test_it_accepts_what_the_loader_accepts(folder: Path) -> None:
    """
    topic: demo
    name: {zh: 示范, en: Demo}
    entries:
    - id: demo.one
      section: 2.1
      stages: [testing]
      variants: [{regions: [other], answer: {zh: 答, en: a}}]
      changes: [{on: 2026-01-05, by: {zh: 李, en: Li}, what: new phone}]
      REST
    """
    jsonschema.validate(as_json(folder / "demo.yml"), json_schema())


@pytest.mark.parametrize("field", ["title", "audience", "questions", "answer", "reviewed", "unknown"])
def test_it_refuses_what_the_loader_refuses(folder: Path, field: str) -> None:
    """
    topic: demo
    name: {zh: 示范, en: Demo}
    entries:
    - id: demo.one
      REST
    """
    content = as_json(folder / "demo.yml")
    content["entries"][0][field] = "nonsense"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(content, json_schema())


def as_json(path: Path) -> Any:
    """A file as editors see it: in their YAML (1.2) `on` is a word and not "true"."""

    class Words(yaml.SafeLoader):
        pass

    resolvers = yaml.SafeLoader.yaml_implicit_resolvers
    Words.yaml_implicit_resolvers = {first: rules for first, rules in resolvers.items() if first != "o"}
    content = yaml.load(path.read_text(encoding="utf-8"), Loader=Words)
    return json.loads(json.dumps(content, default=date.isoformat))
