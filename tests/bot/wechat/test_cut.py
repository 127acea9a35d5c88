"""A long answer is cut at sentences, within bytes, and never inside what a reader sees as one thing."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.wechat.cut import ATOMS, cut, pieces, size

FAMILY, FLAG, SKIN = "👨‍👩‍👧", "🇨🇳", "🤰🏻"
LINK = '<a href="https://example.invalid/a?b=c">预约挂号</a>'


def test_what_fits_stays_whole() -> None:
    assert cut("短", 2000) == ("短", "") and pieces("短。\n\n句。", 2000) == ["短。\n\n句。"] and pieces("", 9) == []


def test_paragraphs_before_sentences_before_words() -> None:
    assert cut("第一段。还是第一段。\n\n第二段很长。很长。", 50) == ("第一段。还是第一段。", "第二段很长。很长。")
    assert cut("第一句说完了。第二句还没有说完呢", 30) == ("第一句说完了。", "第二句还没有说完呢")
    assert cut("one two three four. five six seven eight", 30) == ("one two three four.", "five six seven eight")
    assert cut("Dose 2.5 mg was taken this morning at home", 30)[0] == "Dose 2.5 mg was taken this"
    assert cut("一二三四五六七八九十", 15) == ("一二三四五", "六七八九十")


@pytest.mark.parametrize("thing", [FAMILY, FLAG, SKIN, LINK, "é", "한"])
def test_one_thing_is_never_cut(thing: str) -> None:
    text = thing * 12
    for limit in range(size(thing), size(text) + 3):
        made = pieces(text, limit)
        assert "".join(made) == text and all(x == thing * (len(x) // len(thing)) and size(x) <= limit for x in made)


def test_what_is_longer_than_a_message_does_not_hang() -> None:
    long = '<a href="https://example.invalid/' + "x" * 3000 + '">看报告</a>'
    assert pieces(f"请看{long}。", 100) == ["请看看报告。"]
    assert "".join(pieces("e" + "\u0301" * 100, 20)) == "e" + "\u0301" * 100


@settings(max_examples=200, deadline=None)
@given(st.text(st.one_of(st.characters(blacklist_categories=("Cs",)), st.sampled_from(f"。！\n .{FAMILY}{FLAG}")), max_size=200), st.integers(40, 200))
def test_nothing_is_lost_and_nothing_is_too_long(text: str, limit: int) -> None:
    made = pieces(text, limit)
    assert all(0 < size(x) <= limit for x in made)
    assert "".join("".join(made).split()) == "".join(text.split())
    assert all(ATOMS.findall(x)[0] in ATOMS.findall(text) for x in made if size(max(ATOMS.findall(text), key=size)) <= limit)
