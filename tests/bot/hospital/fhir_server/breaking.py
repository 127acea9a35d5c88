"""Stands between the bot and the FHIR server and does to it what happens to servers: it goes down, loses answers, passes over what it does not know."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qsl, urlencode

import aiohttp
from aiohttp import web
from yarl import URL

#: Called with method and path of a request; whether the rule holds for it.
Rule = Callable[[str, str], bool]


class Breaking:
    """What goes wrong.

    Attributes:
        down: whether nothing is answered.
        dies_before, dies_after: at the first request that fits, the server goes down: before it sees it, or before its answer is on the way.
        ignores: parameters of a search that it does not know.
        forgetful: whether it has neither versions nor conditional creates.
        seen: requests that came.
    """

    def __init__(self, origin: str) -> None:
        self._origin = origin
        self.down = False
        self.dies_before: Rule | None = None
        self.dies_after: Rule | None = None
        self.ignores: set[str] = set()
        self.versions = self.conditional = True
        self.seen: list[str] = []
        self.base = ""

    def heal(self) -> None:
        """Up again, and nothing goes wrong any more."""
        self.down, self.dies_before, self.dies_after = False, None, None

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """One request."""
        path, body = request.path_qs, await request.read()
        if self.down or self.dies_before is not None and self.dies_before(request.method, path):
            self.down = True
            return self._hang_up(request)
        self.seen.append(f"{request.method} {path}")
        drop = {"host", "content-length", *(() if self.conditional else ("if-none-exist",))}
        headers = {k: v for k, v in request.headers.items() if k.lower() not in drop}
        headers["Host"] = request.headers["Host"]
        path, body = self._without(path, body)
        async with aiohttp.ClientSession() as session, session.request(
                request.method, URL(self._origin + path, encoded=True), data=body or None, headers=headers) as answer:
            text, status, kind = await answer.read(), answer.status, answer.headers["Content-Type"]
            tag = {"ETag": answer.headers["ETag"]} if "ETag" in answer.headers and self.versions else {}
        if self.dies_after is not None and self.dies_after(request.method, path):
            self.down = True
            return self._hang_up(request)
        return web.Response(body=text if self.versions else _unversioned(text), status=status, headers={"Content-Type": kind, **tag})

    def _without(self, path: str, body: bytes) -> tuple[str, bytes]:
        if not self.ignores:
            return path, body
        start, _, query = path.partition("?")
        kept = urlencode([(k, v) for k, v in parse_qsl(query) if k not in self.ignores])
        if start.endswith("_search"):
            body = urlencode([(k, v) for k, v in parse_qsl(body.decode()) if k not in self.ignores]).encode()
        return f"{start}?{kept}" if kept else start, body

    @staticmethod
    def _hang_up(request: web.Request) -> web.Response:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()


def _unversioned(text: bytes) -> bytes:
    def strip(value: Any) -> Any:
        if isinstance(value, dict):
            return {k: strip(v) for k, v in value.items() if k != "versionId"}
        return [strip(x) for x in value] if isinstance(value, list) else value

    return json.dumps(strip(json.loads(text))).encode()


@asynccontextmanager
async def breaking(origin: str) -> AsyncIterator[Breaking]:
    """One in front of the server at an address."""
    made = Breaking(origin)
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", made.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.base = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield made
    finally:
        await runner.cleanup()
