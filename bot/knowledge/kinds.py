"""What one value in a staff file may look like: each kind reads a YAML node and describes itself as JSON Schema.

Reading never raises. A wrong value is put on the `Report` with its line, and `BAD` is returned instead of it.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import date, time
from difflib import get_close_matches
from typing import Any

from yaml.nodes import Node, ScalarNode, SequenceNode

from bot.knowledge.report import Bad, Report, is_null, line_of


class Kind(ABC):
    """One kind of value."""

    @abstractmethod
    def read(self, node: Node, name: str, report: Report) -> Any:
        """The value of a node, or `BAD` with the reason on the report.

        Args:
            node: what stands in the file.
            name: what to call it when speaking to the person who wrote it.
            report: where problems go.
        """

    @abstractmethod
    def schema(self) -> dict[str, Any]:
        """The same rules as JSON Schema."""


def scalar(node: Node, name: str, report: Report) -> str | Bad:
    """What is written as one plain value, as it is written (`01055` stays `01055`)."""
    if is_null(node):
        return report.add(line_of(node), f"'{name}' is empty; write something after the colon.")
    if not isinstance(node, ScalarNode):
        return report.add(line_of(node), f"'{name}' has to be one text, not a list or a group of fields.")
    return str(node.value).strip("\n")


@dataclass(frozen=True)
class Words(Kind):
    """A text that is not empty."""

    pattern: str | None = None
    such_as: str = ""

    def read(self, node: Node, name: str, report: Report) -> Any:
        value = scalar(node, name, report)
        if isinstance(value, str) and self.pattern and not re.fullmatch(self.pattern, value):
            return report.add(line_of(node), f"'{name}' is '{value}'; it has to look like {self.such_as}.")
        return value

    def schema(self) -> dict[str, Any]:
        if self.pattern:
            return {"type": "string", "pattern": f"^(?:{self.pattern})$"}
        return {"type": ["string", "number"], "minLength": 1}


@dataclass(frozen=True)
class Choice(Kind):
    """One of a few values."""

    values: tuple[str, ...]

    def read(self, node: Node, name: str, report: Report) -> Any:
        value = scalar(node, name, report)
        if isinstance(value, str) and value not in self.values:
            close = get_close_matches(value, self.values, 1)
            hint = f"did you mean '{close[0]}'?" if close else f"write one of: {', '.join(self.values)}."
            return report.add(line_of(node), f"'{value}' is not known as '{name}'; {hint}")
        return value

    def schema(self) -> dict[str, Any]:
        return {"enum": list(self.values)}


@dataclass(frozen=True)
class Day(Kind):
    """A date."""

    def read(self, node: Node, name: str, report: Report) -> Any:
        value = scalar(node, name, report)
        if not isinstance(value, str):
            return value
        try:
            return date.fromisoformat(value)
        except ValueError:
            return report.add(line_of(node), f"'{name}' is '{value}'; write a date such as 2027-06-30.")

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "format": "date"}


@dataclass(frozen=True)
class Flag(Kind):
    """Yes or no."""

    def read(self, node: Node, name: str, report: Report) -> Any:
        value = scalar(node, name, report)
        if isinstance(value, str) and value.lower() not in ("true", "false"):
            return report.add(line_of(node), f"'{name}' is '{value}'; write true or false.")
        return value if isinstance(value, Bad) else value.lower() == "true"

    def schema(self) -> dict[str, Any]:
        return {"type": "boolean"}


@dataclass(frozen=True)
class Clocks(Kind):
    """A pair of times, from and to."""

    def read(self, node: Node, name: str, report: Report) -> Any:
        parts = node.value if isinstance(node, SequenceNode) else []
        try:
            start, end = (time.fromisoformat(part.value.strip().rjust(5, "0")) for part in parts)
        except (ValueError, AttributeError, TypeError):
            return report.add(line_of(node), f"'{name}' needs pairs of times such as [\"08:00\", \"11:30\"].")
        if start >= end:
            return report.add(line_of(node), f"In '{name}' the first time has to be before the second.")
        return start, end

    def schema(self) -> dict[str, Any]:
        return {"type": "array", "items": {"type": "string"}, "minItems": 2, "maxItems": 2}
