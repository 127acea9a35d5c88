"""Conversation keys: one for each patient, channel and group, and nothing to be read from them."""

from __future__ import annotations

import itertools
import re

from bot.channels.keys import conversation_key

SECRET = b"0123456789abcdef"


def test_a_key_is_stable_short_and_says_nothing() -> None:
    key = conversation_key(SECRET, "rest", "", "openid-of-li")
    assert key == conversation_key(SECRET, "rest", "", "openid-of-li")
    assert re.fullmatch(r"[0-9a-f]{32}", key)


def test_every_part_makes_another_key() -> None:
    parts = itertools.product([SECRET, b"another secret.."], ["rest", "web"], ["", "x"], ["a", "b"], [None, "g", "h"])
    keys = [conversation_key(*x) for x in parts]
    assert len(set(keys)) == len(keys)


def test_parts_do_not_run_into_each_other() -> None:
    made = {conversation_key(SECRET, "rest", "", user, group) for user, group in [("x\0g", None), ("x", "g\0"), ("x", "g"), ("x\0", "g")]}
    assert len(made) == 4


def test_a_group_without_a_name_is_as_good_as_private_and_odd_characters_do_no_harm() -> None:
    assert conversation_key(SECRET, "web", "", "a", "") == conversation_key(SECRET, "web", "", "a")
    assert len({conversation_key(SECRET, "web", "", x) for x in ("\ud83d", "李", "😀", "\0", "")}) == 5
