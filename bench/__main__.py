"""`make bench`: how fast the bot answers, trains and takes up an edit, on this machine.

    python -m bench [reply] [edit] [train]

`train` moves the vector cache aside for the run "from nothing". Targets: design, section 6.
"""

from __future__ import annotations

import concurrent.futures
import csv
import json
import random
import signal
import subprocess
import sys
import time
import urllib.request
import uuid

from bot.bootstrap import VECTORS
from bot.settings import ROOT
from tests.evaluation.run import HERE, PORT, SHARED, serve

URL = f"http://127.0.0.1:{PORT}/webhooks/rest/webhook"


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


def ask(text: str) -> float:
    """Seconds until the answer to one message of a new patient."""
    body = json.dumps({"sender": uuid.uuid4().hex, "message": text}).encode()
    started = time.perf_counter()
    with urllib.request.urlopen(URL, body, timeout=60) as answer:
        answer.read()
    return time.perf_counter() - started


def spread(times: list[float]) -> str:
    """Median and 99th percentile in milliseconds."""
    ordered = sorted(times)
    return f"p50 {1000 * ordered[len(ordered) // 2]:.0f} ms, p99 {1000 * ordered[int(len(ordered) * 0.99)]:.0f} ms"


def reply() -> None:
    """Alone, then 16 at once; no text twice within a run, and the second run has texts the first did not warm."""
    texts = messages()
    half = len(texts) // 2
    print(f"alone, {half} messages: {spread([ask(x) for x in texts[:half]])}   (to reach: 40 / 80 ms)")
    started = time.perf_counter()
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        times = list(pool.map(ask, texts[half:]))
    rate = len(times) / (time.perf_counter() - started)
    print(f"16 at once, {len(times)} messages: {spread(times)}, {rate:.1f} a second   (to reach: p99 500 ms)")


def edit() -> None:
    """From saving a changed answer to the first reply that has it."""
    file = ROOT / "knowledge" / "faq.yml"
    before = file.read_text(encoding="utf-8")
    marker = f"（{uuid.uuid4().hex[:6]}）"
    lines = before.splitlines()
    entry = lines.index("- id: faq.cycle-group-safety")
    lines[next(i for i in range(entry, len(lines)) if lines[i].strip() == "answer:") + 2] += marker
    try:
        file.write_text("\n".join(lines) + "\n", encoding="utf-8")
        started = time.perf_counter()
        while True:
            body = json.dumps({"sender": uuid.uuid4().hex, "message": "周期群安全吗"}).encode()
            with urllib.request.urlopen(URL, body, timeout=60) as answer:
                if marker in answer.read().decode():
                    break
            time.sleep(0.05)
    finally:
        file.write_text(before, encoding="utf-8")
    print(f"edit to live: {time.perf_counter() - started:.1f} s   (to reach: 2 s)")


def train() -> None:
    """From nothing, then with the vectors of before."""
    aside = VECTORS.with_suffix(".aside")
    if VECTORS.exists():
        VECTORS.rename(aside)
    try:
        for name, goal in (("from nothing", "120 s for 6,000 phrasings"), ("after a change", "15 s")):
            started = time.perf_counter()
            subprocess.run([sys.executable, "-m", "bot.training"], cwd=ROOT, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            print(f"training {name}: {time.perf_counter() - started:.0f} s   (to reach: {goal})")
    finally:
        if aside.exists():
            aside.replace(VECTORS)


def main(wanted: list[str]) -> int:
    """Run what is named, or everything."""
    wanted = wanted or ["reply", "edit", "train"]
    if {"reply", "edit"} & set(wanted):
        process = serve()
        try:
            for name in ("reply", "edit"):
                if name in wanted:
                    {"reply": reply, "edit": edit}[name]()
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(30)
    if "train" in wanted:
        train()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
