"""Conversation keys: no openid, no cookie, no name in a tracker, lock, log or event."""

from __future__ import annotations

import hashlib
import hmac
import json


def conversation_key(secret: bytes, channel: str, account: str, user: str, group: str | None = None) -> str:
    """The key of one patient's conversation in one channel; in a group it is another than in private.

    Args:
        secret: the centre's own.
        channel, account: where the message came in.
        user: as the channel names her.
        group: the group's id; None in private.
    """
    parts = json.dumps([channel, account, user, group or ""])      # unambiguous, whatever characters a name has
    return hmac.new(secret, parts.encode(), hashlib.sha256).hexdigest()[:32]
