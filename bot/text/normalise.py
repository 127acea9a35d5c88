"""The normal form of a message, on which everything else in this package works."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

import zhconv

LIMIT = 2000
"""Only so many characters of a message are read."""

CJK = "\u3400-\u9fff"
_DROPPED = {"So", "Sk", "Cs", "Co", "Cn", "Cf", "Cc", "Me"}
_KEPT = frozenset("^`°")
_MENTION = re.compile(r"^(?:\s*@[^\s@,:，：\u2005]{1,30}(?:[\s\u2005,:，：]+|$))+")
_LINE_BREAK = re.compile(r"[ \t]*[\r\n\x0b\x0c\x85\u2028\u2029]\s*")
_CJK_SPACE = re.compile(rf"(?<=[{CJK}。、,!?;:]) +(?=[{CJK}])|(?<=[{CJK}]) +(?=[。、,!?;:])")
_REPEATED = re.compile(r"([^\w\s])(?:\s*\1)+")
_MIXED_ENDS = re.compile(r"[!?]*\?[!?]*")
_ENDS = frozenset(",.;:!?。、，；：！？…~-")


@lru_cache(maxsize=1024)        # asked for many times within a turn; nothing leaves the memory of the process
def normalise(text: str) -> str:
    """The message in half width, simplified characters, without emoji, odd spaces or a leading @mention.

    Letters keep their case (`fold` lowers it). Line breaks become commas, so that they still separate.

    Args:
        text: the message as it came; only the first `LIMIT` characters are read.

    Returns:
        The normal form; normalising it again changes nothing.
    """
    text = text[:LIMIT]
    for _ in range(6):
        previous, text = text, _once(text)
        if text == previous:
            break
    return text


def fold(text: str) -> str:
    """The text in lower case, of the same length, so that positions agree."""
    lowered = text.lower()
    if len(lowered) == len(text):
        return lowered
    return "".join(low if len(low := char.lower()) == 1 else char for char in text)


def prepared(text: str) -> str:
    """`fold(normalise(text))`: the form on which patterns are matched."""
    return fold(normalise(text))


def _once(text: str) -> str:
    text = _MENTION.sub("", text)
    text = _LINE_BREAK.sub(_break_to_comma, text.strip())
    text = unicodedata.normalize("NFKC", text)
    text = "".join(_visible(char) for char in text)
    text = str(zhconv.convert(text, "zh-cn"))
    text = " ".join(text.split())
    text = _CJK_SPACE.sub("", text)
    text = _REPEATED.sub(r"\1", text)
    text = _MIXED_ENDS.sub("?", text)
    return text[:LIMIT].strip()


def _break_to_comma(found: re.Match[str]) -> str:
    before = found.string[: found.start()].rstrip()[-1:]
    return " " if before in _ENDS else ", "


def _visible(char: str) -> str:
    if char.isspace():
        return " "
    if "\ufe00" <= char <= "\ufe0f":
        return ""
    return "" if unicodedata.category(char) in _DROPPED and char not in _KEPT else char
