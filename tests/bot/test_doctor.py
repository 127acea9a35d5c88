"""The doctor lets no installation meet patients whose safety texts or signs nobody checked, or that could not be said."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from bot import __main__ as bot_process
from bot import bootstrap, doctor
from bot.errors import GuideError
from bot.guard import LiveGuard
from bot.knowledge.watch import LiveLibrary
from bot.settings import ROOT

SIGNS = """\
review: {review}
complaints: {{pain{name}: [疼]}}
signs:
  hurting{name}: {{group: pain, source: {{title: A guideline, year: 2020}}, when: [pain{name}]}}
"""
REVIEW = "{by: 王医生, on: 2026-12-01}"
Blocked = Callable[[], str]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The staff's files as they would be when everything was checked, with two small files of signs."""
    made = Path(shutil.copytree(ROOT / "knowledge", tmp_path / "knowledge", ignore=shutil.ignore_patterns("_signs_*")))
    for name in ("zh", "en"):
        (made / f"_signs_{name}.yml").write_text(SIGNS.format(review=REVIEW, name=name), encoding="utf-8")
    change(made, "_emergency.yml", "\n    reviewed: null", f"\n    reviewed: {REVIEW}")
    change(made, "_emergency.yml", "\nreview: null", f"\nreview: {REVIEW}")
    text = (made / "_emergency.yml").read_text(encoding="utf-8")
    (made / "_emergency.yml").write_text(text.partition("\nreplies:")[0] + "\n", encoding="utf-8")       # their examples need the real signs
    return made


def change(folder: Path, file: str, old: str, new: str) -> None:
    text = (folder / file).read_text(encoding="utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new), encoding="utf-8")


@pytest.fixture
def blocked(folder: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> Blocked:
    """What is said of everything that refuses production, as the folder is now; other looks and the offers are another test's."""

    def look() -> str:
        guard, library = LiveGuard(folder), LiveLibrary(folder)
        touts = SimpleNamespace(current=SimpleNamespace(reviewed=True), problems=())
        for name, made in (("guard", guard), ("library", library), ("touts", touts)):
            monkeypatch.setattr(bootstrap, name, lambda made=made: made)
        monkeypatch.setattr(doctor, "LOOKS", (doctor._safety_texts, doctor._knowledge))
        return "\n".join(x.words for x in doctor.findings(bootstrap.settings()) if x.blocks and not x.fine)

    return look


def test_with_everything_checked_only_the_demonstration_is_left(blocked: Blocked) -> None:
    assert blocked() == "the hospital profile is the demonstration; its telephone numbers are made up"


@pytest.mark.parametrize("file", ["_signs_zh.yml", "_signs_en.yml"])
def test_signs_that_nobody_checked_are_named(blocked: Blocked, folder: Path, file: str) -> None:
    change(folder, file, REVIEW, "null")
    assert f"signs of an emergency without a clinician's review: {file}\n" in blocked()


def test_texts_that_nobody_checked_are_named(blocked: Blocked, folder: Path) -> None:
    change(folder, "_emergency.yml", f"\nreview: {REVIEW}", "\nreview: null")
    assert "emergency texts without a clinician's review: words\n" in blocked()
    text = (folder / "_emergency.yml").read_text(encoding="utf-8")
    (folder / "_emergency.yml").write_text(text.replace(f"    reviewed: {REVIEW}", "    reviewed: null", 1), encoding="utf-8")
    assert "emergency texts without a clinician's review: pain, words\n" in blocked()


def test_a_text_that_cannot_be_filled_is_named_with_its_line(blocked: Blocked, folder: Path) -> None:
    change(folder, "_hospital.yml", "crisis_line:", "crisis_lin:")
    assert "problems in the emergency rules: " in blocked() and "(_emergency.yml:" in blocked()


def test_so_is_one_that_stands_where_everything_fails(blocked: Blocked, folder: Path) -> None:
    change(folder, "_words.yml", "急事请打医院急诊{emergency_phone}或120。\", en: \"The nurse", "急事请打{emergency_tel}或120。\", en: \"The nurse")
    assert "problems in the texts around the answers: 1 (_words.yml:" in blocked()


def test_production_is_refused(blocked: Blocked, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    change(folder, "_signs_en.yml", REVIEW, "null")
    blocked()
    settings = SimpleNamespace(production=True)
    with pytest.raises(GuideError, match="_signs_en.yml"):
        doctor.may_start(settings)


def test_the_bot_process_by_itself_refuses_it_too(folder: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    change(folder, "_emergency.yml", f"\n    reviewed: {REVIEW}", "\n    reviewed: null")
    guard, settings = LiveGuard(folder), replace(bootstrap.settings(), production=True)
    monkeypatch.setattr(bootstrap, "guard", lambda: guard)
    monkeypatch.setattr(bootstrap, "settings", lambda: settings)
    for whole in (bot_process.logs, bot_process.validator):
        monkeypatch.setattr(whole, "install", lambda: None)      # they change the whole process, here that of the other tests
    with pytest.raises(SystemExit, match="emergency texts without a clinician's review: pain"):
        bot_process.main()
