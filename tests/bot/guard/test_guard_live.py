"""The live guard: a save is served soon, a broken one changes nothing."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.guard import Alarm, LiveGuard
from bot.guard.__main__ import report
from bot.guard.checks import SUPPORTING
from bot.guard.loader import load_texts
from bot.guard.texts import LAST_RESORT, PHRASES, calls_ambulance
from bot.knowledge.library import Library
from bot.knowledge.model import LANGUAGES, Hospital, Language, UnknownWords
from bot.knowledge.names import PLACE

SIGNS = """\
complaints:
  bleed: [出血]
  tired: [累, tired]
scopes:
  denies: [没有]
signs:
  bleeding:
    group: bleeding
    source: {title: A guideline, year: 2020}
    when: [bleed]
    yes: [出血了]
    no: [没有出血]
"""
TOLD = ("check_question", "check_meanwhile", "episode_self_harm_again")
TEXTS = """\
texts:
  other: {zh: "打120或{emergency_phone}", en: "Call 120 or {emergency_phone}", source: [{title: A guideline, year: 2020}]}
  bleeding: {zh: "去急诊，打120\\n{emergency_phone}", en: "Go now, call 120\\nOurs: {emergency_phone}", source: [{title: A guideline, year: 2020}]}
  self_harm: {zh: "{crisis_line}或120，{emergency_phone}", en: "{crisis_line} or 120 {emergency_phone}", source: [{title: A guideline, year: 2020}]}
words:
  check_question: {zh: 现在吗, en: Now?}
  check_meanwhile: {zh: "打120或{emergency_phone}", en: "Call 120 or {emergency_phone}"}
  episode_self_harm_again: {zh: "{crisis_line}或120", en: "{crisis_line} or 120"}
""" + "".join(f'  {key}: {{zh: "120{line}", en: "120{line}"}}\n' for key in PHRASES if key not in TOLD for line in (" {crisis_line}" * (key in SUPPORTING),)) + """\
replies:
  examined:
    terms: [检查过, "they examined me"]
    not: [明天]
    yes: [检查过了]
    despite: [tired]
    no: [明天检查过再说, 没有检查过]
  on_the_way: [在路上]
  company: {terms: [陪我, "with me"], also: [老公, "husband"], beside: [了, "my", "is"]}
"""
PROFILE = """\
demo: true
region: beijing
hospital: {zh: 中心, en: Centre}
nurse_phone: "012"
emergency_phone: {zh: "010", en: "011"}
crisis_line: "013"
nurse_hours: {weekdays: [], weekends: [], holidays: []}
service_hours: {weekdays: [], weekends: [], holidays: []}
"""
LIBRARY = Library(hospital=Hospital(names={"emergency_phone": {"zh": "010", "en": "011"}, "crisis_line": {"zh": "013", "en": "013"}}))
EMPTY = Library()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "_signs_zh.yml").write_text(SIGNS, encoding="utf-8")
    (tmp_path / "_emergency.yml").write_text(TEXTS, encoding="utf-8")
    (tmp_path / "_hospital.yml").write_text(PROFILE, encoding="utf-8")
    return tmp_path


@pytest.fixture
def live(folder: Path) -> Iterator[LiveGuard]:
    found = LiveGuard(folder)
    yield found
    found.stop()


def save(path: Path, change: Callable[[str], str]) -> None:
    path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8")


def test_a_save_is_live_within_two_seconds(live: LiveGuard, folder: Path) -> None:
    assert live.problems == ()
    assert live.current.look("流血") is None
    live.start()
    live.start()
    save(folder / "_signs_zh.yml", lambda text: text.replace("[出血]", "[出血, 流血]"))
    until = time.monotonic() + 2
    while live.current.look("流血") is None and time.monotonic() < until:
        time.sleep(0.05)
    assert live.current.look("流血") == Alarm("bleeding", "bleeding", True)


@pytest.mark.parametrize(
    ("old", "new"), [("when: [bleed]", "when: [blood]"), ("[出血]", "[出(血]"), ("yes: [出血了]", "yes: [流血了]"), ("no: [没有出血]", "no: [大出血]"), ("[出血]", "[出血")]
)
def test_a_broken_save_of_the_signs_changes_nothing(live: LiveGuard, folder: Path, old: str, new: str) -> None:
    before = live.current
    save(folder / "_signs_zh.yml", lambda text: text.replace(old, new))
    assert live.refresh() is False
    assert live.current is before and live.current.look("出血")
    assert any(problem.severity == "error" for problem in live.problems)
    save(folder / "_signs_zh.yml", lambda _: SIGNS + "  # mended\n")
    assert live.refresh() is True and live.problems == ()


def test_a_broken_save_of_the_texts_changes_nothing_and_does_not_keep_the_signs(live: LiveGuard, folder: Path) -> None:
    save(folder / "_emergency.yml", lambda text: text.replace("zh: 去急诊，打120", "zh:"))
    save(folder / "_signs_zh.yml", lambda text: text.replace("[出血]", "[出血, 流血]"))
    assert live.refresh() is True
    assert live.current.look("流血") and live.texts.text("bleeding", "zh", LIBRARY) == "去急诊，打120\n010"


def test_a_vanished_file_changes_nothing(live: LiveGuard, folder: Path) -> None:
    (folder / "_signs_zh.yml").unlink()
    (folder / "_emergency.yml").unlink()
    assert live.refresh() is False
    assert live.current.look("出血") and live.texts.text("other", "en", LIBRARY) == "Call 120 or 011"
    assert len(live.problems) == 2


def test_texts_are_filled_and_fall_back(live: LiveGuard) -> None:
    assert live.texts.text("pain", "zh", LIBRARY) == "打120或010"
    assert live.texts.words("check_question", "en", LIBRARY) == "Now?"
    assert live.texts.text("bleeding", "en", LIBRARY) == "Go now, call 120\nOurs: 011"
    with pytest.raises(UnknownWords):
        live.texts.words("nothing", "en", LIBRARY)
    assert set(live.texts.unreviewed) == {"other", "bleeding", "self_harm", "words"}
    assert live.current.rules.unreviewed == ("_signs_zh.yml",)


#: A mistake in the file of the texts, and the line on which it is told.
MISTAKES = [
    ('"Call 120 or {emergency_phone}", source', '"Call 120 or {emergency_phone} {emergency_tel}", source', 2),
    (', source: [{title: A guideline, year: 2020}]}\n  self_harm', '}\n  self_harm', 3),
    ("去急诊，打120\\n", "别着急\\n打120，", 3),
    ("Ours: {emergency_phone}", "Ours", 3),
    ("check_question: {zh", "check_questions: {zh", 6),
    ("打120或{emergency_phone}", "打120或{emergency_phone}{emergency_tel}", 2),
    ("Ours: {emergency_phone}", "Ours: {emergency_phone}{emergency_phne}", 3),
    ("去急诊，打120", "去急诊", 3),
    ("Go now, call 120", "Go now, call 1120", 3),
    ('zh: "{crisis_line}或120，', 'zh: "打120，', 4),
    ('{crisis_line} or 120 {emergency_phone}"', '{crisis_lin} {crisis_line} or 120 {emergency_phone}"', 4),
    ("现在吗", "现在吗{opening}", 6),
    ('check_meanwhile: {zh: "打120', 'check_meanwhile: {zh: "打', 7),
    ('again: {zh: "{crisis_line}或120', 'again: {zh: "013或120', 8),
]


@pytest.mark.parametrize(("old", "new", "line"), MISTAKES)
def test_a_text_that_cannot_be_filled_or_names_nobody_to_call_is_not_taken_over(live: LiveGuard, folder: Path, old: str, new: str, line: int) -> None:
    before = live.texts
    save(folder / "_emergency.yml", lambda text: text.replace(old, new, 1))
    assert live.refresh() is False and live.texts is before
    assert {(x.file, x.line, x.severity) for x in live.problems} == {("_emergency.yml", line, "error")}
    assert report(folder) == 1
    save(folder / "_emergency.yml", lambda _: TEXTS)
    assert live.refresh() is True and live.problems == () and report(folder) == 0


def test_a_file_that_cannot_be_read_is_told_and_no_other_is_blamed_for_it(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save(folder / "_signs_zh.yml", lambda text: text.replace("complaints:", "complaints: [", 1))
    assert report(folder) == 1
    assert {line.split(":")[0].split()[0] for line in capsys.readouterr().out.splitlines()[:-1]} == {"_signs_zh.yml"}


@pytest.mark.parametrize("broken", ["crisis_lin: '013'", "crisis_line:", ""])
def test_what_the_texts_need_and_the_profile_has_lost_stays(live: LiveGuard, folder: Path, broken: str) -> None:
    save(folder / "_hospital.yml", lambda text: text.replace('crisis_line: "013"', broken))
    assert live.refresh() is False
    assert {(x.file, x.line) for x in live.problems} == {("_emergency.yml", n) for n, line in enumerate(TEXTS.splitlines(), 1) if "crisis_line" in line}
    assert live.texts.text("self_harm", "zh", EMPTY) == "013或120，010" and live.texts.words("episode_self_harm_again", "zh", EMPTY) == "013或120"
    save(folder / "_hospital.yml", lambda text: PROFILE.replace("013", "014"))
    assert live.refresh() is True and live.texts.text("self_harm", "en", EMPTY) == "014 or 120 011"


def test_a_profile_that_cannot_be_read_takes_nothing_away(live: LiveGuard, folder: Path) -> None:
    save(folder / "_hospital.yml", lambda _: "{")
    assert live.refresh() is False and live.problems
    assert live.texts.text("other", "zh", EMPTY) == "打120或010"


def test_at_the_start_a_text_that_names_nobody_to_call_is_not_sent(folder: Path) -> None:
    save(folder / "_emergency.yml", lambda text: text.replace("去急诊，打120", "去急诊").replace("{crisis_line}或120", "{crisis_line}"))
    live = LiveGuard(folder)
    assert live.texts.text("bleeding", "zh", LIBRARY) == live.texts.text("other", "zh", LIBRARY)
    assert live.texts.text("self_harm", "zh", LIBRARY) == LAST_RESORT["zh"]


@pytest.mark.parametrize("name", ["emergency_phone", "crisis_line"])
def test_a_telephone_of_the_texts_has_to_be_one(live: LiveGuard, folder: Path, name: str) -> None:
    save(folder / "_hospital.yml", lambda text: "\n".join(f'{name}: "???"' if line.startswith(name) else line for line in text.splitlines()))
    assert live.refresh() is False
    assert [(x.file, x.line, x.entry) for x in live.problems] == [("_hospital.yml", 5 if name == "emergency_phone" else 6, name)]


def test_at_the_start_a_line_that_cannot_be_filled_is_left_out(folder: Path) -> None:
    save(folder / "_emergency.yml", lambda text: text.replace("Ours: {emergency_phone}", "Ours: {emergency_tel}"))
    assert LiveGuard(folder).texts.text("bleeding", "en", LIBRARY) == "Go now, call 120"


@pytest.mark.parametrize("language", LANGUAGES)
def test_at_the_start_something_can_always_be_sent(folder: Path, language: Language) -> None:
    (folder / "_hospital.yml").unlink()
    texts = LiveGuard(folder).texts
    assert texts.text("self_harm", language, EMPTY) == texts.text("other", language, EMPTY) == LAST_RESORT[language]
    (folder / "_emergency.yml").unlink()
    assert LiveGuard(folder).texts.text("bleeding", language, EMPTY) == LAST_RESORT[language]


def test_the_text_about_self_harm_is_never_that_of_another_group(folder: Path) -> None:
    save(folder / "_emergency.yml", lambda text: text.replace("  self_harm:", "  torsion:"))
    assert LiveGuard(folder).texts.text("self_harm", "zh", LIBRARY) == LAST_RESORT["zh"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_last_resort_says_whom_to_call_and_needs_nothing(language: Language) -> None:
    assert calls_ambulance(LAST_RESORT[language]) and not PLACE.search(LAST_RESORT[language])
    assert ("急诊" if language == "zh" else "emergency department") in LAST_RESORT[language]


def test_the_version_is_that_of_what_is_said(folder: Path) -> None:
    one, same = LiveGuard(folder).texts.version, LiveGuard(folder).texts.version
    save(folder / "_emergency.yml", lambda text: text.replace("Now?", "Right now?"))
    assert one == same != LiveGuard(folder).texts.version


def test_who_checked_what_is_read(folder: Path) -> None:
    review = "review: {by: 王医生, on: 2026-12-01}\n"
    save(folder / "_signs_zh.yml", lambda text: review + text)
    save(folder / "_emergency.yml", lambda text: review + text)
    live = LiveGuard(folder)
    assert live.problems == () and live.current.rules.unreviewed == ()
    assert set(live.texts.unreviewed) == {"other", "bleeding", "self_harm"}


@pytest.mark.parametrize("written", ["review: null", "review: {by: '', on: 2026-12-01}", "review: {by: 王医生}", "review: yes"])
def test_without_a_name_and_a_day_nobody_checked_the_signs(folder: Path, written: str) -> None:
    save(folder / "_signs_zh.yml", lambda text: f"{written}\n{text}")
    assert LiveGuard(folder).current.rules.unreviewed == ("_signs_zh.yml",)


@pytest.mark.parametrize("key", ["terms", "also", "not", "beside"])
def test_a_reply_with_a_term_that_cannot_be_read_is_told(folder: Path, key: str) -> None:
    kept = "" if key == "terms" else "terms: [困], "
    save(folder / "_emergency.yml", lambda text: f"{text}  rest: {{{kept}{key}: ['(睡']}}\n")
    assert [x.entry for x in LiveGuard(folder).problems] == ["rest"]


@pytest.mark.parametrize(
    ("text", "kind"), [("我检查过了", "examined"), ("没有检查过", None), ("明天检查过再说", None), ("在路上，检查过", "examined"), ("在路上", "on_the_way"), ("你好", None)]
    # nothing but the terms and what may stand beside; told, not asked
    + [("老公，陪我了", "company"), ("My husband is with me.", "company"), ("老公陪我去", None), ("陪我", None), ("老公陪我了？", None), ("在路上，老公陪我", "on_the_way")]
)
def test_replies_in_an_episode(live: LiveGuard, text: str, kind: str | None) -> None:
    assert live.texts.episode_reply(text) == kind


def test_what_may_stand_beside_the_end_of_an_emergency_is_named_by_staff(live: LiveGuard, folder: Path) -> None:
    assert live.texts.episode_reply("检查过，就是累") == "examined"
    assert live.texts.episode_reply("检查过，还出血") is None
    path = folder / "_emergency.yml"
    path.write_text(TEXTS.replace("despite: [tired]", "despite: [hungry]"), encoding="utf-8")
    assert [x.sentence for x in load_texts(folder, live.current)[1]] == ["'hungry' under despite is no complaint of the files of signs."]
