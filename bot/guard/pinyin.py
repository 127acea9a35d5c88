"""A message in nothing but pinyin without tones, spaced or joined, as the characters that the files list for its syllables.

Where a message holds a word that is no pinyin, nothing is changed: English sentences of pinyin syllables alone are hardly ever written.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

FEWEST = 4
"""Syllables that a message must have: "can he" and "long men" are pinyin too."""
KNOWN_SHARE = 0.5
"""Share of its syllables that the files must list."""
LONGEST_WORD = 48
"""Letters of a joined word that are still taken apart."""

_DN = "a ai an ang ao e ei en eng i ia ie iao ian ing ong ou u uan un uo"
_GKH = "a ai an ang ao e ei en eng ong ou u ua uai uan uang ui un uo"
_JQX = "i ia ian iang iao ie in ing iong iu u uan ue un"
_ZCS = "a ai an ang ao e en eng i ong ou u ua uai uan uang ui un uo"
_FINALS = {
    "": "a ai an ang ao e ei en er o ou",
    "b": "a ai an ang ao ei en eng i iao ian ie in ing o u",
    "p": "a ai an ang ao ei en eng i iao ian ie in ing o ou u",
    "m": "a ai an ang ao e ei en eng i iao ian ie in ing iu o ou u",
    "f": "a an ang ei en eng o ou u",
    "d": f"{_DN} iu ui",
    "t": "a ai an ang ao e eng i ie iao ian ing ong ou u uan ui un uo",
    "n": f"{_DN} in iang iu v ve",
    "l": f"{_DN} in iang iu v ve",
    "g": _GKH, "k": _GKH, "h": _GKH,
    "j": _JQX, "q": _JQX, "x": _JQX,
    "zh": f"{_ZCS} ei", "ch": _ZCS, "sh": f"{_ZCS} ei",
    "z": f"{_ZCS} ei", "c": _ZCS, "s": _ZCS, "r": "an ang ao e en eng i ong ou u uan ui un uo",
    "y": "a an ang ao e i in ing o ong ou u uan ue un",
    "w": "a ai an ang ei en eng o u",
}
_SYLLABLES = frozenset(initial + final for initial, finals in _FINALS.items() for final in finals.split())
_LONGEST_SYLLABLE = max(map(len, _SYLLABLES))
_WORD = re.compile(r"[a-z]+[1-5]?|[0-9.]+(?![a-z])|[ ,。]+")
_TONE = re.compile(r"[1-5]$")


@lru_cache(maxsize=2048)
def syllables(word: str) -> tuple[str, ...]:
    """The syllables of a word of small letters, the first as long as can be; none where it is no pinyin."""
    if not word or len(word) > LONGEST_WORD:
        return ()
    for length in range(min(_LONGEST_SYLLABLE, len(word)), 0, -1):
        first, rest = word[:length], word[length:]
        if first not in _SYLLABLES:
            continue
        if not rest:
            return (first,)
        if found := syllables(rest):
            return (first, *found)
    return ()


class PinyinReader:
    """Reads messages of nothing but pinyin.

    Args:
        listed: syllables divided by spaces and the characters they stand for.
    """

    def __init__(self, listed: Mapping[str, str]) -> None:
        self._listed = {tuple(key.split()): value for key, value in listed.items()}
        self._most = max(map(len, self._listed), default=0)

    def read(self, text: str) -> str:
        """The message in characters, as far as its syllables are listed; itself where it is not all pinyin.

        Args:
            text: in small letters, its separators spaces, commas and `。`.
        """
        parts: list[str | list[str]] = []
        at = total = 0
        while at < len(text):
            word = _WORD.match(text, at)
            if word is None:
                return text
            at = word.end()
            if word[0][0] in " ,。0123456789.":
                # a space between two words parts nothing: "du zi" is one word
                if word[0].strip():
                    parts.append(word[0])
                continue
            found = syllables(_TONE.sub("", word[0]))
            if not found:
                return text
            total += len(found)
            if parts and isinstance(parts[-1], list):
                parts[-1].extend(found)
            else:
                parts.append(list(found))
        if total < FEWEST:
            return text
        pieces = [self._characters(part) if isinstance(part, list) else (part, 0) for part in parts]
        return "".join(piece for piece, _ in pieces) if sum(known for _, known in pieces) >= KNOWN_SHARE * total else text

    def _characters(self, run: list[str]) -> tuple[str, int]:
        """A run of syllables with the longest listed phrases as characters, and how many syllables those have."""
        parts, at, known = [], 0, 0
        while at < len(run):
            for length in range(min(self._most, len(run) - at), 0, -1):
                if (value := self._listed.get(tuple(run[at : at + length]))) is not None:
                    parts.append(value)
                    known += length
                    at += length
                    break
            else:
                parts.append(f" {run[at]} ")
                at += 1
        return "".join(parts), known
