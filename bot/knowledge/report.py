"""Where the mistakes of one staff file are collected while it is read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from yaml.nodes import Node, ScalarNode

from bot.knowledge.model import Problem, Severity

NULL = "tag:yaml.org,2002:null"


class Bad:
    """Stands for a value that could not be read."""


BAD = Bad()


def line_of(node: Node) -> int:
    """The line a node starts on, counted from 1."""
    return int(node.start_mark.line) + 1


def is_null(node: Node) -> bool:
    """Whether nothing, `~` or `null` is written there."""
    return isinstance(node, ScalarNode) and (node.tag == NULL or not node.value.strip())


@dataclass
class Report:
    """Collects the problems of one file while it is read."""

    file: str
    problems: list[Problem] = field(default_factory=list)
    entry: str | None = None

    def add(self, line: int, sentence: str, severity: Severity = "error") -> Bad:
        """Note a problem at a line; the `BAD` it returns is for the caller to pass on."""
        self.problems.append(Problem(self.file, line, self.entry, sentence, severity))
        return BAD

    @contextmanager
    def about(self, entry: str | None) -> Iterator[None]:
        """Within this block, problems belong to that entry."""
        before, self.entry = self.entry, entry or self.entry
        try:
            yield
        finally:
            self.entry = before
