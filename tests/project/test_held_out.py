"""No labelled message, nor a near copy of one, is among what the bot was trained on.

The labelled messages are not in the repository: kept are hashes of their character n-grams. Messages of fewer than 8 Chinese characters or
4 words are exempt: anybody says those. `python -m tests.project.test_held_out <folder>` writes the hashes anew.
"""

from __future__ import annotations

import csv
import hashlib
import re
import struct
import sys
from pathlib import Path

import pytest

from bot.knowledge.loader import load
from bot.retrieval.bank import phrasings, questions
from bot.settings import ROOT
from bot.text.normalise import fold

HASHES = Path(__file__).with_name("held_out.bin")
OWN = ROOT / "tests" / "evaluation"
N = 6                   # characters of an n-gram
NEAR = 0.6              # share of a message's n-grams in one phrasing from which it is a near copy
PER_MESSAGE = 400


def grams(text: str) -> set[int]:
    """Hashes of the n-grams of a text, spaces and punctuation left out."""
    plain = re.sub(r"[\W_]+", "", fold(text))
    pieces = {plain[i:i + N] for i in range(len(plain) - N + 1)}
    return {int.from_bytes(hashlib.blake2b(x.encode(), digest_size=4).digest(), "big") for x in pieces}


def exempt(text: str) -> bool:
    """Whether anybody may say this."""
    chinese = len(re.findall(r"[\u4e00-\u9fff]", text))
    return chinese < 8 if chinese else len(text.split()) < 4


def messages(folder: Path) -> list[str]:
    """The labelled messages of a folder that are not exempt."""
    found = []
    for name in ("zh.tsv", "en.tsv"):
        with (folder / name).open(encoding="utf-8", newline="") as file:
            found += [row["text"] for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)]
    return [x for x in found if not exempt(x)]


def kept() -> list[set[int]]:
    """The n-gram hashes of each message of the shared set."""
    data, found, place = HASHES.read_bytes(), [], 0
    while place < len(data):
        (count,) = struct.unpack_from(">H", data, place)
        found.append(set(struct.unpack_from(f">{count}I", data, place + 2)))
        place += 2 + 4 * count
    return found


def near_copies(held: list[set[int]], texts: list[str]) -> list[str]:
    """Texts that hold most n-grams of one held-out message."""
    where: dict[int, list[int]] = {}
    for number, one in enumerate(held):
        for gram in one:
            where.setdefault(gram, []).append(number)
    found = []
    for text in texts:
        hits: dict[int, int] = {}
        for gram in grams(text):
            for number in where.get(gram, ()):
                hits[number] = hits.get(number, 0) + 1
        if any(count >= NEAR * len(held[number]) for number, count in hits.items()):
            found.append(text)
    return found


def trained_on() -> list[str]:
    library, _ = load(ROOT / "knowledge")
    return [s.text for s in (*phrasings(ROOT / "data" / "nlu"), *questions(library))]


def test_there_are_hashes_of_the_shared_set() -> None:
    assert len(kept()) > 250


def test_a_near_copy_would_be_found() -> None:
    held = [grams("报告检验科说早就出来了手机上怎么还没有")]
    assert near_copies(held, ["那个，报告检验科说早就出来了，手机上怎么还没有呀"])
    assert not near_copies(held, ["网上约好了还要去窗口取号吗"])


@pytest.mark.parametrize("held", [pytest.param("shared", id="shared"), pytest.param("own", id="own")])
def test_nothing_held_out_is_trained_on(held: str) -> None:
    rows = kept() if held == "shared" else [grams(x) for x in messages(OWN)]
    assert near_copies(rows, trained_on()) == []


def write(folder: Path) -> None:
    """Keep the hashes of a folder's messages."""
    parts = []
    for text in messages(folder):
        one = sorted(grams(text))[:PER_MESSAGE]
        if one:
            parts.append(struct.pack(f">H{len(one)}I", len(one), *one))
    HASHES.write_bytes(b"".join(parts))


if __name__ == "__main__":
    write(Path(sys.argv[1]))
