"""Replies that only make sense after the last answer: a choice among several, or a question cut down to its new part."""

from __future__ import annotations

import re

from bot.text.normalise import CJK, normalise, prepared
from bot.text.numbers import read_number

_ORDINALS = {
    "first": 1, "1st": 1, "second": 2, "2nd": 2, "third": 3, "3rd": 3, "fourth": 4, "4th": 4, "fifth": 5, "5th": 5, "sixth": 6, "6th": 6,
    "seventh": 7, "7th": 7, "eighth": 8, "8th": 8, "ninth": 9, "9th": 9, "top": 1, "former": 1,
}
_NUMBER = r"(?P<number>\d{1,2}|[一二两三四五六七八九十])"
_ZH_LAST = re.compile(r"^(?:我?(?:选|要|就|是|点|看){0,3})?(?:最后(?:一个|那个|面那个|一条|一项|的)?|末尾那?个?|最下面那?个?|倒数第一个?)(?:吧|的|呢){0,2}[。.!]?$")
_ZH = re.compile(
    rf"^(?:(?:那|就|我|嗯|是|对|的|应该|好像|大概|给){{0,5}}(?:选|要|看|是|点|问|想问|想看|想要|说)?(?:的是)?)?(?:第|选项|数字|问题|no\.?)?\(?{_NUMBER}\)?(?:号|个|条|项|种|点|那个)?(?:问题|选项|答案|那个|这个)?(?:吧|的|呢|啊|哈|谢谢|就行|可以)*[.。、!,)]*$"
)
_ZH_PLACE = re.compile(r"^(?:选|要|是|就)?(?:(?P<first>前面|上面|头一|前|上面的)|(?P<middle>中间)|(?P<last>后面|下面|后))(?:的|那)?(?:个|一个|条)?(?:吧)?[。.]?$")
_EN_TAIL = r"(?:[,.!)]|\bplease\b|\bpls\b|\bthanks\b|\bthank you\b|\s)*"
_EN = re.compile(
    rf"^(?:(?:i(?:'ll| will|'d like| want| choose| pick| mean| meant| think)?|let'?s|it'?s|its|yes|ok|yeah|choose|pick|take|go with|go for|option|number|no\.?|nr\.?|#|answer|choice|question|the|that|is|with|for|,)\s*){{0,8}}"
    rf"(?:(?P<ordinal>{'|'.join(_ORDINALS)})|(?P<last>last|latter|bottom|final)|(?P<middle>middle)|\(?(?P<number>\d{{1,2}})\)?|(?P<word>one|two|three|four|five|six|seven|eight|nine))"
    rf"(?: (?:one|option|choice|question|answer|of those|of them|on the list))*{_EN_TAIL}$"
)
_ZH_ELLIPSIS = re.compile(
    rf"^(?:那换成|那要是|那如果|那么如果|那么|那|然后|还有|要是|如果|假如|换成|换到|换|哦|嗯|好的|好|,){{0,4}}(?:是|说|我?在|到了?|对于|关于)?(?P<what>[{CJK}a-zA-Z0-9 ·-]{{1,14}}?)(?:的话|的时候|这边|那边|这里|那里|阶段|期间|那块|方面|的)*(?:呢|咧|捏|嘞|内)[呀啊]?\s*[?。!]*$"
)
_ZH_IF = re.compile(
    rf"^(?:那换成|那要是|那如果|那么如果|要是|如果|假如|换成|那么|那)(?:是|在)?(?P<what>[{CJK}a-zA-Z0-9 ·-]{{1,10}}?)(?:的话|的时候|那边|这边|呢)*\s*[?。]*$"
)
_EN_ELLIPSIS = re.compile(
    r"^(?:(?:ok|okay|and|so|but|then|well|hm+|oh|alright|thanks|thank you|great),? ){0,4}(?:(?:what|how)(?:'s|s)? (?:about|abt|bout)|what if (?:i'?m|i am|it'?s|we'?re|we are|you'?re)|and (?:what )?if (?:i'?m|i am|it'?s|we'?re)|and|what of|or|same (?:for|in))"
    r"(?: (?:for|in|at|with|during|about|from|on|to|when|the|when i'?m|living in|my)){0,4} (?P<what>[a-z0-9][a-z0-9' -]{0,40}?)\s*(?:then|though|instead)?[?.! ]*$",
    re.I,
)
_EN_FULL = re.compile(r"\b(?:how|what|when|where|which|who|why|can|could|do|does|did|is|are|was|will|would|should|must|need|have|has|i|we|you|book|want|thanks)\b")
_ZH_FULL = re.compile(r"怎么|什么|哪|多久|多少|几|吗|能不能|可以|是不是|要不要|有没有|为什么|如何|谁|咋|预约|出来|结果|我的|还没|怎样|啥|不行|不出")
_EMPTY = frozenset(["还有", "你", "我", "您", "然后", "这个", "那个", "它", "他", "她", "怎样", "人", "呢", "你们", "医生", "结果"])
_TRIM = re.compile(r"^(?:在|去|到|住在|人在)")


def find_choice(text: str, n: int) -> int | None:
    """Which of `n` choices a reply picks, counted from 1: 2, 第二个, ②, the second one, last one. None for anything else."""
    if n < 1:
        return None
    plain = prepared(text)
    if not plain or len(plain) > 60:
        return None
    found = _zh_choice(plain, n) or _en_choice(plain, n)
    return found if found and 1 <= found <= n else None


def _zh_choice(plain: str, n: int) -> int | None:
    if _ZH_LAST.match(plain):
        return n
    if found := _ZH.match(plain):
        return read_number(found["number"])
    if found := _ZH_PLACE.match(plain):
        if found["middle"]:
            return n // 2 + 1 if n % 2 else None
        return 1 if found["first"] else n
    return None


def _en_choice(plain: str, n: int) -> int | None:
    found = _EN.match(plain)
    if not found:
        return None
    if found["last"]:
        return n
    if found["middle"]:
        return n // 2 + 1 if n % 2 else None
    if found["ordinal"]:
        return _ORDINALS[found["ordinal"]]
    return read_number(found["number"] or found["word"])


def find_ellipsis(text: str) -> str | None:
    """What a cut-down question newly names: 那上海呢 gives 上海, and in shanghai? gives shanghai. None for full questions."""
    plain = normalise(text)
    if len(plain) > 60:
        return None
    if (found := _ZH_ELLIPSIS.match(plain) or _ZH_IF.match(plain)) and not _ZH_FULL.search(found["what"]):
        what = _TRIM.sub("", found["what"].strip())
        return what if what and what not in _EMPTY else None
    lowered = _EN_ELLIPSIS.match(plain)
    if lowered and not _EN_FULL.search(lowered["what"].lower()) and len(lowered["what"].split()) <= 6:
        return lowered["what"].strip() or None
    return None
