"""The command line for those who run the bot."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config

from bot import bootstrap, cli
from bot.store.database import MIGRATIONS


def test_a_wrong_setting_is_one_line_that_names_it(home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    with monkeypatch.context() as wrong:
        wrong.setenv("PORT", "many")
        assert cli.main(["questions"]) == 1
    assert capsys.readouterr().err == "PORT must be a whole number from 1 to 65535\n"


def test_erasures_are_applied_to_a_backup_of_an_older_program_too(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["url"] = bootstrap.settings().database_url
    command.downgrade(config, "0007")
    assert cli.main(["reapply-erasures"]) == 0
    assert capsys.readouterr().out == "0 rows removed\n"
    assert not bootstrap.conversations().ended("anybody")
