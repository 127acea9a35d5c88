"""A message cut into its sentences and questions, also where a voice transcript has no punctuation."""

from __future__ import annotations

import re

from bot.text.normalise import CJK, normalise

_SENTENCE = re.compile(
    r"(?<=[。!?;])\s*|(?<=[a-z)\"'])(?<!\bdr)(?<!\bprof)(?<!\bno)(?<!\bvs)(?<!\ba\.m)(?<!\bp\.m)\.(?=\s)\s*", re.I
)
_ZH_MARKERS = (
    "还有就是|还有一个|还有个|另外|对了|顺便问|顺便|还想问|还想知道|再问一下|再问|再有就是|以及|然后(?!再|才|就|又|去)|还有(?!多久|几|没有|号|吗|票|名额|位)"
)
_EN_MARKERS = (
    r"\b(?:also|btw|by the way|another thing|one more thing|one more question|and another|plus i|another question|"
    r"and also|oh and|second(?:ly)?,|and (?=how|what|when|where|which|who|can|could|do|does|is|should)|"
    r"then (?=how|what|when|where|which|can|could|do|should))"
)
_MARKER = re.compile(rf"(?:{_ZH_MARKERS})|(?:{_EN_MARKERS})", re.I)
_AFTER_PARTICLE = re.compile(rf"(?<=吗)(?=[{CJK}a-zA-Z])(?!的)")
_COMMA = re.compile(r"[,、]\s*")
_ASKS = re.compile(
    r"吗|什么|啥|多久|多少|怎么|咋|哪|几|谁|能不能|可不可以|要不要|是不是|有没有|\b(?:how|what|when|where|which|who|why)s?\b|"
    r"\b(?:can|could|would|do|does|is|are|should|will)\b", re.I
)
_UNITS = re.compile(rf"[{CJK}]|[a-zA-Z0-9]+")
_ZH_LEAST, _EN_LEAST = 5, 3
_OPENING = re.compile(r"[^,、。.!?;]+[,、]\s*")
_OPENING_MOST = 8           # units: 黄体酮一天两次; Testina Mustermann 13800009876


def clauses(text: str) -> list[str]:
    """The sentences and questions of a message, in their order; a message of one question is one clause.

    Cut at full stops, question marks and the like; at commas where both sides ask; at discourse markers (还有就是,
    另外, also, btw …) and after 吗, where both sides are long enough to stand alone.
    """
    found: list[str] = []
    for sentence in _SENTENCE.split(normalise(text)):
        for part in _split_commas(sentence):
            for piece in _split_at(part, _AFTER_PARTICLE):
                found += _split_at(piece, _MARKER)
    return [clause for clause in (piece.strip(" ,、.") for piece in found) if clause]


def asks(text: str) -> bool:
    """Whether a text has a question mark or a word that asks."""
    return "?" in text or "？" in text or _ASKS.search(text) is not None


def behind_opening(text: str) -> str | None:
    """What stands behind a short first piece and its comma, as behind the answer to a question: 周四上午吧，我… None where there is no such piece, or
    what follows cannot stand alone."""
    plain = normalise(text)
    found = _OPENING.match(plain)
    if found is None or len(_UNITS.findall(found[0])) > _OPENING_MOST or not _stands(plain[found.end():]):
        return None
    return plain[found.end():]


def _split_commas(sentence: str) -> list[str]:
    parts: list[str] = []
    rest = 0
    for comma in _COMMA.finditer(sentence):
        before, after = sentence[rest : comma.start()], sentence[comma.end() :]
        if _ASKS.search(before) and _ASKS.search(after) and _stands(before) and _stands(after):
            parts.append(before)
            rest = comma.end()
    return [*parts, sentence[rest:]]


def _split_at(text: str, border: re.Pattern[str]) -> list[str]:
    parts: list[str] = []
    rest = 0
    for found in border.finditer(text):
        if _stands(text[rest : found.start()]) and _stands(text[found.start() :]):
            parts.append(text[rest : found.start()])
            rest = found.start()
    return [*parts, text[rest:]]


def _stands(text: str) -> bool:
    units = _UNITS.findall(text)
    return len(units) >= (_ZH_LEAST if any(not unit.isascii() for unit in units) else _EN_LEAST)
