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
CORE_SURNAMES = "".join(_set("core_surnames"))
