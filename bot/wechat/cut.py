"""Cutting a text for a message with a limit in bytes: at the end of a paragraph, a sentence or a word, never inside a character or a link."""

from __future__ import annotations

import re

import regex

#: What is never cut: a link, else what a reader sees as one character (an emoji of a whole family is many code points).
ATOMS = regex.compile(r"<a\b[^<>]*>[^<]*</a>|\X")
LINK = re.compile(r"<a\b[^<>]*>([^<]*)</a>")
#: Breaks, the best first: behind these a text may end.
BREAKS = (re.compile(r"\n\s*\n\Z"), re.compile(r"(?:[。！？!?；…]+[”’」』）)\"']*|\.[\"')]*\s|\n)\Z"), re.compile(r"(?:[，,、：:)）]|\s)\Z"))
LEAST = 0.4             # a cut gives away at most so much of the limit for a better place


def size(text: str) -> int:
    """Bytes in UTF-8."""
    return len(text.encode("utf-8", "surrogatepass"))


def cut(text: str, limit: int) -> tuple[str, str]:
    """What fits into a message, and the rest.

    Args:
        limit: bytes in UTF-8, at least 8.
    """
    if size(text) <= limit:
        return text, ""
    taken, used, places = "", 0, [0] * len(BREAKS)
    for atom in _atoms(text, limit):
        if used + size(atom) > limit:
            break
        taken, used = taken + atom, used + size(atom)
        for rank, ends in enumerate(BREAKS):
            if ends.search(taken[-12:]):
                places[rank] = len(taken)
    least = LEAST * limit
    best = next((x for x in places if size(taken[:x]) >= least), len(taken))
    rest = text[len(taken):] if text.startswith(taken) else "".join(_atoms(text, limit))[len(taken):]
    return taken[:best].rstrip(), (taken[best:] + rest).lstrip()


def pieces(text: str, limit: int) -> list[str]:
    """The whole text in messages of at most `limit` bytes each."""
    found = []
    while text:
        piece, text = cut(text, limit)
        if piece:
            found.append(piece)
    return found


def _atoms(text: str, limit: int) -> list[str]:
    """What is never cut; a link longer than a whole message is its label, and a monster of accents its code points."""
    made: list[str] = []
    for atom in ATOMS.findall(text):
        if size(atom) <= limit:
            made.append(atom)
        else:
            link = LINK.fullmatch(atom)
            made += ATOMS.findall(link[1]) if link else list(atom)
    return made
