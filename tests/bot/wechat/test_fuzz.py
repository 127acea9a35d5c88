"""Some thousand mutated pushes, before and behind their signature: each is opened or refused, and nothing else ever comes of it."""

from __future__ import annotations

import random
import time
from collections import Counter

import pytest
from wechatpy.crypto import WeChatCrypto

from bench.pushes import mutated
from bot.channels.wechat_asked import Asked, asked_of
from bot.wechat.crypto import Denied
from bot.wechat.menu import Menu
from bot.wechat.official_account import Callback
from bot.wechat.settings import OfficialAccountSettings
from tests.platform.official_account import OfficialAccount

COUNT = 4000
DOCUMENTS = (
    {"MsgType": "text", "Content": "请问移植后第几天验孕？😟", "MsgId": "24870000000000002"},
    {"MsgType": "event", "Event": "subscribe", "EventKey": "qrscene_b1.x", "Ticket": "t"},
    {"MsgType": "event", "Event": "subscribe_msg_popup_event",
     "SubscribeMsgPopupEvent": {"List": {"TemplateId": "T", "SubscribeStatusString": "accept", "PopupScene": "1"}}},
    {"MsgType": "voice", "MediaId": "m", "Format": "amr", "Recognition": "移植后能不能洗澡", "MsgId": "1"},
)


class Unserved(OfficialAccount):
    """The platform's documents and signatures without its server."""

    def __init__(self, mode: str, form: str) -> None:
        self.appid, self.token, self.account = "wx4f2a9c0d7e1b6358", "IvfDeskToken2026", "gh_6d1f0a2b3c4e"
        self.aes_key, self.mode, self.form = "Zm9vYmFyYmF6cXV4MDEyMzQ1Njc4OWFiY2RlZmdoaWo", mode, form


@pytest.mark.parametrize("form", ["xml", "json"])
@pytest.mark.parametrize("mode", ["secure", "compatible", "plain"])
def test_mutated_pushes_are_opened_or_refused(mode: str, form: str) -> None:
    chance, found = random.Random(f"{mode} {form}"), Counter[str]()
    platform, crypto = Unserved(mode, form), WeChatCrypto("IvfDeskToken2026", "Zm9vYmFyYmF6cXV4MDEyMzQ1Njc4OWFiY2RlZmdoaWo", "wx4f2a9c0d7e1b6358")
    keys = () if mode == "plain" else (platform.aes_key,)
    callback = Callback(OfficialAccountSettings(platform.token, platform.appid, "", keys, mode=mode))
    at = str(int(time.time()))
    for n in range(COUNT // 6):
        common = {"ToUserName": platform.account, "FromUserName": "oT3st", "CreateTime": at}
        document = platform.document({**common, **DOCUMENTS[n % len(DOCUMENTS)]})
        inside = n % 2 == 0 and mode != "plain"
        text = mutated(document.encode(), chance).decode("utf-8", "replace") if inside and mode == "secure" else document
        body, query = platform.sealed(text, at, str(n), crypto)
        data = body.encode() if inside else mutated(body.encode(), chance)
        if n % 5 == 0:
            query[chance.choice(list(query))] = chance.choice(["", "0", "\udc80", "汉", "x" * 5000, query["signature"]])
        try:
            asked = asked_of(callback.open(query, data), Menu())
            assert isinstance(asked, Asked)
            found["opened"] += 1
        except Denied as error:
            found[error.reason] += 1
    assert found["opened"] and found["signature"] and sum(found.values()) == COUNT // 6


@pytest.mark.parametrize("fields", [
    {"SubscribeMsgPopupEvent": "x"}, {"SubscribeMsgPopupEvent": {"List": "x"}}, {"SubscribeMsgPopupEvent": {"List": ["x", {}]}},
    {"SubscribeMsgPopupEvent": [{"TemplateId": "T"}]}, {"SubscribeMsgChangeEvent": {"List": {"TemplateId": {"a": "b"}, "SubscribeStatusString": "reject"}}},
    {"EventKey": {"a": "b"}}, {"Event": ["subscribe"]}])
def test_a_field_of_another_shape_asks_for_nothing(fields: dict[str, object]) -> None:
    from bot.wechat.official_account import Push

    push = Push("o", "gh", "event", "subscribe_msg_popup_event", dict(fields), "xml", None, "n")
    assert asked_of(push, Menu()).consents == () and push.dedup.startswith("event:o")
