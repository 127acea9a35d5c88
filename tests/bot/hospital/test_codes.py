"""Binding codes: told from a slip of the finger, found in a sentence, never kept as they are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.hospital.codes import ALPHABET, find_code, keyed_hash, new_code, short_code, with_check

CODE = with_check("B7K2M9Q")


@pytest.mark.parametrize("text", ["{}", "我的码是{}。", "code {}", "{}谢谢", "(b7k2 m9qa)", "绑定码：Ｂ７Ｋ２－Ｍ９ＱＡ", "b7k2m9qa", "B7K2–M9QA"])
def test_a_code_is_found_however_it_is_typed(text: str) -> None:
    assert CODE == "B7K2-M9QA" and find_code(text.format(CODE)) == CODE


@pytest.mark.parametrize("text", ["", "B7K2-M9Q", "B7K2-M9QAA", "XB7K2-M9QA", "13800138000", "2026-1122", "BBBB-BBBB", "2222-2222", "O7K2-M9QA"])
def test_other_things_are_none(text: str) -> None:
    assert find_code(text) is None


@given(st.integers(0, 7), st.sampled_from(ALPHABET))
def test_every_single_slip_is_noticed(place: int, other: str) -> None:
    plain = CODE.replace("-", "")
    slipped = plain[:place] + other + plain[place + 1 :]
    assert find_code(slipped) == (CODE if slipped == plain else None)


@given(st.integers(0, 6))
def test_every_swap_of_neighbours_is_noticed(place: int) -> None:
    plain = list(CODE.replace("-", ""))
    plain[place], plain[place + 1] = plain[place + 1], plain[place]
    assert find_code("".join(plain)) is None


def test_new_codes_are_codes_and_differ() -> None:
    made = {new_code() for _ in range(300)}
    assert len(made) == 300 and all(find_code(x) == x for x in made)
    assert all(len(short_code()) == 6 and short_code().isdigit() for _ in range(20))


def test_what_is_kept_can_be_compared_and_not_read() -> None:
    assert keyed_hash(b"k", "code", "b7k2m9qa") == keyed_hash(b"k", "code", CODE) == keyed_hash(b"k", "code", "Ｂ７Ｋ２ Ｍ９ＱＡ")
    assert len({keyed_hash(b"k", "code", CODE), keyed_hash(b"l", "code", CODE), keyed_hash(b"k", "id", CODE), keyed_hash(b"k", "code", CODE[:-1])}) == 4
    assert "B7K2" not in keyed_hash(b"k", "code", CODE).upper()
