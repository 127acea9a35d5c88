"""Installs and starts the FHIR server for tests."""

from __future__ import annotations

import atexit
import hashlib
import json
import shutil
import subprocess
import urllib.request
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from bot.hospital.fhir_client import FhirClient, Limits
from bot.hospital.fhir_token import Credentials
from bot.settings import ROOT

HERE = Path(__file__).parent
CLIENT, SECRET = "ivf-guide", "a secret: only for /tests & nothing else"
FILES = ("package.json", "package-lock.json", ".npmrc", "server.mjs")
#: Times that fit a machine on which other tests run too.
PATIENT = Limits(connect=5, call=15, turn=20)


class NoServer(Exception):
    """It cannot run here; the message says what is missing."""


@dataclass
class FhirServer:
    """A running server."""

    port: int

    @property
    def base(self) -> str:
        """Of FHIR."""
        return f"http://127.0.0.1:{self.port}/fhir/R4"

    @property
    def token_url(self) -> str:
        """Of OAuth2."""
        return f"http://127.0.0.1:{self.port}/oauth2/token"

    def client(self, limits: Limits = PATIENT) -> FhirClient:
        """A client of it."""

        return FhirClient(self.base, Credentials(self.token_url, CLIENT, SECRET), limits)

    def fill(self, resources: list[dict[str, Any]]) -> None:
        """Begin anew with these."""
        self._test("fill", resources)

    def put(self, resource: dict[str, Any]) -> dict[str, Any]:
        """What the hospital's own staff would do: change a resource, whatever its version."""
        made: dict[str, Any] = self._test("put", resource)
        return made

    def all(self, kind: str) -> list[dict[str, Any]]:
        """All resources of a kind."""
        made: list[dict[str, Any]] = self._test(kind)
        return made

    def one(self, kind: str, name: str) -> dict[str, Any]:
        """One resource."""
        return next(x for x in self.all(kind) if x["id"] == name)

    def delete(self, kind: str, name: str) -> None:
        """Delete a resource."""
        self._test(f"{kind}/{name}", method="DELETE")

    def asked(self) -> list[str]:
        """The requests since it was filled."""
        made: list[str] = self._test("asked")
        return made

    def forget_tokens(self) -> None:
        """From now on no token counts that was given out."""
        self._test("forget-tokens", {})

    def _test(self, path: str, body: Any = None, method: str | None = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/test/{path}", data, method=method)
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.load(answer)


def installed() -> Path:
    """The folder of the installed server; installed where that has not been done.

    Raises:
        NoServer: node or npm is missing, or the packages cannot be had.
    """
    for tool in ("node", "npm"):
        if shutil.which(tool) is None:
            raise NoServer(f"the FHIR server for tests needs {tool}")
    content = b"".join((HERE / x).read_bytes() for x in FILES[:2])
    folder = ROOT / ".cache" / "fhir_server" / hashlib.sha256(content).hexdigest()[:16]
    folder.mkdir(parents=True, exist_ok=True)
    for name in FILES:
        shutil.copy(HERE / name, folder / name)
    if not (folder / "node_modules" / ".package-lock.json").exists():
        done = subprocess.run(["npm", "ci", "--ignore-scripts"], cwd=folder, capture_output=True, timeout=240)
        if done.returncode:
            raise NoServer("npm could not install the FHIR server for tests: " + done.stderr.decode(errors="replace").strip().splitlines()[-1][:200])
    return folder


@lru_cache(maxsize=1)
def running() -> FhirServer:
    """The running server, started by whoever asks first and ended with this process.

    Raises:
        NoServer: see `installed`.
    """
    process = subprocess.Popen(["node", "server.mjs", CLIENT, SECRET], cwd=installed(), stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    atexit.register(process.kill)
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        raise NoServer(f"the FHIR server for tests ended with {process.wait(10)}")
    return FhirServer(json.loads(line)["port"])
