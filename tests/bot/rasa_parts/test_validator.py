"""Action answers are accepted and refused as Rasa's own check does it, only faster."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import ValidationError
from rasa.core.actions.action import RemoteAction

from bot.rasa_parts import validator

CASES: list[Any] = [
    {"events": [], "responses": []},
    {"events": [{"event": "slot", "name": "x", "value": 1}], "responses": [{"text": "您好", "buttons": [], "custom": {"reply": {}}}]},
    {"events": [{"event": "no such event"}], "responses": []},
    {"events": [{"no": "event"}]},
    {"events": "x"}, {"responses": "x"}, {"responses": ["x"]}, {"events": [1], "responses": []}, {"events": None},
    {}, {"more": 1}, [], "x", None, 5,
]


@pytest.fixture
def both() -> Iterator[tuple[Any, Any]]:
    """Rasa's check, then ours; Rasa's is put back."""
    theirs = RemoteAction._validate_action_result
    validator.install()
    yield theirs, RemoteAction._validate_action_result
    RemoteAction._validate_action_result = theirs


def verdict(check: Any, result: Any) -> bool:
    try:
        return bool(check(RemoteAction("action_x", None), result))
    except ValidationError:
        return False


@pytest.mark.parametrize("result", CASES, ids=str)
def test_accepts_and_refuses_as_rasas_own(both: tuple[Any, Any], result: Any) -> None:
    theirs, ours = both
    assert verdict(ours, result) is verdict(theirs, result)


def test_the_cases_hold_both_verdicts(both: tuple[Any, Any]) -> None:
    assert {verdict(both[1], x) for x in CASES} == {True, False}


def test_it_is_faster(both: tuple[Any, Any]) -> None:
    def seconds(check: Any) -> float:
        started = time.perf_counter()
        for _ in range(10):
            check(RemoteAction("action_x", None), CASES[1])
        return time.perf_counter() - started

    assert seconds(both[1]) < seconds(both[0]) / 2
