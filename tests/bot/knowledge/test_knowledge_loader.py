"""Loading gives the good part and says what is wrong, where."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, time
from pathlib import Path

import pytest

from bot.knowledge.loader import load
from bot.knowledge.model import Review
from bot.knowledge.names import GIVEN, NOTHING_GIVEN, PLACE
from tests.bot.knowledge.conftest import REAL

Edit = Callable[..., None]


def test_a_complete_entry(folder: Path) -> None:
    """
    topic: demo
    name: {zh: 示范, en: Demo}
    entries:
    - id: demo.one
      stages: [testing]
      not_questions: {zh: [不问], en: [not this]}
      reviewed: {by: {zh: 李护士长, en: Head nurse Li}, on: 2026-03-01}
      changes: [{on: 2026-01-05, by: 李, what: new phone}]
      section: 2.1
      REST
    """
    library, problems = load(folder)
    entry = library.get("demo.one")
    assert problems == []
    assert (entry.topic, entry.stages, entry.section, entry.line) == ("demo", ("testing",), "2.1", 4)
    assert entry.questions == {"zh": ("问one",), "en": ("Ask one",)}
    assert entry.not_questions["en"] == ("not this",)
    assert entry.reviewed == Review({"zh": "李护士长", "en": "Head nurse Li"}, date(2026, 3, 1))
    assert entry.changes[0].what == "new phone"
    assert library.topics == {"demo": {"zh": "示范", "en": "Demo"}}


def test_an_entry_with_an_error_is_left_out(folder: Path) -> None:
    """
    topic: demo
    name: {zh: 示范, en: Demo}
    entries:
    - id: demo.good
      REST
    - id: demo.bad
      title: {zh: 只有中文}
      anser: {zh: 错, en: wrong}
      stages: [testng]
      REST
    """
    library, problems = load(folder)
    assert list(library.entries) == ["demo.good"]
    found = {(problem.line, problem.entry, problem.sentence) for problem in problems}
    assert found == {
        (15, "demo.bad", "'title' has no English; add a line 'en: …'."),
        (16, "demo.bad", "The field 'anser' is not known here. Did you mean 'answer'?"),
        (17, "demo.bad", "'testng' is not known as 'stages'; did you mean 'testing'?"),
    }
    assert {problem.file for problem in problems} == {"demo.yml"}


@pytest.mark.parametrize(
    ("old", "new", "line", "part"),
    [
        ("  audience: group\n", "", 4, "The field 'audience' is missing"),
        ("audience: group", "audience: everyone", 6, "write one of: group, private"),
        ("audience: group", "audience:", 6, "'audience' is empty"),
        ("valid_from: 2025-01-01", "valid_from: 2025-13-01", 12, "write a date such as"),
        ("en: [Ask one]", "en: []", 7, "'questions, en' needs at least 1"),
        ("en: [Ask one]", "en: Ask one", 7, "has to be a list"),
        ("en: [Ask one]", "en: [Ask one], fr: [Demander]", 7, "only the languages zh and en"),
        ("en: Answer", "en: ''", 8, "'answer, en' is empty"),
        ("en: Answer", "en: 'call {nurse_fone}'", 4, "_hospital.yml has no 'nurse_fone'"),
        ("reviewed: null", "reviewed: yes", 11, "has to be a group of fields"),
        ("reviewed: null", "reviewed: {by: Li}", 11, "The field 'on' is missing"),
        ("source: a leaflet", "source: a\n  source: b", 10, "'source' is written twice"),
        ("id: demo.one", "id: Demo One", 4, "it has to look like topic."),
        ("id: demo.one", "id: other.one", 4, "has to begin with the topic"),
        ("reviewed: null", "reviewed: null\n  variants: [{answer: {zh: 答, en: a}}]", 4, "neither for which stages"),
        ("- id: demo.one", "- nothing\n- id: demo.one\n  id: demo.one", 4, "has to be a group of fields"),
        ("entries:", "entries: 5\nother:", 3, "'entries' has to be a list"),
        ("topic: demo", "topic: demo\ntopic: demo", 2, "'topic' is written twice"),
        ("topic: demo", "topic: example", 1, "it has to be the file's name, 'demo'"),
        ("topic: demo", "\ttopic: demo", 1, "there is a tab"),
        ("owner: {zh: 护士站, en: Nurse station}", "owner: {zh: 护士站", 10, "needs quotes"),
        ("source: a leaflet", "source: a: leaflet", 9, "a colon too many"),
        ("source: a leaflet", "source: *leaflet", 9, "begins with *"),
        ("source: a leaflet", "source: @leaflet", 9, "has to stand in quotes"),
        ("source: a leaflet", " source: a leaflet", 9, "does not line up"),
        ("source: a leaflet", "source: 'a leaflet", 9, "is not closed"),
    ],
)
def test_each_mistake_is_told_with_its_line(folder: Path, edit: Edit, old: str, new: str, line: int, part: str) -> None:
    (folder / "demo.yml").write_text(ONE, encoding="utf-8")
    edit(old, new)
    problems = load(folder)[1]
    lines = [problem.line for problem in problems if part in problem.sentence]
    assert line in lines, problems
    assert all(problem.severity == "error" for problem in problems)


ONE = """\
topic: demo
name: {zh: 示范, en: Demo}
entries:
- id: demo.one
  title: {zh: 题, en: Title}
  audience: group
  questions: {zh: [问one], en: [Ask one]}
  answer: {zh: 答, en: Answer}
  source: a leaflet
  owner: {zh: 护士站, en: Nurse station}
  reviewed: null
  valid_from: 2025-01-01
  review_due: 2027-06-30
"""


@pytest.mark.parametrize(
    "content",
    [
        *(b"", b"\xff\xfe\x00", b"- a\n- b\n", b"&a [*a]", b"- " * 200_000),
        *(b"a: {b", b"? [x]\n: y\n", b"%", b"\x00", b"---\n---\n"),
    ],
    ids=range(10),
)
def test_no_content_raises(folder: Path, content: bytes) -> None:
    for file in ("demo.yml", "_hospital.yml", "_words.yml", "_notices.yml"):
        (folder / file).write_bytes(content)
    library, problems = load(folder)
    assert library.entries == {}
    assert {problem.file for problem in problems} == {"demo.yml", "_hospital.yml", "_words.yml", "_notices.yml"}


def test_an_id_used_twice_counts_once(folder: Path) -> None:
    """
    topic: demo
    name: {zh: 示范, en: Demo}
    entries:
    - id: demo.one
      source: first
      REST
    - id: demo.one
      source: second
      REST
    """
    library, [problem] = load(folder)
    assert library.get("demo.one").source == "first"
    assert (problem.line, problem.entry) == (14, "demo.one")
    assert "the other one is in demo.yml, line 4" in problem.sentence


def test_a_file_that_cannot_be_read_leaves_the_others(folder: Path) -> None:
    """
    topic: demo
    name: {zh: 示范, en: Demo}
    entries:
    - id: demo.one
      REST
    """
    (folder / "broken.yml").write_text("topic: broken\nentries:\n  - id: [\n", encoding="utf-8")
    (folder / "folder.yml").mkdir()
    (folder / "wrong.yaml").touch()
    library, problems = load(folder)
    assert list(library.entries) == ["demo.one"]
    assert {problem.file for problem in problems} == {"broken.yml", "folder.yml", "wrong.yaml"}


def test_a_folder_that_does_not_exist(tmp_path: Path) -> None:
    library, problems = load(tmp_path / "nowhere")
    assert library.entries == {}
    assert "There is no folder" in str(problems[0])


def test_a_broken_profile_value_leaves_out_only_what_needs_it(folder: Path, edit: Edit) -> None:
    """
    topic: demo
    name: {zh: 示范, en: Demo}
    entries:
    - id: demo.phone
      answer: {zh: "{nurse_phone}", en: "{nurse_phone}"}
      REST
    - id: demo.hours
      answer: {zh: "{nurse_hours}", en: "{nurse_hours}"}
      REST
    """
    edit('["08:00", "11:30"]', '["11:30", "08:00"]', "_hospital.yml")
    library, problems = load(folder)
    assert list(library.entries) == ["demo.phone"]
    assert [(problem.file, problem.line) for problem in problems] == [("_hospital.yml", 7), ("demo.yml", 14)]
    assert "the first time has to be before the second" in problems[0].sentence


def test_equal_content_has_an_equal_version(folder: Path, edit: Edit) -> None:
    """
    topic: demo
    name: {zh: 示范, en: Demo}
    entries:
    - id: demo.one
      REST
    """
    first = load(folder)[0].version
    edit("topic: demo", "# a remark\ntopic: demo")
    assert load(folder)[0].version == first
    edit("en: Answer", "en: Another")
    assert load(folder)[0].version != first


@pytest.mark.parametrize(("line", "found"), [("", None), ("reminder: off", None), ('reminder: "17:00"', time(17)), ("reminder: 8:30", time(8, 30))])
def test_from_when_on_patients_are_reminded(folder: Path, line: str, found: time | None) -> None:
    profile = folder / "_hospital.yml"
    profile.write_text(profile.read_text(encoding="utf-8") + line + "\n", encoding="utf-8")
    library, problems = load(folder)
    assert library.hospital.reminder == found and not [x for x in problems if x.file == "_hospital.yml"]


@pytest.mark.parametrize("value", ["21:00", "7:59", "17", "17:60", "tomorrow"])
def test_nobody_is_reminded_at_night_or_at_no_time(folder: Path, value: str) -> None:
    profile = folder / "_hospital.yml"
    profile.write_text(profile.read_text(encoding="utf-8") + f'reminder: "{value}"\n', encoding="utf-8")
    library, problems = load(folder)
    assert library.hospital.reminder is None and ["between 8:00 and 20:59" in str(x) for x in problems if x.file == "_hospital.yml"] == [True]


@pytest.mark.parametrize("key", ["greeting", "failed"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_text_around_the_answers_with_an_unknown_name_is_told_with_its_line(folder: Path, key: str, language: str) -> None:
    text = {"zh": "好", "en": "Well", language: "{nurse_fone}"}
    (folder / "_words.yml").write_text(f"other: {{zh: 好, en: Well}}\n{key}:\n  zh: '{text['zh']}'\n  en: '{text['en']}'\n", encoding="utf-8")
    problems = load(folder)[1]
    assert [(x.file, x.line, x.severity) for x in problems] == [("_words.yml", 3 if language == "zh" else 4, "error")]
    assert "'nurse_fone'" in problems[0].sentence and key in problems[0].sentence


def test_what_the_code_fills_in_elsewhere_is_unknown_where_everything_fails(folder: Path) -> None:
    (folder / "_words.yml").write_text("failed: {zh: '{slot}', en: '{slot}'}\nbooked: {zh: '{slot}', en: '{slot}'}\n", encoding="utf-8")
    assert [(x.line, x.entry) for x in load(folder)[1]] == [(1, "failed")]


def test_each_name_that_the_code_gives_stands_in_some_text() -> None:
    library = load(REAL)[0]
    used = {name for part in (library.shell, library.notices) for text in part.values() for both in text.values() for name in PLACE.findall(both)}
    assert used >= GIVEN and not GIVEN & set(library.names["zh"])
    assert set(NOTHING_GIVEN) <= set(library.shell)
