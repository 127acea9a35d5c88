"""The language of a message: the one in which it should be answered."""

from __future__ import annotations

import re

from bot.text.normalise import CJK, normalise
from bot.text.terms import KINDS, find_terms

_CHINESE = re.compile(rf"[{CJK}]")
_WORD = re.compile(r"[a-zA-Zà-öø-ÿ]+(?:'[a-zA-Z]+)?")
_NEUTRAL = frozenset(
    ["a_m_h", "amh", "fsh", "lh", "e", "hcg", "pgt", "pgs", "pgd", "era", "tct", "hpv", "dfi", "cd", "torch", "ogtt", "teg", "hsg", "ecg", "ekg", "tsh", "ivf", "icsi", "iui", "fet", "ohss", "app", "qq", "wifi", "wechat", "pdf", "ok", "id", "sms", "sim", "vip", "hiv", "hbv", "mri", "ct", "b", "x", "d", "p", "t", "prl", "cbc", "uu", "et", "fa", "pcos", "ttc", "dna", "hk", "bj", "gz", "sz", "dr", "am", "pm", "ios", "qr", "url", "www", "http", "https", "com", "cn"]
)
_MENTIONED = re.compile(r"https?://\S+|www\.\S+")
_CHARACTERS_PER_WORD = 1.7


def language(text: str) -> str | None:
    """`zh` or `en`, or None where the message has no words of either (numbers, emoji, AMH).

    Names of tests, platforms and places say little: they are used in either language.
    """
    plain = _MENTIONED.sub(" ", normalise(text))
    rest = _without_terms(plain)
    chinese, english = len(_CHINESE.findall(rest)), _words(rest)
    if not chinese and not english:
        chinese, english = len(_CHINESE.findall(plain)), _words(plain)
    if not chinese and not english:
        return None
    return "zh" if chinese / _CHARACTERS_PER_WORD >= english else "en"


def _words(text: str) -> int:
    return sum(word.lower() not in _NEUTRAL for word in _WORD.findall(text))


def _without_terms(plain: str) -> str:
    for kind in KINDS:
        for term in reversed(find_terms(plain, kind)):
            plain = f"{plain[:term.start]}{' ' * (term.end - term.start)}{plain[term.end:]}"
    return plain
