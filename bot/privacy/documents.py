"""Numbers with letters: passports, permits, Hong Kong, Macau and Taiwan cards, hospital and insurance numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from bot.privacy import cues
from bot.privacy.folding import HAN, View, compact
from bot.privacy.model import Candidate
from bot.privacy.runs import digits_for_words
from bot.text.normalise import CJK, fold

_WORD = re.compile(r"(?<![0-9A-Za-z])(?!(?i:is|no|to|on|at|of|nr|id|by|in|my)\W)(?:[A-Za-z]{1,2}[ .-]|[A-Za-z]{0,6}-?)\d[0-9A-Za-z]*(?:[ -]\d+){0,8}(?![0-9A-Za-z])")
_SURE_PASSPORT = re.compile(r"(?<![0-9A-Za-z])(?:[EGeg]\d{8}|E[A-HJ-NP-Z]\d{7}|[A-Z]{2}\d{7}|[PSD][A-Z]?\.?\d{7,8})(?![0-9A-Za-z])")
_LIKE_PASSPORT = re.compile(r"(?<![0-9A-Za-z])[A-Za-z]{1,2}\d{6,8}[A-Za-z]?(?![0-9A-Za-z])")
_PERMIT = re.compile(r"(?<![0-9A-Za-z])[HMhm]\d{8}(?:\d{2})?(?![0-9A-Za-z])")
_RESIDENCE = re.compile(r"(?<![0-9A-Za-z])[A-Z]{3}\d{12}(?![0-9A-Za-z])")
_HONG_KONG = re.compile(r"(?<![0-9A-Za-z])[A-Za-z]{1,2}[ -]?\d{6} ?\([0-9Aa]\)")
_MACAU = re.compile(r"(?<![0-9A-Za-z])[157]\d{6} ?\(\d\)")
_TAIWAN = re.compile(r"(?<![0-9A-Za-z])[A-Za-z][12]\d{8}(?![0-9A-Za-z])")
_IBAN = re.compile(r"(?<![0-9A-Za-z])[A-Z]{2}\d{2}(?: ?[0-9A-Z]{4}){2,7}(?: ?[0-9A-Z]{1,3})?(?![0-9A-Za-z])")
#: 军字第2001988号, as on the certificates of officers, soldiers and the armed police; of other letters only where such a certificate is spoken of.
_OF_SOLDIERS = re.compile(rf"(?:(?<![{CJK}])(?P<sure>[军士武警])|[军士武警空海南北东西中沈兰济广成总政后装文参学])字?第\s?\d{{6,9}}\s?号?(?!\d)")
_SOLDIER = re.compile(r"军官|士官|士兵|军人|警官|警察|文职|武警|officer|soldier|military|police")
_NEAR = 16      # characters before such a number in which its certificate is named
#: Nine places of letters and digits, as in Germany, France and Canada.
_MIXED = re.compile(r"(?=[A-Z\d]*[A-Z])[A-Z\d]{8,9}")
_LEAST_IN_MIXED = 3
_PASSPORT_NAMED = re.compile(r"护照|passport")
_TAIWAN_LETTERS = "ABCDEFGHJKLMNPQRSTUVXYWZIO"      # 10 to 35, in this order


def find_documents(view: View) -> list[Candidate]:
    """Numbers named as a document's, and those whose form alone says so; digits in Chinese characters are read as digits."""
    text = digits_for_words(view.text)
    read = view if text == view.text else replace(view, text=text, low=fold(text), leads={})
    return [*_named(read), *_formed(read)]


def _named(view: View) -> Iterator[Candidate]:
    for found in _WORD.finditer(view.text):
        digits = sum(char.isdigit() for char in found[0])
        if cues.UNIT.match(view.low, found.end()) or digits < 3:
            continue
        if 6 <= digits <= 11 and cues.before(cues.SOME_CARD, view.low, found.start()):      # too short for a bank card
            yield Candidate("medical_card", found.start(), found.end(), compact(found[0]), 7)
        for kind, cue, least in (("medical_card", cues.MEDICAL, 4), ("passport", cues.PASSPORT, 5), ("id_card", cues.ID_CARD, 6)):
            lead = cues.before(cue, view.low, found.start())
            fewest = _LEAST_IN_MIXED if kind == "passport" and _MIXED.fullmatch(found[0]) else least if lead and cues.named(lead) else 6
            if lead and fewest <= digits <= 22 and not (kind == "id_card" and (_ordered(view, found, lead) or _day(view, found))):
                yield Candidate(kind, found.start(), found.end(), compact(found[0]), {"medical_card": 1, "passport": 2, "id_card": 4}[kind])
                break


def _ordered(view: View, number: re.Match[str], lead: re.Match[str]) -> bool:
    """Whether a number is that of an order or report; the 编号 of the words that name a document is the document's."""
    order = cues.before(cues.ORDER, view.low, number.start())
    return order is not None and order.start() < lead.start("cue")


def _day(view: View, number: re.Match[str]) -> bool:
    """Whether eight digits are a date on which something was issued or ends."""
    return bool(re.fullmatch(r"(?:19|20)\d\d[01]\d[0-3]\d", number[0]) and cues.DAY_OF.match(view.low, number.end()))


def _formed(view: View) -> Iterator[Candidate]:
    forms = [
        ("id_card", _PERMIT, 3), ("id_card", _RESIDENCE, 3), ("id_card", _HONG_KONG, 3), ("id_card", _MACAU, 3), ("passport", _SURE_PASSPORT, 5), ("bank_card", _IBAN, 3)
    ]
    if _PASSPORT_NAMED.search(view.low):
        forms.append(("passport", _LIKE_PASSPORT, 6))
    for kind, form, rank in forms:
        for found in form.finditer(view.text):
            if not cues.before(cues.ORDER, view.low, found.start()):
                yield Candidate(kind, found.start(), found.end(), compact(found[0]), rank)
    for found in _OF_SOLDIERS.finditer(view.text) if HAN.search(view.text) else ():
        if found["sure"] or _SOLDIER.search(view.low, max(0, found.start() - _NEAR), found.start()):
            yield Candidate("id_card", found.start(), found.end(), compact(found[0]), 2)
    for found in _TAIWAN.finditer(view.text):
        if taiwan_checks(found[0].upper()):
            yield Candidate("id_card", found.start(), found.end(), compact(found[0]), 4)


def taiwan_checks(number: str) -> bool:
    """Whether the last digit of a Taiwanese identity number is the right one."""
    letter = _TAIWAN_LETTERS.index(number[0]) + 10
    weighted = letter // 10 + letter % 10 * 9 + sum(int(digit) * weight for digit, weight in zip(number[1:9], range(8, 0, -1)))
    return (weighted + int(number[9])) % 10 == 0
