"""Each rule finds its defect and says nothing about good content."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from bot.knowledge import checks
from bot.knowledge.__main__ import main
from bot.knowledge.checks import RULES, check, near_duplicates
from bot.knowledge.library import Library
from bot.knowledge.loader import load

Edit = Callable[..., None]
TODAY = date(2026, 11, 22)


@pytest.fixture
def good(folder: Path) -> Library:
    """Two entries without a fault, written as `demo.yml`."""
    (folder / "demo.yml").write_text(GOOD, encoding="utf-8")
    library, problems = load(folder)
    assert problems == []
    return library


GOOD = """\
topic: demo
name: {zh: 示范, en: Demo}
entries:
- id: demo.one
  title: {zh: 题一, en: One}
  audience: group
  questions: {zh: [怎么挂号？], en: [How do I book?]}
  not_questions: {zh: [怎么退号？], en: [How do I cancel?]}
  answer: {zh: "打{nurse_phone}", en: "Call {nurse_phone}"}
  variants:
  - {stages: [testing], answer: {zh: "现在打{nurse_phone}", en: "Call {nurse_phone} now"}}
  related: [demo.two]
  source: a leaflet
  owner: {zh: 护士站, en: Nurse station}
  reviewed: {by: Li, on: 2026-03-01}
  valid_from: 2025-01-01
  review_due: 2027-06-30
- id: demo.two
  title: {zh: 题二, en: Two}
  audience: group
  questions: {zh: [怎么退号？], en: [How do I cancel?]}
  answer: {zh: 窗口退, en: At the window}
  source: a leaflet
  owner: {zh: 护士站, en: Nurse station}
  reviewed: null
  valid_from: 2025-01-01
  review_due: 2027-06-30
"""


def test_good_content_has_no_problem(good: Library) -> None:
    assert check(good, TODAY) == []


#: rule, piece of the good file, what stands there instead, entry told, severity, part of the sentence
DEFECTS = [
    ("related_exist", "related: [demo.two]", "related: [demo.three]", "demo.one", "error", "'demo.three'"),
    ("related_exist", "related: [demo.two]", "related: [demo.one]", "demo.one", "error", "the entry itself"),
    (
        "questions_once",
        "  questions: {zh: [怎么退号？]",
        "  questions: {zh: [怎么 挂号]",
        *("demo.two", "error", "also in demo.one"),
    ),
    (
        "questions_once",
        "en: [How do I cancel?]}\n  answer: {zh: 窗",
        "en: [HOW do I book]}\n  answer: {zh: 窗",
        *("demo.two", "error", "also in demo.one"),
    ),
    (
        "questions_once",
        "[怎么挂号？], en: [How do I book?]}\n  not",
        "[挂号, 挂号！], en: [x]}\n  not",
        *("demo.one", "warning", "twice"),
    ),
    (
        "questions_not_refused",
        "not_questions: {zh: [怎么退号？]",
        "not_questions: {zh: [怎么挂号]",
        *("demo.one", "error", "under not_questions"),
    ),
    (
        "translated",
        "answer: {zh: 窗口退,",
        "answer: {zh: at the window,",
        *("demo.two", "warning", "no Chinese characters"),
    ),
    ("translated", "en: At the window", "en: 在窗口退", "demo.two", "warning", "mostly Chinese"),
    ("not_too_long", "zh: 窗口退", f"zh: {'退' * 600}", "demo.two", "error", "The Chinese answer has 18"),
    ("not_too_long", "zh: \"现在打", f"zh: \"{'打' * 601}", "demo.one", "error", "answer for testing"),
    ("not_too_long", "en: At the window", f"en: {'w' * 1700}", "demo.two", "error", "The English answer has 18"),
    (
        "review_not_overdue",
        "review_due: 2027-06-30\n-",
        "review_due: 2026-11-21\n-",
        *("demo.one", "warning", "Nurse station"),
    ),
    (
        "holds_already",
        "valid_from: 2025-01-01\n  review_due: 2027-06-30\n-",
        "valid_from: 2026-11-23\n  review_due: 2027-06-30\n-",
        *("demo.one", "warning", "before 2026-11-23"),
    ),
    ("review_stands", "on: 2026-03-01", "on: 2026-11-23", "demo.one", "error", "in the future"),
    (
        "review_stands",
        "reviewed: {by",
        "changes: [{on: 2026-04-01, by: Li, what: phone}]\n  reviewed: {by",
        *("demo.one", "warning", "changed after"),
    ),
    ("titles_once", "en: Two", "en: one", "demo.two", "error", "also that of demo.one"),
]


@pytest.mark.parametrize(("rule", "old", "new", "entry", "severity", "part"), DEFECTS)
def test_each_rule_finds_its_defect(
    folder: Path, good: Library, edit: Edit, rule: str, old: str, new: str, entry: str, severity: str, part: str
) -> None:
    edit(old, new)
    library, problems = load(folder)
    assert problems == []
    found = check(library, TODAY)
    assert found == list(getattr(checks, rule)(library, TODAY))
    [problem] = found
    assert (problem.file, problem.entry, problem.severity) == ("demo.yml", entry, severity)
    assert problem.line == library.get(entry).line
    assert part in problem.sentence


def test_a_name_nobody_gives(good: Library) -> None:
    without = replace(good, hospital=replace(good.hospital, names={"hospital": {"zh": "中", "en": "C"}}))
    [problem] = checks.names_filled(without, TODAY)
    assert (problem.entry, problem.line) == ("demo.one", 4)
    assert "{nurse_phone}" in problem.sentence
    assert list(checks.not_too_long(without, TODAY)) == []


def test_a_language_missing(good: Library) -> None:
    one = replace(good.get("demo.one"), title={"zh": "题"}, questions={"zh": ("问",), "en": ()})
    found = list(checks.both_languages(replace(good, entries={"demo.one": one}), TODAY))
    assert [problem.sentence for problem in found] == ["The title has no English.", "There is no question in English."]


def test_words_whose_languages_use_other_names(folder: Path, good: Library, edit: Edit) -> None:
    edit("Hello {name}", "Hello", "_words.yml")
    [problem] = check(load(folder)[0], TODAY)
    assert str(problem) == "_words.yml warning: 'greeting' uses {name} in one language only."


def test_every_rule_has_a_defect_above() -> None:
    covered = {defect[0] for defect in DEFECTS} | {"names_filled", "both_languages", "same_names"}
    assert covered == {rule.__name__ for rule in RULES}


def test_phrasings_too_close_to_another_entry() -> None:
    phrasings = [("a.one", "How do I book?"), ("a.one", "how to book"), ("a.two", "how do I book"), ("a.three", "Pay?")]
    vectors = np.array([[1, 0], [1, 0], [0.99, 0.14], [0, 1]], dtype=np.float32)
    found = near_duplicates(phrasings, vectors)
    assert [(problem.entry, problem.severity) for problem in found] == [("a.two", "error"), ("a.two", "warning")]
    assert "almost the same as 'how to book' of a.one" in found[1].sentence
    assert near_duplicates(phrasings, vectors, limit=0.995) == []
    assert near_duplicates([], np.zeros((0, 2))) == []


def test_near_duplicates_across_blocks() -> None:
    size = checks.BLOCK + 3
    vectors = np.eye(size, dtype=np.float32)
    vectors[-1] = vectors[0]
    [problem] = near_duplicates([(f"a.{row}", f"text {row}") for row in range(size)], vectors)
    assert problem.entry == f"a.{size - 1}"


def test_the_command(folder: Path, good: Library, edit: Edit, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(folder)]) == 0
    assert capsys.readouterr().out == "2 entries, 0 errors, 0 warnings\n"
    edit("related: [demo.two]", "related: [demo.three]")
    edit("zh: 窗口退, ", "")
    assert main(["check", str(folder)]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "demo.yml:22 demo.two error: 'answer' has no Chinese; add a line 'zh: …'.",
        "demo.yml:4 demo.one error: 'related' names 'demo.three', but there is no such entry (or it has an error).",
        "1 entries, 2 errors, 0 warnings",
    ]
