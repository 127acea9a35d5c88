"""Small rule files: what counts, what does not, and what is told about a file that is wrong."""

from __future__ import annotations

import pytest

from bot.guard import Alarm
from bot.guard.fold import Folder
from bot.guard.scope import Scope
from bot.guard.terms import Matcher, read_term
from tests.bot.guard.conftest import Written

RULES = """
complaints:
  pain: [疼, "pain*"]
  bleed: [出血, "bleed*"]
  wish: [不想活]
details:
  belly: [肚子, belly]
  hard: [厉害, "(疼|痛)得~2打滚"]
numbers:
  hot: {read: temperature, from: 38.5, to: 43}
steadfast: [wish]
not_meant: [心疼, 出血时间]
scopes:
  denies: [没有, 不, "no"]
  denies_after: [都没有]
  fillers: [什么, 也, any]
  neutral: [是不是]
  resolved: [现在好了]
  again: [又]
  turns: [但是]
  past: [去年]
  past_after: [过]
  supposes: [如果]
  fears: [怕]
  asks: [什么意思]
  states: [疼了]
  tells: [电视剧里]
  own: [我]
  jokes: [开玩笑]
  others: [同事]
  now: [现在]
rewrite: {肚子通: 肚子疼}
pinyin: {chu xue: 出血, du: 肚, zi: 子, teng: 疼}
sounds: {血: 雪}
signs:
  belly-pain:
    group: pain
    source: {title: A guideline, year: 2020}
    when: [belly pain + hard]
    unclear: [belly pain]
  bleeding:
    group: bleeding
    source: {title: A guideline, year: 2020}
    when: [bleed]
  fever:
    group: fever
    source: {title: A guideline, year: 2020}
    when: [hot]
  wish:
    group: self_harm
    source: {title: A guideline, year: 2020}
    stays: true
    when: [wish]
"""
PAIN, UNCLEAR = Alarm("pain", "belly-pain", True), Alarm("pain", "belly-pain", False)
BLEEDING, FEVER, WISH = Alarm("bleeding", "bleeding", True), Alarm("fever", "fever", True), Alarm("self_harm", "wish", True)


@pytest.mark.parametrize(
    ("text", "alarm"),
    [
        ("肚子疼得满地打滚", PAIN),
        ("肚子疼", UNCLEAR),
        ("疼", None),
        ("没有肚子疼，但是出血", BLEEDING),
        ("没有什么出血", None),
        ("没有肚子疼、出血", None),
        ("没有肚子疼 出血了", BLEEDING),
        ("出血都没有", None),
        ("是不是出血", BLEEDING),
        ("出血，现在好了", None),
        ("出血，现在好了，又出血", BLEEDING),
        ("去年出血", None),
        ("去年出血，现在出血", BLEEDING),
        ("出血过", None),
        ("现在出血过一次", BLEEDING),
        ("如果出血", None),
        ("如果现在出血", BLEEDING),
        ("怕出血", None),
        ("出血什么意思", None),
        ("现在出血什么意思", BLEEDING),
        ("电视剧里大出血", None),
        ("电视剧里那样，我也出血", BLEEDING),
        ("出血，开玩笑的", None),
        ("同事出血", None),
        ("同事现在出血", BLEEDING),
        ("同事陪着，出血", BLEEDING),
        ("去年没事，但是出血", BLEEDING),
        ("同事不想活", WISH),
        ("出血时间几天出", None),
        ("出雪", BLEEDING),
        ("chu xue", BLEEDING),
        ("chu1xue4", BLEEDING),
        ("chu teng", None),
        ("肚子通得厉害", PAIN),
        ("du zi teng 厉害", PAIN),
        ("belly pain 厉害", PAIN),
        ("no bleeding", None),
        ("我bleeding", BLEEDING),
        ("烧到38.4度", None),
        ("烧到38.5度", FEVER),
        ("39度2", FEVER),
        ("三十九度", FEVER),
        ("102°F", FEVER),
        ("39片", None),
        ("如果我不想活", WISH),
        ("不想活，现在好了", WISH),
        ("肚子疼得厉害，不想活", WISH),
        ("", None),
    ],
)
def test_what_counts(written: Written, text: str, alarm: Alarm | None) -> None:
    guard, _, _ = written(RULES)
    assert guard.look(text) == alarm


@pytest.mark.parametrize(
    ("term", "text", "met"),
    [
        ("#片", "吃了二十片", True), ("#片", "吃了20片", True), ("#片", "吃了3.5片", True), ("#片", "吃了片", False), ("#片", "吃了20粒", False),
        ("#( )?(kg|kilos)", "up 3 kilos", True), ("#( )?(kg|kilos)", "up 3kg", True), ("#( )?(kg|kilos)", "up 3 pounds", False),
        ("#半", "两半", True), ("#十片", "二十片", True), ("#~2天", "二十来天", True), ("第#", "第二十", True), ("第#页", "第3页", True), ("(#|好多)次", "好多次", True),
        ("(#|好多)次", "八次", True), ("day #", "day 12", True), ("day #", "day x", False), ("#", "一", True),
    ],
)
def test_a_term_with_a_number_is_met_whichever_it_is(term: str, text: str, met: bool) -> None:
    found = Matcher([read_term("n", term, {})]).find(Folder({}, {}).fold(text))
    assert bool(found) == met


@pytest.mark.parametrize(
    ("term", "text"),
    [
        ("who( is| has)?( going to)? (read|see)", "who is going to read"), ("who( is| has)?( going to)? (read|see)", "who has read"),
        ("who( is| has)?( going to)? (read|see)", "who see"), ("v(肚子|胃)疼", "v肚子疼"), ("(20|19)[012][3579]年", "2019年"), ("1(2|3)0 calls", "120 calls"),
        ("(a|the) ~2 doctor", "a very old doctor"), ("i('m| am) dizzy", "i'm dizzy"), ("('s|is) bleeding", "she's bleeding"),
    ],
)
def test_a_term_is_met_by_whichever_of_its_words_it_begins(term: str, text: str) -> None:
    assert Matcher([read_term("n", term, {})]).find(Folder({}, {}).fold(text))


@pytest.mark.parametrize(("key", "alarm"), [("", WISH), ("    needs_marks: true\n", None)])
def test_a_sign_that_needs_the_marks_is_not_looked_for_without(written: Written, key: str, alarm: Alarm | None) -> None:
    rules = RULES.replace("  wish: [不想活]", "  wish: [谢谢再见]").replace("    stays: true\n", f"    stays: true\n{key}")
    guard, _, problems = written(rules)
    assert [problem for problem in problems if problem.file.startswith("_signs")] == []
    assert guard.look("谢谢，再见") == alarm
    assert guard.look("谢谢再见") == WISH


def test_a_message_judged_once_is_judged_alike(written: Written) -> None:
    guard, _, _ = written(RULES)
    for text in ("没有出血", "出血", "你好", "疼", "去年出血，如果出血"):
        judged = guard.judge(text)
        assert judged.alarm == guard.look(text)
        assert judged.dismissed == (judged.alarm is None and guard.dismisses(text))


def test_a_long_enumeration_is_walked_once(written: Written, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each complaint leads back to the one before; without what was found for that one a message of 2,000 characters took seconds."""
    steps: list[int] = []
    before = Scope._before
    monkeypatch.setattr(Scope, "_before", lambda self, at, least: (steps.append(at), before(self, at, least))[1])
    guard, _, _ = written(RULES)
    assert guard.look("没有" + "出血" * 500) is None
    assert 500 <= len(steps) < 10_000


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("when: [bleed]", "when: [bleeed]", "There is no complaint, detail or number 'bleeed'; did you mean 'bleed'?"),
        ("when: [bleed]", "wen: [bleed]", "'wen' is not known here. Did you mean 'when'?"),
        ("group: bleeding", "group: bleding", "'bleding' is not known as 'group'; did you mean 'bleeding'?"),
        ("group: bleeding\n", "window: 12\n", "The sign needs a line 'group: …'"),
        ("pain: [疼", "pain: [(疼", "The term '(疼' cannot be used: a bracket that was opened is not closed."),
        ("pain: [疼", "pain: [~2疼", "it would match nothing, or anything"),
        ("hard: [厉害", "pain: [厉害", "'pain' stands under complaints and under details"),
        ("read: temperature", "read: warmth", "'warmth' is not known as 'read'"),
        ("from: 38.5", "from: hot", "'from' and 'to' have to be numbers."),
        ("  denies:", "  denise:", "'denise' is not known here. Did you mean 'denies'?"),
        ("signs:\n", "sings:\n", "'sings' is not known here. Did you mean 'signs'?"),
        ("rewrite: {", "rewrite: {{", "The file cannot be read"),
    ],
)
def test_a_mistake_is_told_with_its_line(written: Written, old: str, new: str, said: str) -> None:
    broken = RULES.replace(old, new, 1)
    _, _, problems = written(broken)
    told = [problem for problem in problems if said in problem.sentence]
    assert told and told[0].file == "_signs_zh.yml" and told[0].severity == "error"
    assert told[0].line > 0


def test_the_good_part_of_a_file_is_served(written: Written) -> None:
    guard, _, problems = written(RULES.replace("when: [bleed]", "when: [bleed, bleeed]"))
    assert guard.look("出血") == BLEEDING
    assert [problem.entry for problem in problems if problem.severity == "error" and problem.entry] == ["bleeding"]


def test_a_sign_without_a_guideline_is_told(written: Written) -> None:
    _, _, problems = written(RULES.replace("    source: {title: A guideline, year: 2020}\n", "", 1))
    assert [problem.entry for problem in problems if "source" in problem.sentence] == ["belly-pain"]
