"""The check over the centre's real knowledge folder."""

from __future__ import annotations

from pathlib import Path

from bot.clock import Clock
from bot.knowledge.checks import check
from bot.knowledge.loader import load

FOLDER = Path(__file__).resolve().parents[2] / "knowledge"


def test_the_real_knowledge_has_no_errors() -> None:
    library, problems = load(FOLDER)
    found = [*problems, *check(library, Clock().today())]
    errors = "\n".join(str(problem) for problem in found if problem.severity == "error")
    assert not errors, f"python -m bot.knowledge check\n{errors}"
