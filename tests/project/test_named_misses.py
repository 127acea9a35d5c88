"""docs/safety.md names each known miss with its reason, as the tests that hold them do."""

from __future__ import annotations

import re

from bot.settings import ROOT
from tests.bot.guard.test_guard_look_alikes import KNOWN_FALSE_ALARMS, KNOWN_MISSES
from tests.bot.guard.test_scam import MISSES
from tests.bot.privacy.test_lines import KNOWN_MISSES as UNMASKED

ROW = re.compile(r"^\| (.+?) \| (.+?) \| `(test_\w+)` \|$", re.M)
HELD = {
    "test_known_misses_still_are": KNOWN_MISSES,
    "test_known_false_alarms_still_are": KNOWN_FALSE_ALARMS,
    "test_known_misses": dict(MISSES),
    "test_known_misses_are_still_missed": UNMASKED,
}


def rows() -> list[tuple[str, str, str]]:
    """What the tests hold, as the table has it."""
    return [(text.replace("|", "\\|"), reason, test) for test, held in HELD.items() for text, reason in held.items()]


def test_the_table_of_named_misses_is_that_of_the_tests() -> None:
    section = (ROOT / "docs" / "safety.md").read_text(encoding="utf-8").partition("\n## Named misses\n")[2].partition("\n## ")[0]
    assert ROW.findall(section) == rows()
