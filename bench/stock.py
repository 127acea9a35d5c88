"""The peer: what Rasa gives out of the box, on the same answers, the same messages and the same store, beside our bot.

    python -m bench.stock [--short]

Makes the project of `rasa init` in a temporary folder: its default pipeline and policies with `language: zh` and therefore Jieba for
words, its own examples of small talk, and one retrieval intent with our entries and their sample questions. Each message runs one custom
action that reads and writes our tables (`bench/stock_actions.py`). Then sends the labelled messages to three systems, one after the
other: stock; stock with `bot.rasa_parts.validator`; ours. Prints a table and writes it into `docs/bench.md`. Everything listens on the
loopback address, and nothing outlives the command.

`--short` shows in some minutes that all of it works: 20 messages, 3 epochs, our newest model instead of a new one. Its figures mean
nothing and are not written down.
"""

from __future__ import annotations

import bot.quiet  # noqa: F401  isort: skip  (first: no telemetry)

import argparse
import importlib.util
import os
import platform
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import text as sql

from bench.load import AT_ONCE, Answer, alone, ask, at_once, messages, percentile
from bot import training
from bot.knowledge.library import Library
from bot.knowledge.loader import load
from bot.knowledge.model import LANGUAGES
from bot.launch import EVALUATION_NOW
from bot.settings import ROOT
from bot.store.database import engine, migrate

MOST = 400              # messages of one run
SHORT = 20
EPOCHS, SHORT_EPOCHS = 100, 3
START_SECONDS = 600     # a machine that trains besides needs long to start
STOP_SECONDS = 30
RUN = uuid.uuid4().hex  # in the environment of every process that is started here
WARM_UP = ("你好", "怎么挂号", "where are my reports")
PACKAGES = ROOT / ".cache" / "bench"
PAGE, BEGIN, END = ROOT / "docs" / "bench.md", "<!-- bench -->", "<!-- /bench -->"

#: Intents of `rasa init` and its fallback, with the words of ours that answer them.
SMALLTALK = {
    "greet": "welcome", "goodbye": "goodbye", "affirm": "affirm", "deny": "deny", "mood_great": "glad", "mood_unhappy": "annoyed",
    "bot_challenge": "bot_challenge", "nlu_fallback": "no_answer",
}
FIXED = "from bot.rasa_parts import validator; validator.install(); from rasa.__main__ import main; main()"
FROM_NOTHING = "import sys; from pathlib import Path; from bot import bootstrap, training; bootstrap.VECTORS = Path(sys.argv[1]); training.train()"


@dataclass(frozen=True)
class Trained:
    """Seconds and the largest memory in MB that a training took."""

    seconds: float
    megabytes: float


@dataclass(frozen=True)
class Process:
    """A process to start: what, where, with which environment."""

    command: list[str]
    folder: Path
    environment: dict[str, str]


@dataclass(frozen=True)
class System:
    """One of the compared: its processes and where it listens."""

    name: str
    url: str
    processes: tuple[Process, ...]
    trained: Trained | None = field(default=None)


@dataclass(frozen=True)
class Measured:
    """What came out for one system; `rate` is answers per second at 16 at once, `memory` the MB of all its processes after the load."""

    name: str
    trained: Trained | None
    start: float
    alone: list[Answer]
    together: list[Answer]
    rate: float
    memory: float

    @property
    def lost(self) -> int:
        """Messages without an answer."""
        return sum(not x.good for x in (*self.alone, *self.together))


# --- the stock project ---------------------------------------------------------------------------------------------------------------


def config(epochs: int) -> dict[str, Any]:
    """The defaults that `rasa init` leaves to Rasa 3.6.21, written out, with Jieba where they have `WhitespaceTokenizer`."""
    return {
        "recipe": "default.v1", "assistant_id": "stock", "language": "zh",
        "pipeline": [
            {"name": "JiebaTokenizer"}, {"name": "RegexFeaturizer"}, {"name": "LexicalSyntacticFeaturizer"}, {"name": "CountVectorsFeaturizer"},
            {"name": "CountVectorsFeaturizer", "analyzer": "char_wb", "min_ngram": 1, "max_ngram": 4},
            {"name": "DIETClassifier", "epochs": epochs}, {"name": "EntitySynonymMapper"}, {"name": "ResponseSelector", "epochs": epochs},
            {"name": "FallbackClassifier", "threshold": 0.3, "ambiguity_threshold": 0.1},
        ],
        "policies": [{"name": "MemoizationPolicy"}, {"name": "TEDPolicy", "max_history": 5, "epochs": epochs}, {"name": "RulePolicy"}],
    }


def domain(library: Library) -> dict[str, Any]:
    """One response for each entry and each kind of small talk, Chinese then English."""
    responses = {f"utter_{intent}": [{"text": library.words(key, code)} for code in LANGUAGES] for intent, key in SMALLTALK.items()}
    responses |= {f"utter_ask/{x}": [{"text": library.render(x, code).text} for code in LANGUAGES] for x in library.entries}
    session = {"session_expiration_time": 60, "carry_over_slots_to_new_session": True}
    return {"version": "3.1", "intents": [*SMALLTALK, "ask"], "actions": ["action_answer"], "responses": responses, "session_config": session}


def questions(library: Library) -> dict[str, Any]:
    """The sample questions, in Rasa's form."""
    rows = [
        {"intent": f"ask/{entry.id}", "examples": "".join(f"- {text}\n" for code in LANGUAGES for text in entry.questions.get(code, ()))}
        for entry in library.entries.values()
    ]
    return {"version": "3.1", "nlu": rows}


def conversations() -> dict[str, Any]:
    """A rule for each intent, so that each message runs the action, and stories for the policies that learn from them."""
    answer = {"action": "action_answer"}
    rules = [{"rule": x, "steps": [{"intent": x}, answer]} for x in (*SMALLTALK, "ask")]
    paths = [("greet", "ask", "goodbye"), ("greet", "ask", "ask", "affirm"), ("ask", "deny", "ask", "goodbye"), ("greet", "mood_unhappy", "ask")]
    stories = [{"story": " ".join(path), "steps": [step for x in path for step in ({"intent": x}, answer)]} for path in paths]
    return {"version": "3.1", "rules": rules, "stories": stories}


def write_project(folder: Path, library: Library, epochs: int, actions_port: int) -> None:
    """The project of `rasa init`, with our answers."""
    found = importlib.util.find_spec("rasa")
    assert found is not None and found.origin is not None
    shutil.copytree(Path(found.origin).parent / "cli" / "initial_project", folder)
    for name in ("stories.yml", "rules.yml"):
        (folder / "data" / name).unlink()
    tables = {"type": "SQL", "dialect": "sqlite", "db": str(folder / "tracker.db")}
    written: dict[str, Any] = {
        "config.yml": config(epochs), "domain.yml": domain(library), "data/questions.yml": questions(library), "data/conversations.yml": conversations(),
        "credentials.yml": {"rest": None},
        "endpoints.yml": {"action_endpoint": {"url": f"http://127.0.0.1:{actions_port}/webhook"}, "tracker_store": tables},
    }
    for name, content in written.items():
        (folder / name).write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=10_000), encoding="utf-8")


def tokenizer() -> Path:
    """Jieba, in a folder of its own: our environment does not have it.

    Raises:
        SystemExit: it cannot be installed.
    """
    if not (PACKAGES / "jieba").is_dir():
        uv = ROOT / ".tools" / "bin" / "uv"
        command = [str(uv) if uv.exists() else "uv", "pip", "install", "-q", "--python", sys.executable, "--no-deps", "--no-build-isolation",
                   "--require-hashes", "--target", str(PACKAGES), "-r", str(ROOT / "bench" / "requirements.txt")]
        try:
            subprocess.run(command, check=True)
        except (OSError, subprocess.CalledProcessError):
            raise SystemExit("The stock recipe needs jieba (bench/requirements.txt), and it cannot be installed here.") from None
    return PACKAGES


# --- systems -------------------------------------------------------------------------------------------------------------------------


def free_port() -> int:
    """One that nobody uses at the moment."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def environment(**more: str) -> dict[str, str]:
    """Ours, as it is without settings of a centre: the embedded databases, the in-process lock."""
    kept = {k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "REDIS_URL", "EVENT_BROKER_URL", "ENV", "IVF_GUIDE_KNOWLEDGE")}
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"       # the Procfile says `python`
    return {**kept, "PATH": path, "RASA_TELEMETRY_ENABLED": "false", "PYTHONPATH": str(ROOT), "TF_CPP_MIN_LOG_LEVEL": "3", "BENCH_RUN": RUN, **more}


def train(command: list[str], folder: Path, variables: dict[str, str]) -> Trained:
    """Run a training and measure it.

    Raises:
        SystemExit: it failed; what it printed is shown.
    """
    log, started = folder / "training.log", time.monotonic()
    with log.open("wb") as out, subprocess.Popen(command, cwd=folder, env=variables, stdout=out, stderr=subprocess.STDOUT) as process:
        try:
            _, status, used = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        finally:
            if process.returncode is None:
                process.kill()
    if process.returncode:
        raise SystemExit(f"training failed:\n{log.read_text(encoding='utf-8', errors='replace')[-3000:]}")
    return Trained(time.monotonic() - started, used.ru_maxrss / 1024)


def stock(folder: Path, epochs: int) -> System:
    """The stock project, trained."""
    port, actions = free_port(), free_port()
    library, _ = load(ROOT / "knowledge")
    write_project(folder, library, epochs, actions)
    migrate(_kept(folder))
    variables = environment(PYTHONPATH=f"{ROOT}{os.pathsep}{tokenizer()}", SANIC_HOST="127.0.0.1", BENCH_DATABASE=_kept(folder))
    trained = train([sys.executable, "-m", "rasa", "train", "--fixed-model-name", "stock"], folder, variables)
    run = [sys.executable, "-m", "rasa", "run", "-i", "127.0.0.1", "-p", str(port), "-m", "models/stock.tar.gz"]
    sdk = [sys.executable, "-m", "rasa_sdk", "--actions", "bench.stock_actions", "-p", str(actions)]
    processes = (Process(sdk, folder, variables), Process(run, folder, variables))
    return System("stock recipe", f"http://127.0.0.1:{port}/webhooks/rest/webhook", processes, trained)


def fixed(system: System) -> System:
    """The same, its server started with our check of the actions' answers in place of Rasa's."""
    actions, server = system.processes
    command = [sys.executable, "-c", FIXED, *server.command[server.command.index("run"):]]
    return replace(system, name="stock with our validator fix", processes=(actions, replace(server, command=command)))


def ours(folder: Path, short: bool) -> System:
    """Our bot as `python -m bot.launch` starts it, with a data folder, models and ports of its own."""
    folder.mkdir()
    port, models = free_port(), folder / "models"
    models.mkdir()
    variables = environment(
        PORT=str(port), ACTIONS_PORT=str(free_port()), CHANNEL_REST="on", CLINIC_NOW=EVALUATION_NOW, TURN_DEADLINE="20",
        IVF_GUIDE_VAR=str(folder / "var"), IVF_GUIDE_MODELS=str(models),
    )
    trained = None
    if short:
        _borrow_model(models)
    else:
        trained = train([sys.executable, "-c", FROM_NOTHING, str(folder / "vectors.db")], folder, variables)
    launch = Process([sys.executable, "-m", "bot.launch"], ROOT, variables)
    return System("this bot", f"http://127.0.0.1:{port}/webhooks/rest/webhook", (launch,), trained)


def _borrow_model(models: Path) -> None:
    """The newest model under the name that the launcher looks for, so that it does not train; without one it does."""
    found = training.newest(ROOT / "models")
    if found is not None:
        shutil.copy(found, models / training.NAME.format(training.state(ROOT / "knowledge")))


def _kept(folder: Path) -> str:
    return f"sqlite:///{folder / 'guide.db'}"


# --- measuring -----------------------------------------------------------------------------------------------------------------------


@contextmanager
def serving(system: System, folder: Path) -> Iterator[tuple[list[int], float]]:
    """The system while it runs: the ids of its processes, and the seconds until its first answer.

    Raises:
        SystemExit: it does not answer; the end of its log is shown.
    """
    log, started, running = folder / "serving.log", time.monotonic(), []
    try:
        with log.open("wb") as out:
            for x in system.processes:
                running.append(subprocess.Popen(x.command, cwd=x.folder, env=x.environment, stdout=out, stderr=subprocess.STDOUT))
        while not ask(system.url, WARM_UP[0]).good:
            if time.monotonic() - started > START_SECONDS or any(x.poll() is not None for x in running):
                raise SystemExit(f"{system.name} did not start:\n{log.read_text(encoding='utf-8', errors='replace')[-3000:]}")
            time.sleep(0.5)
        yield [x.pid for x in running], time.monotonic() - started
    finally:
        _stop(running)


def _stop(running: list[subprocess.Popen[bytes]]) -> None:
    """End the processes and what they started, each by its id."""
    below = [pid for x in running if x.poll() is None for pid in family(x.pid) if pid != x.pid]
    for process in running:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
    for process in running:
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    for pid in below:
        if _started_here(pid):
            os.kill(pid, signal.SIGKILL)


def _started_here(pid: int) -> bool:
    """Whether a process is still there and of this run, not a stranger that got the same id."""
    try:
        return f"BENCH_RUN={RUN}".encode() in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return False


def family(pid: int) -> list[int]:
    """A process and all below it (Linux)."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue        # it ended meanwhile
    found = [pid]
    for one in found:
        found += [child for child, parent in parents.items() if parent == one]
    return found


def memory(pids: list[int]) -> float:
    """MB of the processes and all below them; what several share is counted once (PSS)."""
    total = 0
    for pid in (x for root in pids for x in family(root)):
        try:
            rows = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue        # it ended meanwhile
        total += next(int(row.split()[1]) for row in rows if row.startswith("Pss:"))
    return total / 1024


def measure(system: System, folder: Path, most: int) -> Measured:
    """Start, warm up, load, stop. No text reaches a system twice."""
    texts = messages()
    half = min(most, len(texts) // 2)
    with serving(system, folder) as (pids, start):
        for text in WARM_UP:
            ask(system.url, text)
        one = alone(system.url, texts[:half])
        many, rate = at_once(system.url, texts[half:2 * half])
        made = Measured(system.name, system.trained, start, one, many, rate, memory(pids))
    print(f"{made.name}: {made.rate:.1f} messages a second, {made.lost} of {2 * half} without an answer", flush=True)
    return made


def same_work(folder: Path, found: list[Measured]) -> None:
    """The action of the stock project has to have written a row for each answered message, or the comparison is not one.

    Raises:
        SystemExit: it has not.
    """
    with engine(_kept(folder)).connect() as connection:
        rows = connection.execute(sql("SELECT count(*) FROM shown")).scalar_one()
    answered = sum(x.good for one in found for x in (*one.alone, *one.together))
    if rows < answered:
        raise SystemExit(f"the stock action wrote {rows} rows for {answered} answers")


# --- telling -------------------------------------------------------------------------------------------------------------------------


def table(found: list[Measured]) -> str:
    """Markdown, one row for each system."""
    lines = [
        f"| | messages a second, {AT_ONCE} at once | p50 / p99, {AT_ONCE} at once | p50 / p99, alone | without an answer | memory | start | training | memory in training |",
        "| --- |" + " --- |" * 8,
    ]
    for x in found:
        latency = (f"{percentile(some, 0.5):.0f} / {percentile(some, 0.99):.0f} ms" for some in (x.together, x.alone))
        trained = ("–", "–") if x.trained is None else (f"{x.trained.seconds:.0f} s", f"{x.trained.megabytes:.0f} MB")
        lost = f"{x.lost} of {len(x.alone) + len(x.together)}"
        lines.append(f"| {' | '.join((x.name, f'{x.rate:.1f}', *latency, lost, f'{x.memory:.0f} MB', f'{x.start:.0f} s', *trained))} |")
    return "\n".join(lines)


def ratios(plain: Measured, repaired: Measured, own: Measured) -> str:
    """Messages a second against the two kinds of stock; the aims are the project's own."""
    return (f"Messages a second, {AT_ONCE} at once: {own.rate / plain.rate:.2f} × the stock recipe (to reach: 1.5 ×), "
            f"{own.rate / repaired.rate:.2f} × stock with our validator fix (to reach: 1 ×).")


def machine() -> str:
    """Processor, cores, and how busy it was otherwise."""
    info = Path("/proc/cpuinfo").read_text(encoding="utf-8") if Path("/proc/cpuinfo").exists() else ""
    model = next((row.partition(":")[2].strip() for row in info.splitlines() if row.startswith("model name")), platform.machine())
    return f"{model}, {len(os.sched_getaffinity(0))} cores, no GPU; load average when the bench began: {os.getloadavg()[0]:.1f}"


def write(text: str) -> None:
    """Between the markers of `docs/bench.md`."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    PAGE.write_text(f"{before}{BEGIN}\n{text}\n{END}{rest.partition(END)[2]}", encoding="utf-8")


def compare(short: bool = False) -> None:
    """Everything, in turn; figures are written down only if they mean something."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))      # so that what is running is stopped then too
    began, on = time.monotonic(), machine()
    most, epochs = (SHORT, SHORT_EPOCHS) if short else (MOST, EPOCHS)
    with tempfile.TemporaryDirectory(prefix="ivf-guide-bench-") as name:
        folder = Path(name)
        plain = stock(folder / "stock", epochs)
        peers = [measure(x, folder, most) for x in (plain, fixed(plain))]
        same_work(folder / "stock", peers)
        own = measure(ours(folder / "ours", short), folder, most)
    minutes = (time.monotonic() - began) / 60
    text = "\n\n".join((
        f"{date.today().isoformat()}; {on}. `python -m bench.stock{' --short' if short else ''}`, {minutes:.0f} minutes.",
        table([*peers, own]), ratios(*peers, own),
    ))
    print(text)
    if not short:
        write(text)


def main(arguments: list[str] | None = None) -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--short", action="store_true", help="a quick try: few messages, hardly any training, nothing written down")
    compare(parser.parse_args(arguments).short)
    return 0


if __name__ == "__main__":
    sys.exit(main())
