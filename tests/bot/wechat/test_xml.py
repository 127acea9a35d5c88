"""What is pushed is read without trusting it, and what is answered cannot be broken out of."""

from __future__ import annotations

import contextlib
import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from wechatpy import parse_message

from bot.wechat import xml
from bot.wechat.crypto import Refused

TEXT = "<xml><ToUserName><![CDATA[gh_1]]></ToUserName><FromUserName><![CDATA[o1]]></FromUserName><CreateTime>1790000102</CreateTime>" \
       "<MsgType><![CDATA[text]]></MsgType><Content><![CDATA[你好]]></Content><MsgId>24870000000000002</MsgId></xml>"


def test_xml_and_json_of_one_message_are_the_same() -> None:
    fields = {"ToUserName": "gh_1", "FromUserName": "o1", "CreateTime": 1790000102, "MsgType": "text", "Content": "你好", "MsgId": 24870000000000002}
    assert xml.parse(TEXT.encode()) == xml.parse(json.dumps(fields).encode()) == xml.parse(("\ufeff\n " + TEXT).encode())
    assert xml.parse(TEXT.encode())["MsgId"] == "24870000000000002"
    assert xml.text_of({"a": {"b": "c"}}, "a") == xml.text_of({}, "a") == ""


def test_lists_and_nested_elements() -> None:
    one = xml.parse(b"<xml><List><TemplateId>a</TemplateId></List></xml>")
    two = xml.parse(b"<xml><List><TemplateId>a</TemplateId></List><List><TemplateId>b</TemplateId></List><List/></xml>")
    assert one == {"List": {"TemplateId": "a"}} and two == {"List": [{"TemplateId": "a"}, {"TemplateId": "b"}, ""]}
    assert xml.parse(b'{"a": [1, true, null, {"b": 2.50}], "c": 1e999}') == {"a": ["1", "true", "", {"b": "2.50"}], "c": "1e999"}


BOMB = "<!DOCTYPE x [<!ENTITY a 'aaaaaaaaaa'>" + "".join(f"<!ENTITY {b} '{f'&{a};' * 10}'>" for a, b in zip("abcdef", "bcdefg")) + "]><xml>&g;</xml>"
REFUSED = {
    "nothing": "", "no document": "hello", "another root": "<html/>", "cut off": TEXT[:-3], "two roots": TEXT + TEXT,
    "bomb": BOMB, "bare DOCTYPE": "<!DOCTYPE xml>" + TEXT, "small doctype": "<!doctype xml>" + TEXT,
    "external DTD": '<!DOCTYPE xml SYSTEM "http://127.0.0.1/x.dtd">' + TEXT,
    "external entity": '<!DOCTYPE xml [<!ENTITY e SYSTEM "file:///etc/passwd">]><xml><Content>&e;</Content></xml>',
    "parameter entity": '<!DOCTYPE xml [<!ENTITY % p "x"> %p;]><xml/>', "unknown entity": "<xml>&lol;</xml>",
    "sender twice": "<xml><FromUserName>a</FromUserName><FromUserName>b</FromUserName></xml>",
    "type twice": "<xml><MsgType>text</MsgType><MsgType>event</MsgType></xml>", "encrypted twice": "<xml><Encrypt>a</Encrypt><Encrypt>b</Encrypt></xml>",
    "too deep": "<xml>" + "<a>" * 8 + "</a>" * 8 + "</xml>", "far too deep": "<xml>" + "<a>" * 8000, "NUL": "<xml>\0</xml>",
    "JSON list": "[1]", "JSON twice": '{"MsgType": "text", "MsgType": "event"}', "JSON cut off": '{"a": ', "JSON NaN": '{"a": NaN}',
    "JSON deep": '{"a": ' + "[" * 9 + "]" * 9 + "}", "JSON far too deep": '{"a": ' + "[" * 30000, "too long": "<xml>" + "a" * xml.LIMIT + "</xml>",
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_a_message_is_refused(name: str) -> None:
    with pytest.raises(Refused):
        xml.parse(REFUSED[name].encode())


@pytest.mark.parametrize("encoding", ["utf-16", "gb18030", "utf-32"])
def test_only_utf8(encoding: str) -> None:
    with pytest.raises(Refused):
        xml.parse(TEXT.encode(encoding))
    with pytest.raises(Refused):
        xml.parse(TEXT.encode() + b"\xff")


def test_what_a_patient_types_into_a_message_is_only_text() -> None:
    """Her words about a DTD are no DTD, and the longer limit is for bodies that carry the message twice."""
    said = "<!DOCTYPE x> <!ENTITY y> </Content><MsgType>event</MsgType>"
    assert xml.parse(f"<xml><Content>{xml.cdata(said)}</Content></xml>".encode()) == {"Content": said}
    assert len(xml.parse(f"<xml><A>{'a' * xml.LIMIT}</A></xml>".encode(), xml.COMPATIBLE_LIMIT)["A"]) == xml.LIMIT


@settings(max_examples=150, deadline=None)
@given(st.text(st.one_of(st.characters(), st.sampled_from("]>[<&\0\ufffe\ud83d")), max_size=40))
def test_every_answer_is_one_text_message(said: str) -> None:
    """Read back by us and by wechatpy, which takes what it is given."""
    for text in (said, f"x]]></Content><MsgType><![CDATA[image]]></MsgType><Content><![CDATA[{said}"):
        made = xml.text_reply("o1", "gh_1", text, 1790000103)
        fields = xml.parse(made.encode())
        assert list(fields) == ["ToUserName", "FromUserName", "CreateTime", "MsgType", "Content"] and fields["MsgType"] == "text"
        assert fields["Content"] == re.sub("\r\n?", "\n", xml.clean(text))
        assert parse_message(made).type == "text"
        assert json.loads(xml.text_reply_json("o1", "gh_1", text, 1))["Content"] == xml.clean(text)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=300), st.integers(0, 200))
def test_any_bytes_are_read_or_refused(junk: bytes, at: int) -> None:
    for body in (junk, TEXT.encode()[:at] + junk + TEXT.encode()[at:], b"{" + junk):
        with contextlib.suppress(Refused):
            assert isinstance(xml.parse(body), dict)
