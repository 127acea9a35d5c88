"""Numbers as patients write them: digits, Chinese numerals, small English number words."""

from __future__ import annotations

NUMBER = r"(?:\d{1,4}|[零〇一二两俩三仨四五六七八九十百廿卅]{1,5})"
"""Pattern of a number in digits or Chinese numerals, to be read by `read_number`."""

ENGLISH_NUMBER = r"(?:\d{1,3}|an?|one|two|three|four|five|six|seven|eight|nine|ten|couple of|a couple of|few|a few)"
"""Pattern of a small number in English, to be read by `read_number`."""

_DIGITS = {
    "零": 0, "〇": 0, "一": 1, "二": 2, "两": 2, "俩": 2, "三": 3, "仨": 3,
    "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9,
}
_UNITS = {"十": 10, "廿": 20, "卅": 30, "百": 100}
_WORDS = {
    "a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
    "nine": 9, "ten": 10, "couple of": 2, "a couple of": 2, "few": 3, "a few": 3,
}


def read_number(text: str) -> int | None:
    """The value of a number in ASCII digits, Chinese numerals (below 1000) or a small English word; else None."""
    text = text.strip().lower()
    if text in _WORDS:
        return _WORDS[text]
    if text.isascii() and text.isdigit():
        return int(text) if len(text) <= 9 else None
    if not text or any(char not in _DIGITS and char not in _UNITS for char in text):
        return None
    if not any(char in _UNITS for char in text):        # 二五, 一〇: digit by digit
        return int("".join(str(_DIGITS[char]) for char in text)) if len(text) <= 9 else None
    total, digit = 0, None
    for char in text:
        if char in _DIGITS:
            digit = _DIGITS[char]
        elif char in "廿卅":
            total += _UNITS[char]
        else:
            total += (1 if digit is None else digit) * _UNITS[char]
            digit = None
    return total + (digit or 0)
