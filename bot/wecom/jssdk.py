"""The JS-SDK and the web login of WeCom: tickets, signatures, who has opened a page.

Tickets are called for at most 100 times an hour by one app, so they are kept and shared like access tokens. Without Redis each process keeps its own.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from bot.wechat.api import Api
from bot.wechat.tokens import Shared, Token, Tokens
from bot.wecom.settings import AppSettings

CORP_TICKET, AGENT_TICKET = "/cgi-bin/get_jsapi_ticket", "/cgi-bin/ticket/get"
WHO = "/cgi-bin/auth/getuserinfo"


class JsSdk:
    """What a page of one app needs."""

    def __init__(self, api: Api, app: AppSettings, shared: Shared, login: str, clock: Callable[[], float] = time.time) -> None:
        self._api, self._app, self._login, self._clock = api, app, login, clock
        self._corp = Tokens(f"ticket:corp:{app.corpid}", lambda _force: self._ticket(CORP_TICKET, {}), shared, clock)
        self._agent = Tokens(f"ticket:agent:{app.corpid}:{app.agent}", lambda _force: self._ticket(AGENT_TICKET, {"type": "agent_config"}), shared, clock)

    async def _ticket(self, path: str, query: dict[str, str]) -> Token:
        answer = await self._api.call(path, None, query)
        return Token.lasting(str(answer["ticket"]), float(answer["expires_in"]), self._clock())

    async def signatures(self, url: str) -> dict[str, Any]:
        """What `wx.config` and `wx.agentConfig` need for a page.

        Args:
            url: of the page, up to `#`.

        Raises:
            ApiError, Unreachable, UnknownOutcome: the tickets could not be got.
        """
        return {"corpid": self._app.corpid, "agentid": str(self._app.agent), "config": self._signed(await self._corp.token(), url),
                "agentConfig": self._signed(await self._agent.token(), url)}

    def _signed(self, ticket: str, url: str) -> dict[str, Any]:
        at, nonce = int(self._clock()), secrets.token_hex(8)
        text = f"jsapi_ticket={ticket}&noncestr={nonce}&timestamp={at}&url={url}"
        return {"timestamp": at, "nonceStr": nonce, "signature": hashlib.sha1(text.encode()).hexdigest()}

    def login(self, back: str, state: str) -> str:
        """Where a member's client is sent to; it comes back by itself, with a code."""
        return (f"{self._login}/connect/oauth2/authorize?appid={self._app.corpid}&redirect_uri={quote(back, safe='')}&response_type=code"
                f"&scope=snsapi_base&state={state}&agentid={self._app.agent}#wechat_redirect")

    async def member(self, code: str) -> str | None:
        """The member of this enterprise a code stands for; None for somebody else.

        Raises:
            ApiError, Unreachable, UnknownOutcome: the code is none, or could not be looked up.
        """
        answer = await self._api.call(WHO, None, {"code": code})
        user = answer.get("userid") or answer.get("UserId")
        return user if isinstance(user, str) and user and "/" not in user else None     # corp/userid: of another enterprise
