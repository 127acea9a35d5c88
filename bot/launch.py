"""Everything in one command: `python -m bot.launch`. Prepares what is missing, then runs the Procfile under honcho until Ctrl-C.

`--evaluation` starts a fresh demonstration at the moment the labelled messages count from, and writes `eval-facts.json`.
"""

from __future__ import annotations

import bot.quiet  # noqa: F401  isort: skip  (first: no telemetry)

import argparse
import json
import os
import shutil
import sys
from pathlib import Path

from honcho.environ import parse_procfile
from honcho.manager import Manager
from honcho.printer import Printer

from bot import bootstrap, doctor, training
from bot.errors import GuideError
from bot.hospital import demo
from bot.settings import ROOT, Settings, read
from bot.store.database import migrate

EVALUATION_NOW = "2026-11-22T10:00:00+08:00"


def prepare(settings: Settings) -> None:
    """Tables and a model, where they are missing or old."""
    migrate(settings.database_url)
    doctor.may_start(settings)
    if bootstrap.library().current.hospital.demo and settings.fhir is None:
        demo.seed(bootstrap.database(), bootstrap.clock().now(), settings.secret)
    settings.models.mkdir(parents=True, exist_ok=True)
    if training.stale(settings.models, settings.knowledge):
        training.train()


def supervise(settings: Settings) -> int:
    """Run the processes of the Procfile until one ends or Ctrl-C; returns the exit code."""
    own = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", "")))      # the Procfile's `python` is this one
    environment = {**os.environ, "PYTHONUNBUFFERED": "1", "PATH": own}
    manager = Manager(Printer(sys.stdout))
    for name, command in parse_procfile((ROOT / "Procfile").read_text(encoding="utf-8")).processes.items():
        manager.add_process(name, f"exec {command}", env=environment, cwd=str(ROOT))
    print(f"starting; in a few seconds the chat page is at http://localhost:{settings.port}/  (Ctrl-C stops everything)", flush=True)
    manager.loop()
    return 0 if manager.returncode in (None, -2, -15, 130) else int(manager.returncode)


def evaluation() -> None:
    """A fresh database in a folder of its own, the clock at the labels' moment, and the facts that dialogues refer to."""
    folder = ROOT / "var" / "evaluation"
    shutil.rmtree(folder, ignore_errors=True)
    os.environ.update(CLINIC_NOW=EVALUATION_NOW, CHANNEL_REST="on", IVF_GUIDE_VAR=str(folder))
    Path("eval-facts.json").write_text(json.dumps(demo.facts(), ensure_ascii=False, indent=1), encoding="utf-8")


def main(arguments: list[str] | None = None) -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--evaluation", action="store_true", help="a fresh bot for the labelled sets")
    if parser.parse_args(arguments).evaluation:
        evaluation()
    try:
        settings = read()
        prepare(settings)
    except GuideError as error:
        print(error)
        return 1
    return supervise(settings)


if __name__ == "__main__":
    sys.exit(main())
