"""The live library: saves are served soon, broken ones change nothing and are told."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.knowledge.library import Library
from bot.knowledge.watch import LiveLibrary

Edit = Callable[..., None]


@pytest.fixture
def live(folder: Path) -> Iterator[LiveLibrary]:
    """Watches the folder; the test starts it or refreshes it by hand."""
    library = LiveLibrary(folder)
    yield library
    library.stop()


def test_a_save_is_served_within_two_seconds(live: LiveLibrary, edit: Edit) -> None:
    """
    topic: demo
    name: {zh: 示范, en: Demo}
    entries:
    - id: demo.one
      REST
    """
    heard = threading.Event()
    told: list[Library] = []
    live.listeners.extend([lambda _: 1 / 0, told.append, lambda _: heard.set()])
    live.start()
    live.start()
    edit("en: Answer", "en: A better answer")
    assert heard.wait(2)
    assert live.current.render("demo.one", "en").text == "A better answer"
    assert told == [live.current]
    live.stop()
    edit("en: A better answer", "en: Not seen")
    time.sleep(0.7)
    assert live.current.render("demo.one", "en").text == "A better answer"


def test_nothing_is_read_when_nothing_changed(live: LiveLibrary) -> None:
    before = live.current
    assert live.refresh() is False
    assert live.current is before


@pytest.mark.parametrize(
    "new",
    [
        "answer: {zh: 新",
        "answer: {zh: 新}",
        "answer: {zh: 新, en: '{nurse_fone}'}",
        "answer: {zh: 新, en: New}\n  id: demo.other",
        "anser: {zh: 新, en: New}",
    ],
)
def test_a_broken_save_keeps_the_last_good_version(live: LiveLibrary, edit: Edit, new: str) -> None:
    """
    topic: demo
    name: {zh: 示范, en: Demo}
    entries:
    - id: demo.one
      REST
    """
    old = "answer: {zh: 答, en: Answer}"
    before = live.current.version
    edit(old, new)
    assert live.refresh() is False
    assert live.current.version == before
    assert live.problems
    edit(new, "answer: {zh: 新, en: New}")
    assert live.refresh() is True
    assert live.problems == ()
    assert live.current.render("demo.one", "zh").text == "新"


def test_a_broken_entry_does_not_hold_up_the_others(live: LiveLibrary, edit: Edit) -> None:
    """
    topic: demo
    name: {zh: 示范, en: Demo}
    entries:
    - id: demo.one
      answer: {zh: 一, en: one}
      REST
    - id: demo.two
      answer: {zh: 二, en: two}
      REST
    """
    edit("en: one", "en: ''")
    edit("en: two", "en: a new two")
    assert live.refresh()
    assert live.current.render("demo.one", "en").text == "one"
    assert live.current.render("demo.two", "en").text == "a new two"
    assert [problem.entry for problem in live.problems] == ["demo.one"]


def test_a_mistyped_id_keeps_the_entry(live: LiveLibrary, edit: Edit) -> None:
    """
    topic: demo
    name: {zh: 示范, en: Demo}
    entries:
    - id: demo.one
      REST
    """
    edit("id: demo.one", "id: Demo One")
    live.refresh()
    assert "demo.one" in live.current.entries


def test_an_entry_or_file_taken_away_on_purpose_is_gone(live: LiveLibrary, folder: Path) -> None:
    """
    topic: demo
    name: {zh: 示范, en: Demo}
    entries:
    - id: demo.one
      REST
    - id: demo.two
      REST
    """
    text = (folder / "demo.yml").read_text(encoding="utf-8")
    (folder / "demo.yml").write_text(text.partition("- id: demo.two")[0], encoding="utf-8")
    assert live.refresh()
    assert list(live.current.entries) == ["demo.one"]
    (folder / "demo.yml").unlink()
    assert live.refresh()
    assert live.current.entries == {}
    assert live.problems == ()


def test_the_profile_keeps_its_last_good_values(live: LiveLibrary, edit: Edit, folder: Path) -> None:
    """
    topic: demo
    name: {zh: 示范, en: Demo}
    entries:
    - id: demo.one
      answer: {zh: "{hospital} {nurse_phone} {nurse_hours}", en: "{hospital}"}
      REST
    """
    before = live.current.render("demo.one", "zh").text
    edit("nurse_phone:", "nurse_fone:", "_hospital.yml")
    live.refresh()
    assert live.current.render("demo.one", "zh").text == before
    assert "'nurse_phone' is missing" in live.problems[0].sentence
    for file in ("_hospital.yml", "_notices.yml", "_words.yml"):
        (folder / file).write_text("{", encoding="utf-8")
    live.refresh()
    assert live.current.render("demo.one", "zh").text == before
    assert live.current.words("greeting", "en", name="you") == "Hello you"
    assert live.current.footer("demo.one", "en")
    assert len(live.problems) == 3


def test_a_name_that_answers_still_use_stays(folder: Path, edit: Edit) -> None:
    """
    topic: demo
    name: {zh: 示范, en: Demo}
    entries:
    - id: demo.one
      answer: {zh: "{campus}", en: "{campus}"}
      REST
    """
    edit("demo: true", "demo: true\ncampus: {zh: 东院, en: East}", "_hospital.yml")
    live = LiveLibrary(folder)
    edit("campus:", "site:", "_hospital.yml")
    live.refresh()
    assert live.current.render("demo.one", "en").text == "East"
    assert "no 'campus'" in live.problems[0].sentence


def test_many_threads(live: LiveLibrary, edit: Edit) -> None:
    """
    topic: demo
    name: {zh: 示范, en: Demo}
    entries:
    - id: demo.one
      REST
    """
    changed: list[bool] = []
    edit("en: Answer", "en: New")
    threads = [threading.Thread(target=lambda: changed.append(live.refresh())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(changed) == [False] * 7 + [True]


def test_a_text_that_cannot_be_filled_is_not_taken_over(live: LiveLibrary, edit: Edit, folder: Path) -> None:
    edit("Hello {name}", "Hello {nurse_fone}", "_words.yml")
    live.refresh()
    assert live.current.words("greeting", "en", name="you") == "Hello you"
    assert [(x.file, x.line) for x in live.problems] == [("_words.yml", 1)]


def test_a_name_that_a_text_around_the_answers_still_uses_stays(folder: Path, edit: Edit) -> None:
    edit("demo: true", "demo: true\ncampus: {zh: 东院, en: East}", "_hospital.yml")
    edit("Hello {name}", "Hello {campus}", "_words.yml")
    live = LiveLibrary(folder)
    assert live.problems == ()
    edit("campus:", "kampus:", "_hospital.yml")
    live.refresh()
    assert live.current.words("greeting", "en") == "Hello East"
    assert [(x.file, x.line, x.severity) for x in live.problems] == [("_words.yml", 1, "error")]
