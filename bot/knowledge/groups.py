"""Values made of values: lists, the two languages, and records of named fields."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from bot.knowledge.kinds import Kind
from bot.knowledge.model import LANGUAGE_NAMES, LANGUAGES
from bot.knowledge.report import BAD, Bad, Report, is_null, line_of


@dataclass(frozen=True)
class Maybe(Kind):
    """A value that may be null."""

    kind: Kind

    def read(self, node: Node, name: str, report: Report) -> Any:
        return None if is_null(node) else self.kind.read(node, name, report)

    def schema(self) -> dict[str, Any]:
        return {"anyOf": [{"type": "null"}, self.kind.schema()]}


@dataclass(frozen=True)
class Many(Kind):
    """A list.

    Args:
        item: kind of each item.
        least: how many there have to be.
        good_part: leave bad items out instead of failing as a whole.
    """

    item: Kind
    least: int = 0
    good_part: bool = False

    def read(self, node: Node, name: str, report: Report) -> Any:
        if is_null(node) and not self.least:
            return ()
        if not isinstance(node, SequenceNode):
            return report.add(line_of(node), f"'{name}' has to be a list, each item on a line that begins with '- '.")
        if len(node.value) < self.least:
            return report.add(line_of(node), f"'{name}' needs at least {self.least}.")
        values = [self.item.read(child, name, report) for child in node.value]
        if self.good_part:
            return tuple(value for value in values if value is not BAD)
        return BAD if BAD in values else tuple(values)

    def schema(self) -> dict[str, Any]:
        return {"type": "array", "items": self.item.schema(), **({"minItems": self.least} if self.least else {})}


@dataclass(frozen=True)
class Both(Kind):
    """The same in Chinese and in English: `{zh: …, en: …}`.

    Args:
        kind: what each of the two is.
        plain: one plain text is enough where it reads the same in both, such as a telephone number.
    """

    kind: Kind
    plain: bool = False

    def read(self, node: Node, name: str, report: Report) -> Any:
        if self.plain and isinstance(node, ScalarNode):
            value = self.kind.read(node, name, report)
            return BAD if value is BAD else dict.fromkeys(LANGUAGES, value)
        pairs = pairs_of(node, name, report)
        if isinstance(pairs, Bad):
            return BAD
        found: dict[str, Any] = {
            key: self.kind.read(child, f"{name}, {key}", report) for key, child in pairs if key in LANGUAGES
        }
        for language in LANGUAGES:
            if language not in found:
                found[language] = report.add(
                    line_of(node), f"'{name}' has no {LANGUAGE_NAMES[language]}; add a line '{language}: …'."
                )
        for key in [key for key, _ in pairs if key not in LANGUAGES]:
            found[key] = report.add(line_of(node), f"'{name}' has '{key}'; only the languages zh and en are known.")
        return BAD if BAD in found.values() else {language: found[language] for language in LANGUAGES}

    def schema(self) -> dict[str, Any]:
        each = {language: self.kind.schema() for language in LANGUAGES}
        both = {"type": "object", "properties": each, "required": list(LANGUAGES), "additionalProperties": False}
        return {"anyOf": [self.kind.schema(), both]} if self.plain else both


@dataclass(frozen=True)
class Field:
    """One field of a record; `default` (of a field that may be left out) is what it then holds."""

    name: str
    kind: Kind
    help: str
    required: bool = True
    default: Any = ()


@dataclass(frozen=True)
class Record(Kind):
    """A group of named fields, read as a dict with one more key, `line`.

    Args:
        fields: the fields that are known.
        label: field whose value names the record in problems.
        others: kind of any further field; None where none may stand.
    """

    fields: tuple[Field, ...]
    label: str | None = None
    others: Kind | None = None

    def read(self, node: Node, name: str, report: Report) -> Any:
        with report.about(self._label(node)):
            found = self.good_part(node, name, report)
            return BAD if BAD in found.values() else found

    def good_part(self, node: Node, name: str, report: Report) -> dict[str, Any]:
        """Each field's value, or `BAD`."""
        pairs = pairs_of(node, name, report)
        if isinstance(pairs, Bad):
            return {"line": BAD}
        known = {item.name: item.kind for item in self.fields}
        found: dict[str, Any] = {"line": line_of(node)}
        for key, child in pairs:
            kind = known.get(key, self.others)
            found[key] = self._unknown(key, child, report) if kind is None else kind.read(child, key, report)
        for item in self.fields:
            if item.name not in found and item.required:
                found[item.name] = report.add(line_of(node), f"The field '{item.name}' is missing: {item.help}.")
            found.setdefault(item.name, item.default)
        return found

    def _unknown(self, key: str, node: Node, report: Report) -> Bad:
        close = get_close_matches(key, [item.name for item in self.fields], 1)
        hint = f"Did you mean '{close[0]}'?" if close else "Delete it, or check its spelling."
        return report.add(line_of(node), f"The field '{key}' is not known here. {hint}")

    def _label(self, node: Node) -> str | None:
        for key, value in node.value if self.label and isinstance(node, MappingNode) else ():
            if key.value == self.label and isinstance(value, ScalarNode) and not is_null(value):
                return str(value.value).strip()
        return None

    def schema(self) -> dict[str, Any]:
        return {
            "type": "object",
            "properties": {item.name: {**item.kind.schema(), "description": item.help} for item in self.fields},
            "required": [item.name for item in self.fields if item.required],
            "additionalProperties": False if self.others is None else self.others.schema(),
        }


def pairs_of(node: Node, name: str, report: Report) -> list[tuple[str, Node]] | Bad:
    """Keys and values of a group of fields; a key written twice is a problem."""
    if not isinstance(node, MappingNode):
        return report.add(line_of(node), f"'{name}' has to be a group of fields, each written as 'field: value'.")
    found: dict[str, Node] = {}
    twice = False
    for key, value in node.value:
        if not isinstance(key, ScalarNode):
            return report.add(line_of(key), f"In '{name}' there is a field whose name is not a plain word.")
        if key.value in found:
            report.add(line_of(key), f"'{key.value}' is written twice in '{name}'; keep one of them.")
            twice = True
        found[key.value] = value
    return BAD if twice else list(found.items())
