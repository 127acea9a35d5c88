"""`make bench`: how fast the bot answers, trains and takes up an edit, on this machine, and then the same beside Rasa's stock recipe.

    python -m bench [guard] [reply] [edit] [train] [stock]

`guard` is how long the rules take for a message; `train` moves the vector cache aside for the run "from nothing"; `stock` is `python -m bench.stock`. Targets: `docs/bench.md`.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
import urllib.request
import uuid

from bench import guard, stock
from bench.load import alone, at_once, messages, spread
from bot.bootstrap import VECTORS
from bot.settings import ROOT
from tests.evaluation.run import PORT, serve

URL = f"http://127.0.0.1:{PORT}/webhooks/rest/webhook"


def reply() -> None:
    """Alone, then 16 at once; no text twice within a run, and the second run has texts the first did not warm."""
    texts = messages()
    half = len(texts) // 2
    print(f"alone, {half} messages: {spread(alone(URL, texts[:half]))}   (to reach: 40 / 80 ms)")
    answers, rate = at_once(URL, texts[half:])
    print(f"16 at once, {len(answers)} messages: {spread(answers)}, {rate:.1f} a second   (to reach: p99 500 ms)")


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
    wanted = wanted or ["guard", "reply", "edit", "train", "stock"]
    if "guard" in wanted:
        guard.measure()
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
    if "stock" in wanted:
        stock.compare()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
