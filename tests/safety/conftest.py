"""Processes of the tests' own that can be broken: a bot, its actions behind a door that hangs or raises, PostgreSQL, Redis.

Everything listens on the loopback address, has a bounded start, and is ended by its own process id.
"""

from __future__ import annotations

import bot.quiet  # noqa: F401  isort: skip

import asyncio
import glob
import http.client
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

import aiohttp
import pytest
from aiohttp import web

from bot import training
from bot.hospital import demo
from bot.settings import ROOT, read
from bot.store.database import Database, engine, migrate
from tests.conftest import NOW, START_SECONDS, free_port

SECRET = "a key that only the tests use"
VAULT_KEY = "dGhpcy1pcy1hLWtleS1mb3ItdGVzdHMtb25seS0wMDA="
REQUEST_SECONDS = 30.0


# --- what a patient gets

@dataclass(frozen=True)
class Answer:
    """What came back, and how long it took.

    Attributes:
        kinds, texts: of the bot's replies, in order.
        statuses: of the replies; REST only.
        titles: of the buttons.
    """

    seconds: float
    kinds: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    statuses: tuple[str | None, ...] = ()
    titles: tuple[str, ...] = ()


def request(url: str, method: str, path: str, body: object = None, headers: dict[str, str] | None = None) -> tuple[float, int, Any, Any]:
    """Seconds, status, body and headers of one request on a connection of its own."""
    raw = body if isinstance(body, bytes) else None if body is None else json.dumps(body, ensure_ascii=False).encode()
    started = time.monotonic()
    connection = http.client.HTTPConnection(urlparse(url).netloc, timeout=REQUEST_SECONDS)
    try:
        connection.request(method, path, raw, {"Content-Type": "application/json", **(headers or {})})
        answer = connection.getresponse()
        data = answer.read()
        return time.monotonic() - started, answer.status, data, answer.headers
    finally:
        connection.close()


class RestPatient:
    """Somebody behind the REST channel."""

    def __init__(self, url: str) -> None:
        self._url, self.sender = url, secrets.token_hex(8)

    def say(self, text: str, **metadata: object) -> Answer:
        """Send a text."""
        body = {"sender": self.sender, "message": text, "metadata": metadata}
        seconds, _, data, _ = request(self._url, "POST", "/webhooks/rest/webhook", body)
        messages = json.loads(data)
        replies = [x["custom"]["reply"] for x in messages if "custom" in x]
        return Answer(seconds, tuple(x["kind"] for x in replies), tuple(x["text"] for x in messages if "text" in x),
                      tuple(x["status"] for x in replies), tuple(b["title"] for x in messages for b in x.get("buttons") or ()))


class WebPatient:
    """Somebody with the chat page open."""

    def __init__(self, url: str, view: str = "private") -> None:
        self._url, self._view = url, view
        cookie = request(url, "GET", "/")[3]["set-cookie"]
        self.headers = {"Cookie": cookie.split(";")[0]}

    def say(self, text: str, **more: object) -> Answer:
        """Send a text."""
        body = {"text": text, "view": self._view, "id": secrets.token_hex(6), **more}
        seconds, _, data, _ = request(self._url, "POST", "/webhooks/web/messages", body, self.headers)
        said = [x for x in json.loads(data).get("messages", ()) if x["author"] == "bot"]
        return Answer(seconds, tuple(x["kind"] for x in said), tuple(x["text"] for x in said), (),
                      tuple(b["title"] for x in said for b in x["buttons"]))


# --- processes

def environment(folder: Path, **more: str) -> dict[str, str]:
    """Of a process whose data folder is this one."""
    (folder / "var").mkdir(parents=True, exist_ok=True)
    return {
        **os.environ, "IVF_GUIDE_VAR": str(folder / "var"), "CLINIC_NOW": NOW, "CHANNEL_REST": "on", "SECRET_KEY": SECRET,
        "VAULT_KEY": VAULT_KEY, "DATABASE_URL": "", "REDIS_URL": "", "EVENT_BROKER_URL": "", "ENV": "", "HOST": "127.0.0.1",
        "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", **more,
    }


@contextmanager
def running(command: list[str], log: Path, env: dict[str, str] | None = None, user: str | None = None) -> Iterator[subprocess.Popen[bytes]]:
    """A process, ended with the block; all it says is in `log`."""
    with log.open("ab") as out:
        process = subprocess.Popen(command, cwd=ROOT if env else log.parent, env=env, stdout=out, stderr=out, user=user)
    try:
        yield process
    finally:
        end(process)


def end(process: subprocess.Popen[bytes], how: signal.Signals = signal.SIGTERM) -> None:
    """Ask a process to end; a stopped one, or one that does not, is killed."""
    if process.poll() is None:
        process.send_signal(how)
        process.send_signal(signal.SIGCONT)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)


def until(true: Callable[[], bool], what: str, seconds: float = START_SECONDS, log: Path | None = None) -> None:
    """Wait for something, not for ever."""
    stop = time.monotonic() + seconds
    while time.monotonic() < stop:
        try:
            if true():
                return
        except (OSError, ValueError, KeyError, IndexError, http.client.HTTPException):
            pass
        time.sleep(0.1)
    raise RuntimeError(f"{what}\n{log.read_text(errors='replace')[-3000:] if log is not None else ''}")


@dataclass(frozen=True)
class Bot:
    """A running bot process."""

    url: str
    folder: Path
    log: Path

    def rest(self) -> RestPatient:
        """A new patient of the REST channel."""
        return RestPatient(self.url)

    def web(self, view: str = "private") -> WebPatient:
        """A new visitor of the chat page."""
        return WebPatient(self.url, view)


@contextmanager
def bot_process(folder: Path, program: tuple[str, ...] = ("-m", "bot"), **more: str) -> Iterator[Bot]:
    """A bot, warmed up by three messages on each channel so that no later one is somebody's first; what they led to is nobody's concern."""
    port, log = free_port(), folder / "bot.log"
    with running([sys.executable, *program], log, environment(folder, PORT=str(port), **more)) as process:
        made = Bot(f"http://127.0.0.1:{port}", folder, log)
        until(lambda: process.poll() is not None or request(made.url, "GET", "/webhooks/rest/")[1] == 200, "the bot did not start", log=log)
        assert process.poll() is None, log.read_text(errors="replace")[-3000:]
        for patient in (made.rest(), made.web()):
            for text in ("你好", "hello there", "取卵后第二天肚子疼得直不起腰"):
                patient.say(text)
        yield made


@contextmanager
def actions_process(folder: Path, program: tuple[str, ...] = ("-m", "bot.serve_actions"), **more: str) -> Iterator[int]:
    """An action server that is starting; yields its port. Whoever needs it waits with `until_actions`: the bot starts meanwhile."""
    port = free_port()
    with running([sys.executable, *program], folder / "actions.log", environment(folder, ACTIONS_PORT=str(port), **more)):
        yield port


def until_actions(folder: Path, port: int) -> None:
    """Wait for the action server."""
    until(lambda: request(f"http://127.0.0.1:{port}", "GET", "/health")[1] == 200, "the actions did not start", log=folder / "actions.log")


@pytest.fixture(scope="session")
def model() -> Path:
    """The folder with the trained model."""
    folder = read().models
    if training.newest(folder) is None:
        subprocess.run([sys.executable, "-m", "bot.training"], cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=True)
    return folder


def prepared(url: str) -> None:
    """Tables and the demonstration's hospital."""
    from datetime import datetime

    migrate(url)
    database = Database(engine(url))
    demo.seed(database, datetime.fromisoformat(NOW), SECRET.encode())
    database.engine.dispose()


# --- what can be broken

class Door:
    """In front of the action server: lets calls through, keeps them waiting, answers 500, or is not there.

    Attributes:
        way: `open`, `hangs` or `raises`.
        waiting: calls that are being kept.
    """

    def __init__(self, behind: int | None) -> None:
        self.port, self.way, self.waiting = free_port(), "open", 0
        self._behind = behind
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="door", daemon=True)
        self._thread.start()
        self._released = asyncio.run_coroutine_threadsafe(self._event(), self._loop).result()
        self._runner: web.AppRunner | None = None
        self.up()

    async def _event(self) -> asyncio.Event:
        return asyncio.Event()

    def up(self) -> None:
        """Listen."""
        self._do(self._up())

    def down(self) -> None:
        """Listen no more, and drop who is connected."""
        self._do(self._down())

    def hang(self) -> None:
        """Keep whoever calls."""
        self.way = "hangs"

    def open(self) -> None:
        """Let through whoever calls; who was kept is sent away."""
        self.way = "open"
        self._do(self._release())

    def close(self) -> None:
        """The end."""
        self.down()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def _do(self, work: Any) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(20)

    async def _up(self) -> None:
        app = web.Application()
        app.router.add_post("/webhook", self._called)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port, reuse_address=True).start()

    async def _down(self) -> None:
        await self._release()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _release(self) -> None:
        self._released.set()
        await asyncio.sleep(0.05)
        self._released.clear()

    async def _called(self, call: web.Request) -> web.Response:
        body = await call.read()
        if self.way == "hangs":
            self.waiting += 1
            try:
                await self._released.wait()
            finally:
                self.waiting -= 1
            return web.json_response({}, status=503)
        if self.way == "raises" or self._behind is None:
            return web.json_response({"error": "raised", "action_name": ""}, status=500)
        async with aiohttp.ClientSession() as session, session.post(
            f"http://127.0.0.1:{self._behind}/webhook", data=body, headers={"Content-Type": "application/json"}
        ) as answer:
            return web.Response(body=await answer.read(), status=answer.status, content_type="application/json")


class Server:
    """A server that can be stopped, started again, and made to hang.

    Args:
        command: starts it in the foreground.
        ready: whether it can be used.
        at_once: the signal that ends it without tidying up.
        user: who runs it.
    """

    def __init__(self, command: list[str], ready: Callable[[], bool], log: Path, at_once: signal.Signals, user: str | None = None) -> None:
        self._command, self._ready, self._log, self._at_once, self._user = command, ready, log, at_once, user
        self.start()

    def start(self) -> None:
        """Start it and wait until it can be used."""
        with self._log.open("ab") as out:
            self._process = subprocess.Popen(self._command, cwd=self._log.parent, stdout=out, stderr=out, user=self._user)
        until(self._ready, f"{self._command[0]} did not start", 60, self._log)

    def stop(self) -> None:
        """As a crash: nothing is said goodbye to."""
        end(self._process, self._at_once)

    def hang(self) -> None:
        """Its connections stay open and new ones are accepted by the kernel, but nothing answers."""
        for pid in self._all():
            os.kill(pid, signal.SIGSTOP)

    def go_on(self) -> None:
        """The opposite of `hang`."""
        for pid in self._all():
            os.kill(pid, signal.SIGCONT)

    def _all(self) -> list[int]:
        """The server's process first, so that no child is born meanwhile, then its children."""
        own = self._process.pid
        children = []
        for status in glob.glob("/proc/[0-9]*/status"):
            try:
                if f"\nPPid:\t{own}\n" in Path(status).read_text():
                    children.append(int(status.split("/")[2]))
            except OSError:
                pass        # it has ended
        return [own, *children]


@contextmanager
def redis_server(folder: Path) -> Iterator[tuple[Server, str]]:
    """A Redis of the tests' own, and its URL."""
    import redis

    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("redis-server is not installed")
    port = free_port()

    def ready() -> bool:
        try:
            with redis.Redis(port=port, socket_timeout=1) as client:
                return bool(client.ping())
        except redis.RedisError:
            return False

    command = [program, "--bind", "127.0.0.1", "--port", str(port), "--save", "", "--dir", str(folder)]
    made = Server(command, ready, folder / "redis.log", signal.SIGKILL)
    try:
        yield made, f"redis://127.0.0.1:{port}/0"
    finally:
        made.stop()


@contextmanager
def postgres_server() -> Iterator[tuple[Server, str]]:
    """A PostgreSQL of the tests' own, and the URL of its database. Stopping it is `pg_ctl stop -m immediate`: SIGQUIT."""
    import psycopg2

    found = sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb")) or [x for x in (shutil.which("initdb"),) if x]
    if not found:
        pytest.skip("PostgreSQL is not installed")
    programs, folder = Path(found[-1]).parent, Path(tempfile.mkdtemp(prefix="ivf-guide-pg-"))
    user = "postgres" if os.geteuid() == 0 else None       # it refuses to run as root
    if user:
        shutil.chown(folder, user)
    port, log = free_port(), folder / "log.txt"
    try:
        subprocess.run([programs / "initdb", "-D", folder / "data", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"],
                       cwd=folder, user=user, check=True, capture_output=True, timeout=120)

        def ready() -> bool:
            try:
                psycopg2.connect(host="127.0.0.1", port=port, user="postgres", dbname="postgres", connect_timeout=2).close()
            except psycopg2.OperationalError:
                return False
            return True

        command = [str(programs / "postgres"), "-D", str(folder / "data"), "-p", str(port), "-k", str(folder), "-c", "listen_addresses=127.0.0.1",
                   "-c", "fsync=off"]
        made = Server(command, ready, log, signal.SIGQUIT, user)
        try:
            yield made, f"postgresql://postgres@127.0.0.1:{port}/postgres"
        finally:
            made.go_on()
            made.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
