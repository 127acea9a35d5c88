"""What the integration door lets in."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bot.channels.rest import BadRequest, read_body, read_profile

SECRET = b"0123456789abcdef"


def body(**fields: Any) -> bytes:
    return json.dumps({"sender": "li", "message": "要空腹吗", **fields}).encode()


def test_a_message() -> None:
    sender, made = read_body(body(), SECRET)
    assert sender == "li" and made.text == "要空腹吗" and made.channel == "rest"
    assert made.tap is None and made.given is None and made.metadata == {}
    assert "li" not in made.conversation


@pytest.mark.parametrize("raw", [
    b"", b"{", b"\xff\xfe", b"[]", b'"x"', b"5", b"null", b"{}", b"[" * 200_000, b'{"sender":' * 60_000,
    body(sender=None), body(sender=""), body(sender="  "), body(sender=7), body(sender=["li"]),
    body(message=None), body(message=""), body(message=" \n"), body(message=5), body(message={"text": "x"}),
    body(metadata=[]), body(metadata="x"), body(metadata=1), body(message="/"), body(message="/restart"), body(message="/ask{}"),
    body(message="/inform_profile{"), body(message="/inform_profile[]"), body(message='/inform_profile{"stage": 5}'),
    body(message='/inform_profile{"stage": null}'), body(message="/inform_profiles"), body(message="/inform_profile" + "[" * 200_000),
], ids=lambda x: x[:50].decode("latin-1"))
def test_what_is_refused(raw: bytes) -> None:
    with pytest.raises(BadRequest) as error:
        read_body(raw, SECRET)
    assert str(error.value).isascii() and len(str(error.value)) < 80


def test_only_known_metadata_is_passed_on() -> None:
    given = {"chat_type": "private", "group_id": "g", "mentioned": True, "now": "2026-01-01T00:00:00", "openid": "secret", "x": {}}
    assert set(read_body(body(metadata=given), SECRET)[1].metadata) == {"chat_type", "mentioned", "now"}


def test_a_group_is_another_conversation_than_private() -> None:
    def key(**metadata: Any) -> str:
        return read_body(body(metadata=metadata), SECRET)[1].conversation

    group = {"chat_type": "group"}
    assert len({key(), key(**group), key(**group, group_id="1"), key(**group, group_id="2")}) == 4
    assert key(group_id="1") == key()
    assert key(**group, group_id=1) == key(**group, group_id="1")


def test_profile_values() -> None:
    assert read_body(body(message='/inform_profile{"stage": "testing", "openid": "x"}'), SECRET)[1].given == {"stage": "testing"}
    assert read_profile("/inform_profile") == {}
    assert read_profile('/inform_profile {"region": "beijing"}') == {"region": "beijing"}


def test_a_slash_behind_a_space_is_text() -> None:
    assert read_body(body(message=" /restart"), SECRET)[1].given is None


def test_half_an_emoji_and_nul_are_taken_out() -> None:
    """A phone that cuts a text in the middle of an emoji sends such halves; no database takes them."""
    sender, made = read_body(b'{"sender": "li\\ud83d", "message": "a\\u0000b\\ude00"}', SECRET)
    assert (sender, made.text) == ("li?", "ab?")
