"""Filling `{names}` into texts; the values come from the hospital profile, its opening hours said in words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import time
from pathlib import Path

from bot.knowledge.model import (
    DAYS,
    LANGUAGES,
    Entry,
    Hospital,
    Hours,
    Language,
    Span,
    Text,
    UnfilledName,
    UnknownWords,
)

PLACE = re.compile(r"\{([^{}]*)\}")
#: What the code itself fills into the texts of `_words.yml` and `_notices.yml`; any other name comes from the hospital profile.
GIVEN = frozenset((
    *("at", "begin", "code", "date", "day", "doctor", "end", "entries", "first", "given", "label", "last", "left", "month", "name", "number"),
    *("opening", "part", "place", "platform", "question", "read", "scope", "sentence", "sign", "slot", "stage", "test", "tests", "time", "times"),
    *("title", "until", "version", "visit", "weekday", "what", "where", "wish"),
))
#: Texts of `_words.yml` that stand in an alarm, a warning or where everything else fails: nothing is given to them.
NOTHING_GIVEN = ("failed", "failed_unread", "too_long", "empty", "scam", "scam_group", "mild", "mild_watch", "defer", "defer_any", "loss", "loss_reach", "handoff")


def fill(text: str, values: Mapping[str, str]) -> str:
    """The text with each `{name}` replaced.

    Raises:
        UnfilledName: a name has no value.
    """

    def value(place: re.Match[str]) -> str:
        if place.group(1) not in values:
            raise UnfilledName(place.group(1))
        return values[place.group(1)]

    return PLACE.sub(value, text)


def unfilled(entry: Entry, names: Iterable[str]) -> list[tuple[str, str]]:
    """Names that an entry uses and nobody gives: (what to call the text, name), each name once."""
    known, found = set(names), dict[str, str]()
    for called, text in entry.texts():
        for language in LANGUAGES:
            for name in PLACE.findall(text.get(language, "")):
                if name not in known:
                    found.setdefault(name, called)
    return [(called, name) for name, called in found.items()]


def unfilled_phrase(key: str, text: Text, names: Mapping[Language, Mapping[str, str]]) -> list[str]:
    """Names that a text of `_words.yml`, `_notices.yml` or `_page.yml` uses and nobody gives, each once."""
    given = frozenset() if key in NOTHING_GIVEN else GIVEN
    used = (name for code in LANGUAGES for name in PLACE.findall(text[code]) if name not in names[code] and name not in given)
    return list(dict.fromkeys(used))


def line_in(file: Path, key: str, written: str) -> int:
    """The line, counted from 1, on which something is written in the text of a key; else that of the key, or 0 where neither is found."""
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return 0
    first = next((n for n, line in enumerate(lines) if re.match(rf"\s*['\"]?{re.escape(key)}['\"]?:", line)), None)
    if first is None:
        return 0
    return next((n for n, line in enumerate(lines[first:], first) if written in line), first) + 1


def names_of(hospital: Hospital, notices: Mapping[str, Text]) -> dict[Language, dict[str, str]]:
    """Every name that may stand in an answer with its value, by language.

    Hours whose wording is missing from the notices are left out, and with them the answers that need them.
    """
    found: dict[Language, dict[str, str]] = {}
    for language in LANGUAGES:
        found[language] = {key: text[language] for key, text in hospital.names.items()}
        for key, hours in hospital.hours.items():
            try:
                found[language][key] = hours_in_words(hours, language, notices)
            except UnknownWords:
                continue
    return found


def hours_in_words(hours: Hours, language: Language, notices: Mapping[str, Text]) -> str:
    """Such as `weekdays 8:00–11:30, closed at weekends`; no full stop at the end.

    Raises:
        UnknownWords: the notices lack a phrase that this needs.
    """
    if not (hours.weekends or hours.holidays):
        closed = said("closed_weekends_holidays", language, notices)
        parts = [_on("weekdays", hours.weekdays, language, notices), closed]
    else:
        parts = [_on(days, getattr(hours, days), language, notices) for days in DAYS]
    return said("days_join", language, notices).join(parts)


def _on(days: str, spans: tuple[Span, ...], language: Language, notices: Mapping[str, Text]) -> str:
    if not spans:
        return said(f"closed_{days}", language, notices)
    times = said("times_join", language, notices).join(f"{_clock(start)}–{_clock(end)}" for start, end in spans)
    return fill(said(f"open_{days}", language, notices), {"times": times})


def said(key: str, language: Language, notices: Mapping[str, Text]) -> str:
    """One phrase of the notices.

    Raises:
        UnknownWords: there is no such key.
    """
    if key not in notices:
        raise UnknownWords(key)
    return notices[key][language]


def _clock(moment: time) -> str:
    return f"{moment.hour}:{moment.minute:02}"
