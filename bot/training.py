"""Train when the model is missing or older than what it was trained from: `python -m bot.training [--if-stale]`."""

from __future__ import annotations

import bot.quiet  # noqa: F401  isort: skip  (first: no telemetry)

import argparse
import hashlib
import logging
import sys
import time
from pathlib import Path

from bot import logs
from bot.knowledge.loader import load
from bot.settings import ROOT, read

NAME = "guide-{}.tar.gz"
KEPT_MODELS = 2


def newest(folder: Path) -> Path | None:
    """The model trained last; None if there is none."""
    found = sorted(folder.glob("guide-*.tar.gz"), key=lambda x: x.stat().st_mtime)
    return found[-1] if found else None


def state(knowledge: Path) -> str:
    """A hash of everything a model is trained from: phrasings, rules, domain, configuration, our features, sample questions.

    An edited answer changes nothing here; a new question does, and until the next training it competes by its vector.
    """
    files = [ROOT / "config.yml", ROOT / "domain.yml", *sorted((ROOT / "data").rglob("*.yml"))]
    for folder in ("bot/text", "bot/retrieval", "bot/nlu"):
        files += sorted(x for x in (ROOT / folder).iterdir() if x.suffix in (".py", ".yml"))
    library, _ = load(knowledge)
    digest = hashlib.sha256(repr([(x.id, x.questions) for x in library.entries.values()]).encode())
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def stale(folder: Path, knowledge: Path) -> bool:
    """Whether the model that would be loaded, the one trained last, is not of the present state."""
    return newest(folder) != folder / NAME.format(state(knowledge))


def train() -> Path:
    """Train a model of the present state and tidy away all but the last two.

    Raises:
        SystemExit: the training failed; what Rasa printed says why.
    """
    from rasa.model_training import train as rasa_train

    logs.install(logging.WARNING)
    logging.getLogger("bot").setLevel(logging.INFO)       # progress
    settings, started = read(), time.monotonic()
    target = NAME.format(state(settings.knowledge))
    print(f"training {target} (some minutes the first time, later one or two) …", flush=True)
    result = rasa_train(
        domain=str(ROOT / "domain.yml"), config=str(ROOT / "config.yml"), training_files=[str(ROOT / "data")],
        output=str(settings.models), fixed_model_name=f"part-{target}", force_training=False,
    )
    if result.model is None:
        raise SystemExit(f"training failed (code {result.code})")
    made = settings.models / target
    Path(result.model).replace(made)        # only a finished model has the name that the bot looks for
    for old in sorted(settings.models.glob("guide-*.tar.gz"), key=lambda x: x.stat().st_mtime)[:-KEPT_MODELS]:
        old.unlink()
    print(f"trained in {time.monotonic() - started:.0f} s", flush=True)
    return made


def main(arguments: list[str] | None = None) -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--if-stale", action="store_true", help="only when the model is missing or older than its sources")
    given = parser.parse_args(arguments)
    settings = read()
    settings.models.mkdir(parents=True, exist_ok=True)
    if given.if_stale and not stale(settings.models, settings.knowledge):
        return 0
    train()
    return 0


if __name__ == "__main__":
    sys.exit(main())
