"""Messages in nothing but pinyin, and English ones that look like it."""

from __future__ import annotations

import pytest

from bot.guard import Guard
from bot.guard.pinyin import PinyinReader, syllables

LISTED = {"du zi": "肚子", "teng": "疼", "de": "得", "zhan bu qi lai": "站不起来", "bu": "不", "le": "了"}


@pytest.mark.parametrize(
    ("word", "parts"),
    [("duzi", ("du", "zi")), ("zhanbuqilai", ("zhan", "bu", "qi", "lai")), ("xian", ("xian",)), ("bleeding", ()), ("pain", ()), ("the", ()), ("", ()), ("a" * 60, ())],
)
def test_words_are_taken_apart(word: str, parts: tuple[str, ...]) -> None:
    assert syllables(word) == parts


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("du zi teng de zhan bu qi lai", "肚子疼得站不起来"),
        ("duziteng de zhanbuqilai", "肚子疼得站不起来"),
        ("du4 zi5 teng2 le5", "肚子疼了"),
        ("du zi teng,bu teng le", "肚子疼,不疼了"),
        ("du zi wan teng", "肚子 wan 疼"),
    ],
)
def test_a_message_in_pinyin_is_read_as_characters(text: str, read: str) -> None:
    assert PinyinReader(LISTED).read(text) == read


@pytest.mark.parametrize(
    "text",
    [
        "du zi",                                  # too short to tell
        "du zi teng de reason",                   # a word that is no pinyin
        "women can sing a long song",             # pinyin throughout, and none of it listed
        "肚子 teng de bu",                         # the other rules read mixed text
    ],
)
def test_anything_else_stays_as_it_is(text: str) -> None:
    assert PinyinReader(LISTED).read(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "du zi teng de zhan bu qi lai", "liu le hen duo xue", "tou yun hun dao le", "duzi hao teng zhan bu zhi", "wo lao po tou yun hun dao le zen me ban",
        "duziteng de shou bu liao", "wo bu xiang huo le", "qu luan hou du zi zhang de chuan bu guo qi",
    ],
)
def test_emergencies_in_pinyin_are_certain(guard: Guard, text: str) -> None:
    alarm = guard.look(text)
    assert alarm is not None and alarm.certain


@pytest.mark.parametrize(
    "text",
    [
        "qu luan teng ma", "qu luan hou hui bu hui chu xue", "mei you chu xue du zi bu teng", "chuan bu shang qi hao duo le", "zuo tian bu teng le xian zai hao le",
        "how tall is yao ming", "wed morning for the male side", "she can die laughing", "qing wen yi zhi hou ke yi xi zao ma",
    ],
)
def test_questions_and_denials_in_pinyin_are_none(guard: Guard, text: str) -> None:
    assert guard.look(text) is None
