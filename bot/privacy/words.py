"""The word lists of `words.yml` and `names.yml`, read once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml


def _lists(file: str) -> dict[str, Any]:
    return dict(yaml.safe_load((Path(__file__).parent / file).read_text(encoding="utf-8")))


_LISTS, _FORMS = _lists("words.yml"), _lists("names.yml")


def _set(name: str, lists: dict[str, Any] = _LISTS) -> frozenset[str]:
    return frozenset(str(lists[name]).split())


SURNAMES = "".join(_set("surnames"))
COMPOUND_SURNAMES: tuple[str, ...] = tuple(_LISTS["compound_surnames"])
NOT_NAMES = tuple(sorted(_set("not_names")))
TITLES: tuple[str, ...] = tuple(_LISTS["titles"])
GIVEN_NAMES = _set("given_names") | _set("given_names", _FORMS)
PINYIN_SURNAMES = _set("pinyin_surnames")
NOT_LATIN_NAMES = _set("not_latin_names")
SECOND_NAMES = _set("second_names")
FUNCTION = frozenset("的了吗呢吧啊呀我你您他她它们么什啥这那哪谁几是不没就也都还被把个某")      # in no name
CORE_SURNAMES = "".join(_set("core_surnames"))
GIVEN_CHARACTERS = "".join(_set("given_characters"))
VERB_SURNAMES = "".join(_set("verb_surnames"))
MORE_GIVEN_CHARACTERS = "".join(_set("given_characters", _FORMS))
NOT_BEHIND_LABELS = tuple(sorted(_set("not_behind_labels"), key=len, reverse=True))
NEVER_BEHIND_LABELS = "".join(_set("never_behind_labels"))
NOT_A_NAME_ALONE = "".join(_set("not_a_name_alone"))
SELDOM_IN_WORDS = "".join(_set("seldom_in_words"))
SURNAMES_BEHIND_LABELS = "".join(_set("surnames_behind_labels"))
TRANSLITERATING = "".join(_set("transliterating"))
NAMES_TOO = _set("names_too")
PARTNER_EN = "|".join(str(_LISTS["partner_en"]).split(", "))
KIN_EN = PARTNER_EN + "|" + "|".join(str(_LISTS["kin_en"]).split(", "))
WORDS_LIKE_NAMES = _set("words_like_names", _FORMS)
WORDS_OF_GIVEN = _set("words_of_given", _FORMS)


def is_speech(text: str) -> bool:
    """Whether Chinese characters hold one that stands in sentences and in no name."""
    return bool(FUNCTION & set(text))
