"""A folder of knowledge files whose topic file is the docstring of the test."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from inspect import cleandoc
from pathlib import Path

import pytest

REAL = Path(__file__).resolve().parents[3] / "knowledge"

HOSPITAL = """\
demo: true
region: beijing
hospital: {zh: 示范中心, en: Demo Centre}
nurse_phone: 010-5555-0101
nurse_hours:
  weekdays: [["07:30", "11:30"], ["13:00", "17:00"]]
  weekends: [["08:00", "11:30"]]
  holidays: []
service_hours:
  weekdays: [[08:00, 17:00]]
  weekends: []
  holidays: []
"""

WORDS = """\
greeting: {zh: "您好，{name}", en: "Hello {name}"}
"""

#: What a docstring writes as `REST`: the fields a test does not care about.
REST = """\
  audience: group
  questions: {zh: [问ID], en: [Ask ID]}
  answer: {zh: 答, en: Answer}
  source: a leaflet
  owner: {zh: 护士站, en: Nurse station}
  reviewed: null
  valid_from: 2025-01-01
  review_due: 2027-06-30
"""


def written(text: str) -> str:
    """The docstring as a file: indentation removed, `REST` filled in with the fields that the entry does not have."""
    entries = cleandoc(text).split("\n- id: ")
    return "\n- id: ".join([entries[0], *(_complete(entry) for entry in entries[1:])]) + "\n"


def _complete(entry: str) -> str:
    name = entry.split("\n")[0].split(".")[-1]
    rest = [line for line in REST.replace("ID", name).splitlines() if f"\n{line.split(':')[0]}:" not in entry]
    title = [] if "\n  title:" in entry else [f"  title: {{zh: 题{name}, en: Title {name}}}"]
    return entry.replace("  REST", "\n".join(title + rest))


@pytest.fixture
def folder(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """A folder with profile, words, notices and, as `demo.yml`, the test's docstring."""
    (tmp_path / "_hospital.yml").write_text(HOSPITAL, encoding="utf-8")
    (tmp_path / "_words.yml").write_text(WORDS, encoding="utf-8")
    shutil.copy(REAL / "_notices.yml", tmp_path)
    doc = request.function.__doc__
    if doc:
        (tmp_path / "demo.yml").write_text(written(doc), encoding="utf-8")
    return tmp_path


@pytest.fixture
def edit(folder: Path) -> Callable[..., None]:
    """Change a file as an editor does: replace a piece of its text and save."""

    def change(old: str, new: str, file: str = "demo.yml") -> None:
        text = (folder / file).read_text(encoding="utf-8")
        assert old in text
        (folder / file).write_text(text.replace(old, new), encoding="utf-8")

    return change
