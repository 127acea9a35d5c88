"""Names of platforms, places, stages, visit types, departments and tests, found wherever they stand.

The lists are in `terms.yml`. spaCy's matcher runs over tokens of our own (one Chinese character, one run of letters or
digits), so that nothing depends on word segmentation and English matches on word borders. Words that are in no list
never enter spaCy's vocabulary: it would keep them for ever.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

import yaml
from spacy.matcher import PhraseMatcher
from spacy.tokens import Doc
from spacy.vocab import Vocab

from bot.text.negation import negated, spread
from bot.text.normalise import prepared

FILE = Path(__file__).with_name("terms.yml")
KINDS = ("platform", "region", "stage", "visit_type", "department", "test")
_NOTHING = "-"
_UNKNOWN = "\u25a1"
_TOKEN = re.compile(r"[a-zà-öø-ÿ]+|[0-9]+|[^\s]")
_PLURAL = re.compile(r"[a-z]{3,}$")
_ABOUT = re.compile(
    r"^(?:(?!\b(?:and|or|plus)\b)[^,.;?!&、。]){0,30}\b(?:for|of|on|from)\b"
    r"(?: (?:my|our|his|her|the|a|any|all|these|both|two|three|four|five|[0-9]+))*\s*$"
)
_SOUGHT_BY_SWAB = frozenset(["mycoplasma", "ureaplasma", "chlamydiamycoplasma", "hpv", "tct"])
_DONE_ON = frozenset([("pgt", "embryo"), ("dfi", "semen")])


@dataclass(frozen=True)
class Term:
    """One name found in a text: its kind and code, and where it stands in `prepared(text)`."""

    kind: str
    code: str
    start: int
    end: int


def find_terms(text: str, kind: str) -> list[Term]:
    """The names of one kind in a text, in their order, the longest where several overlap.

    Args:
        text: a message.
        kind: one of `KINDS`.
    """
    plain = prepared(text)
    tokens = list(_TOKEN.finditer(plain))
    matcher, known = _matcher(kind)
    if not tokens:
        return []
    words = [found[0] if found[0] in known else _UNKNOWN for found in tokens]
    doc = Doc(matcher.vocab, words=words)
    spans = sorted(
        ((first, last, matcher.vocab.strings[code]) for code, first, last in matcher(doc)),
        key=lambda span: (span[0] - span[1], span[0], span[2] != _NOTHING),
    )
    taken: set[int] = set()
    terms: list[Term] = []
    for first, last, code in spans:
        if taken.isdisjoint(range(first, last)):
            taken.update(range(first, last))
            terms.append(Term(kind, code, tokens[first].start(), tokens[last - 1].end()))
    return sorted((term for term in terms if term.code != _NOTHING), key=lambda term: term.start)


def find_codes(text: str, kind: str) -> list[str]:
    """The codes of one kind that a text names, each once, in their order; what it denies is left out."""
    plain = prepared(text)
    terms = _meant(plain, find_terms(plain, kind))
    denied = spread(plain, [(term.start, term.end) for term in terms], [negated(plain, t.start, t.end) for t in terms])
    latest = {term.code: no for term, no in zip(terms, denied)}
    return [code for code in dict.fromkeys(term.code for term in terms) if not latest[code]]


def _meant(plain: str, terms: list[Term]) -> list[Term]:
    """The terms without those that only say how or on what another test is done: a swab for ureaplasma, PGT on the embryos."""
    dropped: set[Term] = set()
    for left, right in zip(terms, terms[1:]):
        if left.kind == "test" and _ABOUT.match(plain[left.end : right.start]):
            if left.code == "leucorrhea" and right.code in _SOUGHT_BY_SWAB:
                dropped.add(left)
            elif (left.code, right.code) in _DONE_ON:
                dropped.add(right)
    return [term for term in terms if term not in dropped]


def names(kind: str, code: str) -> list[str]:
    """The written names of one code, as they stand in the file."""
    return [str(name) for name in _lists()[kind].get(code, [])]


def codes(kind: str) -> list[str]:
    """The codes of one kind."""
    return [code for code in _lists()[kind] if code != _NOTHING]


@lru_cache(maxsize=1)
def _lists() -> dict[str, dict[str, list[str]]]:
    loaded: dict[str, dict[str, list[str]]] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return loaded


@cache
def _matcher(kind: str) -> tuple[PhraseMatcher, frozenset[str]]:
    """The matcher of one kind and the words that occur in its names."""
    vocab = Vocab()
    matcher = PhraseMatcher(vocab, attr="ORTH")
    known: set[str] = set()
    for code, written in _lists()[kind].items():
        phrases = {tuple(_TOKEN.findall(form)) for name in written for form in _forms(prepared(str(name)))}
        known.update(word for phrase in phrases for word in phrase)
        matcher.add(code, [Doc(vocab, words=list(phrase)) for phrase in sorted(phrases) if phrase])
    return matcher, frozenset(known)


def _forms(name: str) -> list[str]:
    return [name, f"{name}s"] if _PLURAL.search(name) else [name]
