"""The staff's files `_signs_*.yml` and `_emergency.yml` to a guard and its texts; never raises on bad content."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from yaml.nodes import MappingNode, Node, ScalarNode

from bot.guard.fold import plain_form
from bot.guard.guard import Guard
from bot.guard.model import GROUPS, IDIOM, OTHER, SCOPES, Example, Line, Number, Rules, Sign, Term
from bot.guard.numbers import READERS
from bot.guard.terms import BadTerm, read_term
from bot.guard.texts import PHRASES, REPLIES, WORDS, EmergencyTexts, ReplyTerms
from bot.knowledge.groups import Both, Field, Many, Maybe, Record, pairs_of
from bot.knowledge.kinds import Choice, Day, Flag, Words
from bot.knowledge.loader import load_names
from bot.knowledge.model import Problem, Text
from bot.knowledge.parse import parse
from bot.knowledge.report import Bad, Report, is_null, line_of

SIGN_FILES, TEXT_FILE = "_signs_*.yml", "_emergency.yml"
ENGLISH_FILE = "_signs_en.yml"
PLAIN = Words()
WORD_LIST = Many(PLAIN, good_part=True)
NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
SOURCE = Record(
    (
        Field("title", PLAIN, "title of the guideline"),
        Field("year", Maybe(PLAIN), "its year; null for a page without a date"),
        Field("section", PLAIN, "where in it", required=False, default=""),
    ),
    others=PLAIN,
)
NUMBER = Record(
    (
        Field("read", Choice(tuple(READERS)), f"what is read: {', '.join(READERS)}"),
        Field("from", PLAIN, "smallest value that counts", required=False, default=None),
        Field("to", PLAIN, "largest value that counts", required=False, default=None),
        Field("as", Choice(("complaint", "detail")), "complaint (the usual) or detail", required=False, default="complaint"),
        Field("cancels", WORD_LIST, "complaints that do not count beside it, if no value bears them out", required=False, default=()),
    )
)
SIGN_KEYS = ("group", "source", "when", "unclear", "unless", "window", "stays", "needs_marks", "yes", "maybe", "no", "reviewed")
TEXT_KEYS = ("texts", "words", "review", "replies")
TOP_KEYS = ("complaints", "details", "numbers", "steadfast", "not_meant", "signs", "scopes", "rewrite", "pinyin", "sounds", "review")
REVIEW = Record((Field("by", Both(PLAIN, plain=True), "name of the person who checked it"), Field("on", Day(), "day on which she did")))


@dataclass
class _SignDraft:
    """A sign while it is collected from several files."""

    group: str = ""
    file: str = ""
    line: int = 0
    when: list[tuple[str, str, int]] = field(default_factory=list)
    unclear: list[tuple[str, str, int]] = field(default_factory=list)
    unless: list[tuple[str, str, int]] = field(default_factory=list)
    window: int = 40
    stays: bool = False
    needs_marks: bool = False
    examples: dict[str, list[Example]] = field(default_factory=lambda: defaultdict(list))
    sourced: bool = False


@dataclass
class _Draft:
    """What has been read so far."""

    problems: list[Problem] = field(default_factory=list)
    words: list[tuple[str, str, str, int]] = field(default_factory=list)      # name, written, file, line
    complaints: set[str] = field(default_factory=set)
    details: set[str] = field(default_factory=set)
    steadfast: list[tuple[str, str, int]] = field(default_factory=list)
    numbers: dict[str, Number] = field(default_factory=dict)
    signs: dict[str, _SignDraft] = field(default_factory=lambda: defaultdict(_SignDraft))
    rewrite: dict[str, str] = field(default_factory=dict)
    pinyin: dict[str, str] = field(default_factory=dict)
    sounds: dict[str, str] = field(default_factory=dict)
    reviewed: dict[str, bool] = field(default_factory=dict)                   # file: whether somebody's name stands there


def load(folder: Path) -> tuple[Guard, EmergencyTexts, list[Problem]]:
    """Read the guard's files in a folder.

    Returns:
        The guard and the texts made of everything that could be read, and what is wrong with the rest.
    """
    rules, problems = load_rules(folder)
    guard = Guard(rules)
    texts, more = load_texts(folder, guard)
    return guard, texts, problems + more


def load_rules(folder: Path) -> tuple[Rules, list[Problem]]:
    """The rules in all `_signs_*.yml` of a folder, merged in the order of the file names."""
    draft = _Draft()
    paths = sorted(folder.glob(SIGN_FILES))
    if not paths:
        draft.problems.append(Problem("", 0, None, f"There is no file {SIGN_FILES} in {folder}: no emergency is recognised by rule."))
    for path in paths:
        _read_signs(path, draft)
    return _rules(draft), draft.problems


def unreadable(folder: Path) -> list[Problem]:
    """Why files of a folder cannot be read at all. Until they can, what the others say of names that stand there cannot be judged."""
    problems: list[Problem] = []
    for path in (*sorted(folder.glob(SIGN_FILES)), folder / TEXT_FILE):
        if path.exists():
            parse(path, Report(path.name, problems))
    return problems


# --- one file


def _read_signs(path: Path, draft: _Draft) -> None:
    report = Report(path.name, draft.problems)
    draft.reviewed[path.name] = False
    root = parse(path, report)
    if isinstance(root, Bad):
        return
    readers: dict[str, Callable[[Node, Report, _Draft], None]] = {
        "complaints": lambda node, report, draft: _read_names(node, "complaints", draft.complaints, report, draft),
        "details": lambda node, report, draft: _read_names(node, "details", draft.details, report, draft),
        "numbers": _read_numbers,
        "steadfast": _read_steadfast,
        "not_meant": lambda node, report, draft: _read_words(IDIOM, node, "not_meant", report, draft),
        "signs": _read_sign_group,
        "scopes": _read_scopes,
        "rewrite": lambda node, report, draft: _read_spellings(node, "rewrite", draft.rewrite, report),
        "pinyin": lambda node, report, draft: _read_spellings(node, "pinyin", draft.pinyin, report),
        "sounds": lambda node, report, draft: _read_spellings(node, "sounds", draft.sounds, report),
        "review": _read_review,
    }
    for key, node in _pairs(root, path.name, report):
        if key not in TOP_KEYS:
            _unknown(key, TOP_KEYS, node, report)
        elif key in readers and not is_null(node):
            readers[key](node, report, draft)


def _read_review(node: Node, report: Report, draft: _Draft) -> None:
    draft.reviewed[report.file] = not isinstance(REVIEW.read(node, "review", report), Bad)


def _pairs(node: Node, name: str, report: Report) -> list[tuple[str, Node]]:
    found = pairs_of(node, name, report)
    if not isinstance(found, Bad):
        return found
    # a key written twice was told; what is written is still used, so that one slip does not silence a whole list
    pairs = node.value if isinstance(node, MappingNode) else []
    return [(str(key.value), value) for key, value in pairs if isinstance(key, ScalarNode)]


def _unknown(key: str, known: tuple[str, ...], node: Node, report: Report) -> None:
    close = get_close_matches(key, known, 1)
    hint = f"Did you mean '{close[0]}'?" if close else f"Known are: {', '.join(known)}."
    report.add(line_of(node), f"'{key}' is not known here. {hint}")


def _read_names(node: Node, kind: str, names: set[str], report: Report, draft: _Draft) -> None:
    for name, terms in _pairs(node, kind, report):
        if not NAME.fullmatch(name):
            report.add(line_of(terms), f"The name '{name}' has to be of small letters, digits and '-'.")
            continue
        other = draft.details if kind == "complaints" else draft.complaints
        if name in other:
            report.add(line_of(terms), f"'{name}' stands under complaints and under details; keep one name for one of them.")
            continue
        names.add(name)
        _read_words(name, terms, name, report, draft)


def _read_words(name: str, node: Node, called: str, report: Report, draft: _Draft) -> None:
    values = WORD_LIST.read(node, called, report)
    if isinstance(values, Bad):
        return
    items = getattr(node, "value", [])
    for item in items if isinstance(items, list) else []:
        if isinstance(item, ScalarNode) and not is_null(item):
            draft.words.append((name, str(item.value), report.file, line_of(item)))


def _read_scopes(node: Node, report: Report, draft: _Draft) -> None:
    for key, words in _pairs(node, "scopes", report):
        if key in SCOPES:
            _read_words(f"@{key}", words, key, report, draft)
        else:
            _unknown(key, SCOPES, words, report)


def _read_steadfast(node: Node, report: Report, draft: _Draft) -> None:
    if not isinstance(WORD_LIST.read(node, "steadfast", report), Bad):
        draft.steadfast += [(str(item.value), report.file, line_of(item)) for item in node.value]


def _read_numbers(node: Node, report: Report, draft: _Draft) -> None:
    for name, child in _pairs(node, "numbers", report):
        with report.about(name):
            value = NUMBER.read(child, name, report)
            if isinstance(value, Bad):
                continue
            try:
                low, high = (float(value[key]) if value[key] is not None else default for key, default in (("from", -1e9), ("to", 1e9)))
            except ValueError:
                report.add(line_of(child), "'from' and 'to' have to be numbers.")
                continue
            draft.numbers[name] = Number(name, value["read"], low, high, value["as"] == "complaint", frozenset(value["cancels"] or ()))


def _read_spellings(node: Node, called: str, into: dict[str, str], report: Report) -> None:
    for key, child in _pairs(node, called, report):
        value = PLAIN.read(child, key, report)
        if isinstance(value, str):
            into[key] = value


def _read_sign_group(node: Node, report: Report, draft: _Draft) -> None:
    for name, child in _pairs(node, "signs", report):
        with report.about(name):
            if not NAME.fullmatch(name):
                report.add(line_of(child), "The id of a sign has to be of small letters, digits and '-'.")
                continue
            _read_sign(child, report, draft.signs[name])


def _read_sign(node: Node, report: Report, sign: _SignDraft) -> None:
    sign.file, sign.line = sign.file or report.file, sign.line or line_of(node)
    for key, child in _pairs(node, "a sign", report):
        if key not in SIGN_KEYS:
            _unknown(key, SIGN_KEYS, child, report)
        elif key == "group":
            _read_group(child, report, sign)
        elif key == "source":
            sources = Many(SOURCE) if not isinstance(child, MappingNode) else SOURCE
            sign.sourced |= not isinstance(sources.read(child, key, report), Bad)
        elif key in ("stays", "needs_marks"):
            setattr(sign, key, getattr(sign, key) or Flag().read(child, key, report) is True)
        elif key == "window":
            value = PLAIN.read(child, key, report)
            if isinstance(value, str) and value.isdigit():
                sign.window = int(value)
            else:
                report.add(line_of(child), "'window' has to be a whole number of units.")
        elif key == "reviewed":
            Maybe(REVIEW).read(child, key, report)
        else:
            _read_sign_list(key, child, report, sign)


def _read_group(node: Node, report: Report, sign: _SignDraft) -> None:
    value = Choice(GROUPS).read(node, "group", report)
    if isinstance(value, Bad):
        return
    if sign.group and sign.group != value:
        report.add(line_of(node), f"The group is '{value}' here and '{sign.group}' in {sign.file}; they have to agree.")
        return
    sign.group = value


def _read_sign_list(key: str, node: Node, report: Report, sign: _SignDraft) -> None:
    if isinstance(WORD_LIST.read(node, key, report), Bad):
        return
    for item in node.value or []:
        if not isinstance(item, ScalarNode) or is_null(item):
            continue
        if key in ("yes", "maybe", "no"):
            sign.examples[key].append(Example(str(item.value), report.file, line_of(item)))
        else:
            getattr(sign, key).append((str(item.value), report.file, line_of(item)))


# --- all files together


def _rules(draft: _Draft) -> Rules:
    spelled = {folded_term(key): folded_term(value) for key, value in draft.rewrite.items()}
    known = draft.complaints | draft.details | set(draft.numbers)
    return Rules(
        terms=tuple(_terms(draft)),
        complaints=frozenset(draft.complaints),
        details=frozenset(draft.details),
        steadfast=frozenset(
            each for text, file, line in draft.steadfast for each in _names(text, file, line, "steadfast", draft.complaints, draft.problems)
        ),
        numbers=tuple(draft.numbers.values()),
        signs=tuple(sign for name, found in draft.signs.items() if (sign := _sign(name, found, known, draft)) is not None),
        rewrite=spelled,
        unreviewed=tuple(file for file, reviewed in draft.reviewed.items() if not reviewed),
        pinyin={key.lower(): folded_term(value) for key, value in draft.pinyin.items() if re.fullmatch(r"[a-zA-Z ]+", key)},
    )


def _terms(draft: _Draft) -> Iterator[Term]:
    for name, written, file, line in draft.words:
        try:
            yield read_term(name, folded_term(written), draft.sounds)
        except BadTerm as error:
            draft.problems.append(Problem(file, line, name.removeprefix("@"), f"The term '{written}' cannot be used: {error}."))


def folded_term(written: str) -> str:
    """A term in the form of the text it is looked up in; its signs stay."""
    parts = re.split(r"(\(!|[()?|~#*'^$\[\]])", written)
    folded = "".join(part if index % 2 else _plain_part(part) for index, part in enumerate(parts))
    return folded.strip()


def _plain_part(part: str) -> str:
    """Folded, with its outer spaces; no spaces beside Chinese characters, as in the text."""
    if not part.strip():
        return " " * bool(part)
    plain = plain_form(part.strip()).replace(",", " ").replace("。", " ").strip()
    plain = re.sub(r" *([\u3400-\u9fff]) *", r"\1", plain)
    return " " * part.startswith(" ") + plain + " " * part.endswith(" ")


def _sign(name: str, found: _SignDraft, known: set[str], draft: _Draft) -> Sign | None:
    if not found.group:
        draft.problems.append(Problem(found.file, found.line, name, f"The sign needs a line 'group: …', one of: {', '.join(GROUPS)}."))
        return None
    if not found.sourced:
        sentence = "The sign names no 'source' (title, year, section of the guideline it is taken from)."
        draft.problems.append(Problem(found.file, found.line, name, sentence))
    problems = draft.problems
    unless = {each for text, file, line in found.unless for each in _names(text, file, line, name, known, problems)}
    return Sign(
        id=name,
        group=found.group,
        when=tuple(line for item in found.when if (line := _line(*item, name, known, problems)) is not None),
        unclear=tuple(line for item in found.unclear if (line := _line(*item, name, known, problems)) is not None),
        unless=frozenset(unless),
        window=found.window,
        stays=found.stays,
        needs_marks=found.needs_marks,
        yes=tuple(found.examples["yes"]),
        maybe=tuple(found.examples["maybe"]),
        no=tuple(found.examples["no"]),
    )


def _line(text: str, file: str, line: int, sign: str, known: set[str], problems: list[Problem]) -> Line | None:
    clusters = []
    for part in text.split("+"):
        cluster = tuple(frozenset(_names(each, file, line, sign, known, problems)) for each in part.split())
        if not cluster or not all(cluster):
            if not part.split():
                problems.append(Problem(file, line, sign, f"In '{text}' a name is missing before or after a '+'."))
            return None
        clusters.append(cluster)
    return Line(tuple(clusters), english=file == ENGLISH_FILE)


def _names(text: str, file: str, line: int, sign: str, known: set[str], problems: list[Problem]) -> set[str]:
    names = set(filter(None, text.strip().split("|")))
    for name in sorted(names - known):
        close = get_close_matches(name, known, 1)
        hint = f"did you mean '{close[0]}'?" if close else "add it under complaints or details."
        problems.append(Problem(file, line, sign, f"There is no complaint, detail or number '{name}'; {hint}"))
    return names & known if names <= known or len(names) > 1 else set()


# --- texts

TEXT_ENTRY = Record(
    (
        Field("zh", PLAIN, "the text in Chinese"),
        Field("en", PLAIN, "the text in English"),
        Field("source", Many(SOURCE, least=1), "guidelines it is taken from"),
        Field("reviewed", Maybe(REVIEW), "null until a clinician has checked it", required=False, default=None),
    )
)
REPLY = Record(
    (
        Field("terms", WORD_LIST, "terms that make a reply one of this kind"),
        Field("also", WORD_LIST, "terms of which one has to be met too", required=False),
        Field("not", WORD_LIST, "terms that keep it from being one", required=False),
        Field("beside", WORD_LIST, "terms that may stand beside; where there are any, nothing else may", required=False),
        Field("despite", WORD_LIST, "complaints that do not keep the end of an emergency from being one", required=False),
        Field("yes", WORD_LIST, "replies of this kind", required=False),
        Field("no", WORD_LIST, "replies of another kind", required=False),
    )
)


def load_texts(folder: Path, guard: Guard) -> tuple[EmergencyTexts, list[Problem]]:
    """The texts in `_emergency.yml`; without the file, none, and a problem."""
    problems: list[Problem] = []
    report = Report(TEXT_FILE, problems)
    path = folder / TEXT_FILE
    if not path.exists():
        report.add(0, "The file is missing: there is no text for an emergency.")
        return EmergencyTexts({}, {}, {}, guard), problems
    texts: dict[str, Text] = {}
    words: dict[str, Text] = {}
    replies: dict[str, ReplyTerms] = {}
    reviews: dict[str, Any] = {}
    root = parse(path, report)
    for key, node in [] if isinstance(root, Bad) else _pairs(root, TEXT_FILE, report):
        if key == "texts":
            _read_texts(node, texts, reviews, report)
        elif key == "words":
            words = _read_phrases(node, report)
        elif key == "review":
            review = Maybe(REVIEW).read(node, key, report)
            reviews[WORDS] = None if isinstance(review, Bad) else review
        elif key == "replies":
            replies = _read_replies(node, guard.rules.complaints, report)
        else:
            _unknown(key, TEXT_KEYS, node, report)
    if not isinstance(root, Bad) and OTHER not in texts:
        report.add(0, f"There is no text '{OTHER}'; it stands in for every group that has none.")
    return EmergencyTexts(texts, words, replies, guard, reviews, load_names(folder)), problems


def _read_texts(node: Node, texts: dict[str, Text], reviews: dict[str, Any], report: Report) -> None:
    for group, child in _pairs(node, "texts", report):
        with report.about(group):
            if group not in GROUPS:
                _unknown(group, GROUPS, child, report)
                continue
            value = TEXT_ENTRY.read(child, group, report)
            if not isinstance(value, Bad):
                texts[group] = {"zh": value["zh"].strip(), "en": value["en"].strip()}
                reviews[group] = value["reviewed"]


def _read_phrases(node: Node, report: Report) -> dict[str, Text]:
    """What is said beside the texts; a name that nothing looks for is as much a mistake as one that is missing, and mostly the same one."""
    words: dict[str, Text] = {}
    for key, child in _pairs(node, "words", report):
        with report.about(key):
            if key not in PHRASES:
                _unknown(key, PHRASES, child, report)
            elif not isinstance(value := Both(PLAIN).read(child, key, report), Bad):
                words[key] = value
    if missing := [key for key in PHRASES if key not in words]:
        report.add(line_of(node), f"Under words is missing: {', '.join(missing)}.")
    return words


def _read_replies(node: Node, complaints: frozenset[str], report: Report) -> dict[str, ReplyTerms]:
    found = {}
    for kind, child in _pairs(node, "replies", report):
        with report.about(kind):
            if kind not in REPLIES:
                _unknown(kind, REPLIES, child, report)
                continue
            short = not isinstance(child, MappingNode)
            plain = dict.fromkeys(("also", "not", "beside", "despite", "yes", "no"), ())
            value = {"terms": WORD_LIST.read(child, kind, report), **plain} if short else REPLY.read(child, kind, report)
            if not isinstance(value, Bad) and not isinstance(value["terms"], Bad):
                for name in sorted(set(value["despite"]) - complaints):
                    report.add(line_of(child), f"'{name}' under despite is no complaint of the files of signs.")
                found[kind] = ReplyTerms(
                    terms=tuple(_reply_terms(kind, value["terms"], child, report)),
                    also=tuple(_reply_terms(kind, value["also"], child, report)),
                    without=tuple(_reply_terms(kind, value["not"], child, report)),
                    beside=tuple(_reply_terms(kind, value["beside"], child, report)),
                    despite=frozenset(value["despite"]),
                    yes=value["yes"],
                    no=value["no"],
                    line=line_of(child),
                )
    return {kind: found[kind] for kind in REPLIES if kind in found}


def _reply_terms(kind: str, written: tuple[str, ...], node: Node, report: Report) -> Iterator[Term]:
    for each in written:
        try:
            yield read_term(kind, folded_term(each), {})
        except BadTerm as error:
            report.add(line_of(node), f"The term '{each}' cannot be used: {error}.")
