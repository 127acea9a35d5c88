"""Staff's lists, from CSV or Excel: a schedule, or how far reports are. All rows are checked first; with one wrong row nothing is taken over.

Columns may be headed in Chinese or English, in any order; see `docs/hospital.md`.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from bot.clock import ZONE
from bot.errors import GuideError
from bot.hospital.model import Doctor, VisitType
from bot.hospital.naming import matching
from bot.hospital.rules import visit_type
from bot.hospital.world import Opening, OrderRecord
from bot.text.terms import find_codes

MOST_ROWS = 50_000
MOST_SLOTS = 200                # of one session
AHEAD = timedelta(days=366)     # what is further off is a slip of the year

#: Column by heading. The English one is the column's own name.
SCHEDULE = {"医生": "doctor", "号别": "visit_type", "日期": "date", "开始": "start", "结束": "end", "号数": "slots", "地点": "place_zh", "英文地点": "place_en"}
REPORTS = {"单号": "number", "病人号": "patient", "项目": "test", "开单": "ordered", "采样": "collected", "送检": "in_lab", "初步": "preliminary", "发布": "released",
           "可查": "visible", "取消": "cancelled", "平台": "platform"}
SCHEDULE_NEEDED = ("doctor", "visit_type", "date", "start", "end", "slots")
REPORTS_NEEDED = ("number", "patient", "test", "ordered")
STEPS = ("ordered", "collected", "in_lab", "preliminary", "released", "visible")


class UnreadableList(GuideError):
    """The file as a whole cannot be used: no such file, not CSV or Excel, a column missing. The message says which."""


@dataclass(frozen=True)
class Problem:
    """Something wrong in one row.

    Attributes:
        row: as the spreadsheet counts, the heading being row 1.
        column: the column's English name; empty where the whole row is meant.
        said: what is wrong.
    """

    row: int
    column: str
    said: str

    def __str__(self) -> str:
        return f"row {self.row}{', ' + self.column if self.column else ''}: {self.said}"


@dataclass(frozen=True)
class Row:
    """One row, its cells by column; empty cells are left out."""

    number: int
    cells: Mapping[str, Any]


class _Wrong(Exception):
    """A cell that cannot be used."""


def read(path: Path, headings: Mapping[str, str], needed: Collection[str]) -> list[Row]:
    """The rows of a file.

    Args:
        headings: column by other heading; the columns' own names count as well.
        needed: columns that must be there.

    Raises:
        UnreadableList: no such file, another kind of file, columns missing or too many rows.
    """
    try:
        table = _excel(path) if path.suffix.lower() in (".xlsx", ".xlsm") else _csv(path)
    except OSError as error:
        raise UnreadableList(f"{path.name}: {error.strerror or 'cannot be read'}") from None
    head = [_column(x, headings) for x in next(iter(table), [])]
    missing = [x for x in needed if x not in head]
    if missing:
        raise UnreadableList(f"{path.name}: no column {', '.join(missing)} in the first row")
    double = sorted({x for x in head if x and head.count(x) > 1})
    if double:
        raise UnreadableList(f"{path.name}: column {', '.join(double)} stands there twice")
    if len(table) - 1 > MOST_ROWS:
        raise UnreadableList(f"{path.name}: more than {MOST_ROWS} rows")
    rows = [Row(number, {k: v for k, v in zip(head, cells) if k and v not in (None, "")}) for number, cells in enumerate(table[1:], 2)]
    return [x for x in rows if x.cells]


def _column(heading: Any, headings: Mapping[str, str]) -> str:
    plain = str(heading or "").strip()
    return headings.get(plain) or (plain.lower() if plain.lower() in headings.values() else "")


def _csv(path: Path) -> list[list[Any]]:
    """Commas, semicolons or tabs; UTF-8, or what Excel writes in China."""
    raw = path.read_bytes()
    if b"\0" in raw:
        raise UnreadableList(f"{path.name}: neither CSV nor Excel (.xlsx)")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            text = raw.decode("gb18030")
        except UnicodeDecodeError:
            raise UnreadableList(f"{path.name}: neither UTF-8 nor GB 18030") from None
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    try:
        return [[x.strip() for x in row] for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)]
    except csv.Error as error:
        raise UnreadableList(f"{path.name}: {error}") from None


def _excel(path: Path) -> list[list[Any]]:
    """The first sheet; formulas as Excel last computed them."""
    try:
        from openpyxl import load_workbook  # type: ignore[import-untyped]
        from openpyxl.utils.exceptions import InvalidFileException  # type: ignore[import-untyped]
    except ImportError:
        raise UnreadableList(f"{path.name}: this installation reads no Excel files (openpyxl is missing); save it as CSV") from None
    from zipfile import BadZipFile

    try:
        with path.open("rb") as file:
            sheet = load_workbook(file, read_only=True, data_only=True).worksheets[0]
            return [[x.strip() if isinstance(x, str) else x for x in row] for row in sheet.iter_rows(values_only=True)]
    except (BadZipFile, InvalidFileException, KeyError, ValueError, IndexError):
        raise UnreadableList(f"{path.name}: not an Excel file (.xlsx)") from None


def schedule(rows: Iterable[Row], doctors: Collection[Doctor], now: datetime) -> tuple[list[Opening], list[Problem]]:
    """Sessions, each a doctor's visit type from–to with a number of slots, as single openings."""
    made: list[Opening] = []
    problems: list[Problem] = []
    at_work: dict[tuple[str, date], list[tuple[time, time, int]]] = {}
    for row in rows:
        wrong: list[Problem] = []
        doctor = _cell(row, "doctor", lambda x: _doctor(x, doctors), wrong)
        kind = _cell(row, "visit_type", _visit_type, wrong)
        day = _cell(row, "date", lambda x: _day_ahead(x, now), wrong)
        start, end, slots = _cell(row, "start", _time, wrong), _cell(row, "end", _time, wrong), _cell(row, "slots", _count, wrong)
        if start is not None and end is not None and start >= end:
            wrong.append(Problem(row.number, "end", "not after the start"))
        elif start is not None and end is not None and slots is not None and slots > _minutes(start, end):
            wrong.append(Problem(row.number, "slots", "more than there are minutes"))
        if not wrong and doctor and kind and day and start and end and slots:
            others = at_work.setdefault((doctor.id, day), [])
            twice = next((number for begins, ends, number in others if start < ends and begins < end), None)
            if twice is not None:
                wrong.append(Problem(row.number, "start", f"this doctor is already at work then in row {twice}"))
            else:
                others.append((start, end, row.number))
                made += _session(doctor, kind, datetime.combine(day, start, ZONE), slots, _minutes(start, end) // slots, row)
        problems += wrong
    return made, problems


def _session(doctor: Doctor, kind: VisitType, start: datetime, slots: int, minutes: int, row: Row) -> list[Opening]:
    length = timedelta(minutes=minutes)
    places = (str(row.cells.get("place_zh", "")), str(row.cells.get("place_en", "")))
    return [Opening(doctor.id, kind, start + x * length, start + (x + 1) * length, *places) for x in range(slots)]


def _minutes(start: time, end: time) -> int:
    return (end.hour - start.hour) * 60 + end.minute - start.minute


def reports(rows: Iterable[Row], patients: Collection[str], now: datetime) -> tuple[list[OrderRecord], list[Problem]]:
    """Test orders with the times of their steps; an order that is known already is brought up to date by its number."""
    made: list[OrderRecord] = []
    problems: list[Problem] = []
    first_seen: dict[str, int] = {}
    for row in rows:
        wrong: list[Problem] = []
        number, patient = _cell(row, "number", _name, wrong), _cell(row, "patient", lambda x: _patient(x, patients), wrong)
        test = _cell(row, "test", _test, wrong)
        steps = {x: _cell(row, x, lambda y: _moment(y, now), wrong, needed=x == "ordered") for x in (*STEPS, "cancelled")}
        happened = [(x, steps[x]) for x in STEPS if steps[x] is not None]
        for (before, earlier), (after, later) in zip(happened, happened[1:]):
            if earlier is not None and later is not None and later < earlier:
                wrong.append(Problem(row.number, after, f"before {before}"))
        if number is not None and number in first_seen:
            wrong.append(Problem(row.number, "number", f"stands in row {first_seen[number]} already"))
        ordered = steps.pop("ordered")
        if not wrong and number and patient and test and ordered:
            first_seen[number] = row.number
            platform = row.cells.get("platform")
            made.append(OrderRecord(number, patient, test, ordered, platform=None if platform is None else str(platform)[:40], **steps))
        problems += wrong
    return made, problems


def _cell(row: Row, column: str, read_: Callable[[Any], Any], wrong: list[Problem], needed: bool = True) -> Any:
    """What a cell says; None, with a problem noted, where it cannot be used."""
    if column not in row.cells:
        if needed:
            wrong.append(Problem(row.number, column, "is empty"))
        return None
    try:
        return read_(row.cells[column])
    except _Wrong as error:
        wrong.append(Problem(row.number, column, str(error)))
        return None


def _short(value: Any) -> str:
    return repr(str(value)[:30])


def _name(value: Any) -> str:
    plain = str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
    if len(plain) > 40:
        raise _Wrong("longer than 40 characters")
    return plain


def _doctor(value: Any, doctors: Collection[Doctor]) -> Doctor:
    found = [x for x in doctors if x.id == value] or list(matching(doctors, str(value)))
    if len(found) != 1:
        raise _Wrong(f"no doctor is called {_short(value)}" if not found else f"{_short(value)} are {len(found)} doctors: write the full name or the id")
    return found[0]


def _visit_type(value: Any) -> VisitType:
    plain = str(value).lower()
    known = visit_type(plain) or next((visit_type(x) for x in find_codes(plain, "visit_type")), None)
    if known is None:
        raise _Wrong(f"{_short(value)} is no visit type (regular, expert, cycle, record)")
    return known


def _test(value: Any) -> str:
    found = find_codes(str(value), "test")
    if len(found) != 1:
        raise _Wrong(f"{_short(value)} is {'no test' if not found else 'several tests'} of ours")
    return found[0]


def _patient(value: Any, patients: Collection[str]) -> str:
    plain = _name(value)
    if plain not in patients:
        raise _Wrong("no such patient")
    return plain


def _count(value: Any) -> int:
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise _Wrong(f"{_short(value)} is no number") from None
    if not number.is_integer() or not 1 <= number <= MOST_SLOTS:
        raise _Wrong(f"not a whole number from 1 to {MOST_SLOTS}")
    return int(number)


def _day(value: Any) -> date:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat("-".join(f"{int(x):02d}" for x in str(value).replace("/", "-").replace(".", "-").split("-")))
    except ValueError:
        raise _Wrong(f"{_short(value)} is no day: write 2026-11-24") from None


def _day_ahead(value: Any, now: datetime) -> date:
    day = _day(value)
    if day < now.date():
        raise _Wrong(f"{day} has passed")
    if day > now.date() + AHEAD:
        raise _Wrong(f"{day} is more than a year ahead")
    return day


def _time(value: Any) -> time:
    if isinstance(value, datetime):
        return value.time()
    if isinstance(value, time):
        return value
    try:
        hour, minute, *_ = (int(x) for x in str(value).replace("：", ":").split(":"))
        return time(hour, minute)
    except ValueError:
        raise _Wrong(f"{_short(value)} is no time: write 08:30") from None


def _moment(value: Any, now: datetime) -> datetime:
    """A day with a time; a day alone is its beginning."""
    if isinstance(value, datetime):
        made = value
    else:
        day, _, clock = str(value).strip().replace("T", " ").partition(" ")
        made = datetime.combine(_day(day if not isinstance(value, date) else value), _time(clock.strip()) if clock.strip() else time())
    here = made.replace(tzinfo=ZONE) if made.tzinfo is None else made.astimezone(ZONE)
    if here > now:
        raise _Wrong(f"{here:%Y-%m-%d %H:%M} lies ahead")
    return here
