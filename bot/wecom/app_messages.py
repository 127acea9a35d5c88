"""What a self-built app sends to members: texts of at most 2048 bytes (developer.work.weixin.qq.com/document/path/90236)."""

from __future__ import annotations

from typing import Any

from bot.wechat.api import Api
from bot.wechat.cut import pieces
from bot.wechat.xml import clean

SEND = "/cgi-bin/message/send"
TEXT_BYTES = 2000
SAME_SECONDS = 1800         # within which the platform delivers an identical message once


def text_message(to: str, agent: int, text: str) -> dict[str, Any]:
    """A text that is delivered once, even if the call is made again within half an hour.

    Args:
        to: userids joined by `|`, or `@all`.
    """
    return {"touser": to, "msgtype": "text", "agentid": agent, "text": {"content": clean(text)}, "safe": 0, "enable_duplicate_check": 1,
            "duplicate_check_interval": SAME_SECONDS}


async def send_text(api: Api, agent: int, to: str, text: str) -> None:
    """Send a text, in as many messages as its length asks for.

    Raises:
        ApiError, Unreachable, UnknownOutcome: as `Api.call`; what was sent before stays sent, and is not delivered twice if all is sent again.
    """
    for piece in pieces(text, TEXT_BYTES):
        await api.call(SEND, text_message(to, agent, piece))
