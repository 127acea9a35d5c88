"""A look at one message by rule: does it offer what is illegal, a fraud, or advertising that has no place here?

Everything it goes by stands in `knowledge/_scams.yml`, which staff edit: what is offered, the signs of an offer, and what speaks
against one (somebody asks, warns or announces). Each adds or takes away points; from a number of points on it is an offer.
`python -m bot.guard.scam check` runs the file's examples, `python -m bot.guard.scam try "…"` shows the points of one message.
"""

from __future__ import annotations

import argparse
import re
import sys
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import zhconv
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from bot.guard.evasions import Evasions, evasions
from bot.knowledge.fields import REVIEW
from bot.knowledge.groups import Both, Field, Many, Maybe, Record
from bot.knowledge.kinds import Kind, Words, scalar
from bot.knowledge.model import Problem
from bot.knowledge.parse import parse
from bot.knowledge.report import BAD, Bad, Report, line_of
from bot.text.normalise import CJK, fold

FILE = "_scams.yml"
FOLDER = Path(__file__).resolve().parents[2] / "knowledge"
OTHER = "other"
"""Kind of an offer that names no goods of the file."""

_AMOUNT = r"(?:\d[\d.,]*|[零〇一二两俩三四五六七八九十百千万几数半]{1,6})"
_ZH_GAP, _EN_GAP = r"[^。!?;]{0,16}?", r"[^。!?;]{0,32}?"
_GAP_SIGN = "\0"
_CHINESE, _LATIN = re.compile(f"[{CJK}]"), re.compile("[a-z]{2}")
_AS_IT_STANDS = frozenset(")|[]^$")
#: Where an English word may begin and end; anywhere next to what is no Latin letter.
_START, _END = "(?:(?<![a-z])|(?![a-z]))", "(?:(?<=[a-z])e?s)?(?:(?![a-z])|(?<![a-z]))"
_MOST_POINTS = 20.0


@dataclass(frozen=True)
class Offer:
    """A message that offers something, and by what that is seen."""

    kind: str
    """Kind of what is offered as `_scams.yml` calls it, or `other`."""
    score: float
    """Points; at least those from which a message counts as an offer."""
    signs: tuple[str, ...]
    """What was found: `group: words`, those that speak against it with a minus before them."""


@dataclass(frozen=True)
class Group:
    """Words that count alike: however many of them stand in a message, the points are added once."""

    name: str
    points: float
    words: re.Pattern[str]
    chinese: bool
    """Whether the words hold Chinese characters; those need not be looked for in a message without any."""
    kind: str | None = None


@dataclass(frozen=True)
class Touts:
    """The staff's file, compiled: a pure function of a message."""

    least: float
    spellings: Evasions
    groups: tuple[Group, ...]
    reviewed: bool = False

    def look(self, text: str) -> Offer | None:
        """The offer a message makes, or None where it makes none.

        Args:
            text: the message as it came. Only its first `bot.text.normalise.LIMIT` characters are read.
        """
        kind, score, signs = self.points(text)
        return Offer(kind, score, signs) if score >= self.least else None

    def points(self, text: str) -> tuple[str, float, tuple[str, ...]]:
        """What would be offered, the points, and the signs they come from."""
        plain = self.spellings.undone(text)
        chinese, latin = bool(_CHINESE.search(plain)), bool(_LATIN.search(plain))
        found = [
            (group, hit[0]) for group in self.groups if (chinese if group.chinese else latin) and (hit := group.words.search(plain))
        ]
        counted, best = _once(found)
        signs = tuple(f"{'-' if group.points < 0 else ''}{group.name}: {hit}" for group, hit in counted)
        return best[0].kind or OTHER if best else OTHER, sum(group.points for group, _ in counted), signs


def _once(found: Sequence[tuple[Group, str]]) -> tuple[list[tuple[Group, str]], tuple[Group, str] | None]:
    """Each group's find once, of what is offered only the best; and that one."""
    best = max((one for one in found if one[0].kind), key=lambda one: one[0].points, default=None)
    first = {group.name: (group, hit) for group, hit in reversed(found) if not group.kind}
    return [*([best] if best else []), *reversed(first.values())], best


@dataclass(frozen=True)
class _Pattern(Kind):
    """Words to look for, in the file's own notation, see `pattern`."""

    def read(self, node: Node, name: str, report: Report) -> Any:
        value = scalar(node, name, report)
        if isinstance(value, Bad):
            return BAD
        try:
            compiled = re.compile(pattern(value))
        except (re.error, ValueError):
            return report.add(line_of(node), f"'{value}' cannot be read: every '(' needs a ')' and every '[' a ']'.")
        if compiled.search(""):
            return report.add(line_of(node), f"'{value}' would be found in every message; part of it must not be optional.")
        return value

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "minLength": 1}


@dataclass(frozen=True)
class _Number(Kind):
    """A number of points."""

    def read(self, node: Node, name: str, report: Report) -> Any:
        value = scalar(node, name, report)
        try:
            number = float(value) if isinstance(value, str) else None
        except ValueError:
            number = None
        if number is None or not 0 < number <= _MOST_POINTS:
            return report.add(line_of(node), f"'{name}' has to be a number above 0 and at most {_MOST_POINTS:g}, such as 2 or 1.5.")
        return number

    def schema(self) -> dict[str, Any]:
        return {"type": "number", "exclusiveMinimum": 0, "maximum": _MOST_POINTS}


_WORDS = Many(_Pattern(), good_part=True)
_GROUP = Record((Field("points", _Number(), "how much it counts"), Field("words", _WORDS, "what to look for")))
_KIND = Record(
    (
        Field("name", Both(Words()), "how staff call it"),
        Field("alone", _WORDS, "words that are an offer by themselves", required=False),
        Field("goods", _WORDS, "words for what is offered, which need a further sign", required=False),
        Field("near", _WORDS, "words of everyday that also stand in such offers and need several signs", required=False),
    )
)
_EXAMPLES = Record(
    (
        Field("offers", Many(Words()), "messages that have to be taken for an offer"),
        Field("harmless", Many(Words()), "messages that must not"),
    )
)
SCAMS = Record(
    (
        Field("reviewed", Maybe(REVIEW), "null until a person has checked the file; then by and on"),
        Field("least", _Number(), "points from which a message is an offer"),
        Field("alone", _Number(), "points of words that are an offer by themselves"),
        Field("goods", _Number(), "points of words for what is offered"),
        Field("near", _Number(), "points of everyday words"),
        Field("spellings", Record((), others=Many(Words())), "plain word: how it is disguised"),
        Field("emoji", Record((), others=Both(Words())), "emoji: the word it stands for"),
        Field("kinds", Record((), others=_KIND), "what is offered"),
        Field("signs", Record((), others=_GROUP), "what makes an offer likelier"),
        Field("against", Record((), others=_GROUP), "what speaks against an offer"),
        Field("examples", _EXAMPLES, "tried by the check"),
    )
)


def pattern(words: str) -> str:
    """A pattern from words as staff write them.

    `(a|b)` is one of several, `(a|b)?` also none, `(a|b)*` also several times, `[ab]` one of these characters, `…` a gap within a
    sentence, `#` an amount in digits or Chinese numerals, `*` any ending of an English word, `^` and `$` beginning and end of the
    message. English stands as whole words, plural included; Chinese as it stands.

    Raises:
        ValueError: there is nothing to look for.
    """
    plain = fold(str(zhconv.convert(unicodedata.normalize("NFKC", words.replace("…", _GAP_SIGN).replace("'", "")).strip(), "zh-cn")))
    if not any(char.isalnum() for char in plain):
        raise ValueError(words)
    chinese = re.search(f"[{CJK}]", plain)
    start, end = (_START, _END) if re.search("[a-z]", plain) else ("", "")
    gap = f"{end}{_ZH_GAP if chinese else _EN_GAP}{start}"
    special = {_GAP_SIGN: gap, "#": _AMOUNT, "*": "[a-z]*", " ": r"[\s\-]*", ")?": ")?", ")*": "){0,3}", "(": "(?:"}
    pieces = re.findall(r"\)[?*]|.", plain)
    return start + "".join(special.get(piece) or (piece if piece in _AS_IT_STANDS else re.escape(piece)) for piece in pieces) + end


def load(folder: Path, last: Touts | None = None) -> tuple[Touts, list[Problem]]:
    """Read `_scams.yml` of a folder; never raises on bad content.

    Words that cannot be read are left out. Of a file that is broken otherwise, or missing, nothing is used: the `last` state stands
    in for it, or without one no message is taken for an offer. Each is told by a problem either way.
    """
    report = Report(FILE)
    if not (folder / FILE).exists():
        report.add(0, "The file is missing; offers of touts are not recognised by rule.")
        return last or NOTHING, report.problems
    root = parse(folder / FILE, report)
    found = BAD if isinstance(root, Bad) else SCAMS.read(root, FILE, report)
    return (last or NOTHING) if isinstance(found, Bad) else _compiled(found), report.problems


def tried(folder: Path) -> list[Problem]:
    """The problems of the file, those of its examples included: each has to be taken for what it is listed as."""
    touts, problems = load(folder)
    report = Report(FILE, problems)
    for wanted, node in _examples(folder):
        kind, score, signs = touts.points(node.value)
        if (score >= touts.least) != (wanted == "offers"):
            report.add(line_of(node), f"'{node.value}' {_TOLD[wanted]}: it has {score:g} points, an offer has {touts.least:g} or more. {_because(signs)}")
    return problems


_TOLD = {"offers": "is listed as an offer but is not taken for one", "harmless": "is listed as harmless but is taken for an offer"}


def _because(signs: Sequence[str]) -> str:
    return f"Found in it: {', '.join(signs)}." if signs else "No listed word was found in it; add one under kinds or signs."


def _examples(folder: Path) -> Iterator[tuple[str, ScalarNode]]:
    """Each example with the list it stands in; nothing where the file cannot be read, which `load` tells."""
    path = folder / FILE
    root = parse(path, Report(FILE)) if path.exists() else BAD
    pairs = _children(root) if isinstance(root, MappingNode) else {}
    for wanted, listed in _children(pairs.get("examples")).items():
        for node in listed.value if isinstance(listed, SequenceNode) and wanted in _TOLD else ():
            if isinstance(node, ScalarNode):
                yield wanted, node


def _children(node: Node | None) -> dict[str, Node]:
    return {key.value: value for key, value in node.value} if isinstance(node, MappingNode) else {}


def _compiled(found: Mapping[str, Any]) -> Touts:
    groups: list[Group] = []
    for name, kind in _named(found["kinds"]):
        groups += _group(name, found["alone"], kind["alone"], name)
        groups += _group(name, found["goods"], kind["goods"], name)
        groups += _group(name, found["near"], kind["near"], name)
    for name, group in _named(found["signs"]):
        groups += _group(name, group["points"], group["words"])
    for name, group in _named(found["against"]):
        groups += _group(name, -group["points"], group["words"])
    return Touts(found["least"], evasions(dict(_named(found["spellings"])), dict(_named(found["emoji"]))), tuple(groups), found["reviewed"] is not None)


def _named(record: Mapping[str, Any]) -> list[tuple[str, Any]]:
    return [(name, value) for name, value in record.items() if name != "line"]


def _group(name: str, points: float, words: Sequence[str], kind: str | None = None) -> list[Group]:
    """The words as one pattern for Chinese and one for the rest."""
    found = []
    for chinese in (True, False):
        sources = [pattern(word) for word in words if bool(_CHINESE.search(word)) == chinese]
        if sources:
            found.append(Group(name, points, re.compile("|".join(sources)), chinese, kind))
    return found


NOTHING = Touts(_MOST_POINTS, evasions({}, {}), ())
"""Takes no message for an offer."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; the exit status is 1 if the check found something wrong."""
    parser = argparse.ArgumentParser(prog="python -m bot.guard.scam")
    commands = parser.add_subparsers(dest="command", required=True)
    checking = commands.add_parser("check", help=f"read {FILE} and try its examples")
    checking.add_argument("folder", nargs="?", type=Path, default=FOLDER)
    trying = commands.add_parser("try", help="show the points of one message")
    trying.add_argument("message")
    trying.add_argument("--folder", type=Path, default=FOLDER)
    options = parser.parse_args(arguments)
    return _check(options.folder) if options.command == "check" else _try(options.folder, options.message)


def _check(folder: Path) -> int:
    problems = tried(folder)
    for problem in problems:
        print(problem)
    print(f"{sum(1 for _ in _examples(folder))} examples tried, {len(problems)} problems")
    return 1 if problems else 0


def _try(folder: Path, message: str) -> int:
    touts, problems = load(folder)
    for problem in problems:
        print(problem)
    kind, score, signs = touts.points(message)
    taken = f"an offer ({kind})" if score >= touts.least else "no offer"
    print(f"{taken}: {score:g} points, an offer has {touts.least:g} or more. {_because(signs)}")
    print(f"read as: {touts.spellings.undone(message)}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
