"""Digits as patients write them, gathered into runs: groups of digits with nothing but separators or joining words between them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bot.text.normalise import CJK

_CHINESE = {
    **dict(zip("零〇○一二三四五六七八九", "000123456789")),
    **dict(zip("壹贰叁肆伍陆柒捌玖", "123456789")),
    **dict(zip("幺洞拐勾", "1079")),      # said on the telephone
}
HAN_DIGITS_READ, HAN_DIGITS = _CHINESE, "".join(_CHINESE)
"""The Chinese characters that are said for digits, with the digit of each; and as part of a pattern."""
_WORDS = dict(zip("zero oh o one two three four five six seven eight nine".split(), "000123456789"))
_LETTERS = str.maketrans("OoIil|", "001111")
_TIMES = {"double": 2, "triple": 3}
_COUNTS = dict(zip("两二三四五六", (2, 2, 3, 4, 5, 6)))
_COUNT_WORDS = dict(zip("two three four five six".split(), range(2, 7)))
#: How many digits follow or have been said is none of them: 后四位, 前6位, the last four.
_PART_OF_A_NUMBER = rf"最?[前后末尾中头](?:面|间)?的?\s?[{''.join(_COUNTS)}三七八2-8]\s?(?:位|个(?![0-9{''.join(_CHINESE)}]))(?:数字?)?"
_PART_IN_ENGLISH = r"\b(?:first|last|next|final|middle|other) (?:two|three|four|five|six|eight|[2-8])\b(?: (?:digits|numbers|ones)\b)?"
_TOKEN = re.compile(rf"(?P<part>{_PART_OF_A_NUMBER}|(?i:{_PART_IN_ENGLISH}))|(?i:\b(?:{'|'.join(_COUNT_WORDS)}) (?:{'|'.join(_WORDS)})e?s\b)|(?i:\b(?:{'|'.join(_TIMES)})[ -](?:{'|'.join(_WORDS)}|\d)\b)|[{''.join(_COUNTS)}]个[0-9{''.join(_CHINESE)}](?![个百千万0-9])|[0-9A-Za-z|]+|[{''.join(_CHINESE)}]+(?!个[0-9{''.join(_CHINESE)}])|[{''.join(_CHINESE)}]")
_IN_A_ROW = re.compile(rf"[{''.join(_CHINESE)}]{{3,}}")
_PIECE = re.compile(r"\d{8,}[xX]?")
_NOT_SEPARATORS = re.compile(rf"[0-9A-Za-z+{CJK}\ue000-\uf8ff\uffff]")
_JOINING = re.compile(
    rf"(?:{_PART_OF_A_NUMBER}|{_PART_IN_ENGLISH}|然后|接着|后面|后头|后|中间|最后|末尾|尾号|尾巴|结尾|收尾|跟着|再来|再加|再|开头|打头|起头|的|是|为|[年月日]|点|杠|横杠|空格|和|几位|那段|出生(?:日期|年月日?)?|生日|"
    r"\b(?:and|then|dash|hyphen|space|dot|point|followed by|next|first|second|third|final(?:ly)?|last(?:ly)?|middle|born(?: on)?|birthday|(?:birth ?date|date of birth|dob)|the|is|are|it|ends?|ending|with|in|after that|rest|at the end)\b|[\s,、.;:…~-])*"
)
_MAX_GAP, _MAX_WORDS = 4, 32


@dataclass(frozen=True)
class Group:
    """Digits with nothing between them, written in one way.

    Attributes:
        start, end: span in the view.
        digits: ASCII digits; an X may end it.
        lead: letters glued to it in front ("SF" of SF139…), lower case kept.
        decimal: whether it follows a full stop directly, as the 5 of 13.5.
    """

    start: int
    end: int
    digits: str
    lead: str = ""
    decimal: bool = False


def digits_for_words(text: str) -> str:
    """The text, of the same length, with three and more Chinese digits in a row as ASCII: E一二三四五六七八."""
    return _IN_A_ROW.sub(lambda found: "".join(_CHINESE[char] for char in found[0]), text)


def runs(text: str) -> list[list[Group]]:
    """The runs of a folded text, in order."""
    found: list[list[Group]] = []
    for group in _groups(text):
        if found and _joins(text[found[-1][-1].end : group.start]):
            found[-1].append(group)
        else:
            found.append([group])
    return found


def _joins(gap: str) -> bool:
    if len(gap) <= _MAX_GAP:
        return not _NOT_SEPARATORS.search(gap) or bool(_JOINING.fullmatch(gap))
    return len(gap) <= _MAX_WORDS and bool(_JOINING.fullmatch(gap.lower()))


def _groups(text: str) -> Iterator[Group]:
    made: list[Group] = []
    for token in _TOKEN.finditer(text):
        if token["part"]:
            continue
        for group in _of_token(token, made, text):
            made.append(group)
            yield group


def _of_token(token: re.Match[str], made: list[Group], text: str) -> Iterator[Group]:
    start, end, written = token.start(), token.end(), token[0]
    decimal = text[start - 1 : start] == "." and text[start - 2 : start - 1].isdigit()
    several = re.fullmatch(r"(\w+) (\w+?)e?s", written.lower())        # four zeros, three sixes
    times = _TIMES.get(written[:6].lower()) if len(written) > 7 else None
    if written[1:2] == "个":
        yield Group(start, end, _CHINESE.get(written[2], written[2]) * _COUNTS[written[0]])
    elif several and several[1] in _COUNT_WORDS:
        yield Group(start, end, _WORDS[several[2] if several[2] in _WORDS else f"{several[2]}e"] * _COUNT_WORDS[several[1]])
    elif times:
        yield Group(start, end, _WORDS.get(written[7:].lower(), written[7:]) * times)
    elif written[0] in _CHINESE:
        yield Group(start, end, "".join(_CHINESE[char] for char in written))
    elif written.isdigit():
        in_date = len(written) == 1 and text[start - 1 : start] in ("年", "月") and text[end : end + 1] in ("月", "日", "号")
        yield Group(start, end, f"0{written}" if in_date else written, "", decimal)
    elif re.fullmatch(r"\d+[xX]", written):
        yield Group(start, end, written.upper(), "", decimal)
    elif written.lower() in _WORDS and len(written) > 1:
        yield Group(start, end, _WORDS[written.lower()])
    elif _like_digits(written, bool(made) and start - made[-1].end <= 1):
        yield Group(start, end, written.translate(_LETTERS).upper())
    elif written in ("x", "X") and made and start - made[-1].end <= 3:
        yield Group(start, end, "X")
    else:
        for piece in _PIECE.finditer(written):
            lead = re.search(r"[A-Za-z]*$", written[: piece.start()])
            yield Group(start + piece.start(), start + piece.end(), piece[0].upper(), lead[0] if lead else "")


def _like_digits(written: str, follows_digits: bool) -> bool:
    """Whether letters stand for digits: l38OO, 11O1O1; a lone OOO only right behind digits."""
    body = written[:-1] if written[-1] in "xX" else written
    if not body or body.translate(_LETTERS).strip("0123456789"):
        return False
    digits = sum(char.isdigit() for char in body)
    return digits >= 2 and len(body) >= 3 or digits >= 1 and follows_digits or follows_digits and not body.strip("Oo")
