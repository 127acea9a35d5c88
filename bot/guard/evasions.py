"""The plain form of a message in which words are disguised: 代.孕, 薇❤, dai yun, s u r r o g a c y, 🥚.

The message itself is never changed by this; only the look at offers reads the plain form. Which spellings stand for which word is
written by staff in `knowledge/_scams.yml`; what can be undone without a list (letters set apart, digits for letters) is done here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.guard.model import any_of
from bot.text.normalise import CJK, LIMIT, prepared

_CHINESE = re.compile(rf"[{CJK}]")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060-\u2064\ufe00-\ufe0f\ufeff]")
#: Left out, as many leave them out: don't, dont.
_APOSTROPHES = str.maketrans("", "", "'’‘´＇")
#: Signs that are put between two Chinese characters to break a word; a comma or a full stop separates and stays.
_BREAKERS = r"[.·•・‧*_|丨~^=\-]"
_BROKEN = re.compile(rf"(?<=[{CJK}])\s*{_BREAKERS}{{1,3}}\s*(?=[{CJK}])")
#: Single characters with strokes between them, three or more: 代/孕/包.
_SLASHED = re.compile(rf"(?<![{CJK}])[{CJK}](?:\s*[/\\,]\s*[{CJK}](?![{CJK}])){{2,}}")
#: Single letters set apart, four or more: g e n d e r, g.e.n.d.e.r.
_SPREAD = re.compile(r"(?<![a-z0-9])[a-z](?:[ .\-_*·]{1,2}[a-z](?![a-z0-9'])){3,}")
#: Digits and signs that stand for a letter inside a word.
_LETTERS = {"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "@": "a", "$": "s"}
_DIGIT_IN_WORD = re.compile(r"(?<=[a-z])[01345@$](?=[a-z])")
_LETTER_IN_NUMBER = re.compile(r"(?<=\d)o{1,3}(?![a-z])")
#: Hearts that only decorate, or break a word; after these characters one stands for 心, as in 薇❤.
_HEARTS = re.compile("(?<![薇微威徽维vVwW加+➕])[❤♥🧡💛💚💙💜💗💖💕💓]")
_BEFORE, _BETWEEN, _AFTER = "\1", "\2", "\3"
_SIGNS = {_BEFORE: "(?<![a-z])", _BETWEEN: " ?", _AFTER: "(?![a-z])"}
_SPACE = re.compile(rf"(?<=[{CJK}]) +| +(?=[{CJK}])")


@dataclass(frozen=True)
class Evasions:
    """The spellings that staff wrote down, ready to be undone."""

    words: Mapping[str, str]                    # disguised form, as `prepared` leaves it: plain word
    emoji: Mapping[str, tuple[str, str]]        # emoji: Chinese word, English word
    spelt: re.Pattern[str] | None
    drawn: re.Pattern[str] | None

    def undone(self, text: str) -> str:
        """The message in `prepared` form with evasions undone; only its first `LIMIT` characters are read.

        Emoji become words of the message's language, broken words are joined, disguised spellings become the plain word, and no
        blank stands next to a Chinese character.
        """
        text = _INVISIBLE.sub("", text[:LIMIT]).translate(_APOSTROPHES)
        text = prepared(self._written(_HEARTS.sub("", text)))
        text = _joined(text)
        if self.spelt is not None:
            text = self.spelt.sub(lambda found: self.words[_key(found[0])], text)
        return _SPACE.sub("", text)

    def _written(self, text: str) -> str:
        if self.drawn is None:
            return text
        chinese = bool(_CHINESE.search(text))
        return self.drawn.sub(lambda found: self.emoji[found[0]][0] if chinese else f" {self.emoji[found[0]][1]} ", text)


def evasions(words: Mapping[str, Sequence[str]], emoji: Mapping[str, Mapping[str, str]]) -> Evasions:
    """Compile the staff's lists.

    Args:
        words: plain word: the spellings that stand for it. One in Latin letters counts only as a word of its own; a blank
            in it stands for any number of blanks, also none.
        emoji: emoji: the word it stands for, by language.
    """
    plain = {_key(prepared(spelling)): word for word, spellings in words.items() for spelling in spellings}
    drawn = {_INVISIBLE.sub("", sign): (word["zh"], word["en"]) for sign, word in emoji.items()}
    return Evasions(plain, drawn, _any_of(map(_spelled, plain)), _any_of(drawn))


def _any_of(words: Iterable[str]) -> re.Pattern[str] | None:
    source = any_of(words)
    for sign, stands_for in _SIGNS.items():
        source = source.replace(sign, stands_for)
    return re.compile(source) if source else None


def _key(spelling: str) -> str:
    return spelling.replace(" ", "")


def _spelled(key: str) -> str:
    """A spelling with signs for what is looked for too: blanks allowed between its characters, and no Latin letter next to a Latin end."""
    before = _BEFORE if key[0].isascii() and key[0].isalpha() else ""
    after = _AFTER if key[-1].isascii() and key[-1].isalpha() else ""
    return before + _BETWEEN.join(key) + after


def _joined(text: str) -> str:
    """Words whose characters were set apart, put together again."""
    text = _SLASHED.sub(lambda found: re.sub(r"[/\\,\s]", "", found[0]), text)
    text = _BROKEN.sub("", text)
    text = _SPREAD.sub(lambda found: re.sub(r"[^a-z]", "", found[0]), text)
    text = _DIGIT_IN_WORD.sub(lambda found: _LETTERS[found[0]], text)
    return _LETTER_IN_NUMBER.sub(lambda found: "0" * len(found[0]), text)
