"""Normal form, clauses, numbers, short replies; and that nothing raises, whatever comes."""

from __future__ import annotations

import time
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.text.clauses import behind_opening, clauses
from bot.text.dates import find_clinical_date
from bot.text.entities import find_entities
from bot.text.follow_up import find_choice, find_ellipsis
from bot.text.normalise import fold, normalise
from bot.text.numbers import read_number
from bot.text.replies import is_no, is_yes

PIECES = st.sampled_from(list("周三下上月号日天一二十0125 ./-:,。不对前后的内张李主任医生年") + [
    "下周", "next ", "Monday ", "before ", "nov ", "31", "29th ", "dr ", "HCG", "2月30号", "99999", "上午", "pm ", "除了", "within ", "a week from ", "年底", "还有", "that's ",
])
DATES = st.dates()


@pytest.mark.parametrize(("text", "wanted"), [
    ("@小助手 我想 挂號", "我想挂号"), ("ＡＭＨ　多少？？？", "AMH 多少?"), ("hello 😀  there!!!", "hello there!"), ("周三\u200b下午", "周三下午"), ("第一行\n第二行", "第一行,第二行"),
    ("can\u00a0I   book", "can I book"), ("", ""), ("👍", ""),
])
def test_normalise(text: str, wanted: str) -> None:
    assert normalise(text).replace(", ", ",") == wanted.replace(", ", ",")


@pytest.mark.parametrize(("text", "wanted"), [
    ("AMH多久出结果还有就是建档要带什么东西", ["AMH多久出结果", "还有就是建档要带什么东西"]),
    ("能网上挂号吗建档要带什么", ["能网上挂号吗", "建档要带什么"]),
    ("hi dr. chen, how do i book? also where do i pay", ["hi dr. chen, how do i book?", "also where do i pay"]),
    ("how do i book online and where can i see my reports", ["how do i book online", "and where can i see my reports"]),
    ("AMH多久出", ["AMH多久出"]), ("", []),
])
def test_clauses(text: str, wanted: list[str]) -> None:
    assert clauses(text) == wanted


@pytest.mark.parametrize(("text", "wanted"), [("二十五", 25), ("廿五", 25), ("两", 2), ("十", 10), ("一百零三", 103), ("12", 12), ("three", 3), ("x", None), ("", None)])
def test_numbers(text: str, wanted: int | None) -> None:
    assert read_number(text) == wanted


@pytest.mark.parametrize("text", "嗯 对 是的 好 行 没错 yep yeah sure 好的谢谢 嗯嗯 👍 OK 可以的".split() + ["ok thanks", "yes please", "that's right"])
def test_yes(text: str) -> None:
    assert is_yes(text) and not is_no(text)


@pytest.mark.parametrize("text", "不 不是 没有 不用 nope nah 不用了谢谢 都不是 👎 不对".split() + ["no thanks", "No, thank you."])
def test_no(text: str) -> None:
    assert is_no(text) and not is_yes(text)


@pytest.mark.parametrize("text", ["", "好大夫怎么用", "对不起", "是不是出来了", "不好意思", "can I book", "没有号了吗"])
def test_neither_yes_nor_no(text: str) -> None:
    assert not is_yes(text) and not is_no(text)


@pytest.mark.parametrize(("text", "wanted"), [
    ("2", 2), ("第二个", 2), ("二", 2), ("②", 2), ("the second one", 2), ("last one", 3), ("2.", 2), ("选2", 2), ("我选第三个", 3), ("option 2", 2), ("2️⃣", 2),
    ("最后一个", 3), ("第5个", None), ("明天", None), ("2 天后", None), ("0", None),
])
def test_choice(text: str, wanted: int | None) -> None:
    assert find_choice(text, 3) == wanted


@pytest.mark.parametrize(("text", "wanted"), [
    ("那上海呢", "上海"), ("and in shanghai?", "shanghai"), ("what about guangdong", "guangdong"), ("促排的时候呢", "促排"), ("深圳呢", "深圳"), ("那要是在广州", "广州"),
    ("我的结果怎么还没出来呢", None), ("怎么预约呢", None), ("and how do i pay?", None), ("thank you", None), ("你呢", None),
])
def test_ellipsis(text: str, wanted: str | None) -> None:
    assert find_ellipsis(text) == wanted


def _read_everything(text: str, today: date) -> None:
    find_entities(text, today)
    find_clinical_date(text, today)
    clauses(text)
    find_choice(text, 3)
    find_ellipsis(text)
    is_yes(text)
    is_no(text)
    read_number(text)


@settings(deadline=None, max_examples=150)
@given(st.one_of(st.text(), st.lists(PIECES, max_size=14).map("".join)), DATES)
def test_nothing_raises(text: str, today: date) -> None:
    _read_everything(text, today)


@settings(deadline=None, max_examples=300)
@given(st.one_of(st.text(), st.lists(PIECES, max_size=14).map("".join)))
def test_normalise_is_idempotent(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once
    assert len(fold(once)) == len(once)


@settings(deadline=None, max_examples=150)
@given(st.lists(PIECES, max_size=14).map("".join), st.dates(date(2020, 1, 1), date(2034, 12, 31)))
def test_windows_are_in_order(text: str, today: date) -> None:
    for window in find_entities(text, today).when:
        assert window.from_ is None or window.to is None or window.from_ <= window.to
        assert window.from_ is None or window.from_ >= today
        assert window.part in (None, "am", "pm", "evening")


@pytest.mark.parametrize("piece", ["a", "周三", "1 ", "张主任", "不是", "1-", "上下", "嗯", "好的", "25、", "那", "周", "ok ", "还有", "@a "])
def test_long_input_is_read_in_no_time(piece: str) -> None:
    text = piece * (100_000 // len(piece))
    _read_everything("预热", date(2026, 11, 22))
    begin = time.perf_counter()
    _read_everything(text, date(2026, 11, 22))
    _read_everything(text[:39] + "x", date(2026, 11, 22))
    assert time.perf_counter() - begin < 4


@pytest.mark.parametrize(("text", "behind"), [
    ("周四上午吧，我实在撑不下去了", "我实在撑不下去了"),
    ("黄体酮一天两次，我实在撑不下去了", "我实在撑不下去了"),
    ("Testina Mustermann 13800009876, doubled over on the floor", "doubled over on the floor"),
    ("2, cannot go on like this, sorry", "cannot go on like this, sorry"),
    ("谢谢您，好的", None),
    ("我实在撑不下去了", None),
    ("我昨天问过一次护士站，还是没有回音", None),
    ("好的。我实在撑不下去了，真的", None),
])
def test_what_stands_behind_a_short_opening(text: str, behind: str | None) -> None:
    assert behind_opening(text) == behind
