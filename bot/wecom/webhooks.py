"""Group webhooks: texts into one internal group. Its key is the only secret, so no address with it is ever logged (developer.work.weixin.qq.com/document/path/99110)."""

from __future__ import annotations

import asyncio
import json

import aiohttp

from bot.wechat.cut import pieces
from bot.wechat.xml import clean

SEND = "/cgi-bin/webhook/send"
TEXT_BYTES = 2000
SECONDS = 5.0


async def post_text(api: str, key: str, text: str) -> str | None:
    """Post a text once; a longer one than a message holds is cut.

    Returns:
        None where it arrived, else the error's number, `unreachable` (nothing was sent) or `unknown`.
    """
    first = pieces(clean(text), TEXT_BYTES)[:1]
    body = {"msgtype": "text", "text": {"content": first[0] if first else "…"}}
    try:
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=SECONDS)) as session, session.post(
            api + SEND, params={"key": key}, data=json.dumps(body, ensure_ascii=False).encode(), allow_redirects=False,
            headers={"Content-Type": "application/json; charset=utf-8"},
        ) as answer:
            found = json.loads(await answer.read())
            code = int(found.get("errcode") or 0)
            return None if code == 0 and answer.status == 200 else str(code) if code else "unknown"
    except aiohttp.ClientConnectorError:
        return "unreachable"
    except (aiohttp.ClientError, asyncio.TimeoutError, OSError, ValueError, AttributeError, TypeError):
        return "unknown"
