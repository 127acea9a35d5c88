"""What is not ours comes with its licence."""

from __future__ import annotations

import re
from pathlib import Path

STATIC = Path(__file__).resolve().parents[2] / "bot" / "channels" / "static"


def test_weui_comes_with_its_licence() -> None:
    assert "WeUI" in (STATIC / "weui.min.css").read_text(encoding="utf-8")[:300]
    licence = (STATIC / "weui-LICENSE.txt").read_text(encoding="utf-8")
    assert "MIT License" in licence and "Tencent" in licence and "Permission is hereby granted" in licence


def test_nothing_foreign_lies_there_without_one_and_nothing_is_fetched_from_elsewhere() -> None:
    assert {x.name for x in STATIC.iterdir() if ".min." in x.name} == {"weui.min.css"}
    for file in (*STATIC.glob("*.html"), *STATIC.glob("*.js")):
        assert not re.search(r"""(?:src|href|import|fetch)\W{1,3}(?:https?:)?//""", file.read_text(encoding="utf-8")), file.name
