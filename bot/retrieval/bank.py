"""The phrasings of `data/nlu/` and the library's questions, without Rasa."""

from __future__ import annotations

from pathlib import Path

import yaml

from bot.knowledge.library import Library
from bot.retrieval.scorer import Sample


def phrasings(folder: Path) -> list[Sample]:
    """All examples of the folder, in the order of the files."""
    found = []
    for file in sorted(folder.glob("*.yml")):
        for block in yaml.safe_load(file.read_text(encoding="utf-8"))["nlu"]:
            voice = block["metadata"]["voice"]
            found += [Sample(line[2:].strip(), block["intent"], voice) for line in block["examples"].splitlines()]
    return found


def questions(library: Library) -> list[Sample]:
    """The sample questions, as the voice `knowledge`."""
    return [Sample(text, f"ask/{entry.id}", "knowledge")
            for entry in library.entries.values() for texts in entry.questions.values() for text in texts]
