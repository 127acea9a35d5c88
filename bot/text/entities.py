"""Everything that can be read out of one message by rule."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from bot.text.dates import Window, find_when, wants_earliest
from bot.text.doctors import find_doctor
from bot.text.language import language
from bot.text.normalise import normalise, prepared
from bot.text.terms import find_codes

_DRUG_HCG = re.compile(
    r"打[^,。?!]{0,4}hcg|hcg[^,。?!]{0,4}(?:\d{4,5}|针|单位|扳机)|\btrigger\w*[^,.?!]{0,12}\bhcg\b|\bhcg\b[^,.?!]{0,8}(?:shot|trigger|injection|jab)|\b(?:inject|take|took)\w*[^,.?!]{0,10}\bhcg\b"
)
_DRUG_STEROID = re.compile(
    r"(?:吃|塞|打|用|贴|加|减|停)[^,。?!]{0,5}(?:孕酮|雌二醇|雌激素|e2)|(?:孕酮|雌二醇|e2)[^,。?!]{0,4}(?:\d+ ?mg|片|针|胶囊|凝胶|软膏|栓)|"
    r"\b(?:take|taking|took|on|inject\w*|insert\w*|use|using|stop|missed|forgot)\b[^,.?!]{0,14}\b(?:progesterone|estradiol|oestradiol|estrogen|e2)\b"
)
_ASKED_RESULT = re.compile(r"结果|报告|数值|多少|查|出来|出了|抽血|验|result|report|level|test|ready|\bback\b|blood")


@dataclass(frozen=True)
class Entities:
    """What a message names.

    Attributes:
        language: `zh`, `en` or None.
        regions: codes of regions, in their order; so also the following lists.
        stages: codes of treatment stages.
        platforms: codes of platforms.
        tests: codes of the tests asked for, as in the hospital's list.
        visit_types: of regular, expert, cycle, record.
        departments: codes of departments.
        doctor: the doctor's name as written, without title.
        when: the days asked for.
        earliest: whether the earliest time is asked for.
    """

    language: str | None
    regions: list[str]
    stages: list[str]
    platforms: list[str]
    tests: list[str]
    visit_types: list[str]
    departments: list[str]
    doctor: str | None
    when: list[Window]
    earliest: bool


def find_entities(text: str, today: date) -> Entities:
    """Reads one message.

    Args:
        text: the message as it came.
        today: the day on which it was written.
    """
    plain = normalise(text)
    return Entities(
        language=language(plain),
        regions=find_codes(plain, "region"),
        stages=find_codes(plain, "stage"),
        platforms=find_codes(plain, "platform"),
        tests=find_tests(plain),
        visit_types=find_codes(plain, "visit_type"),
        departments=find_codes(plain, "department"),
        doctor=find_doctor(plain),
        when=find_when(plain, today),
        earliest=wants_earliest(plain),
    )


def find_tests(text: str) -> list[str]:
    """The codes of the tests asked for: neither those denied nor hormones named as medicine (hCG shot)."""
    plain = prepared(text)
    found = find_codes(plain, "test")
    if _DRUG_HCG.search(plain) and len(re.findall("hcg", plain)) < 2 and not re.search("开奖|血值|验孕|beta", plain):
        found = [code for code in found if code != "hcg"]
    if _DRUG_STEROID.search(plain) and not _ASKED_RESULT.search(plain):
        found = [code for code in found if code not in {"e2", "progesterone"}]
    return found
