"""The bot starts and serves without TensorFlow, and whoever uses what was put off gets it as it is."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import rasa.shared.utils.io

from bot.rasa_parts import lighter
from bot.settings import ROOT

SERVES = """
import bot.__main__, sys
from rasa.shared.utils.common import class_from_module_path
named = class_from_module_path("rasa.graph_components.validators.default_recipe_validator.DefaultV1RecipeValidator")
print("tensorflow" in sys.modules, named.__name__, *sorted(type(sys.modules[x]).__name__ for x in (named.__module__, "rasa.utils.train_utils")))
"""


def test_a_bot_starts_without_tensorflow() -> None:
    done = subprocess.run([sys.executable, "-c", SERVES], cwd=ROOT, env=dict(os.environ), capture_output=True, text=True, timeout=120)
    assert done.stdout.split() == ["False", "DefaultV1RecipeValidator", "Later", "Later"], done.stderr


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A package with two modules of which one reads the other."""
    (tmp_path / "heavy_parts").mkdir()
    (tmp_path / "heavy_parts" / "__init__.py").write_text("")
    (tmp_path / "heavy_parts" / "heavy.py").write_text("import sys\nsys.heavy_was_read = getattr(sys, 'heavy_was_read', 0) + 1\nVALUE = object()\n")
    (tmp_path / "heavy_parts" / "user.py").write_text("import heavy_parts.heavy\ndef use():\n    return heavy_parts.heavy.VALUE\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "heavy_was_read", 0, raising=False)
    yield "heavy_parts"
    for name in [x for x in sys.modules if x.startswith("heavy_parts")]:
        del sys.modules[name]


def test_what_is_put_off_is_read_once_when_something_in_it_is_used(package: str) -> None:
    assert lighter.put_off("heavy_parts.heavy") is not None
    from heavy_parts import heavy, user

    assert sys.heavy_was_read == 0 and not hasattr(heavy, "__path__")
    found = user.use()
    from heavy_parts.heavy import VALUE

    assert found is VALUE is heavy.VALUE and sys.heavy_was_read == 1


def test_who_has_read_a_module_already_keeps_it() -> None:
    before = sys.modules["rasa.shared.utils.io"] = rasa.shared.utils.io
    assert lighter.put_off("rasa.shared.utils.io") is None and sys.modules["rasa.shared.utils.io"] is before
