"""Staff's lists: taken over whole, or refused with every wrong cell named by its row."""

from __future__ import annotations

import sys
from datetime import date, datetime, time
from pathlib import Path

import pytest
from sqlalchemy import func, select

from bot import bootstrap
from bot.clock import ZONE
from bot.hospital import __main__ as command
from bot.hospital.demo import generate
from bot.hospital.importing import REPORTS, REPORTS_NEEDED, SCHEDULE, SCHEDULE_NEEDED, UnreadableList, read, reports, schedule
from bot.hospital.tables import OrderRow, SlotRow

NOW = datetime(2026, 11, 22, 10, tzinfo=ZONE)
DOCTORS = generate(NOW).doctors
PATIENTS = {"p-1001", "p-1002"}
SCHEDULE_HEAD = "医生,号别,日期,开始,结束,号数,地点"
REPORTS_HEAD = "单号,病人号,项目,开单,采样,送检,初步,发布,可查,取消,平台"


def written(folder: Path, head: str, *rows: str, encoding: str = "utf-8", name: str = "list.csv") -> Path:
    path = folder / name
    path.write_bytes("\r\n".join((head, *rows, "")).encode(encoding))
    return path


def of_schedule(path: Path) -> tuple[list[str], list[str]]:
    made, problems = schedule(read(path, SCHEDULE, SCHEDULE_NEEDED), DOCTORS, NOW)
    return [f"{x.doctor} {x.visit_type} {x.starts:%d %H:%M}-{x.ends:%H:%M} {x.place_zh}".strip() for x in made], [str(x) for x in problems]


def of_reports(path: Path) -> tuple[list[str], list[str]]:
    made, problems = reports(read(path, REPORTS, REPORTS_NEEDED), PATIENTS, NOW)
    return [f"{x.number} {x.patient_id} {x.test}" for x in made], [str(x) for x in problems]


def test_a_schedule_becomes_slots(tmp_path: Path) -> None:
    made, problems = of_schedule(written(tmp_path, SCHEDULE_HEAD, "周敏,专家号,2026-11-24,8:00,9:00,3,三层", "d-ma-qiang,regular,2026/11/25,13:30,14:00,1,"))
    assert problems == [] and made == [
        "d-zhou-min expert 24 08:00-08:20 三层", "d-zhou-min expert 24 08:20-08:40 三层", "d-zhou-min expert 24 08:40-09:00 三层",
        "d-ma-qiang regular 25 13:30-14:00"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_files_as_excel_writes_them(tmp_path: Path, encoding: str, mark: str) -> None:
    row = "周敏,专家号,2026-11-24,8:00,9:00,1,三层"
    made, problems = of_schedule(written(tmp_path, SCHEDULE_HEAD.replace(",", mark), row.replace(",", mark), "", encoding=encoding))
    assert len(made) == 1 and problems == []


def test_english_headings_in_another_order(tmp_path: Path) -> None:
    made, problems = of_schedule(written(tmp_path, "Slots,END,start,date,visit_type,doctor,remarks", "2,09:00,08:00,2026.11.24,record,Zhou Min,x"))
    assert len(made) == 2 and problems == []


@pytest.mark.parametrize(("row", "problem"), [
    ("张,专家号,2026-11-24,8:00,9:00,3,", "row 3, doctor: '张' are 2 doctors: write the full name or the id"),
    ("欧阳锋,专家号,2026-11-24,8:00,9:00,3,", "row 3, doctor: no doctor is called '欧阳锋'"),
    (",专家号,2026-11-24,8:00,9:00,3,", "row 3, doctor: is empty"),
    ("周敏,早号,2026-11-24,8:00,9:00,3,", "row 3, visit_type: '早号' is no visit type (regular, expert, cycle, record)"),
    ("周敏,专家号,2026-13-24,8:00,9:00,3,", "row 3, date: '2026-13-24' is no day: write 2026-11-24"),
    ("周敏,专家号,2026-11-21,8:00,9:00,3,", "row 3, date: 2026-11-21 has passed"),
    ("周敏,专家号,2099-11-21,8:00,9:00,3,", "row 3, date: 2099-11-21 is more than a year ahead"),
    ("周敏,专家号,2026-11-24,8,9:00,3,", "row 3, start: '8' is no time: write 08:30"),
    ("周敏,专家号,2026-11-24,8:00,25:00,3,", "row 3, end: '25:00' is no time: write 08:30"),
    ("周敏,专家号,2026-11-24,9:00,9:00,3,", "row 3, end: not after the start"),
    ("周敏,专家号,2026-11-24,8:00,9:00,0,", "row 3, slots: not a whole number from 1 to 200"),
    ("周敏,专家号,2026-11-24,8:00,9:00,1.5,", "row 3, slots: not a whole number from 1 to 200"),
    ("周敏,专家号,2026-11-24,8:00,9:00,many,", "row 3, slots: 'many' is no number"),
    ("周敏,专家号,2026-11-24,8:00,8:05,6,", "row 3, slots: more than there are minutes"),
    ("周敏,普通号,2026-11-23,8:45,9:30,1,", "row 3, start: this doctor is already at work then in row 2"),
])
def test_what_is_wrong_is_named_by_row_and_column(tmp_path: Path, row: str, problem: str) -> None:
    made, problems = of_schedule(written(tmp_path, SCHEDULE_HEAD, "周敏,专家号,2026-11-23,8:00,9:00,2,", row, "马强,专家号,2026-11-24,8:00,9:00,2,"))
    assert problems == [problem] and len(made) == 4


def test_all_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    assert len(of_schedule(written(tmp_path, SCHEDULE_HEAD, "谁,什么,哪天,几点,几点,几个,", "谁,专家号,2026-11-24,8:00,9:00,1,"))[1]) == 7


def test_a_list_of_reports(tmp_path: Path) -> None:
    made, problems = of_reports(written(tmp_path, REPORTS_HEAD, "A1,p-1001,AMH,2026-11-18 08:00,2026-11-18 09:00,,,2026-11-21,,,", "A2,p-1002,染色体,2026/11/18,,,,,,,jingyitong"))
    assert problems == [] and made == ["A1 p-1001 amh", "A2 p-1002 chromosome"]


@pytest.mark.parametrize(("row", "problem"), [
    ("A2,p-9,AMH,2026-11-18,,,,,,,", "row 3, patient: no such patient"),
    ("A1,p-1001,AMH,2026-11-18,,,,,,,", "row 3, number: stands in row 2 already"),
    ("A2,p-1001,心情,2026-11-18,,,,,,,", "row 3, test: '心情' is no test of ours"),
    ("A2,p-1001,AMH和HPV,2026-11-18,,,,,,,", "row 3, test: 'AMH和HPV' is several tests of ours"),
    ("A2,p-1001,AMH,,,,,,,,", "row 3, ordered: is empty"),
    ("A2,p-1001,AMH,2026-11-18,2026-11-17,,,,,,", "row 3, collected: before ordered"),
    ("A2,p-1001,AMH,2026-11-18,,,,2026-11-23,,,", "row 3, released: 2026-11-23 00:00 lies ahead"),
    ("A2,p-1001,AMH,2026-11-18 99:00,,,,,,,", "row 3, ordered: '99:00' is no time: write 08:30"),
    (f"{'A' * 41},p-1001,AMH,2026-11-18,,,,,,,", "row 3, number: longer than 40 characters"),
])
def test_what_is_wrong_with_a_report_is_named(tmp_path: Path, row: str, problem: str) -> None:
    assert of_reports(written(tmp_path, REPORTS_HEAD, "A1,p-1001,AMH,2026-11-18,,,,,,,", row))[1] == [problem]


@pytest.mark.parametrize(("content", "said"), [
    (b"", "no column"), (b"\x00\x01", "neither CSV nor Excel"), (b"\xff\xff\xff", "neither UTF-8 nor GB 18030"), ("医生,号别".encode(), "no column date"),
    ("医生,医生,号别,日期,开始,结束,号数".encode(), "twice"), (SCHEDULE_HEAD.encode() + b'\n"a', "unexpected end of data"),
])
def test_a_file_that_cannot_be_used_at_all_is_refused(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(content)
    with pytest.raises(UnreadableList, match=said):
        read(path, SCHEDULE, SCHEDULE_NEEDED)
    with pytest.raises(UnreadableList, match="No such file"):
        read(tmp_path / "nowhere.csv", SCHEDULE, SCHEDULE_NEEDED)


def test_excel_files_with_real_dates_and_times(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl", reason="Excel is read where openpyxl is installed")
    book, path = openpyxl.Workbook(), tmp_path / "list.xlsx"
    for row in (SCHEDULE_HEAD.split(","), ["周敏", "专家号", date(2026, 11, 24), time(8), time(9), 2, None], [None] * 7,
                ["周敏", "专家号", datetime(2026, 11, 25), "8:00", "9:00", 2.0, "三层"], ["周敏", "专家号", 46350, time(8), time(9), 2, None]):
        book.active.append(row)
    book.save(path)
    made, problems = of_schedule(path)
    assert len(made) == 4 and problems == ["row 5, date: '46350' is no day: write 2026-11-24"]
    path.write_bytes(b"PK no workbook")
    with pytest.raises(UnreadableList, match="not an Excel file"):
        read(path, SCHEDULE, SCHEDULE_NEEDED)


def test_without_the_library_an_excel_file_is_refused_with_advice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    with pytest.raises(UnreadableList, match="save it as CSV"):
        read(tmp_path / "list.xlsx", SCHEDULE, SCHEDULE_NEEDED)


def test_the_command_takes_all_over_or_nothing(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("CLINIC_NOW", NOW.isoformat())
    assert command.main(["demo"]) == 0 and "p-1001  B7K2-M9QA" in capsys.readouterr().out

    def count() -> tuple[int, int]:
        with bootstrap.database().transaction() as session:
            return tuple(session.execute(select(func.count()).select_from(x)).scalar() for x in (SlotRow, OrderRow))  # type: ignore[return-value]

    slots, orders = count()
    good, bad = "周敏,专家号,2027-03-01,8:00,9:00,3,", "周敏,专家号,2027-03-32,8:00,9:00,3,"
    for arguments, rows, code, more, said in (
        (["schedule"], [good, bad], 1, 0, "row 3, date"), (["schedule", "--dry-run"], [good], 0, 0, "nothing taken over"),
        (["schedule"], [good], 0, 3, "3 slots taken over"), (["schedule"], [good], 0, 3, "0 slots taken over"),
    ):
        path = written(tmp_path, SCHEDULE_HEAD, *rows)
        assert command.main(["import", arguments[0], str(path), *arguments[1:]]) == code
        told = capsys.readouterr()
        assert said in told.out + told.err and count() == (slots + more, orders)
    path = written(tmp_path, REPORTS_HEAD, "A1,p-1001,TCT,2026-11-18,,,,,,,", "demo-3,p-1001,染色体,2026-11-10,,,,2026-11-22,,,")
    assert command.main(["import", "reports", str(path)]) == 0 and count() == (slots + 3, orders + 1)
    assert command.main(["import", "reports", str(tmp_path / "nowhere.csv")]) == 2
