"""`make test` runs every test: what is in no folder of either half would be forgotten."""

from __future__ import annotations

import sys

import pytest

from tests import __main__ as halves_of
from tests.__main__ import FOLDER, halves


def test_each_test_is_in_one_half() -> None:
    first, second = halves()
    everywhere = {x.relative_to(FOLDER).parts[0] for x in FOLDER.rglob("test_*.py")}
    assert sorted(first + second) == sorted(everywhere) and first and second


@pytest.mark.parametrize(("codes", "told"), [((0, 0), 0), ((1, 0), 1), ((0, 1), 1), ((0, 5), 5)])
def test_a_failure_in_either_half_is_the_commands(codes: tuple[int, int], told: int, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    ends = dict(zip(map(tuple, halves()), codes))
    monkeypatch.setattr(halves_of, "command", lambda folders, more: [sys.executable, "-c", f"print('said'); raise SystemExit({ends[tuple(folders)]})"])
    assert halves_of.main([]) == told
    assert capfd.readouterr().out.count("said") == 2, "the report of either half is shown"
