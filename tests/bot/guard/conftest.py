"""The guard of the real folder, and small folders of rules written by a test."""

from __future__ import annotations

from collections.abc import Callable
from inspect import cleandoc
from pathlib import Path

import pytest

from bot.guard import EmergencyTexts, Guard, load
from bot.knowledge.model import Problem

KNOWLEDGE = Path(__file__).resolve().parents[3] / "knowledge"
Written = Callable[..., tuple[Guard, EmergencyTexts, list[Problem]]]


@pytest.fixture(scope="session")
def guard() -> Guard:
    """The guard as patients meet it."""
    return load(KNOWLEDGE)[0]


@pytest.fixture
def written(tmp_path: Path) -> Written:
    """Loads a folder with one file of signs, and texts if given."""

    def write(signs: str, texts: str = "") -> tuple[Guard, EmergencyTexts, list[Problem]]:
        (tmp_path / "_signs_zh.yml").write_text(cleandoc(signs) + "\n", encoding="utf-8")
        if texts:
            (tmp_path / "_emergency.yml").write_text(cleandoc(texts) + "\n", encoding="utf-8")
        return load(tmp_path)

    return write
