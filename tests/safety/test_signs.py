"""A sign of an emergency stays one however it is typed, and what is none does not become one."""

from __future__ import annotations

import random
import re
from collections.abc import Callable

import pytest
import zhconv
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.safety.rows import Row, certain, of_kind, own_set, red_flags

CHATTER_CHARACTERS = 2000
EMOJI = ("😭", "😣", "🙏", "🩸", "😱", "❤️", "🤦‍♀️")
MARKS = ("，", "。", "、", "！", "…", "~", "·", "-", ",", ".")
MARKS_EN = (",", ".", "!", "...", " -", ";")
HELLO = {"zh": ("你好，", "在吗 ", "不好意思打扰一下，", "护士老师您好：", "姐妹们，"), "en": ("Hi, ", "hello there ", "Sorry to bother you, ", "Dear nurse: ")}
BYE = {"zh": ("，谢谢", " 急急急", "，麻烦回一下。", "！！！", " 在线等"), "en": (", thanks", " please reply", "!!!", ". Thank you so much")}
CHINESE = re.compile(r"(?<=[\u4e00-\u9fff])(?=[\u4e00-\u9fff])")
WORD_END = re.compile(r"(?<=[a-z])(?= )", re.I)

FLAGS = red_flags()


def shown(row: Row) -> str:
    return row.id


def gaps(row: Row) -> list[int]:
    """Where a slip of the finger may put something in: between two Chinese characters, behind an English word; never inside a number."""
    return [x.start() for x in (CHINESE if row.language == "zh" else WORD_END).finditer(row.text)]


def with_inserted(row: Row, what: dict[int, str]) -> str:
    """The text with something put in at some of its gaps."""
    return "".join(what.get(n, "") + c for n, c in enumerate(row.text)) + what.get(len(row.text), "")


def at_every_gap(row: Row, things: tuple[str, ...]) -> str:
    chosen = random.Random(row.id)
    return with_inserted(row, {n: chosen.choice(things) for n in gaps(row)})


def at_some_gaps(row: Row, things: tuple[str, ...]) -> str:
    chosen = random.Random(row.id)
    places = gaps(row)
    return with_inserted(row, {n: chosen.choice(things) for n in chosen.sample(places, min(len(places), 3))})


def spaces(row: Row) -> str:
    return at_every_gap(row, (" ", "  ", "\u3000"))


def marks(row: Row) -> str:
    return at_some_gaps(row, MARKS if row.language == "zh" else MARKS_EN)


def emoji(row: Row) -> str:
    return at_some_gaps(row, EMOJI)


def full_width(row: Row) -> str:
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else "\u3000" if c == " " else c for c in row.text)


def traditional(row: Row) -> str:
    return zhconv.convert(row.text, "zh-tw")


def capitals(row: Row) -> str:
    return row.text.upper()


def chatter(row: Row, length: int) -> str:
    """What others wrote of other things, up to a length, each message on a line of its own."""
    chosen = random.Random(row.id)
    lines = [x.text for x in of_kind("knowledge") if x.language == row.language]
    made = ""
    while len(made) < length:
        made += chosen.choice(lines) + "\n"
    return made[:length].rsplit("\n", 1)[0] + "\n"


def behind_chatter(row: Row) -> str:
    return chatter(row, CHATTER_CHARACTERS) + row.text


def before_chatter(row: Row) -> str:
    return f"{row.text}\n{chatter(row, CHATTER_CHARACTERS)}"


def amid_chatter(row: Row) -> str:
    return f"{chatter(row, CHATTER_CHARACTERS // 2)}{row.text}\n{chatter(row, CHATTER_CHARACTERS // 2)}"


def greeted(row: Row) -> str:
    chosen = random.Random(row.id)
    return chosen.choice(HELLO[row.language]) + row.text + chosen.choice(BYE[row.language])


WAYS: tuple[Callable[[Row], str], ...] = (
    spaces, marks, emoji, full_width, traditional, capitals, behind_chatter, before_chatter, amid_chatter, greeted,
)


def test_most_emergencies_of_the_own_set_are_the_rule_guards() -> None:
    """The other tests of this folder would say little if it saw few: nine in ten, the rest is the trained scorer's."""
    assert len(FLAGS) >= 0.9 * len(of_kind("emergency"))


@pytest.mark.parametrize("way", WAYS, ids=lambda x: x.__name__)
def test_however_it_is_typed(way: Callable[[Row], str]) -> None:
    missed = [f"{x.id}: {way(x)[:200]}" for x in FLAGS if certain(way(x)) is None]
    assert not missed, "\n".join(missed)


@st.composite
def typed(draw: st.DrawFn) -> str:
    """A red flag with slips of the finger, in another script or width, between greetings."""
    row = draw(st.sampled_from(FLAGS))
    things = {"zh": (" ", "  ", *MARKS, *EMOJI), "en": (" ", *MARKS_EN, *EMOJI)}[row.language]
    places = draw(st.lists(st.sampled_from(gaps(row)), max_size=6, unique=True))
    text = with_inserted(row, {n: draw(st.sampled_from(things)) for n in places})
    if draw(st.booleans()):
        text = full_width(Row(row.id, text, row.kind, row.language))
    if draw(st.booleans()):
        text = zhconv.convert(text, draw(st.sampled_from(("zh-tw", "zh-hk"))))
    return draw(st.sampled_from(("", *HELLO[row.language]))) + text + draw(st.sampled_from(("", *BYE[row.language])))


@settings(max_examples=300, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(typed())
def test_in_any_mixture_of_these_ways(text: str) -> None:
    assert certain(text) is not None


@st.composite
def surrounded(draw: st.DrawFn) -> str:
    """A red flag among messages about other things, 2,000 characters in all."""
    row = draw(st.sampled_from(FLAGS))
    others = [x.text for x in of_kind("knowledge") if x.language == row.language]
    lines = draw(st.lists(st.sampled_from(others), max_size=CHATTER_CHARACTERS // 12))
    while lines and sum(len(x) + 1 for x in lines) > CHATTER_CHARACTERS:
        lines.pop()
    place = draw(st.integers(0, len(lines)))
    return draw(st.sampled_from(("\n", "。", "！ ") if row.language == "zh" else ("\n", ". "))).join([*lines[:place], row.text, *lines[place:]])


@settings(max_examples=100, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(surrounded())
def test_among_whatever_else_she_writes(text: str) -> None:
    assert certain(text) is not None


@pytest.mark.parametrize(("alike", "most"), [(True, 0.03), (False, 0.01)], ids=["look-alikes", "everything-else"])
def test_what_is_none_raises_no_alarm(alike: bool, most: float) -> None:
    """At most 3 % of the look-alikes and 1 % of all else (docs/safety.md); those that do are printed."""
    rows = [x for x in own_set() if x.kind != "emergency" and (x.kind == "not_emergency") is alike]
    alarms = [(x, seen) for x in rows if (seen := certain(x.text)) is not None]
    told = "\n".join(f"{x.id} ({x.kind}) {seen.sign}: {x.text}" for x, seen in alarms)
    print(told)
    assert len(alarms) <= most * len(rows), f"{len(alarms)} of {len(rows)}\n{told}"
