"""One staff file to YAML nodes; what cannot be read is said in plain English."""

from __future__ import annotations

from pathlib import Path

import yaml
from yaml.nodes import Node

from bot.knowledge.report import Bad, Report

#: What the YAML parser says -> what a person can do about it; the first that fits.
ADVICE = (
    ("mapping values are not allowed", "there is a colon too many, or this line stands too far right."),
    ("could not find expected ':'", "a colon is missing here or in the line before."),
    ("did not find expected key", "this line does not line up with those above, or a quote is not closed."),
    ("did not find expected '-' indicator", "this line does not line up with the list above."),
    ("unexpected end of stream", "a quote or bracket that was opened is not closed."),
    ("did not find expected ',' or", "between { } or [ ], a text with brackets or commas in it needs quotes."),
    ("control characters", "there is an invisible character that does not belong here; delete it and type it anew."),
    ("undefined alias", "a text that begins with * has to stand in quotes."),
    ("cannot start any token", "a text that begins with a special character has to stand in quotes."),
)
OPENED = ("unexpected end of stream", "did not find expected ',' or")
#: Far more than any file needs.
DEEPEST = 40
LEFT_OUT = "Nothing of this file is used until it is put right."


def parse(path: Path, report: Report) -> Node | Bad:
    """The root node of a file, or `BAD` with the reason on the report."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        return report.add(1, f"The file is not saved as UTF-8; choose UTF-8 when saving. {LEFT_OUT}")
    except OSError as error:
        return report.add(0, f"The file cannot be opened ({error.strerror}).")
    try:
        if _depth(text) > DEEPEST:
            return report.add(1, f"The file cannot be read: it is nested too deeply. {LEFT_OUT}")
        root: Node | None = yaml.compose(text, Loader=_loader())
    except yaml.YAMLError as error:
        line = _line(error)
        return report.add(line, f"The file cannot be read: {_advice(str(error), text, line)} {LEFT_OUT}")
    return report.add(1, "The file is empty.") if root is None else root


def _depth(text: str) -> int:
    """How deep lists and fields are nested; looked at first, as building very deep ones would crash the process."""
    depth = deepest = 0
    for event in yaml.parse(text, Loader=_loader()):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        deepest = max(depth, deepest)
        if depth > DEEPEST:
            break
    return deepest


def _line(error: yaml.YAMLError) -> int:
    """Where to look: where a quote or bracket was opened that is not closed, else where reading stopped."""
    mark = getattr(error, "problem_mark", None)
    if any(sign in str(error) for sign in OPENED):
        mark = getattr(error, "context_mark", None) or mark
    return int(mark.line) + 1 if mark else 1


def _loader() -> type[yaml.SafeLoader]:
    return getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def _advice(message: str, text: str, line: int) -> str:
    lines = text.splitlines()
    if "\t" in "".join(lines[line - 1 : line]):
        return "there is a tab; use spaces to move text to the right."
    for sign, advice in ADVICE:
        if sign in message:
            return advice
    return " ".join(message.split()) + "."
