"""Nothing leaves the hospital: telemetry is off before anything of Rasa is read."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot.settings import ROOT

ENTRY_POINTS = ["bot/__main__.py", "bot/launch.py", "bot/serve_actions.py", "bot/training.py", "bot/desk/__main__.py", "bot/cli.py"]


def test_telemetry_is_off_whatever_the_environment_says() -> None:
    code = "import bot.quiet; from rasa import telemetry; print(telemetry.is_telemetry_enabled())"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env={**os.environ, "RASA_TELEMETRY_ENABLED": "true"},
                          capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == "False", done.stderr


@pytest.mark.parametrize("file", ENTRY_POINTS)
def test_every_entry_point_is_quiet_first(file: str) -> None:
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    imports = [x for x in tree.body if isinstance(x, ast.Import | ast.ImportFrom) and getattr(x, "module", "") != "__future__"]
    assert isinstance(imports[0], ast.Import) and imports[0].names[0].name == "bot.quiet"


def test_no_entry_point_is_forgotten() -> None:
    """Whoever starts as a program and reads Rasa, directly or through the bot's own modules that do, stands in the list."""
    found = {str(x.relative_to(ROOT)) for x in Path(ROOT / "bot").rglob("*.py") if '__name__ == "__main__"' in x.read_text(encoding="utf-8")}
    assert set(ENTRY_POINTS) <= found
    for other in found - set(ENTRY_POINTS):
        assert "rasa" not in (ROOT / other).read_text(encoding="utf-8"), other


def test_tensorflow_is_loaded_by_those_who_use_it_only() -> None:
    """It costs 4 s and 250 MB: spaCy reads it only to see whether it is there."""
    code = ("import sys, bot.quiet, bot.serve_actions, actions._turn, bot.desk.__main__; print('tensorflow' in sys.modules); "
            "import importlib.util; print(importlib.util.find_spec('tensorflow') is not None)")
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=dict(os.environ), capture_output=True, text=True, timeout=60)
    assert done.stdout.split() == ["False", "True"], done.stderr
