"""Real bot processes behind the platform's side: one or several of `python -m bot`, the actions, the desk, on a database of their own."""

from __future__ import annotations

import http.client
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, TypeVar

from tests.conftest import free_port
from tests.platform.official_account import OfficialAccount
from tests.platform.wecom import BOT_PATH, WeCom
from tests.safety.conftest import end, environment, prepared, request, running, until

PATH = "/webhooks/wechat/callback"
Platform = TypeVar("Platform", OfficialAccount, WeCom)


@dataclass
class Bots(Generic[Platform]):
    """Running processes.

    Attributes:
        bots: by port.
    """

    platform: Platform
    folder: Path
    env: dict[str, str]
    stack: ExitStack
    bots: dict[int, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def path(self) -> str:
        """Where the platform pushes to."""
        return BOT_PATH if isinstance(self.platform, WeCom) else PATH

    @property
    def log(self) -> Path:
        """What all of them say."""
        return self.folder / "bot.log"

    def start(self, *ports: int) -> None:
        """Bots on these ports, new ones or again; returns when all answer."""
        for port in ports:
            env = {**self.env, "PORT": str(port)}
            self.bots[port] = self.stack.enter_context(running([sys.executable, "-m", "bot"], self.log, env))
        for port in ports:
            until(lambda: self._answers(port), "the bot did not start", log=self.log)       # noqa: B023  called at once
        self.platform.callbacks = [f"http://127.0.0.1:{x}{self.path}" for x in self.bots]
        self.platform.callback = self.platform.callbacks[0]

    def kill(self, port: int) -> None:
        """As a crash, kill -9: its address stays in use by the platform."""
        self.bots[port].kill()
        self.bots[port].wait(10)

    def _answers(self, port: int) -> bool:
        if self.bots[port].poll() is not None:
            raise RuntimeError(self.log.read_text(errors="replace")[-3000:])
        try:
            return request(f"http://127.0.0.1:{port}", "GET", self.path)[1] == 403
        except (OSError, http.client.HTTPException):
            return False


@contextmanager
def bots(folder: Path, platform: Platform, count: int = 1, actions: bool = True, desk: bool = False, **more: str) -> Iterator[Bots[Platform]]:
    """Start everything, end everything."""
    (folder / "var").mkdir(parents=True, exist_ok=True)
    port = free_port()
    env = environment(folder, **{"ACTIONS_PORT": str(port), **platform.environment(), **more})
    prepared(env["DATABASE_URL"] or f"sqlite:///{folder / 'var' / 'guide.db'}")
    with ExitStack() as stack:
        made = Bots(platform, folder, env, stack)
        if actions:
            stack.enter_context(running([sys.executable, "-m", "bot.serve_actions"], folder / "actions.log", env))
        if desk:
            stack.enter_context(running([sys.executable, "-m", "bot.desk"], folder / "desk.log", env))
        made.start(*(free_port() for _ in range(count)))
        if actions:
            until(lambda: request(f"http://127.0.0.1:{port}", "GET", "/health")[1] == 200, "the actions did not start", log=folder / "actions.log")
        yield made
        for process in made.bots.values():
            end(process)
