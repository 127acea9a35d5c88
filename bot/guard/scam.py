"""A look at one message by rule: does it offer what is illegal, a fraud, or advertising that has no place here?

Everything it goes by stands in `knowledge/_scams.yml`, which staff edit: what is offered, the signs of an offer, and what speaks
against one (somebody asks, warns or announces). Each adds or takes away points; from a number of points on it is an offer. Where it is plain
that somebody asks about an offer, warns of one, declines it or tells of something else, points no longer matter: the message is settled.
`python -m bot.guard.scam check` runs the file's examples, `python -m bot.guard.scam try "…"` shows the points of one message.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from bot.guard.evasions import Evasions, evasions
from bot.guard.quotes import has_quotes, outside_quotes
from bot.guard.wording import Lookup, Wording, wording
from bot.knowledge.fields import REVIEW
from bot.knowledge.groups import Both, Field, Many, Maybe, Record
from bot.knowledge.kinds import Flag, Kind, Words, scalar
from bot.knowledge.model import Problem
from bot.knowledge.parse import parse
from bot.knowledge.report import BAD, Bad, Report, line_of
from bot.text.normalise import CJK

FILE = "_scams.yml"
FOLDER = Path(os.environ.get("IVF_GUIDE_KNOWLEDGE") or Path(__file__).resolve().parents[2] / "knowledge")
OTHER = "other"
"""Kind of an offer that names no goods of the file."""
GOODS, INVITES = "goods", "invites"
"""What may take back that a message is settled: that goods are named; that the writer asks to be contacted, or for money."""

_CHINESE, _LATIN = re.compile(f"[{CJK}]"), re.compile("[a-z]{2}")
_NOT_ONLY_CHINESE = re.compile(f"[a-z]{{2}}|^[^{CJK}]+$")
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
class Judged:
    """What the rules make of a message."""

    kind: str
    """Kind of what would be offered, or `other`."""
    points: float
    signs: tuple[str, ...]
    """What the points come from: `group: words`, those that speak against an offer with a minus before them."""
    settled: str | None
    """The group by which it is plain that nothing is offered, whatever the points are; None where it is not plain."""
    told: bool = False
    """Whether she asks about an offer or tells of one: the group that settles it says so, and something else in the message belongs to an offer."""


@dataclass(frozen=True)
class Group:
    """Words that count alike: however many of them stand in a message, the points are added once."""

    name: str
    points: float
    words: tuple[Wording, ...]
    chinese: bool
    """Whether the words hold Chinese characters; those need not be looked for in a message without any."""
    kind: str | None = None
    goods: bool = False
    """Whether the words of a kind name what is offered, and are not only near it."""
    settles: tuple[str, ...] | None = None
    """What must not stand beside the words, in the writer's own, for them to settle that nothing is offered: `GOODS`, `INVITES`, groups of signs.
    None: they never do."""
    tells: bool = False
    """Whether the words are of somebody who asks about an offer or tells of one."""


class Groups:
    """Groups of words, looked for at once."""

    def __init__(self, groups: Iterable[Group]) -> None:
        self.all = tuple(groups)
        self._lookup = Lookup(group.words for group in self.all)
        self._chinese, self._others = ([number for number, group in enumerate(self.all) if group.chinese is chinese] for chinese in (True, False))

    def found(self, plain: str) -> list[tuple[Group, str]]:
        """The groups of which words stand in a text, each with the first of them."""
        without = [*(self._chinese if not _CHINESE.search(plain) else ()), *(self._others if not _LATIN.search(plain) else ())]
        hits = self._lookup.first_of_each(plain, without)
        return [(self.all[number], hits[number]) for number in sorted(hits)]


@dataclass(frozen=True)
class Touts:
    """The staff's file, compiled: a pure function of a message."""

    least: float
    spellings: Evasions
    groups: Groups
    invites: Groups
    reviewed: bool = False

    def look(self, text: str) -> Offer | None:
        """The offer a message makes, or None where it makes none.

        Args:
            text: the message as it came. Only its first `bot.text.normalise.LIMIT` characters are read.
        """
        made = self.judge(text)
        return Offer(made.kind, made.points, made.signs) if made.points >= self.least and made.settled is None else None

    def judge(self, text: str) -> Judged:
        """What would be offered, the points and the signs they come from, and whether it is plain that nothing is."""
        plain = self.spellings.undone(text)
        found = self.groups.found(plain)
        counted, best = _once(found)
        signs = tuple(f"{'-' if group.points < 0 else ''}{group.name}: {hit}" for group, hit in counted)
        kind = best[0].kind or OTHER if best else OTHER
        settled = self._settled(text, plain, [group for group, _ in found])
        told = settled is not None and settled.tells and any(group.points > 0 for group, _ in counted)
        return Judged(kind, sum(group.points for group, _ in counted), signs, settled.name if settled else None, told)

    def _settled(self, text: str, plain: str, found: Sequence[Group]) -> Group | None:
        """The group whose words the writer says himself, and not in a quotation, without what would take them back."""
        if all(group.settles is None for group in found):
            return None
        own = self.spellings.undone(outside_quotes(text)) if has_quotes(text) else plain
        said = found if own is plain else [group for group, _ in self.groups.found(own)]
        beside = {GOODS if x.goods else x.name for x in said if x.goods or not x.kind} | {INVITES for _ in self.invites.found(own)}
        return next((x for x in said if x.settles is not None and not beside & set(x.settles)), None)


def _once(found: Sequence[tuple[Group, str]]) -> tuple[list[tuple[Group, str]], tuple[Group, str] | None]:
    """Each group's find once, of what is offered only the best; and that one."""
    best = max((one for one in found if one[0].kind), key=lambda one: one[0].points, default=None)
    first = {group.name: (group, hit) for group, hit in reversed(found) if not group.kind}
    return [*([best] if best else []), *reversed(first.values())], best


@dataclass(frozen=True)
class _Pattern(Kind):
    """Words to look for, in the file's own notation, see `bot.guard.wording.wording`."""

    def read(self, node: Node, name: str, report: Report) -> Any:
        value = scalar(node, name, report)
        if isinstance(value, Bad):
            return BAD
        try:
            found = wording(value)
        except (re.error, ValueError):
            return report.add(line_of(node), f"'{value}' cannot be read: every '(' needs a ')' and every '[' a ']'.")
        if found.pattern.search(""):
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
_AGAINST = Record(
    (
        Field("points", _Number(), "how much it counts"),
        Field("tells", Flag(), "whether somebody asks about an offer or tells of one: in a private chat she gets the official advice", required=False, default=False),
        Field("settles_unless", Many(Words()), "unless goods, invites or these signs stand beside it, nothing is offered", required=False, default=None),
        Field("words", _WORDS, "what to look for"),
    )
)
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
        Field("against", Record((), others=_AGAINST), "what speaks against an offer"),
        Field("invites", _WORDS, "how a writer asks to be contacted, or for money", required=False),
        Field("examples", _EXAMPLES, "tried by the check"),
    )
)


def load(folder: Path, last: Touts | None = None) -> tuple[Touts, list[Problem]]:
    """Read `_scams.yml` of a folder; never raises on bad content.

    Words that cannot be read are left out. Of a file that is broken otherwise, or missing, nothing is used: the `last` state stands
    in for it, or without one no message is taken for an offer. Each is told by a problem either way.
    """
    report = Report(FILE)
    return _read(_root(folder, report), report) or last or NOTHING, report.problems


def tried(folder: Path) -> tuple[Touts, list[Problem]]:
    """The same, with the file's examples tried: one that is not taken for what it is listed as is a problem too."""
    report = Report(FILE)
    root = _root(folder, report)
    touts = _read(root, report) or NOTHING
    for wanted, node in _examples(root):
        if (touts.look(node.value) is not None) != (wanted == "offers"):
            report.add(line_of(node), f"'{node.value}' {_TOLD[wanted]}: {_because(touts, touts.judge(node.value))}")
    return touts, report.problems


def _root(folder: Path, report: Report) -> Node | Bad:
    if not (folder / FILE).exists():
        return report.add(0, "The file is missing; offers of touts are not recognised by rule.")
    return parse(folder / FILE, report)


def _read(root: Node | Bad, report: Report) -> Touts | None:
    """The file, compiled; None where it cannot be used."""
    found = BAD if isinstance(root, Bad) else SCAMS.read(root, FILE, report)
    if isinstance(found, Bad):
        return None
    _check_settling(found, report)
    return _compiled(found)


def _check_settling(found: Mapping[str, Any], report: Report) -> None:
    """Tell of a name under `settles_unless` that nothing has: it would never take anything back."""
    known = {GOODS, INVITES, *(name for name, _ in _named(found["signs"]))}
    for name, group in _named(found["against"]):
        for unknown in sorted(set(group["settles_unless"] or ()) - known):
            report.add(group["line"], f"'{unknown}' under settles_unless of '{name}' is not known; write goods, invites or the name of a group of signs.")


_TOLD = {"offers": "is listed as an offer but is not taken for one", "harmless": "is listed as harmless but is taken for an offer"}


def _because(touts: Touts, made: Judged) -> str:
    found = f"Found in it: {', '.join(made.signs)}." if made.signs else "No listed word was found in it; add one under kinds or signs."
    settled = f" '{made.settled}' settles that nothing is offered." if made.settled else ""
    return f"it has {made.points:g} points, an offer has {touts.least:g} or more. {found}{settled}"


def _examples(root: Node | Bad) -> Iterator[tuple[str, ScalarNode]]:
    """Each example with the list it stands in; nothing where the file cannot be read."""
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
        groups += _group(name, found["alone"], kind["alone"], name, goods=True)
        groups += _group(name, found["goods"], kind["goods"], name, goods=True)
        groups += _group(name, found["near"], kind["near"], name)
    for name, group in _named(found["signs"]):
        groups += _group(name, group["points"], group["words"])
    for name, group in _named(found["against"]):
        groups += _group(name, -group["points"], group["words"], settles=group["settles_unless"], tells=group["tells"])
    spellings = evasions(dict(_named(found["spellings"])), dict(_named(found["emoji"])))
    return Touts(found["least"], spellings, Groups(groups), Groups(_group(INVITES, 0, found["invites"])), found["reviewed"] is not None)


def _named(record: Mapping[str, Any]) -> list[tuple[str, Any]]:
    return [(name, value) for name, value in record.items() if name != "line"]


def _group(
    name: str, points: float, words: Sequence[str], kind: str | None = None, goods: bool = False, settles: tuple[str, ...] | None = None, tells: bool = False
) -> list[Group]:
    """The words as a group for Chinese and one for the rest; `(add|加) me` stands in both."""
    found = []
    for chinese in (True, False):
        those = [wording(word) for word in words if (_CHINESE if chinese else _NOT_ONLY_CHINESE).search(word)]
        if those:
            found.append(Group(name, points, tuple(those), chinese, kind, goods, settles, tells))
    return found


NOTHING = Touts(_MOST_POINTS, evasions({}, {}), Groups(()), Groups(()))
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
    problems = tried(folder)[1]
    for problem in problems:
        print(problem)
    print(f"{sum(1 for _ in _examples(_root(folder, Report(FILE))))} examples tried, {len(problems)} problems")
    return 1 if problems else 0


def _try(folder: Path, message: str) -> int:
    touts, problems = load(folder)
    for problem in problems:
        print(problem)
    made = touts.judge(message)
    taken = f"an offer ({made.kind})" if touts.look(message) else "no offer"
    print(f"{taken}: {_because(touts, made)}")
    print(f"read as: {touts.spellings.undone(message)}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
