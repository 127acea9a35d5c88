"""`python -m bot.knowledge check [folder]` for staff and CI, and `python -m bot.knowledge schema` for editors."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from bot.clock import Clock
from bot.knowledge.checks import check
from bot.knowledge.loader import load
from bot.knowledge.schema import json_schema

FOLDER = Path(__file__).resolve().parents[2] / "knowledge"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; the exit status is 1 if the check found errors."""
    parser = argparse.ArgumentParser(prog="python -m bot.knowledge")
    commands = parser.add_subparsers(dest="command", required=True)
    checking = commands.add_parser("check", help="tell everything that is wrong with a folder of knowledge files")
    checking.add_argument("folder", nargs="?", type=Path, default=FOLDER)
    commands.add_parser("schema", help="print the JSON Schema of a topic file")
    options = parser.parse_args(arguments)
    if options.command == "schema":
        print(json.dumps(json_schema(), ensure_ascii=False, indent=2))
        return 0
    return report(options.folder, Clock().today())


def report(folder: Path, today: date) -> int:
    """Print the problems of a folder, and how many; 1 if there are errors."""
    library, problems = load(folder)
    problems += check(library, today)
    for problem in problems:
        print(problem)
    errors = sum(problem.severity == "error" for problem in problems)
    print(f"{len(library.entries)} entries, {errors} errors, {len(problems) - errors} warnings")
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
