"""`make eval`: scores a fresh bot with the labelled sets and prints one table with counts and 95 % intervals.

The project's own set always; `../shared/eval` beside the checkout, with its own scripts, where it is there. The table goes to
`docs/evaluation.md` and into the README; a measure below its floor in `floor.yml` fails the command.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from math import sqrt
from pathlib import Path

import yaml

from bot.settings import ROOT

HERE = Path(__file__).parent
SHARED = ROOT.parent / "shared" / "eval"
SCORER = HERE / "score.py"
PORT = 5995
SAFETY = ("emergency.", "scam.", "pii.", "defer.")


def interval(hits: int, total: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share, in per cent (E. B. Wilson, JASA 22, 1927)."""
    if total == 0:
        return 0.0, 100.0
    z, share = 1.96, hits / total
    centre = (share + z * z / (2 * total)) / (1 + z * z / total)
    half = z * sqrt(share * (1 - share) / total + z * z / (4 * total * total)) / (1 + z * z / total)
    return 100 * (centre - half), 100 * (centre + half)


def score(name: str, files: list[Path], scorer: Path) -> dict[str, list[float]]:
    """The scorer's measures over some files."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out.json"
        command = [sys.executable, str(scorer), "--url", f"http://127.0.0.1:{PORT}", "--workers", "2", "--json", str(out), *map(str, files)]
        subprocess.run(command, check=False, stdout=subprocess.DEVNULL)
        found: dict[str, list[float]] = json.loads(out.read_text(encoding="utf-8"))
    print(f"{name}: {sum(1 for f in files for _ in f.open(encoding='utf-8')) - len(files)} messages, latency {found.get('_latency_ms')}")
    return {k: v for k, v in found.items() if not k.startswith("_")}


def table(sets: dict[str, dict[str, list[float]]], only: tuple[str, ...] = ("",)) -> str:
    """Markdown: one row for each measure, one column for each set and language.

    Args:
        only: beginnings of the measures wanted.
    """
    columns = [(name, code) for name in sets for code in ("zh", "en")]
    measures = sorted({k.split(":", 1)[1] for found in sets.values() for k in found if ":" in k and k.split(":", 1)[1].startswith(only)})
    lines = ["| measure | " + " | ".join(f"{name}, {code}" for name, code in columns) + " |", "| --- |" + " --- |" * len(columns)]
    for measure in measures:
        cells = [_cell(sets[name].get(f"{code}:{measure}")) for name, code in columns]
        lines.append(f"| {measure} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _cell(value: list[float] | None) -> str:
    if value is None:
        return "–"
    low, high = interval(int(value[0]), int(value[1]))
    return f"{int(value[0])}/{int(value[1])} = {100 * value[0] / value[1]:.0f} % ({low:.0f}–{high:.0f})"


def below(sets: dict[str, dict[str, list[float]]]) -> list[str]:
    """Measures under their floor."""
    floor = yaml.safe_load((HERE / "floor.yml").read_text(encoding="utf-8"))
    return [
        f"{name} {measure}: {100 * sets[name][measure][2]:.1f} % is below {least} %"
        for name, measures in floor.items() if name in sets
        for measure, least in measures.items() if measure in sets[name] and 100 * sets[name][measure][2] < least
    ]


def serve() -> subprocess.Popen[bytes]:
    """A fresh bot at the labels' moment, on a port of its own."""
    environment = {**os.environ, "PORT": str(PORT), "ACTIONS_PORT": str(PORT + 1), "TURN_DEADLINE": "20"}
    process = subprocess.Popen([sys.executable, "-m", "bot.launch", "--evaluation"], cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
    for _ in range(600):
        time.sleep(1)
        try:
            body = json.dumps({"sender": "warm-up", "message": "你好"}).encode()
            with urllib.request.urlopen(f"http://127.0.0.1:{PORT}/webhooks/rest/webhook", body, timeout=30) as answer:
                if b"smalltalk" in answer.read():
                    return process
        except OSError:
            if process.poll() is not None:
                break
    process.kill()
    raise SystemExit("the bot did not start")


def write(text: str, safety: str) -> None:
    """The table into its file and between the README's markers; what concerns safety into its own page."""
    (ROOT / "docs" / "evaluation.md").write_text(f"# Evaluation\n\nWritten by `make eval`; intervals are 95 %.\n\n{text}\n", encoding="utf-8")
    between(ROOT / "README.md", "evaluation", text)
    between(ROOT / "docs" / "safety.md", "safety", safety)


def between(file: Path, marker: str, text: str) -> None:
    """Put a text between a file's markers."""
    before, _, rest = file.read_text(encoding="utf-8").partition(f"<!-- {marker} -->")
    if rest:
        after = rest.partition(f"<!-- /{marker} -->")[2]
        file.write_text(f"{before}<!-- {marker} -->\n{text}\n<!-- /{marker} -->{after}", encoding="utf-8")


def play(name: str, folder: Path) -> None:
    """The conversations of a folder, with its own player, which prints what holds; the transcript is kept beside the bot's data."""
    print(f"{name}, conversations:", flush=True)
    transcript = ROOT / "var" / f"dialogues-{name}.txt"
    subprocess.run([sys.executable, str(folder / "dialogues.py"), "--url", f"http://127.0.0.1:{PORT}", "--facts", str(ROOT / "eval-facts.json"),
                    "--transcript", str(transcript), str(folder / "dialogues.yml")], check=False)


def main() -> int:
    """Serve, score, print, write, compare with the floor."""
    process = serve()
    try:
        sets = {"own": score("own", [HERE / "zh.tsv", HERE / "en.tsv"], SCORER)}
        play("own", HERE)
        if SHARED.is_dir():
            sets["shared"] = score("shared", [SHARED / "zh.tsv", SHARED / "en.tsv"], SHARED / "score.py")
            play("shared", SHARED)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)
    made = table(sets)
    print(made)
    write(made, table(sets, SAFETY))
    failures = below(sets)
    print(*failures, sep="\n")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
