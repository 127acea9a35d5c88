"""Every vector is accepted or refused as listed, and wechatpy, which shares no line with our code, agrees on what is accepted."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from wechatpy.crypto import PrpCrypto
from wechatpy.utils import check_signature

from bot.errors import SettingsError
from bot.wechat import xml
from bot.wechat.crypto import Crypt, Refused, decode_key, open_media, signature, signed

VECTORS: dict[str, Any] = json.loads((Path(__file__).parent / "wechat-vectors.json").read_text(encoding="utf-8"))
VALID, REJECT = VECTORS["valid"], VECTORS["reject"]
BY_ID = {x["id"]: x for x in (*VALID, *VECTORS["published"], *VECTORS["plain_signature"])}


def crypt(vector: dict[str, Any], *older: str) -> Crypt:
    return Crypt(vector["token"], vector["receiveid"], [vector["encoding_aes_key"], *older])


def opened(vector: dict[str, Any]) -> str:
    return crypt(vector).open(vector["encrypt"], vector["msg_signature"], vector["timestamp"], vector["nonce"]).text


def test_the_vectors_are_all_there() -> None:
    assert {k: len(VECTORS[k]) for k in ("valid", "published", "plain_signature", "wire", "media", "reject")} == {
        "valid": 15, "published": 2, "plain_signature": 3, "wire": 8, "media": 1, "reject": 25}


@pytest.mark.parametrize("vector", [*VALID, *VECTORS["published"]], ids=lambda x: x["id"])
def test_what_is_valid_opens(vector: dict[str, Any]) -> None:
    assert opened(vector) == vector["plaintext"]


@pytest.mark.parametrize("vector", VALID, ids=lambda x: x["id"])
def test_sealing_again_gives_the_same_bytes(vector: dict[str, Any]) -> None:
    made = crypt(vector).seal(vector["plaintext"], vector["timestamp"], vector["nonce"], random=bytes.fromhex(vector["random16_hex"]))
    assert (made.encrypt, made.signature) == (vector["encrypt"], vector["msg_signature"])


@pytest.mark.parametrize("vector", VALID, ids=lambda x: x["id"])
def test_wechatpy_opens_what_we_seal(vector: dict[str, Any]) -> None:
    made = crypt(vector).seal(vector["plaintext"], "1", "2")
    assert PrpCrypto(decode_key(vector["encoding_aes_key"])).decrypt(made.encrypt, vector["receiveid"]) == vector["plaintext"]


@pytest.mark.parametrize("vector", REJECT, ids=lambda x: x["id"])
def test_what_is_wrong_is_refused_without_a_reason(vector: dict[str, Any]) -> None:
    with pytest.raises(Refused) as refused:
        opened(vector)
    assert str(refused.value) == "refused" and refused.value.__cause__ is None


@pytest.mark.parametrize("vector", VECTORS["plain_signature"], ids=lambda x: x["id"])
def test_the_signature_of_a_url(vector: dict[str, Any]) -> None:
    parts = vector["token"], vector["timestamp"], vector["nonce"]
    assert signature(*parts) == vector["signature"] and signed(vector["signature"], *parts)
    check_signature(vector["token"], vector["signature"], vector["timestamp"], vector["nonce"])
    assert not signed(vector["signature"][:-1] + ("1" if vector["signature"].endswith("0") else "0"), *parts)
    assert not signed(None, *parts) and not signed("", *parts) and not signed("ß\udc80", *parts)


@pytest.mark.parametrize("wire", VECTORS["wire"], ids=lambda x: x["id"])
def test_whole_requests(wire: dict[str, Any]) -> None:
    """What the URL and the body of a request carry is what the vector behind it says; what we answer opens again."""
    query = {k: v[0] for k, v in parse_qs(wire["request"]["query"], keep_blank_values=True).items()}
    vector = BY_ID[wire["uses"].split(",")[0]]
    if "signature" in query:
        assert signed(query["signature"], vector["token"], query["timestamp"], query["nonce"])
    if "msg_signature" not in query:
        body = wire["request"].get("body")
        assert query.get("echostr") == wire["response"]["body"] if body is None else xml.parse(body.encode())["MsgId"].isdigit()
        return
    fields = xml.parse(wire["request"]["body"].encode(), xml.COMPATIBLE_LIMIT) if "body" in wire["request"] else {"Encrypt": query["echostr"]}
    sealed = fields.get("Encrypt") or fields["encrypt"]
    text = crypt(vector).open(sealed, query["msg_signature"], query["timestamp"], query["nonce"]).text
    assert text == vector["plaintext"]
    if "echostr" in query:
        assert text == wire["response"]["body"]


@pytest.mark.parametrize("name", ["wire-oa-secure-mode", "wire-bot-message"])
def test_whole_answers(name: str) -> None:
    wire = next(x for x in VECTORS["wire"] if x["id"] == name)
    vector, answer = BY_ID[wire["uses"].split(",")[0]], xml.parse(wire["response"]["body"].encode())
    known = {k.lower(): v for k, v in answer.items()}
    said = crypt(vector).open(known["encrypt"], known["msgsignature"], known["timestamp"], known["nonce"]).text
    assert said in {x["plaintext"] for x in VALID if x["id"] in ("oa-06-reply", "bot-10-stream-reply")}
    made = xml.parse(xml.sealed_reply(crypt(vector).seal("<xml/>", "1790000103", "a9Z")).encode())
    assert set(made) == {"Encrypt", "MsgSignature", "TimeStamp", "Nonce"}
    assert crypt(vector).open(made["Encrypt"], made["MsgSignature"], made["TimeStamp"], made["Nonce"]).text == "<xml/>"
    assert json.loads(xml.sealed_reply_json(crypt(vector).seal("{}", "1790000103", "a9Z")))["TimeStamp"] == 1790000103


@pytest.mark.parametrize("key", ["aeskey_base64", "aeskey_base64_unpadded"])
def test_a_file(key: str) -> None:
    media = VECTORS["media"][0]
    data, plain = base64.b64decode(media["ciphertext_base64"]), base64.b64decode(media["plaintext_base64"])
    assert open_media(data, media[key]) == plain
    for wrong in (data[:-1], b"", bytes([*data[:-1], data[-1] ^ 1])):
        with pytest.raises(Refused):
            open_media(wrong, media[key])
    with pytest.raises(Refused):
        open_media(data, "c2hvcnQ=")


def test_the_key_before_the_change_still_opens_and_seals_the_answer() -> None:
    vector, new = BY_ID["oa-02-zh-emoji"], "A" * 43
    both = Crypt(vector["token"], vector["receiveid"], [new, vector["encoding_aes_key"]])
    found = both.open(vector["encrypt"], vector["msg_signature"], vector["timestamp"], vector["nonce"])
    assert (found.text, found.key) == (vector["plaintext"], 1)
    answer = both.seal("好", "1", "2", found.key)
    assert crypt(vector).open(answer.encrypt, answer.signature, "1", "2").text == "好"
    with pytest.raises(Refused):
        Crypt(vector["token"], vector["receiveid"], [new]).open(answer.encrypt, answer.signature, "1", "2")


@pytest.mark.parametrize("key", ["", "short", "A" * 42, "A" * 44, "A" * 42 + "*", "汉" * 43])
def test_a_key_that_is_none_is_named_at_start(key: str) -> None:
    with pytest.raises(SettingsError, match="EncodingAESKey"):
        Crypt("token", "app", [key])


@pytest.mark.parametrize("odd", ["汉字", "====", "A", "A" * 64 + "\n", "\udc80"])
def test_odd_ciphertext_with_a_right_signature_is_refused(odd: str) -> None:
    mine = Crypt("token", "app", ["A" * 43])
    with pytest.raises(Refused):
        mine.open(odd, signature("token", "1", "2", odd), "1", "2")
