"""Who may import what, read from the syntax trees; and importing does nothing but define."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot.settings import ROOT

FILES = sorted([*(ROOT / "bot").rglob("*.py"), *(ROOT / "actions").rglob("*.py")])
RASA = ("bot.nlu", "bot.channels", "bot.rasa_parts", "bot.knowledge.importer", "bot.__main__", "bot.training", "bot.cli")
SDK = ("actions", "bot.serve_actions")
PURE = ("bot.text", "bot.knowledge", "bot.guard", "bot.privacy", "bot.hospital", "bot.dialogue", "bot.store", "bot.wechat", "bot.wecom")
SERVERS = ("rasa", "rasa_sdk", "sanic")


def name_of(file: Path) -> str:
    return ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def imported(file: Path) -> set[str]:
    """Every module that a file imports, at its top or within a function."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {x.name for x in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: relative import"
            found |= {f"{node.module}.{x.name}" for x in node.names} | {str(node.module)}
    return found


IMPORTS = {name_of(x): imported(x) for x in FILES}


def below(module: str, parents: tuple[str, ...]) -> bool:
    return any(module == x or module.startswith(x + ".") for x in parents)


def users(*packages: str) -> set[str]:
    return {module for module, names in IMPORTS.items() if any(below(x, packages) for x in names)}


def test_only_these_import_rasa() -> None:
    assert {x for x in users("rasa") if not below(x, RASA)} == set()


def test_only_these_import_the_sdk() -> None:
    assert {x for x in users("rasa_sdk") if not below(x, SDK)} == set()


def test_text_knowledge_dialogue_and_store_know_no_server() -> None:
    assert {x for x in users(*SERVERS) if below(x, PURE) and x != "bot.knowledge.importer"} == set()


def closure(module: str) -> set[str]:
    """The project's modules that a module reads, directly or through others."""
    seen, left = set(), [module]
    while left:
        now = left.pop()
        if now in IMPORTS and now not in seen:
            seen.add(now)
            left += IMPORTS[now]
    return seen


@pytest.mark.parametrize("module", [x for x in IMPORTS if below(x, PURE) and x != "bot.knowledge.importer"])
def test_not_through_others_either(module: str) -> None:
    assert {x for x in closure(module) if any(below(y, SERVERS) for y in IMPORTS[x])} == set()


def test_text_is_below_everything() -> None:
    ours = {x for module in IMPORTS if below(module, ("bot.text",)) for x in IMPORTS[module] if below(x, ("bot", "actions"))}
    assert {x for x in ours if not below(x, ("bot.text", "bot.errors"))} == set()


def test_nobody_imports_the_programs_or_the_actions() -> None:
    assert users("actions") <= {x for x in IMPORTS if below(x, ("actions",))}
    assert users("bot.__main__", "bot.launch") == set()


WATCHED = """
import sys, gc
written, connected = [], []
def watch(event, args):
    if event == "open" and isinstance(args[0], (str, bytes)) and isinstance(args[1], str) and set(args[1]) & set("wax+"):
        written.append(str(args[0]))
    elif event in ("os.mkdir", "os.rename"):
        written.append(str(args[0]))
    elif event == "sqlite3.connect":
        connected.append(str(args[0]))
sys.addaudithook(watch)
import importlib
for name in sys.argv[2:]:
    importlib.import_module(name)
from sqlalchemy.engine import Engine
root = sys.argv[1]
print([x for x in written if x.startswith(root) or not x.startswith("/")], connected, [x for x in gc.get_objects() if type(x) is Engine])
"""


def test_importing_creates_no_file_and_no_engine(tmp_path: Path) -> None:
    modules = [x for x in IMPORTS if ".migrations" not in x]      # Alembic runs those
    done = subprocess.run([sys.executable, "-c", WATCHED, str(ROOT), *modules], cwd=tmp_path, capture_output=True, text=True, timeout=300,
                          env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1", "IVF_GUIDE_VAR": str(tmp_path / "var")})
    assert done.stdout.strip().splitlines()[-1:] == ["[] [] []"], done.stdout + done.stderr
    assert list(tmp_path.iterdir()) == []
