"""The project's own labelled messages, and what the rule guard makes of them."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache

from bot.guard import Alarm, EmergencyTexts, Guard
from bot.guard.loader import load_rules, load_texts
from bot.knowledge.library import Library
from bot.knowledge.loader import load
from bot.knowledge.model import LANGUAGES, Language
from bot.settings import ROOT

KNOWLEDGE = ROOT / "knowledge"


@dataclass(frozen=True)
class Row:
    """One message of `tests/evaluation/{zh,en}.tsv`."""

    id: str
    text: str
    kind: str
    language: Language


@cache
def guard() -> Guard:
    """The rules as they stand, read once."""
    return Guard(load_rules(KNOWLEDGE)[0])


@cache
def texts() -> EmergencyTexts:
    """The staff's emergency texts, read once."""
    return load_texts(KNOWLEDGE, guard())[0]


@cache
def library() -> Library:
    """The knowledge, for the names that the texts use."""
    return load(KNOWLEDGE)[0]


@cache
def own_set() -> tuple[Row, ...]:
    """All messages of the own set."""
    found = []
    for language in LANGUAGES:
        with (ROOT / "tests" / "evaluation" / f"{language}.tsv").open(encoding="utf-8", newline="") as file:
            lines = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
            found += [Row(x["id"], x["text"], x["kind"], language) for x in lines]
    return tuple(found)


def of_kind(kind: str) -> tuple[Row, ...]:
    """The messages with one label."""
    return tuple(x for x in own_set() if x.kind == kind)


def certain(text: str) -> Alarm | None:
    """The alarm that the rule guard is certain of."""
    seen = guard().look(text)
    return seen if seen is not None and seen.certain else None


@cache
def red_flags() -> tuple[Row, ...]:
    """The emergencies that the rule guard sees for certain: their text is promised whatever else is broken. The rest is the scorer's."""
    return tuple(x for x in of_kind("emergency") if certain(x.text) is not None)
