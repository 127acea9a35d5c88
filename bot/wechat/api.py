"""Calling the platform: JSON over HTTPS with an access token, and an error for whatever comes back that is not what was asked for.

Nothing of a call is ever logged but the path, the error's number and the platform's request id: a body holds a patient's words, a URL the token.
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from weakref import WeakKeyDictionary

import aiohttp

from bot.errors import GuideError
from bot.wechat.codes import OFFICIAL_ACCOUNT, WECOM, Handling, handling
from bot.wechat.tokens import Shared, Token, Tokens

logger = logging.getLogger(__name__)

SECONDS = 5.0                           # for one call
BACK_OFF_SECONDS = (0.5, 1.0, 2.0)      # the platform's own advice for "system busy"
RID = re.compile(r"rid: ?([0-9a-fA-F-]{8,40})")
ADDRESS = re.compile(r"invalid ip ([0-9a-fA-F.:]+)")


class ApiError(GuideError):
    """The platform answered with an error: what was asked for has not been done.

    Attributes:
        code: the platform's `errcode`.
        handling: what to do about it.
    """

    def __init__(self, path: str, code: int, what: Handling, hint: str = "") -> None:
        super().__init__(f"{path}: error {code} ({what.value}){hint}")
        self.code, self.handling = code, what


class Unreachable(GuideError):
    """The platform could not be reached: nothing was sent."""


class UnknownOutcome(GuideError):
    """The call was sent and no answer came, or none that can be read: it may have been done or not."""


class Api:
    """Calls of one account.

    Args:
        base: address without a path, e.g. `https://api.weixin.qq.com`.
        fetch: how its token is got.
        codes: what the error codes mean.
        seconds: for one call.
    """

    def __init__(
        self, base: str, account: str, fetch: Callable[[Api, bool], Awaitable[Token]], shared: Shared, codes: dict[int, Handling],
        seconds: float = SECONDS, clock: Callable[[], float] = time.time, back_off: tuple[float, ...] = BACK_OFF_SECONDS,
    ) -> None:
        self._base, self._codes, self._seconds, self._back_off = base.rstrip("/"), codes, seconds, back_off
        self.clock = clock
        self.tokens = Tokens(account, lambda force: fetch(self, force), shared, clock)
        self._sessions: WeakKeyDictionary[asyncio.AbstractEventLoop, aiohttp.ClientSession] = WeakKeyDictionary()

    async def call(self, path: str, body: Mapping[str, Any] | None = None, query: Mapping[str, str] | None = None) -> dict[str, Any]:
        """Call with the access token; a refused token is renewed and the call made once more, and, where a renewed one does not help, once with a
        forced one.

        Args:
            body: posted as JSON; None for a GET.
            query: of the URL, beside the token.

        Raises:
            ApiError: the platform refused; it was not done.
            Unreachable: nothing was sent.
            UnknownOutcome: nobody knows whether it was done.
        """
        token = await self.tokens.token()
        try:
            return await self.plain(path, body, {**(query or {}), "access_token": token})
        except ApiError as error:
            refused = _about_the_token(error)
        for renew in (self.tokens.renewed, self.tokens.forced):
            other = await renew(token)
            if other is None or other == token:
                continue
            token = other
            try:
                return await self.plain(path, body, {**(query or {}), "access_token": token})
            except ApiError as error:
                refused = _about_the_token(error)
        raise refused

    async def plain(self, path: str, body: Mapping[str, Any] | None, query: Mapping[str, str] | None = None) -> dict[str, Any]:
        """Call without adding a token; "system busy" is tried again three times.

        Raises:
            As `call`.
        """
        for pause in self._back_off:
            try:
                return await self._once(path, body, query)
            except ApiError as error:
                if error.handling is not Handling.AGAIN:
                    raise
            await asyncio.sleep(pause)
        return await self._once(path, body, query)

    async def close(self) -> None:
        """Close this loop's connections."""
        session = self._sessions.pop(asyncio.get_running_loop(), None)
        if session is not None:
            await session.close()

    def _session(self) -> aiohttp.ClientSession:
        """One for each event loop. Every call has a connection of its own: on one that was kept open and has just been closed by the other side
        nobody could tell whether a message was sent."""
        loop = asyncio.get_running_loop()
        if loop not in self._sessions:
            limits = aiohttp.ClientTimeout(total=self._seconds, connect=self._seconds / 2)
            self._sessions[loop] = aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True), timeout=limits)
        return self._sessions[loop]

    async def _once(self, path: str, body: Mapping[str, Any] | None, query: Mapping[str, str] | None) -> dict[str, Any]:
        data = None if body is None else json.dumps(body, ensure_ascii=False).encode()      # raw UTF-8: escapes are error 40033
        try:
            async with self._session().request(
                "GET" if data is None else "POST", self._base + path, data=data, params=query, allow_redirects=False,
                headers={} if data is None else {"Content-Type": "application/json; charset=utf-8"},
            ) as answer:
                return self._read(path, answer.status, await answer.read())
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            logger.warning("%s: cannot be reached, %s", path, type(error).__name__)
            raise Unreachable(f"{path} cannot be reached") from None
        except (aiohttp.ClientError, asyncio.TimeoutError, OSError) as error:
            logger.warning("%s: outcome unknown, %s", path, type(error).__name__)
            raise UnknownOutcome(f"{path}: outcome unknown") from None

    def _read(self, path: str, status: int, answer: bytes) -> dict[str, Any]:
        try:
            found = json.loads(answer)
        except ValueError:
            found = None
        if status != 200 or not isinstance(found, dict):
            logger.warning("%s: outcome unknown, status %d", path, status)
            raise UnknownOutcome(f"{path}: outcome unknown")
        try:
            code = int(found.get("errcode") or 0)
        except (TypeError, ValueError):
            raise UnknownOutcome(f"{path}: outcome unknown") from None
        if code:
            raise self._error(path, code, str(found.get("errmsg") or ""))
        return found

    def _error(self, path: str, code: int, message: str) -> ApiError:
        what, rid, address = handling(self._codes, code), RID.search(message), ADDRESS.search(message)
        hint = f", calling address {address[1]}" if address else ""
        level = logging.ERROR if what in (Handling.OPERATOR, Handling.BLOCKED, Handling.BUG, Handling.DAILY) else logging.INFO
        logger.log(level, "%s%s: error %d (%s), rid %s%s", "ALERT  " if level == logging.ERROR else "", path, code, what.value, rid[1] if rid else "-", hint)
        return ApiError(path, code, what, hint)


def _about_the_token(error: ApiError) -> ApiError:
    if error.handling is not Handling.TOKEN:
        raise error
    return error


def official_account(base: str, appid: str, secret: str, shared: Shared, **more: Any) -> Api:
    """Calls of an Official Account, with `stable_token`: calling it again gives the same token, and no other program's is ended by it."""

    async def fetch(api: Api, force: bool) -> Token:
        body = {"grant_type": "client_credential", "appid": appid, "secret": secret, "force_refresh": force}
        return await _fetched(api, "/cgi-bin/stable_token", body, None)

    return Api(base, "oa:" + appid, fetch, shared, OFFICIAL_ACCOUNT, **more)


def wecom(base: str, corpid: str, secret: str, shared: Shared, **more: Any) -> Api:
    """Calls of one WeCom app, with `gettoken`: each app has a secret and a token of its own."""

    async def fetch(api: Api, _force: bool) -> Token:
        return await _fetched(api, "/cgi-bin/gettoken", None, {"corpid": corpid, "corpsecret": secret})

    return Api(base, f"corp:{corpid}:{secret}", fetch, shared, WECOM, **more)


async def _fetched(api: Api, path: str, body: Mapping[str, Any] | None, query: Mapping[str, str] | None) -> Token:
    """A token; where none came, nothing was sent to anybody.

    Raises:
        ApiError, Unreachable.
    """
    try:
        answer = await api.plain(path, body, query)
    except UnknownOutcome:
        raise Unreachable("no token could be got") from None
    except ApiError as error:
        if error.handling is not Handling.TOKEN:
            raise
        logger.error("ALERT  %s: error %d: the secret is wrong", path, error.code)
        raise ApiError(path, error.code, Handling.OPERATOR) from None
    try:
        return Token.lasting(str(answer["access_token"]), float(answer["expires_in"]), api.clock())
    except (KeyError, TypeError, ValueError):
        raise Unreachable("no token in the answer") from None
