"""A message with its personal data replaced by typed placeholders."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

import yaml

from bot.privacy.addresses import find_addresses
from bot.privacy.documents import find_documents
from bot.privacy.emails import find_emails
from bot.privacy.expected import find_expected
from bot.privacy.folding import View, view, viewed
from bot.privacy.labels import find_labelled
from bot.privacy.model import KINDS, Candidate, Found, Masked
from bot.privacy.names import SAID, find_names
from bot.privacy.numbers import beside_cards, find_numbers
from bot.settings import ROOT
from bot.text.normalise import CJK

_FILE = ROOT / "knowledge" / "_placeholders.yml"
_CHINESE = re.compile(f"[{CJK}]")
_LATIN = re.compile(r"[A-Za-z]{2,}")
_CHARACTERS_PER_WORD = 1.7      # as in bot.text.language
_LEAST_KEPT = 5                 # digits of a kept phone that suffice to know it by


@lru_cache(maxsize=1)
def placeholders(file: Path = _FILE) -> dict[str, dict[str, str]]:
    """The placeholder of each kind, by language: `placeholders()["zh"]["phone"]`."""
    words = yaml.safe_load(file.read_text(encoding="utf-8"))
    return {code: {kind: f"[{words[kind][code]}]" for kind in KINDS} for code in ("zh", "en")}


@lru_cache(maxsize=1)
def _placeholder() -> tuple[re.Pattern[str], dict[str, str]]:
    kinds = {word: kind for words in placeholders().values() for kind, word in words.items()}
    return re.compile("|".join(re.escape(word) for word in sorted(kinds, key=len, reverse=True))), kinds


def mask(text: str, keep: frozenset[str] = frozenset(), expects_name: bool = False) -> Masked:
    """Replace personal data by placeholders such as [电话号码].

    Pure, and the same again on its own result: placeholders are read as what they stand for.

    Args:
        text: a message as it came, before any normalising.
        keep: the centre's telephone numbers and e-mail addresses and its doctors' names, which stay; a name that she says is hers or a relative's is masked all the same.
        expects_name: whether she was asked for her name: one that stands there bare is masked too (`bot.privacy.expected`).
    """
    pattern, kinds = _placeholder()
    standing = [(found.start(), found.end(), kinds[found[0]]) for found in pattern.finditer(text)]
    kept = _kept(keep)
    found: list[Found] = []
    while True:
        spans = sorted([*standing, *((one.start, one.end, one.kind) for one in found)])
        folded = view(text, spans, kept.numbers)
        new = [Found(one.kind, *folded.original(one.start, one.end), one.value) for one in _chosen(folded, kept, expects_name)]
        new += _named_again(folded, found + new)
        if not new:
            break
        found = sorted([*found, *new], key=lambda one: one.start)
    words = placeholders()[_language(text, found)]
    return Masked(_replaced(text, found, words), tuple(dict.fromkeys(one.kind for one in found)), tuple(found))


class _Kept:
    """What must stay: the centre's numbers, with or without area code, however separated, its e-mail addresses, and its doctors' names."""

    def __init__(self, keep: Iterable[str]) -> None:
        self._emails = frozenset(one.strip().lower() for one in keep if "@" in one)
        keep = [one for one in keep if "@" not in one]
        numbers = {re.sub(r"\D", "", one) for one in keep}
        numbers |= {number[3:] for number in numbers if len(number) == 11 and number[0] == "0"}
        numbers |= {number[4:] for number in numbers if len(number) in (11, 12) and re.match(r"0[3-9]", number)}
        spelled = [r"[ ().-]{0,2}".join(number) for number in sorted(numbers, key=len, reverse=True) if len(number) >= _LEAST_KEPT]
        self.numbers = re.compile(rf"(?<!\d)(?:\+?86[ -]?)?\(?(?:{'|'.join(spelled)})(?!\d)") if spelled else None
        self._names = tuple(one.strip().lower() for one in keep if one.strip() and not any(char.isdigit() for char in one))

    def has(self, one: Candidate) -> bool:
        """Whether a candidate is the centre's address, or a doctor's name, with a character more where the form misled, that nobody says is hers too."""
        if one.kind == "email":
            return one.value in self._emails
        return one.kind == "name" and one.rank > SAID and one.value.lower().startswith(self._names)


@lru_cache(maxsize=8)
def _kept(keep: frozenset[str]) -> _Kept:
    return _Kept(keep)


def _chosen(folded: View, kept: _Kept, expects_name: bool) -> list[Candidate]:
    """Of what the rules find the part that does not overlap, surest first."""
    candidates = [*find_numbers(folded), *find_documents(folded), *find_names(folded), *find_labelled(folded), *find_addresses(folded), *find_emails(folded)]
    candidates += beside_cards(folded, [one for one in candidates if one.kind == "bank_card"])
    if expects_name and not candidates:     # what can be told from its own form comes first
        candidates += find_expected(folded)
    chosen: list[Candidate] = []
    taken = bytearray(len(folded.text))
    for one in sorted(candidates, key=lambda one: (one.rank, one.start - one.end, one.start)):
        if not any(taken[one.start : one.end]) and not kept.has(one):
            taken[one.start : one.end] = b"\x01" * (one.end - one.start)
            chosen.append(one)
    return chosen


def _named_again(folded: View, found: list[Found]) -> list[Found]:
    """Further places of a name that was given: 我叫李梅 … 李梅的报告."""
    taken = bytearray(len(folded.text))
    for one in found:
        start, end = viewed(folded, one.start), viewed(folded, one.end)
        taken[start:end] = b"\x01" * (end - start)
    again: list[Found] = []
    for name in sorted({one.value for one in found if one.kind == "name" and len(one.value) > 1}, key=len, reverse=True):
        edge = r"(?<![A-Za-z]){}(?![A-Za-z])" if name.isascii() else "{}"
        for place in re.finditer(edge.format(re.escape(name)), folded.text):
            if not any(taken[place.start() : place.end()]):
                taken[place.start() : place.end()] = b"\x01" * len(place[0])
                again.append(Found("name", *folded.original(*place.span()), name))
    return again


def _language(text: str, found: list[Found]) -> str:
    """`zh` or `en`, by what stands around the data; Chinese where nothing does."""
    rest = _placeholder()[0].sub(" ", _replaced(text, found, dict.fromkeys(KINDS, " ")))
    return "en" if len(_LATIN.findall(rest)) > len(_CHINESE.findall(rest)) / _CHARACTERS_PER_WORD else "zh"


def _replaced(text: str, found: list[Found], words: dict[str, str]) -> str:
    parts, position = [], 0
    for one in found:
        parts += [text[position : one.start], words[one.kind]]
        position = one.end
    return "".join([*parts, text[position:]])


