"""The messages every bench sends, and how their answers are timed."""

from __future__ import annotations

import concurrent.futures
import csv
import json
import random
import time
import urllib.request
import uuid
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any

from tests.evaluation.run import HERE, SHARED

AT_ONCE = 16
PATIENCE = 60.0     # seconds until a message counts as lost


def messages() -> list[str]:
    """The labelled messages, shuffled, no text twice."""
    texts = set()
    for folder in (HERE, SHARED):
        for file in folder.glob("*.tsv"):
            if file.name != "tests.tsv":
                with file.open(encoding="utf-8", newline="") as rows:
                    texts |= {row["text"] for row in csv.DictReader(rows, delimiter="\t", quoting=csv.QUOTE_NONE)}
    found = sorted(texts)
    random.Random(7).shuffle(found)
    return found


@dataclass(frozen=True)
class Answer:
    """What came back for one message: after how many seconds, and whether it says anything."""

    seconds: float
    good: bool


def ask(url: str, text: str) -> Answer:
    """Send one message of a new patient over a REST channel."""
    body = json.dumps({"sender": uuid.uuid4().hex, "message": text}).encode()
    started = time.perf_counter()
    try:
        with urllib.request.urlopen(url, body, timeout=PATIENCE) as answer:
            good = _says_something(json.loads(answer.read()))
    except (OSError, HTTPException, ValueError):
        good = False
    return Answer(time.perf_counter() - started, good)


def _says_something(replies: list[dict[str, Any]]) -> bool:
    """Whether there is a text and none of the replies is our own `failed`; an exception inside Rasa shows as an empty list."""
    kinds = [x["custom"].get("reply", {}).get("kind") for x in replies if "custom" in x]
    return any(x.get("text") for x in replies) and "failed" not in kinds


def alone(url: str, texts: list[str]) -> list[Answer]:
    """One after the other."""
    return [ask(url, text) for text in texts]


def at_once(url: str, texts: list[str]) -> tuple[list[Answer], float]:
    """Sixteen patients at any time; the answers, and how many of them came in a second."""
    started = time.perf_counter()
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        found = list(pool.map(lambda text: ask(url, text), texts))
    return found, len(found) / (time.perf_counter() - started)


def percentile(found: list[Answer], share: float) -> float:
    """Milliseconds within which that share of the answers came."""
    ordered = sorted(x.seconds for x in found)
    return 1000 * ordered[min(int(len(ordered) * share), len(ordered) - 1)]


def spread(found: list[Answer]) -> str:
    """Median and 99th percentile, and what was lost."""
    lost = sum(not x.good for x in found)
    return f"p50 {percentile(found, 0.5):.0f} ms, p99 {percentile(found, 0.99):.0f} ms" + (f", {lost} without an answer" if lost else "")
