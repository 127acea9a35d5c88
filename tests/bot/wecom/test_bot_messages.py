"""Reading pushes and writing answers of an AI bot: mentions, limits, the platform's own vectors."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest

from bot.channels.wecom_bot import response_address
from bot.wechat.crypto import Denied
from bot.wecom.bot_messages import CONTENT_BYTES, mentions, read, stream, without_mention
from bot.wecom.callbacks import Callback

VECTORS: dict[str, Any] = json.loads((Path(__file__).parents[1] / "wechat" / "wechat-vectors.json").read_text(encoding="utf-8"))
WIRE = {x["id"]: x for x in VECTORS["wire"]}
VALID = {x["id"]: x for x in VECTORS["valid"]}


def callback(vector: dict[str, Any], at: float) -> Callback:
    return Callback(vector["token"], vector["receiveid"], [vector["encoding_aes_key"]], 300, lambda: at)


@pytest.mark.parametrize("name", ["wire-bot-verify", "wire-corp-verify"])
def test_the_platforms_own_verifications(name: str) -> None:
    wire = WIRE[name]
    vector = VALID[wire["uses"].split(",")[0]]
    given = dict(parse_qsl(wire["request"]["query"]))
    assert callback(vector, float(given["timestamp"])).verify(given) == wire["response"]["body"]
    for change in ({"nonce": "1"}, {"echostr": given["echostr"][::-1]}, {"timestamp": "1790009999"}):
        with pytest.raises(Denied):
            callback(vector, float(given["timestamp"])).verify({**given, **change})


def test_the_platforms_own_bot_message() -> None:
    wire = WIRE["wire-bot-message"]
    vector = VALID["bot-09-group"]
    given = dict(parse_qsl(wire["request"]["query"]))
    fields, key = callback(vector, float(given["timestamp"])).open(given, wire["request"]["body"].encode())
    found = read(fields, None)
    assert key == 0 and found.group and found.kind == "text" and found.text.startswith("@")


@pytest.mark.parametrize(("text", "name", "bare"), [
    ("@小助手 打夜针前可以吃东西吗？", "小助手", "打夜针前可以吃东西吗？"), ("@小助手打夜针前可以吃吗", "小助手", "打夜针前可以吃吗"),
    ("打夜针前 @小助手 可以吃吗", "小助手", "打夜针前  可以吃吗"), ("@IVF Guide when do I come?", "IVF Guide", "when do I come?"),
    ("@小助手 @张三 几点集合", "小助手", "@张三 几点集合"), ("@小助手", "小助手", ""),
    ("@小助手\u2005几点集合", None, "几点集合"), ("几点集合 @小助手", None, "几点集合"), ("＠小助手　几点集合", None, "几点集合"),
    ("@小助手几点集合", None, "@小助手几点集合"), ("写信到a@b.cn 可以吗", None, "写信到a@b.cn 可以吗"), ("没有提到谁", None, "没有提到谁"),
])
def test_mentions_are_taken_out(text: str, name: str | None, bare: str) -> None:
    assert without_mention(text, name) == bare


def test_who_is_not_mentioned() -> None:
    assert mentions("@小助手 你好", "小助手") and mentions("＠小助手你好", "小助手") and mentions("你好", None)
    assert not mentions("@张三 你好", "小助手")


def test_what_is_too_long_or_shows_nothing_is_mended() -> None:
    long = stream("s", "句子。" * 10_000, True)["stream"]["content"]
    assert len(long.encode()) <= CONTENT_BYTES and long.endswith("。")
    assert stream("s", " \n", True)["stream"]["content"] == "…" and "feedback" not in stream("s", "a", True)["stream"]


@pytest.mark.parametrize(("url", "address"), [
    ("https://qyapi.weixin.qq.com/cgi-bin/aibot/response?response_code=C", "https://qyapi.weixin.qq.com/cgi-bin/aibot/response?response_code=C"),
    ("https://qyapi.weixin.qq.com:443/cgi-bin/aibot/response", "https://qyapi.weixin.qq.com:443/cgi-bin/aibot/response"),
    *((x, None) for x in (
        "", "http://qyapi.weixin.qq.com/cgi-bin/x", "https://qyapi.weixin.qq.com.evil.invalid/cgi-bin/x", "https://evil.invalid/cgi-bin/x",
        "https://qyapi.weixin.qq.com@evil.invalid/cgi-bin/x", "https://a@qyapi.weixin.qq.com/cgi-bin/x", "https://qyapi.weixin.qq.com:8443/cgi-bin/x",
        "https://qyapi.weixin.qq.com/else", "https://qyapi.weixin.qq.com:x/cgi-bin/", "//qyapi.weixin.qq.com/cgi-bin/x", "https://127.0.0.1/cgi-bin/x",
        "https://qyapi.weixin.qq.com\\@evil.invalid/cgi-bin/x", "file:///cgi-bin/x")),
])
def test_late_answers_go_to_the_platform_only(url: str, address: str | None) -> None:
    assert response_address(url, "https://qyapi.weixin.qq.com") == address
