"""A real bot for the tests that need one: the three processes of the Procfile, on free ports, with a database of their own."""

from __future__ import annotations

import bot.quiet  # noqa: F401  isort: skip
import bot.rasa_parts.lighter  # noqa: F401  isort: skip  (as the bot does)

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bot.settings import ROOT
from bot.store.database import Database, engine, migrate

NOW = "2026-11-22T10:00:00+08:00"      # the moment the labelled messages count from, a Sunday
START_SECONDS = 240                     # a cold start on two busy cores


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class LiveBot:
    """A running bot and how to talk to it."""

    url: str
    database: Database
    knowledge: Path
    secret: bytes
    log: Path

    def say(self, text: str, sender: str = "somebody", **metadata: Any) -> list[dict[str, Any]]:
        """The bot's messages to one text, through the REST channel."""
        return self.post(json.dumps({"sender": sender, "message": text, "metadata": metadata}).encode())

    def post(self, body: bytes) -> Any:
        """Post a raw body; raises urllib's HTTPError for a 4xx."""
        request = urllib.request.Request(f"{self.url}/webhooks/rest/webhook", body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)


def replies(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The payloads of some messages."""
    return [m["custom"]["reply"] for m in messages if "custom" in m]


@pytest.fixture(scope="session")
def running_bot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveBot]:
    """The bot, trained if its model is stale, stopped at the end of the session."""
    import shutil

    folder = tmp_path_factory.mktemp("bot")
    shutil.copytree(ROOT / "knowledge", folder / "knowledge")
    port = free_port()
    environment = {
        **os.environ, "PORT": str(port), "ACTIONS_PORT": str(free_port()), "IVF_GUIDE_VAR": str(folder / "var"),
        "IVF_GUIDE_KNOWLEDGE": str(folder / "knowledge"), "CLINIC_NOW": NOW, "CHANNEL_REST": "on", "TURN_DEADLINE": "20",
        "SECRET_KEY": "a key that only the tests use", "DATABASE_URL": "", "REDIS_URL": "", "PYTHONPATH": str(ROOT),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }
    url = f"sqlite:///{folder / 'var' / 'guide.db'}"
    (folder / "var").mkdir()
    migrate(url)
    log = folder / "log.txt"
    with log.open("wb") as out:
        process = subprocess.Popen([sys.executable, "-m", "bot.launch"], cwd=ROOT, env=environment, stdout=out, stderr=out)
    live = LiveBot(f"http://127.0.0.1:{port}", Database(engine(url)), folder / "knowledge", b"a key that only the tests use", log)
    try:
        _wait(live, process)
        yield live
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()


def _wait(live: LiveBot, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        if process.poll() is not None:
            break
        try:
            if replies(live.say("你好", "warm-up"))[0]["kind"] == "smalltalk":
                return
        except (OSError, IndexError):
            time.sleep(0.5)
    raise RuntimeError(f"the bot did not start:\n{live.log.read_text(errors='replace')[-3000:]}")


@pytest.fixture(scope="session")
def live_bot(running_bot: LiveBot) -> str:
    """The base address of the running bot."""
    return running_bot.url


@pytest.fixture()
def push(running_bot: LiveBot) -> Callable[[list[dict[str, Any]], str], None]:
    """Queue a message for the private conversation that some browser cookies belong to; the desk delivers it."""
    from bot.channels.web import COOKIE, web_key
    from bot.store.outbox import queue

    def send(cookies: list[dict[str, Any]], text: str) -> None:
        value = next(c["value"] for c in cookies if c["name"] == COOKIE)
        key = web_key(running_bot.secret, value.partition(".")[0], "private")
        with running_bot.database.transaction() as session:
            queue(session, "web", key, {"text": text, "kind": "answer", "buttons": [], "at": NOW})
            session.commit()

    return send
