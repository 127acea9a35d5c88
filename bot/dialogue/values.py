"""Whether a message tells what a test has shown, and asks for no report: what a value means is a doctor's question."""

from __future__ import annotations

import re

#: A value: a number that is neither part of a name (E2, CA125) nor of a day, a time or a date; or how a value is called.
_VALUE = re.compile(
    r"\d+\.\d+|(?<![\da-z./:\-])\d+(?![\d.]*\s*(?:[号日月年点天周个次岁份张:/\-]|st\b|nd\b|rd\b|th\b|am\b|pm\b|days?\b|weeks?\b|times?\b))|[偏过]?[高低]|阳性|阴性|"
    r"\b(?:high|low|elevated|raised|positive|negative)\b", re.I)
#: Words of a report, of where it is and when it comes.
_REPORT = re.compile(
    r"报告|结果|单|出[来没了]|没出|出\b|查|看|拿|领|取|打印|进度|什么时候|多久|哪|何时|等|\b(?:reports?|results?|ready|back|out|available|see|look|show|find|get|check|"
    r"pick|upload|print|when|where|how long|done|come|came|still)\b", re.I)


def tells_value(text: str) -> bool:
    """Whether there is a value in a text, and no word of a report.

    Args:
        text: a message that names a test, normalised.
    """
    return _VALUE.search(text) is not None and _REPORT.search(text) is None
