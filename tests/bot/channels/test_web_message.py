"""What the chat page may send, and how the bot's messages become bubbles."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bot.channels.web import MAX_CHARACTERS, bubbles, read_message


def read(**fields: Any) -> dict[str, Any] | str:
    return read_message(json.dumps(fields).encode())


def test_a_message_and_a_tap() -> None:
    assert read(text="你好", id="1") == {"text": "你好", "tap": None, "view": "private", "id": "1", "mentioned": True}
    assert read(text="ignored", tap="b1", view="group", mentioned=False) == {
        "text": "", "tap": "b1", "view": "group", "id": "", "mentioned": False}


def test_an_empty_tap_is_none_and_strange_values_are_harmless() -> None:
    assert read(text="你好", tap="", view=["group"], mentioned="no") == {
        "text": "你好", "tap": None, "view": "private", "id": "", "mentioned": True}
    made = read(text="你好", id="x" * 500)
    assert isinstance(made, dict) and len(made["id"]) == 64


@pytest.mark.parametrize(("raw", "wrong"), [
    (b"", "error_request"), (b"{", "error_request"), (b"\xff", "error_request"), (b"[]", "error_request"), (b"null", "error_request"),
    (b"[" * 30_000, "error_request"), (b"[" * 40_000, "too_long"), (b'{"text": 5}', "error_request"), (b'{"text": ["x"]}', "error_request"),
    (b'{"text": "x", "tap": 5}', "error_request"), (b'{"text": "x", "id": 5}', "error_request"),
    (b"{}", "empty"), (b'{"text": null}', "empty"), (b'{"text": " \\n"}', "empty"), (b'{"text": "\\u0000"}', "empty"),
], ids=lambda x: x[:30].decode("latin-1") if isinstance(x, bytes) else "")
def test_what_is_refused_is_named(raw: bytes, wrong: str) -> None:
    assert read_message(raw) == wrong


def test_the_limit_counts_characters() -> None:
    longest = json.dumps({"text": "长" * MAX_CHARACTERS}, ensure_ascii=False).encode()
    assert isinstance(read_message(longest), dict)
    assert read_message(json.dumps({"text": "长" * (MAX_CHARACTERS + 1)}, ensure_ascii=False).encode()) == "too_long"


def test_the_longest_message_passes_however_it_is_escaped() -> None:
    assert isinstance(read(text="长" * MAX_CHARACTERS), dict)


def test_half_an_emoji_does_not_spoil_the_history() -> None:
    made = read_message(b'{"text": "a\\ud83d", "tap": null, "id": "1"}')
    assert isinstance(made, dict) and made["text"] == "a?"


@pytest.mark.parametrize("field", ["tap", "id"])
@pytest.mark.parametrize("value", ["\\ude00", "13800000001 王芳", "a b", "<b>"])
def test_what_the_page_makes_up_is_a_token(field: str, value: str) -> None:
    assert read_message(b'{"text": "x", "%s": "%s"}' % (field.encode(), value.encode())) == "error_request"


def test_bubbles_take_their_kind_from_the_payload_behind(home: Path) -> None:
    made = bubbles([
        {"text": "答", "buttons": [{"title": "挂号", "payload": "b1"}]}, {"custom": {"reply": {"kind": "answer"}}},
        {"text": "须知"}, {"custom": {"reply": {"kind": "privacy"}}},
    ])
    assert [(author, x["text"], x["kind"], x["buttons"]) for author, x in made] == [
        ("bot", "答", "answer", [{"id": "b1", "title": "挂号"}]), ("bot", "须知", "privacy", [])]
    assert all(x["at"].endswith("+08:00") for _, x in made)


@pytest.mark.parametrize("made", [[], [{"custom": {"reply": {"kind": "silent"}}}], [{"text": "x"}], [{"text": "x"}, {"custom": {"y": 1}}]])
def test_what_is_no_reply_is_no_bubble(made: list[dict[str, Any]]) -> None:
    assert bubbles(made) == []
