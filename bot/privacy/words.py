"""The word lists of `words.yml`, read once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

_LISTS: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "words.yml").read_text(encoding="utf-8"))


def _set(name: str) -> frozenset[str]:
    return frozenset(str(_LISTS[name]).split())


SURNAMES = "".join(_set("surnames"))
COMPOUND_SURNAMES: tuple[str, ...] = tuple(_LISTS["compound_surnames"])
NOT_NAMES = tuple(sorted(_set("not_names")))
TITLES: tuple[str, ...] = tuple(_LISTS["titles"])
GIVEN_NAMES = _set("given_names")
PINYIN_SURNAMES = _set("pinyin_surnames")
NOT_LATIN_NAMES = _set("not_latin_names")
SECOND_NAMES = _set("second_names")
FUNCTION = frozenset("的了吗呢吧啊呀我你您他她它们么什啥这那哪谁几是不没就也都还被把个某")      # in no name
CORE_SURNAMES = "".join(_set("core_surnames"))
GIVEN_CHARACTERS = "".join(_set("given_characters"))
VERB_SURNAMES = "".join(_set("verb_surnames"))


def is_speech(text: str) -> bool:
    """Whether Chinese characters hold one that stands in sentences and in no name."""
    return bool(FUNCTION & set(text))
