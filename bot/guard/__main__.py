"""`python -m bot.guard check [folder]` for staff and CI, and `python -m bot.guard try "text"` to see why."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from bot.guard.checks import failing_examples, failing_replies, failing_texts
from bot.guard.guard import Guard
from bot.guard.loader import TEXT_FILE, load, unreadable

FOLDER = Path(os.environ.get("IVF_GUIDE_KNOWLEDGE") or Path(__file__).resolve().parents[2] / "knowledge")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; the exit status is 1 if the check found errors, or the tried text is no emergency."""
    parser = argparse.ArgumentParser(prog="python -m bot.guard")
    commands = parser.add_subparsers(dest="command", required=True)
    checking = commands.add_parser("check", help="tell everything that is wrong with the emergency files, examples included")
    checking.add_argument("folder", nargs="?", type=Path, default=FOLDER)
    trying = commands.add_parser("try", help="show what a message is taken for")
    trying.add_argument("text")
    trying.add_argument("--folder", type=Path, default=FOLDER)
    options = parser.parse_args(arguments)
    return report(options.folder) if options.command == "check" else explain(options.text, options.folder)


def report(folder: Path) -> int:
    """Print the problems of the emergency files of a folder, and how many; 1 if there are errors."""
    if broken := unreadable(folder):
        print(*broken, "The rest is looked at when these files can be read.", sep="\n")
        return 1
    guard, texts, problems = load(folder)
    problems += failing_examples(guard) + failing_replies(texts, TEXT_FILE) + failing_texts(texts, folder)
    for problem in problems:
        print(problem)
    errors = sum(problem.severity == "error" for problem in problems)
    examples = sum(len(sign.yes) + len(sign.maybe) + len(sign.no) for sign in guard.rules.signs)
    print(f"{len(guard.rules.signs)} signs, {len(guard.rules.terms)} terms, {examples} examples, {len(texts.texts)} texts, "
          f"{errors} errors, {len(problems) - errors} warnings")
    return 1 if errors else 0


def explain(text: str, folder: Path) -> int:
    """Print what the guard makes of a text, and from what; 1 if it is no emergency."""
    guard, texts, _ = load(folder)
    folded = guard.fold(text)
    print(f"folded   {_with_breaks(guard, text)}")
    for place in guard.found(folded):
        print(f"  {place.name:<18} {folded.text[place.start : place.end]}")
    reading = guard.read(text)
    for place in reading.complaints.all:
        print(f"complaint {place.name:<17} {reading.folded.text[place.start : place.end]:<12} {reading.verdict(place)}")
    alarms = list(guard.alarms(text))
    for alarm in alarms:
        print(f"ALARM    {alarm.group} / {alarm.sign}{'' if alarm.certain else ' (unclear: the patient is asked)'}")
    print("no emergency" if not alarms else f"→ {guard.look(text)}")
    print(f"in an episode: {texts.episode_reply(text)}")
    return 0 if alarms else 1


def _with_breaks(guard: Guard, text: str) -> str:
    folded, shown = guard.fold(text), ""
    for index, char in enumerate(folded.text):
        shown += ("", "·", ",", "。")[folded.break_at(index)] + char
    return shown


if __name__ == "__main__":
    sys.exit(main())
