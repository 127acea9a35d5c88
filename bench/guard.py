"""`python -m bench guard`: how long the rules take for a message, those for emergencies and those for offers; processor time on this machine.

Of three looks at a message the shortest counts: other work on the machine makes one longer, never shorter. Messages are put together from the phrasings in `data/nlu/` and the lines with which the rules are tested, with a fixed seed; no model is needed.
"""

from __future__ import annotations

import csv
import gc
import random
import re
import time
from collections.abc import Callable, Sequence

import yaml

from bot.guard import Guard
from bot.guard import load as load_guard
from bot.guard.scam import Touts
from bot.guard.scam import load as load_touts
from bot.settings import ROOT
from bot.text.normalise import normalise

COUNT, LOOKS = 200, 3
LONG, TEXT, USUAL = 2000, 600, 80      # characters: what is read, a long text in WeChat, a usual message of several sentences
JOINS = {"zh": ("，", "。", "？", "\n"), "en": (", ", ". ", "? ", "\n")}
PIECES = {"zh": re.compile(r"\w{1,4}"), "en": re.compile(r"\w+(?: \w+)?")}
Lines = dict[str, list[str]]


def measure() -> None:
    """Print a table: half of the messages take no longer than the first time, 19 of 20 no longer than the second."""
    guard, touts = load_guard(ROOT / "knowledge")[0], load_touts(ROOT / "knowledge")[0]
    gc.collect()
    gc.freeze()                         # as the bot does when it has started
    print("| milliseconds, p50 / p95 / longest | zh | en |\n| --- | --- | --- |")
    emergencies, others, phrasings, offers = _emergencies(), _others(), _phrasings(False), _offers()
    for name, lines, length in (
        ("emergencies: a phrasing", phrasings, 0),
        ("emergencies: 680 characters of nothing but emergencies", emergencies, 680),
        ("emergencies: 2,000 characters of nothing but emergencies", emergencies, LONG),
        ("emergencies: 2,000 characters of chatter with symptoms, denials and questions", others, LONG),
        ("emergencies: the same in short pieces between marks", others, -LONG),
    ):
        _row(name, lines, length, lambda text: _guarded(guard, text))
    for name, lines, length in (
        ("offers: 80 characters", phrasings, USUAL), ("offers: 600 characters", phrasings, TEXT), ("offers: 600 characters of nothing but offers", offers, TEXT),
    ):
        _row(name, lines, length, lambda text: _searched(touts, text))


def _guarded(guard: Guard, text: str) -> None:
    guard.judge(text)


def _searched(touts: Touts, text: str) -> None:
    normalise.cache_clear()             # a message is normalised once
    touts.judge(text)


def _row(name: str, lines: Lines, length: int, look: Callable[[str], None]) -> None:
    cells = [_times(_messages(lines[language], language, length), look) for language in ("zh", "en")]
    print(f"| {name} | {' | '.join(cells)} |")


def _times(messages: Sequence[str], look: Callable[[str], None]) -> str:
    taken = [min(_once(look, message) for _ in range(LOOKS)) for message in messages]
    taken.sort()
    return f"{taken[len(taken) // 2]:.2f} / {taken[int(0.95 * len(taken))]:.2f} / {taken[-1]:.2f}"


def _once(look: Callable[[str], None], message: str) -> float:
    started = time.process_time()
    look(message)
    return (time.process_time() - started) * 1000


def _messages(lines: Sequence[str], language: str, length: int) -> list[str]:
    """Messages of a length; lines as they are where it is 0, cut into short pieces where it is negative."""
    chosen = random.Random(f"{language} {length}")
    if length == 0:
        return [chosen.choice(lines) for _ in range(5 * COUNT)]
    made = []
    for _ in range(COUNT):
        text = ""
        while len(text) < abs(length):
            line = chosen.choice(lines)
            text += (line if length > 0 else "".join(piece + chosen.choice(JOINS[language]) for piece in PIECES[language].findall(line))) + chosen.choice(JOINS[language])
        made.append(text[: abs(length)])
    return made


# --- lines, by language


def _phrasings(emergencies: bool) -> Lines:
    found: Lines = {"zh": [], "en": []}
    for path in sorted((ROOT / "data" / "nlu").glob("*.yml")):
        for item in yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)["nlu"]:
            if "intent" in item and item["intent"].startswith("emergency") is emergencies:
                found[item["metadata"]["language"]] += [line[2:] for line in item["examples"].splitlines() if line.startswith("- ")]
    return found


def _rows(name: str, label: str) -> Lines:
    with (ROOT / "tests" / "bot" / "guard" / name).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    return {language: [row["text"] for row in rows if row["language"] == language and row["label"] == label] for language in ("zh", "en")}


def _both(one: Lines, other: Lines) -> Lines:
    return {language: one[language] + other[language] for language in one}


def _emergencies() -> Lines:
    return _both(_phrasings(True), _rows("guard_lines.tsv", "emergency"))


def _others() -> Lines:
    """As much of what only sounds like an emergency as of everything else."""
    alike, chosen = _rows("guard_lines.tsv", "none"), random.Random("others")
    return _both(alike, {language: chosen.sample(lines, len(alike[language])) for language, lines in _phrasings(False).items()})


def _offers() -> Lines:
    return _rows("scam_lines.tsv", "offer")
