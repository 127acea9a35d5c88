"""The staff's folder to a Library and the list of what is wrong with it; never raises on bad content."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import time
from pathlib import Path
from typing import Any, TypeVar

from yaml.nodes import MappingNode, Node

from bot.knowledge.fields import HOSPITAL, NOTICES, TOPIC_FILE, WORDS
from bot.knowledge.groups import Record
from bot.knowledge.library import Library
from bot.knowledge.model import Change, Entry, Hospital, Hours, Language, Problem, Review, Text, Variant
from bot.knowledge.names import line_in, names_of, unfilled, unfilled_phrase
from bot.knowledge.parse import parse
from bot.knowledge.report import BAD, Bad, Report

PROFILE_FILE, WORDS_FILE, NOTICES_FILE = "_hospital.yml", "_words.yml", "_notices.yml"
PAGE_FILE = "_page.yml"     # may be missing: only the chat page needs it
#: The texts around the answers: which part of the library stands in which file.
PHRASES = {"shell": WORDS_FILE, "notices": NOTICES_FILE, "page": PAGE_FILE}
Value = TypeVar("Value")


@dataclass
class _Draft:
    """What has been read so far.

    Args:
        last: the state served before; what is broken now is taken from it.
    """

    folder: Path
    last: Library
    problems: list[Problem] = field(default_factory=list)
    entries: dict[str, Entry] = field(default_factory=dict)
    topics: dict[str, Text] = field(default_factory=dict)


def load(folder: Path, last: Library | None = None) -> tuple[Library, list[Problem]]:
    """Read a folder of knowledge files.

    An entry with an error is left out; so is a whole file that cannot be read. With a `last` state, the last good
    version of what is left out stands in for it. Each is told by a problem either way.

    Args:
        folder: where the files are; one that does not exist gives an empty library and a problem.
        last: the state served before, if there is one.
    """
    draft = _Draft(folder, last or Library())
    if not folder.is_dir():
        draft.problems.append(Problem("", 0, None, f"There is no folder {folder}."))
    for path in sorted(folder.glob("*.yaml")):
        Report(path.name, draft.problems).add(0, "The file is not used: its name has to end in .yml.", "warning")
    for path in sorted(folder.glob("[!_.]*.yml")):
        _read_topic(path, draft)
    library = Library(
        entries=draft.entries,
        topics=draft.topics,
        hospital=_read_hospital(draft),
        shell=_read_phrases(WORDS_FILE, WORDS, draft.last.shell, draft),
        notices=_read_phrases(NOTICES_FILE, NOTICES, draft.last.notices, draft),
        page=_read_phrases(PAGE_FILE, WORDS, draft.last.page, draft) if (folder / PAGE_FILE).exists() else {},
    )
    return _without_unfilled(_phrases_filled(library, draft), draft), draft.problems


def load_names(folder: Path) -> Mapping[Language, Mapping[str, str]]:
    """What a folder has for `{names}`, by language: what of its profile can be read, the opening hours in words. What is wrong with it, `load` tells."""
    draft = _Draft(folder, Library())
    return names_of(_read_hospital(draft), _read_phrases(NOTICES_FILE, NOTICES, {}, draft))


def _read_topic(path: Path, draft: _Draft) -> None:
    report = Report(path.name, draft.problems)
    before = len(draft.problems)
    root = parse(path, report)
    values = BAD if isinstance(root, Bad) else TOPIC_FILE.read(root, path.stem, report)
    if isinstance(values, Bad):
        _keep_last_file(path.name, draft)
        return
    if values["topic"] != path.stem:
        report.add(values["line"], f"'topic' is '{values['topic']}'; it has to be the file's name, '{path.stem}'.")
    draft.topics[values["topic"]] = values["name"]
    for found in values["entries"]:
        with report.about(found["id"]):
            _add(_entry(found, values["topic"], path.name), draft, report)
    _keep_last(path.name, draft.problems[before:], draft)


def _add(entry: Entry, draft: _Draft, report: Report) -> None:
    taken = draft.entries.get(entry.id)
    if taken is not None:
        report.add(entry.line, f"The id is used twice; the other one is in {taken.file}, line {taken.line}.")
    elif entry.id.partition(".")[0] != entry.topic:
        report.add(entry.line, f"The id has to begin with the topic of this file: '{entry.topic}.'.")
    elif any(not (variant.stages or variant.regions) for variant in entry.variants):
        report.add(entry.line, "A variant says neither for which stages nor for which regions it is.")
    else:
        draft.entries[entry.id] = entry


def _keep_last_file(file: str, draft: _Draft) -> None:
    for entry in draft.last.entries.values():
        if entry.file == file:
            draft.entries.setdefault(entry.id, entry)
            draft.topics.setdefault(entry.topic, draft.last.topics[entry.topic])


def _keep_last(file: str, problems: list[Problem], draft: _Draft) -> None:
    """Put the last good version of this file's broken entries in; an id nobody knows may be any of them."""
    broken = {problem.entry for problem in problems if problem.severity == "error"}
    any_of_them = any(name not in draft.last.entries for name in broken)
    for entry in draft.last.entries.values():
        if entry.file == file and (entry.id in broken or any_of_them):
            draft.entries.setdefault(entry.id, entry)


def _entry(found: Mapping[str, Any], topic: str, file: str) -> Entry:
    review = found["reviewed"]
    return Entry(
        **{
            **found,
            "topic": topic,
            "file": file,
            "variants": tuple(Variant(**_no_line(variant)) for variant in found["variants"]),
            "reviewed": None if review is None else Review(**_no_line(review)),
            "changes": tuple(Change(**_no_line(change)) for change in found["changes"]),
        }
    )


def _no_line(found: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in found.items() if key != "line"}


def _good_fields(file: str, kind: Record, draft: _Draft) -> dict[str, Any] | None:
    """The fields of a file that could be read; None if the file as a whole could not."""
    report = Report(file, draft.problems)
    path = draft.folder / file
    if not path.exists():
        report.add(0, "The file is missing.")
        return None
    root: Node | Bad = parse(path, report)
    if isinstance(root, Bad):
        return None
    found = kind.good_part(root, file, report)
    if isinstance(root, MappingNode) and found["line"] is not BAD:
        return {key: value for key, value in found.items() if key != "line"}
    return None


def _read_hospital(draft: _Draft) -> Hospital:
    found = _good_fields(PROFILE_FILE, HOSPITAL, draft)
    last = draft.last.hospital
    if found is None:
        return last
    hours: dict[str, Hours | Bad] = {}
    for key in [item.name for item in HOSPITAL.fields if item.name.endswith("_hours")]:
        value = found.pop(key)
        hours[key] = BAD if isinstance(value, Bad) else Hours(**_no_line(value))
    demo, region, booking, reminder = (found.pop(x) for x in ("demo", "region", "booking", "reminder"))
    return Hospital(
        demo=last.demo if isinstance(demo, Bad) else demo,
        region=last.region if isinstance(region, Bad) else region,
        booking=last.booking if isinstance(booking, Bad) else booking,
        reminder=last.reminder if isinstance(reminder, Bad) else None if reminder == "off" else time.fromisoformat(reminder.rjust(5, "0")),
        names=_with_last(found, last.names),
        hours=_with_last(hours, last.hours),
    )


def _read_phrases(file: str, kind: Record, last: Mapping[str, Text], draft: _Draft) -> Mapping[str, Text]:
    found = _good_fields(file, kind, draft)
    return last if found is None else _with_last(found, last)


def _with_last(found: Mapping[str, Value | Bad], last: Mapping[str, Value]) -> dict[str, Value]:
    """What was read, each broken value replaced by the last good one or left out."""
    good: dict[str, Value] = {}
    for key, value in found.items():
        if not isinstance(value, Bad):
            good[key] = value
        elif key in last:
            good[key] = last[key]
    return good


def _phrases_filled(library: Library, draft: _Draft) -> Library:
    """Tell of texts around the answers that use a name nobody gives; the name, or else the text, is taken from the last state."""
    unknown = [(part, key, name) for part in PHRASES for key, text in getattr(library, part).items() for name in unfilled_phrase(key, text, library.names)]
    if not unknown:
        return library
    draft.problems.extend(_unknown_in_phrase(draft.folder / PHRASES[part], key, name) for part, key, name in unknown)
    named = _with_last_names(library, {name for _, _, name in unknown}, draft.last.hospital)
    filled: dict[str, Any] = {
        part: {key: _fillable(key, text, getattr(draft.last, part), named) for key, text in getattr(library, part).items()} for part in PHRASES
    }
    return replace(named, **filled)


def _fillable(key: str, text: Text, last: Mapping[str, Text], library: Library) -> Text:
    """A text, or its last version where it cannot be filled."""
    return last.get(key, text) if unfilled_phrase(key, text, library.names) else text


def _unknown_in_phrase(file: Path, key: str, name: str) -> Problem:
    sentence = f"The text '{key}' uses {{{name}}}, but {PROFILE_FILE} has no '{name}'; correct the name, or add it there."
    return Problem(file.name, line_in(file, key, f"{{{name}}}"), key, sentence)


def _without_unfilled(library: Library, draft: _Draft) -> Library:
    """Leave out every entry that uses a name nobody gives, or take the entry, or the name, from the last state."""
    missing = [(entry, *use) for entry in library.entries.values() for use in unfilled(entry, library.names["zh"])]
    if not missing:
        return library
    draft.problems.extend(unknown_name(*use) for use in missing)
    library = _with_last_names(library, {name for _, _, name in missing}, draft.last.hospital)
    entries = dict[str, Entry]()
    for entry in library.entries.values():
        for version in (entry, draft.last.entries.get(entry.id)):
            if version is not None and not unfilled(version, library.names["zh"]):
                entries.setdefault(entry.id, version)
    return replace(library, entries=entries)


def _with_last_names(library: Library, names: set[str], last: Hospital) -> Library:
    """The library with names that its answers use and that the profile has lost put back."""
    again = {name: last.names[name] for name in sorted(names) if name in last.names}
    return replace(library, hospital=replace(library.hospital, names={**library.hospital.names, **again}))


def unknown_name(entry: Entry, called: str, name: str) -> Problem:
    """The problem of a `{name}` in an entry for which nobody gives a value."""
    sentence = f"The {called} uses {{{name}}}, but {PROFILE_FILE} has no '{name}'; correct the name, or add it there."
    return Problem(entry.file, entry.line, entry.id, sentence)
