"""What the platforms' error codes mean for whoever called, as far as they are known."""

from __future__ import annotations

from enum import Enum


class Handling(Enum):
    """What to do about an error."""

    AGAIN = "again"             # system busy: the call itself tries again, three times
    SLOWLY = "slowly"           # too frequent: again after a minute
    TOKEN = "token"             # the access token: fetched again, the call once more
    DAILY = "daily"             # a day's calls are used up: nothing more until midnight
    CLOSED = "closed"           # the window for service messages, or their number, is used up: another way
    CONSENT = "consent"         # the subscription was used up or refused
    GONE = "gone"               # this patient cannot be reached any more: no more is sent
    DROP = "drop"               # this message cannot be sent to her; others can
    PLAIN = "plain"             # this kind of message is not allowed: as plain text
    SHORTER = "shorter"         # too long
    UPLOAD = "upload"           # a file has to be uploaded again
    LOGIN = "login"             # a web login begins anew
    CREATE = "create"           # there is none yet
    RIGHTS = "rights"           # the account may not do that
    OPERATOR = "operator"       # a setting of the platform's or of ours is wrong: an operator is needed
    BLOCKED = "blocked"         # the platform has blocked the account or the interface: an operator at once
    BUG = "bug"                 # the call was made wrongly


#: Seconds before a call that was too frequent is made again.
SLOWLY_SECONDS = 60.0

#: Official Account: `WxMpErrorMsgEnum` of WxJava and the platform's community threads. What a person has to do is in `docs/wechat.md`, 7.
OFFICIAL_ACCOUNT: dict[int, Handling] = {
    -1: Handling.AGAIN,
    40001: Handling.TOKEN, 40014: Handling.TOKEN, 42001: Handling.TOKEN,
    40003: Handling.DROP,
    40007: Handling.UPLOAD,
    40008: Handling.BUG, 40035: Handling.BUG, 47001: Handling.BUG, 40033: Handling.BUG, 44004: Handling.BUG, 47003: Handling.BUG,
    40013: Handling.OPERATOR, 40125: Handling.OPERATOR, 40037: Handling.OPERATOR, 40164: Handling.OPERATOR, 40243: Handling.OPERATOR,
    40029: Handling.LOGIN, 40163: Handling.LOGIN,
    40200: Handling.PLAIN,
    43004: Handling.GONE, 43019: Handling.GONE, 48002: Handling.GONE, 50005: Handling.GONE,
    43101: Handling.CONSENT,
    45002: Handling.SHORTER,
    45009: Handling.DAILY, 48006: Handling.DAILY,
    45011: Handling.SLOWLY,
    45015: Handling.CLOSED, 45047: Handling.CLOSED,
    45072: Handling.BUG, 45080: Handling.DROP, 45081: Handling.DROP,       # of the sign that an answer is being written, which goes without
    46003: Handling.CREATE,
    48001: Handling.RIGHTS,
    48004: Handling.BLOCKED, 50002: Handling.BLOCKED,
}

#: WeCom: `WxCpErrorMsgEnum` of WxJava. What a person has to do is in `docs/wecom.md`.
WECOM: dict[int, Handling] = {
    -1: Handling.AGAIN,
    40001: Handling.TOKEN, 40014: Handling.TOKEN, 42001: Handling.TOKEN,
    40008: Handling.BUG, 40035: Handling.BUG, 40058: Handling.BUG, 47001: Handling.BUG, 44004: Handling.BUG, 40033: Handling.BUG,
    40013: Handling.OPERATOR, 40056: Handling.OPERATOR, 60020: Handling.OPERATOR, 60011: Handling.RIGHTS, 301002: Handling.RIGHTS, 48002: Handling.RIGHTS,
    81013: Handling.DROP, 82001: Handling.DROP, 84061: Handling.DROP, 41051: Handling.DROP,
    40007: Handling.UPLOAD,
    45002: Handling.SHORTER,
    45009: Handling.SLOWLY, 45033: Handling.AGAIN,
    95000: Handling.OPERATOR, 95004: Handling.OPERATOR, 95011: Handling.OPERATOR, 95012: Handling.OPERATOR, 95017: Handling.OPERATOR, 40201: Handling.BLOCKED,
}


def handling(codes: dict[int, Handling], code: int) -> Handling:
    """What to do about a code. Missing parameters (41xxx) are bugs, calling addresses and frozen secrets (89xxx) are for an operator, and so is what nobody knows."""
    if code in codes:
        return codes[code]
    return Handling.BUG if 41000 <= code < 42000 else Handling.OPERATOR
