"""What may be done to a message without its ceasing to be an emergency, and what makes it one no longer."""

from __future__ import annotations

import csv
import random
import unicodedata
from pathlib import Path

import pytest
import zhconv
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.guard import Guard
from bot.guard import reading as readings

LIVE = [
    "肚子疼得受不了", "小腹突然绞痛", "下面大出血", "血流不止", "喘不上气", "胸口疼得厉害", "刚才晕倒了", "取卵后高烧不退", "打完针嘴唇肿了喘不上气",
    "吃了一整瓶安眠药", "我不想活了", "我想自杀", "右小腿肿得发紫", "取卵后肚子胀得喘不上气",
]
#: complaints that can be denied in one word, with what is left of them
DENIABLE = ["肚子疼", "腹痛", "出血", "大出血", "发烧", "高烧", "呼吸困难", "胸痛", "晕倒", "呕吐", "血块", "抽搐"]
DENIALS = ["没有{}", "没{}", "无{}", "没有什么{}", "我没有{}", "并没有{}", "也没有{}", "{}都没有", "从来没有{}", "没有{}，一切正常", "没有发热、{}"]
CHATTER = [
    "你好护士，我想问一下复诊需要带什么材料。", "身份证和结婚证都要原件吗？", "谢谢你们一直这么耐心。", "报告一般几点能看到？", "老公单位请假不方便。",
    "How do I book an appointment? ", "公众号里找不到入口。", "我们从外地过来，路上要四个小时。",
]
SEPARATORS = [" ", "  ", "\u3000", ".", "·", "-", "*", "~", "_", "😭", "🩸", "❗️", "\u200b"]
FEW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
phrases = st.sampled_from(LIVE)


def certain(guard: Guard, text: str) -> bool:
    alarm = guard.look(text)
    return alarm is not None and alarm.certain


def wide(text: str) -> str:
    """Full-width forms of what is half width."""
    return "".join(chr(ord(char) + 0xFEE0) if "!" <= char <= "~" else char for char in text)


@FEW
@given(phrases, st.sampled_from(SEPARATORS))
def test_separators_between_all_characters(guard: Guard, phrase: str, separator: str) -> None:
    assert certain(guard, separator.join(phrase))


@FEW
@given(phrases, st.sampled_from([",", "，", "。", "、", "!", "?"]))
def test_punctuation_between_all_characters(guard: Guard, phrase: str, mark: str) -> None:
    assert certain(guard, mark.join(phrase))


@FEW
@given(phrases, st.data())
def test_a_separator_anywhere(guard: Guard, phrase: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(1, len(phrase) - 1))
    assert certain(guard, phrase[:at] + data.draw(st.sampled_from(SEPARATORS)) + phrase[at:])


@FEW
@given(phrases)
def test_traditional_characters_and_full_width(guard: Guard, phrase: str) -> None:
    traditional = zhconv.convert(phrase, "zh-tw")
    assert certain(guard, traditional)
    assert certain(guard, wide(f"{traditional}!! 120?"))
    assert certain(guard, unicodedata.normalize("NFKD", phrase))


@FEW
@given(phrases, st.lists(st.sampled_from(CHATTER), max_size=110), st.lists(st.sampled_from(CHATTER), max_size=20))
def test_chatter_before_and_after(guard: Guard, phrase: str, before: list[str], after: list[str]) -> None:
    assert certain(guard, "".join(before)[-2000:] + phrase + "。" + "".join(after))


@FEW
@given(st.sampled_from(DENIABLE), st.sampled_from(DENIALS), st.lists(st.sampled_from(CHATTER), max_size=3))
def test_denied_it_is_none(guard: Guard, complaint: str, denial: str, chatter: list[str]) -> None:
    assert guard.look("".join(chatter) + denial.format(complaint)) is None


@pytest.mark.parametrize("chatter", CHATTER)
def test_chatter_alone_is_none(guard: Guard, chatter: str) -> None:
    assert guard.look(chatter * 30) is None


@FEW
@given(st.text(max_size=300))
def test_any_text_can_be_looked_at(guard: Guard, text: str) -> None:
    assert guard.look(text) == guard.look(text)


def test_beyond_four_thousand_characters_nothing_is_read(guard: Guard) -> None:
    assert guard.look("好" * 4000 + "，大出血") is None
    assert certain(guard, "好" * 3990 + "，大出血")


LINES = Path(__file__).with_name("guard_lines.tsv")


@pytest.mark.parametrize("seed", range(12))
def test_what_counts_is_told_by_its_surroundings(guard: Guard, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    """In a long message a complaint is first judged by the sentences around it alone: as when all of it is looked at."""
    monkeypatch.setattr(readings, "_FEW", 1000)
    chosen = random.Random(seed)
    with LINES.open(encoding="utf-8", newline="") as file:
        lines = [row["text"] for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)]
    text = "".join(chosen.choice(lines) + chosen.choice(["，", "。", "？", "\n", ", ", ". ", ""]) for _ in range(60))[:2000]
    near, whole = guard.read(text), guard.read(text)
    asked = [place for name, places in near.first.items() if name in guard.rules.complaints for place in places]
    assert asked and len(whole.complaints.all) > len(asked)
    assert [(place, near.verdict(place)) for place in asked] == [(place, whole.verdict(place)) for place in asked]
