"""A name given bare, where it was asked for: 王小丽, "wang xiaoli", or name, number and telephone in a row.

Elsewhere a bare name may be that of a doctor she wants. Here the message has to be nothing but an answer: names, data that are masked already,
and the words of a form; one word more, and it is left to the rules for names that are given as such.
"""

from __future__ import annotations

import re

from bot.privacy import words as lists
from bot.privacy.folding import ANY_BARRIER, View
from bot.privacy.model import Candidate
from bot.privacy.names import SAID, full_name
from bot.text.normalise import CJK

MOST = 160      # characters of a message that may be such an answer
_TOKEN = re.compile(rf"(?P<data>{ANY_BARRIER}+)|(?P<han>[{CJK}](?:[·•.・]?[{CJK}])*)|(?P<latin>[A-Za-z\u00c0-\u024f'’.-]+(?: [A-Za-z\u00c0-\u024f'’.-]+)*)|(?P<digits>\d+)")
_HAN_FORM = re.compile("|".join(sorted((
    "我的名字是 我的名字叫 我的名字 名字是 名字叫 名字 姓名是 姓名 我叫 我是 我 叫 是 就是 本人 患者 病人 就诊人 女方 男方 女 男 岁 老公 丈夫 爱人 妻子 老婆 先生 身份证号码 身份证号 身份证 证件号码 证件号 证件 护照号 护照 "
    "就诊卡号 就诊卡 卡号 病历号 手机号码 手机号 手机 电话号码 电话 号码 联系方式 登记的 登记 预留 的 和 你好 您好 护士 谢谢 麻烦了 好的 好 嗯 哦 这是 给您 给你 发您 发给你 如下 信息 绑定"
).split(), key=len, reverse=True)))
_LATIN_FORM = re.compile(
    r"\b(?:my|full|first|last|family|given|name|names|is|it|its|it's|i|am|i'm|im|this|patient|mr|mrs|ms|miss|id|identity|card|number|no|num|passport|medical|phone|mobile|cell|tel|telephone|contact|and|"
    r"the|hi|hello|hey|thanks|thank you|please|pls|ok|okay|sure|yes|here|female|male|husband|wife|called|as|on|in|file|records?)\b\.?", re.I
)
_LEADING = re.compile(rf"\s*(?P<name>[{lists.CORE_SURNAMES}][{CJK}]{{2}})[\s,、。;:]")
#: As the whole message such a surname and what follows is no name.
_VERBS = frozenset(lists.VERB_SURNAMES)


def find_expected(view: View) -> list[Candidate]:
    """The names of a message that is nothing but an answer to the question for them; none of any other message."""
    if len(view.text) > MOST:
        return []
    beside = bool(re.search(ANY_BARRIER, view.text))
    found: list[Candidate] = []
    for token in _TOKEN.finditer(view.text):
        if token["data"] or token["digits"]:
            continue
        form, least = (_HAN_FORM, _han) if token["han"] else (_LATIN_FORM, _latin)
        for start, end in _left(form, token):
            if not least(view.text[start:end], beside):
                return _leading(view.text)
            found.append(Candidate("name", start, end, view.text[start:end], SAID))
    return found


def _leading(text: str) -> list[Candidate]:
    """The name before a sentence: 王小丽，帮我看下AMH出来没."""
    found = _LEADING.match(text)
    if not found or not full_name(found["name"]) or found["name"][0] in _VERBS:
        return []
    return [Candidate("name", *found.span("name"), found["name"], SAID)]


def _left(form: re.Pattern[str], token: re.Match[str]) -> list[tuple[int, int]]:
    """The part of a run between the words of a form at its two ends; none where nothing is left."""
    start, end, text = token.start(), token.end(), token.string
    while start < end and (lead := form.match(text, start, end)):
        start = lead.end() + len(text[lead.end() : end]) - len(text[lead.end() : end].lstrip(" .-"))
    for behind in form.finditer(text, start, end):
        if not form.sub("", text[behind.start() : end]).strip(" .-"):
            end = behind.start()
            break
    end = start + len(text[start:end].rstrip(" .-'’"))
    return [(start, end)] if start < end else []


def _han(name: str, beside: bool) -> bool:
    """Whether Chinese characters are a name; beside masked numbers, of those without a usual surname too."""
    if re.search("[·•.・]", name):
        return True
    return full_name(name) and (beside or name[0] not in _VERBS or name.startswith(lists.COMPOUND_SURNAMES)) or beside and 2 <= len(name) <= 4 and not lists.is_speech(name)


def _latin(name: str, beside: bool) -> bool:
    """Whether Latin words are a name: one that is known, or several capitalised ones; beside masked numbers any that are no words of ours."""
    words = name.split(" ")
    low = [x.lower().strip(".'’") for x in words]
    if len(words) > 4 or any(x in lists.NOT_LATIN_NAMES and x not in lists.SECOND_NAMES for x in low) or low[0] in ("dr", "doctor", "nurse", "prof"):
        return False
    known = any(part in lists.GIVEN_NAMES or part in lists.PINYIN_SURNAMES for x in low for part in x.split("-"))
    capital = all(x[:1].isupper() for x in words) and max(map(len, words)) > 1
    return beside and min(map(len, low)) > 0 and max(map(len, low)) > 1 or known or capital and len(words) > 1
