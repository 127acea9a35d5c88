"""The access token of a FHIR server: OAuth2 client credentials (RFC 6749, section 4.4), kept until shortly before it ends."""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass, field
from urllib.parse import quote_plus

import aiohttp

from bot.hospital.errors import HospitalUnavailable, NonsenseReply

logger = logging.getLogger(__name__)

EARLY = 30.0            # seconds before its end in which a token is renewed, at most a tenth of its life
LIFE = 300.0            # of a token whose server does not say (RFC 6749 leaves that open)


@dataclass(frozen=True)
class Credentials:
    """What the token server knows the bot by.

    Attributes:
        scope: asked for; empty where the server decides.
    """

    url: str
    client_id: str
    secret: str = field(repr=False)
    scope: str = ""


class Busy(aiohttp.ClientConnectionError):
    """The token server is too busy or down: as if it could not be reached."""


class Token:
    """One token, asked for once however many need it."""

    def __init__(self, credentials: Credentials) -> None:
        self._credentials = credentials
        self._value, self._until = "", 0.0
        self._asking: asyncio.Task[None] | None = None

    def drop(self, used: str) -> None:
        """The server refused this one; nothing happens where there is a newer one."""
        if used == self._value:
            self._until = 0.0

    async def current(self, session: aiohttp.ClientSession, timeout: aiohttp.ClientTimeout) -> str:
        """A token that counts.

        Raises:
            HospitalUnavailable: there is none to be had.
        """
        while time.monotonic() >= self._until:
            if self._asking is None or self._asking.done() or self._asking.get_loop() is not asyncio.get_running_loop():
                self._asking = asyncio.ensure_future(self._renew(session, timeout))
            await asyncio.shield(self._asking)
        return self._value

    async def _renew(self, session: aiohttp.ClientSession, timeout: aiohttp.ClientTimeout) -> None:
        known = self._credentials
        form = {"grant_type": "client_credentials", **({"scope": known.scope} if known.scope else {})}
        basic = aiohttp.BasicAuth(quote_plus(known.client_id), quote_plus(known.secret))
        try:
            async with session.post(known.url, data=form, auth=basic, timeout=timeout, allow_redirects=False,
                                    headers={"Accept": "application/json"}) as answer:
                if answer.status == 429 or answer.status >= 500:
                    raise Busy(f"status {answer.status}")
                if answer.status != 200:
                    logger.warning("FHIR token: status %d", answer.status)
                    raise HospitalUnavailable(f"FHIR token: status {answer.status}")
                told = await answer.json(content_type=None)
        except ValueError:
            raise NonsenseReply("FHIR token: no JSON") from None
        value, life = (told.get("access_token"), told.get("expires_in", LIFE)) if isinstance(told, dict) else (None, None)
        if not isinstance(value, str) or not value.isascii() or not value.isprintable() or not value or not isinstance(life, (int, float)):
            raise NonsenseReply("FHIR token: no token in the reply")
        self._value, self._until = value, time.monotonic() + max(1.0, life - min(EARLY, life / 10))
