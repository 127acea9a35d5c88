"""Rules over the whole library: one small function each, collected in `RULES`."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.knowledge.library import Library
from bot.knowledge.loader import NOTICES_FILE, WORDS_FILE, unknown_name
from bot.knowledge.model import (
    LANGUAGE_NAMES,
    LANGUAGES,
    Entry,
    Language,
    Problem,
    Severity,
    Text,
    Texts,
    UnfilledName,
    UnknownWords,
)
from bot.knowledge.names import PLACE, fill, unfilled

Rule = Callable[[Library, date], Iterator[Problem]]
#: WeChat takes text messages of 2048 bytes; the rest is room for what the bot says around an answer.
MOST_BYTES = 1800
BLOCK = 512


def check(library: Library, today: date) -> list[Problem]:
    """Everything that is wrong with the library as a whole, in the order of files and lines.

    What concerns one file alone was told by the loader already.
    """
    found = [problem for rule in RULES for problem in rule(library, today)]
    return sorted(found, key=lambda problem: (problem.file, problem.line))


def plain(text: str) -> str:
    """A question reduced to what counts when two are compared: no punctuation, spaces, width or case."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text).casefold())


def related_exist(library: Library, _: date) -> Iterator[Problem]:
    """Related ids lead somewhere, and not to the entry itself."""
    for entry in library.entries.values():
        for other in entry.related:
            if other == entry.id:
                yield _problem(entry, "'related' names the entry itself; delete it there.")
            elif other not in library.entries:
                yield _problem(entry, f"'related' names '{other}', but there is no such entry (or it has an error).")


def questions_once(library: Library, _: date) -> Iterator[Problem]:
    """No question is a sample of two entries, nor twice in one."""
    seen: dict[str, Entry] = {}
    for entry in library.entries.values():
        for question in _all(entry.questions):
            first = seen.setdefault(plain(question), entry)
            if first is not entry:
                yield _problem(entry, f"The question '{question}' stands also in {first.id}; keep it in one of them.")
    for entry in library.entries.values():
        for question in _repeated(_all(entry.questions)):
            yield _problem(entry, f"The question '{question}' stands here twice; delete one.", "warning")


def questions_not_refused(library: Library, _: date) -> Iterator[Problem]:
    """No entry refuses its own question."""
    for entry in library.entries.values():
        refused = {plain(question) for question in _all(entry.not_questions)}
        for question in _all(entry.questions):
            if plain(question) in refused:
                yield _problem(entry, f"'{question}' stands under questions and under not_questions; delete one.")


def names_filled(library: Library, _: date) -> Iterator[Problem]:
    """Every `{name}` in an answer has a value."""
    for entry in library.entries.values():
        for called, name in unfilled(entry, library.names["zh"]):
            yield unknown_name(entry, called, name)


def both_languages(library: Library, _: date) -> Iterator[Problem]:
    """Titles, answers and questions exist in both languages."""
    for entry in library.entries.values():
        for called, text in entry.texts():
            for language in LANGUAGES:
                if not text.get(language, "").strip():
                    yield _problem(entry, f"The {called} has no {LANGUAGE_NAMES[language]}.")
        for language in LANGUAGES:
            if not entry.questions.get(language):
                yield _problem(entry, f"There is no question in {LANGUAGE_NAMES[language]}.")


def translated(library: Library, _: date) -> Iterator[Problem]:
    """A Chinese text is Chinese and an English one is not."""
    for entry in library.entries.values():
        for called, text in entry.texts():
            if text.get("zh") and not _chinese(text["zh"]):
                yield _problem(entry, f"The Chinese {called} has no Chinese characters; was it translated?", "warning")
            if _chinese(text.get("en", "")) > len(text.get("en", "")) // 4:
                yield _problem(entry, f"The English {called} is mostly Chinese; was it translated?", "warning")


def not_too_long(library: Library, _: date) -> Iterator[Problem]:
    """Every answer fits into one WeChat message together with its last line."""
    for entry in library.entries.values():
        for called, text in entry.texts():
            for language in LANGUAGES:
                size = _size(library, entry, text, language)
                if size > MOST_BYTES:
                    yield _problem(
                        entry,
                        f"The {LANGUAGE_NAMES[language]} {called} has {size} bytes with the notice below it, "
                        f"{size - MOST_BYTES} too many for WeChat (a Chinese character counts 3); shorten it.",
                    )


def review_not_overdue(library: Library, today: date) -> Iterator[Problem]:
    """Nobody has forgotten to check an answer again."""
    for entry in library.entries.values():
        if entry.review_due < today:
            yield _problem(
                entry,
                f"The review was due on {entry.review_due}; {entry.owner['en']} should check it and set a new date.",
                "warning",
            )


def holds_already(library: Library, today: date) -> Iterator[Problem]:
    """An answer that waits for its first day is mentioned."""
    for entry in library.entries.values():
        if entry.valid_from > today:
            yield _problem(entry, f"Patients do not see this before {entry.valid_from} (valid_from).", "warning")


def review_stands(library: Library, today: date) -> Iterator[Problem]:
    """A review lies in the past and nothing was changed after it."""
    for entry in library.entries.values():
        if entry.reviewed is not None and entry.reviewed.on > today:
            yield _problem(entry, f"It is said to be reviewed on {entry.reviewed.on}, which is in the future.")
        elif entry.reviewed is not None and entry.standing_review is None:
            yield _problem(entry, "It was changed after the review; have it checked again.", "warning")


def titles_once(library: Library, _: date) -> Iterator[Problem]:
    """Patients who choose by title can tell two entries apart."""
    for language in LANGUAGES:
        seen: dict[str, Entry] = {}
        for entry in library.entries.values():
            title = entry.title.get(language, "")
            first = seen.setdefault(plain(title), entry)
            if first is not entry and title:
                yield _problem(entry, f"The title '{title}' is also that of {first.id}; give each its own.")


def same_names(library: Library, _: date) -> Iterator[Problem]:
    """The two languages of a shell text use the same names."""
    for file, texts in ((WORDS_FILE, library.shell), (NOTICES_FILE, library.notices)):
        for key, text in texts.items():
            zh, en = (set(PLACE.findall(text[language])) for language in LANGUAGES)
            for name in sorted(zh ^ en):
                sentence = f"'{key}' uses {{{name}}} in one language only."
                yield Problem(file, 0, None, sentence, "warning")


RULES: tuple[Rule, ...] = (
    related_exist,
    questions_once,
    questions_not_refused,
    names_filled,
    both_languages,
    translated,
    not_too_long,
    review_not_overdue,
    holds_already,
    review_stands,
    titles_once,
    same_names,
)


def near_duplicates(
    phrasings: Sequence[tuple[str, str]], vectors: NDArray[np.floating[Any]], limit: float = 0.97
) -> list[Problem]:
    """Phrasings that say almost the same but belong to different entries.

    Args:
        phrasings: entry id and text of each.
        vectors: one row per phrasing, of length one.
        limit: cosine from which two count as the same.

    Returns:
        A warning per pair, an error where the two are the same but for punctuation.
    """
    found = []
    for start in range(0, len(phrasings), BLOCK):
        close = vectors[start : start + BLOCK] @ vectors.T >= limit
        for row, column in np.argwhere(close):
            one, other = int(row) + start, int(column)
            if one < other and phrasings[one][0] != phrasings[other][0]:
                found.append(_too_close(phrasings[one], phrasings[other]))
    return found


def _too_close(one: tuple[str, str], other: tuple[str, str]) -> Problem:
    same = plain(one[1]) == plain(other[1])
    how = "the same as" if same else "almost the same as"
    sentence = f"The phrasing '{other[1]}' is {how} '{one[1]}' of {one[0]}; keep it in one of them."
    return Problem("", 0, other[0], sentence, "error" if same else "warning")


def _problem(entry: Entry, sentence: str, severity: Severity = "error") -> Problem:
    return Problem(entry.file, entry.line, entry.id, sentence, severity)


def _all(questions: Texts) -> list[str]:
    return [question for language in LANGUAGES for question in questions.get(language, ())]


def _repeated(questions: list[str]) -> list[str]:
    times = Counter(map(plain, questions))
    last = {plain(question): question for question in questions}
    return [question for key, question in last.items() if times[key] > 1]


def _chinese(text: str) -> int:
    return len(re.findall(r"[\u4e00-\u9fff]", text))


def _size(library: Library, entry: Entry, text: Text, language: Language) -> int:
    """Bytes of a filled text with its last line; 0 where it cannot be filled, which another rule tells."""
    try:
        filled = fill(text[language], library.names[language])
        return len(f"{filled}\n\n{library.footer(entry.id, language)}".encode())
    except (KeyError, UnfilledName, UnknownWords):
        return 0
