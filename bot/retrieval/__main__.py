"""`python -m bot.retrieval calibrate | check`: find the thresholds, or look for phrasings that stand too close to another entry's."""

from __future__ import annotations

import bot.quiet  # noqa: F401  isort: skip

import sys

from bot import bootstrap
from bot.knowledge.checks import near_duplicates
from bot.retrieval.bank import phrasings, questions
from bot.retrieval.calibrate import calibrate
from bot.retrieval.training import prepared
from bot.settings import ROOT

TOO_CLOSE = 0.995       # cosine; phrasings of two entries this near cannot be told apart


def check() -> int:
    """Print the phrasings that nearly repeat one of another entry; 1 if there are any."""
    samples = prepared([*phrasings(ROOT / "data" / "nlu"), *questions(bootstrap.library().current)])
    asked = [s for s in samples if s.label.startswith("ask/")]
    vectors = bootstrap.embedder().vectors([s.text for s in asked])
    problems = near_duplicates([(s.label[4:], s.text) for s in asked], vectors, TOO_CLOSE)
    for problem in problems:
        print(problem)
    print(f"{len(samples)} phrasings, {len(problems)} too close to another entry's")
    return 1 if problems else 0


def main(arguments: list[str]) -> int:
    """Command line."""
    if arguments == ["check"]:
        return check()
    if arguments == ["calibrate"]:
        samples = [*phrasings(ROOT / "data" / "nlu"), *questions(bootstrap.library().current)]
        for name, value in calibrate(samples, bootstrap.embedder()).items():
            print(f"{name:16} {value:.4g}")
        return 0
    print(__doc__)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
