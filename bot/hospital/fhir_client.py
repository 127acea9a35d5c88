"""Speaks FHIR R4 over HTTP: one server, JSON, OAuth2 client credentials. Whatever goes wrong has one of four names, without a value in it.

Reads are repeated on 429, 5xx and broken connections, within the time that a turn has. Writes are repeated only where a second one changes
nothing: an update carries the version it is made from, and a create is for the caller to look up before it is tried again.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import random
import re
import time
import weakref
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urljoin, urlsplit

import aiohttp
from yarl import URL

from bot.hospital.errors import HospitalError, HospitalUnavailable, NonsenseReply
from bot.hospital.fhir_token import Credentials, Token

logger = logging.getLogger(__name__)

Resource = dict[str, Any]
ID = re.compile(r"[A-Za-z0-9.-]{1,64}")
JSON_TYPES = ("application/fhir+json", "application/json")
MOST_BYTES = 16 * 1024 * 1024       # of one reply; a page of 200 slots is about 100 kB
AGAIN = (429, 500, 502, 503, 504)

_DEADLINE: ContextVar[float | None] = ContextVar("fhir_deadline", default=None)
_CALL: ContextVar[float | None] = ContextVar("fhir_call", default=None)
_SESSION: ContextVar[aiohttp.ClientSession | None] = ContextVar("fhir_session", default=None)


class Conflict(HospitalError):
    """Somebody changed the resource since it was read (409 or 412)."""


class NotThere(HospitalError):
    """The server has no such resource, or not any more (404 or 410)."""


@dataclass(frozen=True)
class Limits:
    """How long is waited and how much is read.

    Attributes:
        connect, call: seconds for the connection and for one call.
        turn: seconds for all calls of one question of a patient, repeats included: below the 4 s that a turn has.
        attempts: how often a call is tried.
        pause: seconds before the second attempt; doubled each time, with up to as much again at random.
        page: resources of one page.
        pages, total: most pages and resources of one search.
    """

    connect: float = 1.0
    call: float = 2.0
    turn: float = 3.0
    attempts: int = 4
    pause: float = 0.1
    page: int = 200
    pages: int = 1000
    total: int = 200_000


@dataclass(frozen=True)
class Found:
    """What a search gave.

    Attributes:
        resources: of the kind asked for, each once.
        left_out: entries that were none.
        at: the server's own time when it was asked; None where it does not say.
    """

    resources: tuple[Resource, ...]
    left_out: int = 0
    at: datetime | None = None


@dataclass(frozen=True)
class Reply:
    """Status, headers and the decoded body; None where there is none or it is no JSON object."""

    status: int
    headers: Mapping[str, str]
    body: Resource | None
    typed: bool = field(default=True)

    @property
    def fine(self) -> bool:
        """Whether it is a success."""
        return 200 <= self.status < 300


class FhirClient:
    """One server.

    Args:
        base: its address; everything asked for lies below it.
        credentials: None for a server that asks for none.
    """

    def __init__(self, base: str, credentials: Credentials | None = None, limits: Limits | None = None) -> None:
        self._base, self.limits = base.rstrip("/") + "/", limits or Limits()
        self._token = None if credentials is None else Token(credentials)
        self._kept: tuple[asyncio.AbstractEventLoop, aiohttp.ClientSession] | None = None

    @contextlib.contextmanager
    def within(self, seconds: float | None = None, anew: bool = False, call: float | None = None) -> Iterator[None]:
        """All calls inside are over after so many seconds; None for those of a turn.

        Args:
            anew: whether an end that lies around it does not count, for work that goes on behind a turn; else the earlier counts.
            call: seconds for one call; None for as many as around it.
        """
        end = time.monotonic() + (self.limits.turn if seconds is None else seconds)
        known = None if anew else _DEADLINE.get()
        token, for_call = _DEADLINE.set(end if known is None else min(known, end)), _CALL.set(_CALL.get() if call is None else call)
        try:
            yield
        finally:
            _DEADLINE.reset(token)
            _CALL.reset(for_call)

    @contextlib.asynccontextmanager
    async def own_connection(self) -> AsyncIterator[None]:
        """Calls inside have a connection that ends with them, for whoever runs a loop of its own each time, as the desk does."""
        async with self._open() as session:
            token = _SESSION.set(session)
            try:
                yield
            finally:
                _SESSION.reset(token)

    async def close(self) -> None:
        """End the connection; the next call opens another."""
        kept, self._kept = self._kept, None
        if kept is not None:
            await kept[1].close()

    async def read(self, kind: str, name: str) -> Resource:
        """One resource.

        Raises:
            NotThere: there is none.
        """
        if not ID.fullmatch(name):
            raise NotThere(f"FHIR {kind}: no id")
        return self._one(kind, await self._ask("GET", self._base + f"{kind}/{name}", kind), name)

    async def search(self, kind: str, params: Sequence[tuple[str, str]], private: bool = False) -> Found:
        """All resources that fit, page by page.

        Args:
            private: personal values are among the parameters: they go into the body, so that no log of addresses has them.

        Raises:
            NonsenseReply: no search result, half of one, one without end, or a page on another server.
        """
        size = [("_count", str(self.limits.page))]
        form = [*params, *size]
        if private:
            reply = await self._list(kind, "POST", self._base + f"{kind}/_search", form=form)
        else:
            reply = await self._list(kind, "GET", self._base + kind, query=form)
        found: dict[str, Resource] = {}
        seen: set[str] = set()
        at, left_out = server_time(reply), 0
        while True:
            entries, bad, total, link = _page(kind, reply)
            found.update((x["id"], x) for x in entries)
            left_out += bad
            if link is None:
                break
            if link in seen or len(seen) >= self.limits.pages or len(found) > self.limits.total:
                raise NonsenseReply(f"FHIR {kind}: a search without end")
            seen.add(link)
            reply = await self._list(kind, "GET", self._below(kind, link))
        if total is not None and len(found) + left_out < total:
            raise NonsenseReply(f"FHIR {kind}: half a search result")
        if left_out and not found:
            raise NonsenseReply(f"FHIR {kind}: nothing of a search result can be read")
        if left_out:
            logger.warning("FHIR %s: %d entries cannot be read and are left out", kind, left_out)
        return Found(tuple(found.values()), left_out, at)

    async def _list(self, kind: str, method: str, url: str, **more: Any) -> Reply:
        """One page; what "not found" or "conflict" means of a single resource has no meaning here."""
        try:
            return await self._ask(method, url, kind, **more)
        except (NotThere, Conflict) as error:
            raise HospitalUnavailable(f"FHIR {kind}: the search is refused ({error})") from None

    async def create(self, resource: Resource, unless: str) -> Resource:
        """A new resource, unless one fits `unless` already. Tried once: look it up before asking again.

        Args:
            unless: search parameters, e.g. `identifier=system|value`.

        Raises:
            Conflict: several fit.
        """
        kind = str(resource["resourceType"])
        headers = {"If-None-Exist": unless, "Prefer": "return=representation"}
        return self._one(kind, await self._ask("POST", self._base + kind, kind, send=resource, headers=headers, again=False))

    async def update(self, resource: Resource, version: str | None) -> Resource:
        """Change a resource, if it still is of that version.

        Raises:
            Conflict: it is not.
            NonsenseReply: the server gave no version, so nothing may be changed.
        """
        kind, name = str(resource["resourceType"]), str(resource["id"])
        if version is None:
            raise NonsenseReply(f"FHIR {kind}: the server gives no versions, so nothing can be changed safely")
        headers = {"If-Match": f'W/"{version}"', "Prefer": "return=representation"}
        return self._one(kind, await self._ask("PUT", self._base + f"{kind}/{name}", kind, send=resource, headers=headers), name)

    async def capabilities(self) -> Resource:
        """What the server says it can do."""
        return self._one("CapabilityStatement", await self._ask("GET", self._base + "metadata", "metadata"))

    def _one(self, kind: str, reply: Reply, name: str | None = None) -> Resource:
        """The resource of a reply, with the version of its header where it has none of its own."""
        made = reply.body
        if made is None or made.get("resourceType") != kind or name is not None and made.get("id") != name:
            raise NonsenseReply(f"FHIR {kind}: the reply is no {kind}")
        told = made.get("meta")
        meta: Resource = told if isinstance(told, dict) else {}
        if not meta.get("versionId") and (tag := re.fullmatch(r'(?:W/)?"([^"]+)"', reply.headers.get("ETag", ""))):
            made["meta"] = {**meta, "versionId": tag[1]}
        return made

    def _below(self, kind: str, link: str) -> str:
        """A link of the server's, if it leads nowhere else: the token goes with it."""
        there, here = urlsplit(urljoin(self._base, link)), urlsplit(self._base)
        path, root = there.path.lower(), here.path.lower()
        below = path == root.rstrip("/") or path.startswith(root) and ".." not in path and "%2e" not in path
        if (there.scheme, there.netloc) != (here.scheme, here.netloc) or not below:
            raise NonsenseReply(f"FHIR {kind}: a next page that is not on this server")
        return there.geturl()

    async def _ask(
        self, method: str, url: str, kind: str, *, query: Sequence[tuple[str, str]] = (), form: Sequence[tuple[str, str]] | None = None,
        send: Resource | None = None, headers: Mapping[str, str] | None = None, again: bool = True,
    ) -> Reply:
        """One call with its repeats.

        Args:
            again: whether a repeat does no harm. After a 429 or 401 nothing was done, so these are repeated in any case.

        Raises:
            NotThere, Conflict, HospitalUnavailable, NonsenseReply: as their names say.
        """
        reason, renewed, attempt = "", False, 0
        while attempt < self.limits.attempts:
            attempt += 1
            try:
                reply = await self._once(method, url, query, form, send, headers or {})
            except (aiohttp.ClientError, asyncio.TimeoutError, OSError) as error:
                reason, pause, safe = f"no answer ({type(error).__name__})", None, again
            else:
                if reply.status == 401 and self._token is not None and not renewed:
                    renewed, attempt = True, attempt - 1
                    self._token.drop(reply.headers.get("X-Sent-Token", ""))
                    continue
                if reply.status not in AGAIN and not (reply.fine and reply.typed and reply.body is None):
                    return _sorted_out(kind, reply)
                reason = f"status {reply.status}" if not reply.fine else "no JSON"
                pause, safe = retry_after(reply.headers.get("Retry-After")), again or reply.status == 429
            pause = self.limits.pause * 2 ** (attempt - 1) * (1 + random.random()) if pause is None else pause
            if not safe or attempt == self.limits.attempts or pause >= self.left():
                break
            await asyncio.sleep(pause)
        logger.warning("FHIR %s %s: %s after %d attempts", method, kind, reason, attempt)
        raise (NonsenseReply if reason == "no JSON" else HospitalUnavailable)(f"FHIR {kind}: {reason}")

    def left(self) -> float:
        """Seconds until the end of the turn, or of whatever `within` was called for."""
        end = _DEADLINE.get()
        return self.limits.turn if end is None else end - time.monotonic()

    async def _once(
        self, method: str, url: str, query: Sequence[tuple[str, str]], form: Sequence[tuple[str, str]] | None, send: Resource | None,
        headers: Mapping[str, str],
    ) -> Reply:
        left = self.left()
        if left <= 0.01:
            raise HospitalUnavailable("FHIR: the time of this turn is over")
        seconds, session = min(left, _CALL.get() or self.limits.call), self._session()
        timeout = aiohttp.ClientTimeout(total=seconds, connect=min(seconds, self.limits.connect))
        token = "" if self._token is None else await self._token.current(session, timeout)
        all_ = {"Accept": JSON_TYPES[0], **headers, **({"Authorization": f"Bearer {token}"} if token else {})}
        data: Any = form
        if send is not None:
            data, all_["Content-Type"] = json.dumps(send, ensure_ascii=False).encode(), JSON_TYPES[0]
        async with session.request(method, URL(url, encoded=True), params=list(query) or None, data=data, headers=all_, timeout=timeout, allow_redirects=False) as answer:
            body = await _body(answer)
            told = {**{k.title(): v for k, v in answer.headers.items()}, "X-Sent-Token": token}
            told["ETag"] = told.get("Etag", "")
            return Reply(answer.status, told, body, answer.content_type in JSON_TYPES)

    def _session(self) -> aiohttp.ClientSession:
        own = _SESSION.get()
        if own is not None:
            return own
        loop = asyncio.get_running_loop()
        if self._kept is None or self._kept[0] is not loop or self._kept[1].closed:
            self._kept = (loop, self._open())
        return self._kept[1]

    @staticmethod
    def _open() -> aiohttp.ClientSession:
        """No cookies are kept and no proxy is taken from the environment: patients' data go to the hospital and nowhere else."""
        connector = aiohttp.TCPConnector()
        session = aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar(), trust_env=False)
        weakref.finalize(session, _shut, connector)     # a process that ends says nothing of connections left open
        return session


def _shut(connector: aiohttp.TCPConnector) -> None:
    """Close the sockets. There may be no loop any more: of the coroutine only what it does before it waits is run, which is that."""
    if not connector.closed:
        closing = connector.close()
        with contextlib.suppress(StopIteration, RuntimeError):
            closing.send(None)
        closing.close()


async def _body(answer: aiohttp.ClientResponse) -> Resource | None:
    """The JSON object of a reply; None where it is anything else."""
    raw = bytearray()
    async for part in answer.content.iter_chunked(64 * 1024):
        raw += part
        if len(raw) > MOST_BYTES:
            raise NonsenseReply("FHIR: a reply without end")
    try:
        made = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    return made if isinstance(made, dict) else None


def _sorted_out(kind: str, reply: Reply) -> Reply:
    """A reply that is final: returned, or raised under its name."""
    if reply.fine:
        if not reply.typed or reply.body is None:
            raise NonsenseReply(f"FHIR {kind}: no FHIR JSON")
        if reply.body.get("resourceType") == "OperationOutcome":
            raise NonsenseReply(f"FHIR {kind}: an outcome in place of a {kind} ({_issue(reply)})")
        return reply
    if reply.status in (404, 410):
        raise NotThere(f"FHIR {kind}: status {reply.status}")
    if reply.status in (409, 412):
        raise Conflict(f"FHIR {kind}: status {reply.status}")
    logger.warning("FHIR %s: status %d (%s)", kind, reply.status, _issue(reply))
    raise HospitalUnavailable(f"FHIR {kind}: status {reply.status} ({_issue(reply)})")


def _issue(reply: Reply) -> str:
    """The code of the first issue, one of FHIR's own list; the text beside it can hold values of a patient."""
    issues = reply.body.get("issue") if reply.body and reply.body.get("resourceType") == "OperationOutcome" else None
    code = issues[0].get("code") if isinstance(issues, list) and issues and isinstance(issues[0], dict) else None
    return code if isinstance(code, str) and re.fullmatch(r"[a-z-]{1,30}", code) else "no code"


def _page(kind: str, reply: Reply) -> tuple[list[Resource], int, int | None, str | None]:
    """Of one page: its resources, how many entries are none, the total and the address of the next page."""
    body = reply.body or {}
    entries, links, total = body.get("entry", []), body.get("link", []), body.get("total")
    if body.get("resourceType") != "Bundle" or body.get("type") != "searchset" or not isinstance(entries, list) or not isinstance(links, list):
        raise NonsenseReply(f"FHIR {kind}: the reply is no search result")
    good, bad = [], 0
    for entry in entries:
        mode = entry.get("search", {}) if isinstance(entry, dict) else {}
        if isinstance(mode, dict) and mode.get("mode") in ("include", "outcome"):
            continue
        resource = entry.get("resource") if isinstance(entry, dict) else None
        if isinstance(resource, dict) and resource.get("resourceType") == kind and isinstance(resource.get("id"), str) and ID.fullmatch(resource["id"]):
            good.append(resource)
        else:
            bad += 1
    next_ = [x.get("url") for x in links if isinstance(x, dict) and x.get("relation") == "next"]
    if next_ and not isinstance(next_[0], str):
        raise NonsenseReply(f"FHIR {kind}: a next page without an address")
    return good, bad, total if isinstance(total, int) and not isinstance(total, bool) else None, next_[0] if next_ else None


def server_time(reply: Reply) -> datetime | None:
    """The server's own time of a reply."""
    try:
        made = parsedate_to_datetime(reply.headers.get("Date", ""))
    except (TypeError, ValueError):
        return None
    return made.replace(tzinfo=timezone.utc) if made.tzinfo is None else made


def retry_after(text: str | None) -> float | None:
    """Seconds that a server asks to wait, told as a number or as a moment; None where it does not."""
    if not text:
        return None
    if re.fullmatch(r"\d{1,9}", text.strip()):
        return float(text)
    try:
        until = parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return None
    until = until.replace(tzinfo=timezone.utc) if until.tzinfo is None else until
    return max(0.0, until.timestamp() - time.time())


def escaped(value: str) -> str:
    """A value as a search parameter takes it: its commas, bars and dollar signs are no separators."""
    return re.sub(r"([\\,|$])", r"\\\1", value)
