"""No log carries a patient's words: a process says everything that Rasa says, and its stderr is read."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from bot.settings import ROOT

WORDS = "支原体阳性 MYCOPLASMA"

PRELUDE = f"""
import asyncio, logging, sys, warnings, structlog
from bot import logs
logs.install()
W = {WORDS!r}
def fails(text=W):
    mine = text * 2
    raise ValueError(text)
def caused():
    try:
        fails()
    except ValueError as error:
        raise RuntimeError(W) from error
def called(f):
    try:
        f()
    except Exception as error:
        return error
"""

CASES = {
    "exception with locals and causes": """
try:
    caused()
except RuntimeError:
    logging.getLogger("bot.channels.turns").exception("a turn failed")
""",
    "exception object as exc_info": 'logging.getLogger("bot").error("a turn failed", exc_info=called(caused))',
    "causes in a circle": """
a, b = called(fails), called(fails)
a.__cause__, b.__cause__ = b, a
logging.getLogger("bot").error("a turn failed", exc_info=a)
""",
    "structlog fields": """
structlog.get_logger("rasa.core.processor").error("processor.failed", text=W, rasa_events=[W], slot_values=W, event_info=W,
    json_body={"message": W}, exc_info=called(fails), entities=[{"value": W}])
""",
    "structlog exception": """
try:
    fails()
except ValueError:
    structlog.get_logger("rasa.engine.graph").exception("graph.node.failed", parse_data_text=W)
""",
    "structlog from other packages": 'structlog.get_logger("rasa.utils").warning("some.event", user_text=W, payload=W, tracker=W)',
    "rasa's messages with arguments": """
for name in ("rasa.core.processor", "rasa.core.actions.action", "rasa.core.tracker_store", "rasa_sdk.executor", "rasa_sdk.endpoint",
             "sanic.error", "rasa.core.channels.rest", "rasa.shared.core.trackers", "rasa.engine.graph"):
    logging.getLogger(name).error("could not handle %s", W)
    logging.getLogger(name).error(f"could not handle {W}", exc_info=called(fails))
""",
    "a dictionary as message": 'logging.getLogger("bot").warning({"event": "x", "text": W, "user_input": W})',
    "warnings": 'warnings.warn(f"cannot parse {W}")',
    "a task nobody waits for": """
async def main():
    async def lost():
        fails()
    asyncio.create_task(lost())
    await asyncio.sleep(0.01)
asyncio.run(main())
""",
    "debug of rasa": 'logging.getLogger("rasa.core.policies").info(W); logging.getLogger("rasa").debug(W)',
    "our own": 'logging.getLogger("bot").info("took model %s", "guide-1")',
}


@pytest.fixture(scope="module")
def said() -> dict[str, str]:
    """What one process that goes through all cases writes, by case."""
    program = PRELUDE + "".join(f"print({f'@@{name}@@'!r}, file=sys.stderr, flush=True)\n{case}\n" for name, case in CASES.items())
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, env={**os.environ, "PYTHONIOENCODING": "utf-8"},
                          capture_output=True, text=True, encoding="utf-8", timeout=60)
    assert done.returncode == 0 and done.stdout == "", done.stderr
    parts = done.stderr.split("@@")
    return dict(zip(parts[1::2], parts[2::2]))


@pytest.mark.parametrize("case", CASES)
def test_no_words_in_the_log(said: dict[str, str], case: str) -> None:
    assert "支原体" not in said[case] and "MYCOPLASMA" not in said[case] and "\\u652f" not in said[case]
    assert "Logging error" not in said[case]


def test_what_should_be_logged_is_logged(said: dict[str, str]) -> None:
    assert {name for name, text in said.items() if not text.strip()} <= {"debug of rasa", "warnings"}


def test_types_and_places_are_left(said: dict[str, str]) -> None:
    text = said["exception with locals and causes"]
    assert "RuntimeError" in text and "ValueError" in text and " in caused" in text and " in fails" in text
    assert "a turn failed" in text


def test_our_own_messages_are_whole(said: dict[str, str]) -> None:
    assert "took model guide-1" in said["our own"]
