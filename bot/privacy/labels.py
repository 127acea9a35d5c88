"""Names behind the label of a form: 姓名：贺兰敏, 签字：鲁晓棠, 名字：尚.

What stands there is a name whatever it looks like, a place's or one character alone, unless it is a word that a form or its reader writes there: 必填, 同上.
"""

from __future__ import annotations

import re

from bot.privacy import words as lists
from bot.privacy.folding import HAN, View
from bot.privacy.model import Candidate
from bot.privacy.names import SAID, SHAPED, Sureness, name_at, of_doctor, plausible, surnamed
from bot.text.normalise import CJK

_NAME = r"姓\s{0,4}名|名字|真名|全名|中文名|曾用名|户名|开户名"
_PERSON = "(?:就诊|收件|收货|收款|付款|联系|持卡|申请|监护|委托|经办|建档|登记|预约|承诺|陪护|代办|授权|领取|取药)人"
_SIGNED = "(?:签字|签名|署名|落款)(?:人|处)?"
_NEXT_FIELD = "年龄|性别|电话|手机|身份证|证件|出生|生日|护照|联系|就诊|医保|病历|住址|地址|民族|籍贯|职业|日期|签字|签名|落款"
_FIELD = re.compile(
    rf"(?:(?P<signed>{_SIGNED})|(?P<person>{_PERSON})|{_NAME})(?:(?P<colon>(?:[/、+和及](?:{_NEXT_FIELD})号?码?){{0,3}}(?:\([^()\n]{{0,8}}\))?\s*[:=】\]]+\s*)|(?P<loose>\s+|[是叫为]))[\"“'‘(]?"
    rf"(?P<name>[{CJK}]{{1,4}}?)(?=$|[^{CJK}]|[男女](?:[^{CJK}]|$)|(?:{_NEXT_FIELD})(?:号码?|日期)?[\s:=+\d是为女男(\ue000-\uf8ff])"
)
_CALLED = re.compile(rf"(?:我|本人|老公|丈夫|爱人|妻子|老婆)(?:的?名字)?就?叫(?:做|作)?[\s:\"“]*(?P<name>[{CJK}]{{2,4}})(?=$|[^{CJK}])")
_BARE_SIGNED = re.compile(rf"{_SIGNED}[\s:,]*(?=[{CJK}])")
_WORDS = re.compile("|".join([*lists.NOT_BEHIND_LABELS, *lists.TITLES]))
_WEEKDAY = re.compile("周[一二三四五六日]")
_NEVER = frozenset(lists.NEVER_BEHIND_LABELS)
_ALONE = frozenset(lists.NOT_A_NAME_ALONE)
_PLACE_OR_WORD = re.compile("|".join(sorted(lists.NOT_NAMES, key=len, reverse=True)))
_GIVEN = frozenset(lists.GIVEN_CHARACTERS + lists.MORE_GIVEN_CHARACTERS)
_LONGEST = 4        # characters of such a name


def find_labelled(view: View) -> list[Candidate]:
    """The names of a form that the rules for other names leave; where they find one, theirs stays. One that is signed may be a doctor's."""
    text = view.text
    if not HAN.search(text):
        return []
    found: list[tuple[int, int, int]] = []
    for field in _FIELD.finditer(text):
        span = None if of_doctor(text, field.start()) else _at(field)
        if span:
            found.append((*span, SHAPED if field["signed"] else SAID))
    for field in _BARE_SIGNED.finditer(text):
        span = None if of_doctor(text, field.start()) else name_at(text, field.end(), Sureness.LIKELY)
        if span and not _WORDS.search(text[span[0] : span[1]]):
            found.append((*span, SHAPED))
    for field in _CALLED.finditer(text):
        start, end = field.span("name")
        if not name_at(text, start, Sureness.SURE) and surnamed(field["name"]) and _may_be(field["name"]):
            found.append((start, end, SAID))
    return [Candidate("name", start, end, view.text[start:end], rank) for start, end, rank in found]


def _at(field: re.Match[str]) -> tuple[int, int] | None:
    """Where the name behind a label stands."""
    text, name, (start, end) = field.string, field["name"], field.span("name")
    colon, asked = bool(field["colon"]), not (field["signed"] or field["person"])
    if len(name) == 1 and HAN.match(text, end):     # the word behind belongs to it: 名字：按证件来
        return None
    span = name_at(text, start, Sureness.SURE if colon or asked else Sureness.LIKELY)
    if not span:
        called = field["loose"] == "叫" and surnamed(name) and _may_be(name)
        return (start, end) if called or _named(name, colon, asked) else None
    if colon and len(name) == _LONGEST and span[1] == end - 1 and name[-1] in _GIVEN and _may_be(name):       # 沙马阿妞
        return start, end
    return span if _may_be(text[span[0] : span[1]], asked) else None


def _named(name: str, colon: bool, asked: bool) -> bool:
    """Whether characters behind a label are a name.

    Args:
        colon: whether a colon or a bracket parts them from the label; else a surname has to begin them, and they are no place or word by themselves.
        asked: whether the label is the one for a name, and not that of a signature or of a part that somebody has.
    """
    if _WEEKDAY.fullmatch(name):
        return colon and asked
    if not _may_be(name, asked):
        return False
    if colon:
        return True
    word = _PLACE_OR_WORD.match(name)
    return len(name) > 1 and surnamed(name) and (not word or word.end() < len(name) and set(name[word.end() :]) <= _GIVEN)


def _may_be(name: str, asked: bool = True) -> bool:
    """Whether nothing in the characters says that they are a word or part of a sentence; behind labels that do not ask for a name without a surname only what looks like one."""
    first, rest = name[0], name[1:]
    place = _PLACE_OR_WORD.match(name)
    if _WORDS.search(name) or set(name) & _NEVER or lists.is_speech(name[place.end() :] if place else rest):
        return False
    if lists.is_speech(first):
        return surnamed(name) and (bool(rest) and set(rest) <= _GIVEN or len(rest) == 2 and bool(set(rest) & _GIVEN))
    if not rest:
        return first not in _ALONE
    return surnamed(name) or plausible(name) or asked and name[:2] not in lists.WORDS_OF_GIVEN
