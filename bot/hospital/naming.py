"""Which doctors a written name can mean."""

from __future__ import annotations

import re
from collections.abc import Iterable

from bot.hospital.model import Doctor

_TITLES = re.compile(
    r"(?:副?主任(?:医[师生])?|主治(?:医[师生])?|教授|专家|医[师生]|大夫|老师|院长)+$|^(?:dr|doctor|prof|professor|director)\b\.?\s*", re.I
)


def matching(doctors: Iterable[Doctor], written: str) -> tuple[Doctor, ...]:
    """The doctors a name can mean: several where it is a surname two of them share ("which of the two?"), none where it is nobody's.

    Args:
        written: full name or surname, in characters, pinyin or English, either order, with or without a title; anything else, markup
            included, is nobody's.
    """
    plain = _TITLES.sub("", re.sub(r"\s+", " ", written.strip())).strip()
    if not plain:
        return ()
    wanted = _letters(plain)
    known = tuple(doctors)
    for forms in (_full, _surname):
        found = tuple(x for x in known if plain in forms(x) or wanted and wanted in {_letters(y) for y in forms(x)})
        if found:
            return found
    return ()


def _full(doctor: Doctor) -> set[str]:
    surname, _, given = doctor.pinyin.partition(" ")
    first, _, last = doctor.english.partition(" ")
    return {doctor.name, doctor.pinyin, f"{given} {surname}", doctor.english, f"{last} {first}"}


def _surname(doctor: Doctor) -> set[str]:
    return {doctor.surname, doctor.pinyin.partition(" ")[0]}


def _letters(text: str) -> str:
    """Only Latin letters, lower case: `Zhou-Min`, `zhoumin` and `ZHOU MIN` are one; empty where anything else stands in it."""
    plain = re.sub(r"[\s.'’-]", "", text.lower())
    return plain if re.fullmatch(r"[a-zü]+", plain) else ""


def mentioned(doctors: Iterable[Doctor], text: str) -> str | None:
    """The full name of one of these doctors as it stands in a message, without a title and wherever it stands; the first of several."""
    found: list[tuple[int, str]] = []
    for one in doctors:
        for name in _full(one):
            bounded = rf"(?<![a-z]){re.escape(name)}(?![a-z])" if name.isascii() else re.escape(name)
            at = re.search(bounded, text, re.IGNORECASE) if len(name) > 1 else None
            if at:
                found.append((at.start(), at[0]))
    return min(found)[1] if found else None
