"""The command line for those who run the bot."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot import cli


def test_a_wrong_setting_is_one_line_that_names_it(home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    with monkeypatch.context() as wrong:
        wrong.setenv("PORT", "many")
        assert cli.main(["questions"]) == 1
    assert capsys.readouterr().err == "PORT must be a whole number from 1 to 65535\n"
