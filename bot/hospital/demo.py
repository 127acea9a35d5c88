"""A made-up hospital around a moment: who sees patients when, what is full, and patients with tests in every state.

The same moment always gives the same hospital. Nobody in it exists; the identity numbers belong to no region.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import update

from bot.clock import ZONE, at_home
from bot.hospital.codes import with_check
from bot.hospital.model import Department, Doctor, Turnaround, VisitType
from bot.hospital.sql_base import kept_time
from bot.hospital.sql_loading import load
from bot.hospital.tables import SlotRow
from bot.hospital.world import CodeRecord, Opening, OrderRecord, PatientRecord, World
from bot.knowledge.hours import day_kind
from bot.store.database import Database, changed

DAYS = 42                   # how far ahead the schedule is published
FULL_DAYS = 7               # for which the busy doctor has nothing left, today not counted
FREE_DOCTOR, BUSY_DOCTOR = "d-zhou-min", "d-wu-shan"

MORNING = "mon-am tue-am wed-am thu-am fri-am"
AFTERNOON = "mon-pm tue-pm wed-pm thu-pm fri-pm"
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_HOURS = {"am": (time(8), time(12)), "pm": (time(13, 30), time(17)), "evening": (time(18), time(20))}
_TITLES = {"chief": ("主任医师", "chief physician"), "associate": ("副主任医师", "associate chief physician"), "attending": ("主治医师", "attending physician")}
_PLACES = {
    "reproductive": ("门诊楼三层 生殖中心", "outpatient building, third floor, fertility centre"),
    "urology": ("门诊楼三层 男科诊区", "outpatient building, third floor, andrology"),
    "gynecology": ("门诊楼二层 妇科诊区", "outpatient building, second floor, gynaecology"),
}

DEPARTMENTS = (
    Department("reproductive", "生殖医学科", "Reproductive Medicine"),
    Department("urology", "男科", "Andrology"),
    Department("gynecology", "妇科", "Gynaecology"),
)


@dataclass(frozen=True)
class _Plan:
    """A doctor and how she works.

    Attributes:
        name: surname and given name in characters, then in pinyin.
        half_days: `mon-am tue-evening …`.
        blocks: visit types of a half-day, one after the other, with the share of its time.
        taken: share of slots that others have.
        minutes: length of a slot.
    """

    name: tuple[str, str, str, str]
    title: str
    department: str
    half_days: str
    blocks: tuple[tuple[VisitType, float], ...]
    taken: float
    minutes: int = 10

    @property
    def doctor(self) -> Doctor:
        """The doctor as the port shows her."""
        surname, given, family, first = self.name
        kinds = tuple(dict.fromkeys(kind for kind, _ in self.blocks))
        return Doctor(f"d-{family}-{first}".lower(), surname + given, surname, given, f"{family} {first}".lower(), f"{family} {first}",
                      *_TITLES[self.title], self.department, kinds)


_PLANS = (
    _Plan(("周", "敏", "Zhou", "Min"), "chief", "reproductive", f"{MORNING} {AFTERNOON} sat-am sat-pm",
          (("expert", 0.45), ("regular", 0.35), ("cycle", 0.1), ("record", 0.1)), 0.1, 5),
    _Plan(("吴", "珊", "Wu", "Shan"), "chief", "reproductive", f"{MORNING} {AFTERNOON} sat-am", (("expert", 0.6), ("regular", 0.4)), 0.7),
    _Plan(("张", "伟", "Zhang", "Wei"), "associate", "reproductive", "mon-am wed-am fri-am tue-pm", (("expert", 0.7), ("regular", 0.3)), 0.6),
    _Plan(("张", "静", "Zhang", "Jing"), "attending", "reproductive", "tue-am thu-am sat-am mon-pm fri-pm", (("regular", 0.7), ("record", 0.3)), 0.4),
    _Plan(("王", "芳", "Wang", "Fang"), "chief", "reproductive", "mon-am thu-am fri-pm", (("expert", 1.0),), 0.8),
    _Plan(("李", "婷", "Li", "Ting"), "associate", "reproductive", "mon-am tue-am thu-am wed-evening", (("expert", 0.5), ("regular", 0.5)), 0.5),
    _Plan(("陈", "洁", "Chen", "Jie"), "attending", "reproductive", f"{MORNING} sat-am sun-am", (("cycle", 1.0),), 0.5),
    _Plan(("林", "晓梅", "Lin", "Xiaomei"), "associate", "reproductive", f"{MORNING} sun-am", (("cycle", 0.7), ("expert", 0.3)), 0.6),
    _Plan(("黄", "颖", "Huang", "Ying"), "attending", "reproductive", AFTERNOON, (("record", 1.0),), 0.5),
    _Plan(("赵", "磊", "Zhao", "Lei"), "attending", "reproductive", "wed-pm fri-pm sat-am", (("regular", 1.0),), 0.3),
    _Plan(("马", "强", "Ma", "Qiang"), "chief", "urology", "mon-am wed-am fri-am", (("expert", 0.6), ("regular", 0.4)), 0.6),
    _Plan(("徐", "涛", "Xu", "Tao"), "associate", "urology", "tue-am tue-pm tue-evening thu-am thu-pm", (("expert", 0.5), ("regular", 0.5)), 0.4),
    _Plan(("钱", "峰", "Qian", "Feng"), "attending", "urology", f"{AFTERNOON} sat-am", (("regular", 1.0),), 0.3),
    _Plan(("彭", "丽", "Peng", "Li"), "chief", "gynecology", "mon-am thu-am tue-pm", (("expert", 1.0),), 0.7),
    _Plan(("蒋", "慧", "Jiang", "Hui"), "associate", "gynecology", "tue-am wed-am fri-am", (("expert", 0.4), ("regular", 0.6)), 0.5),
    _Plan(("孙", "艳", "Sun", "Yan"), "attending", "gynecology", f"{MORNING} {AFTERNOON}", (("regular", 1.0),), 0.4),
    _Plan(("刘", "洋", "Liu", "Yang"), "attending", "gynecology", "thu-pm sat-am", (("regular", 1.0),), 0.3),
)

#: Usual hours from collection to release, made up for the demonstration; AMH and chromosomes take longer (`details.report-delay` in `knowledge/`).
TURNAROUNDS = tuple(Turnaround(code, timedelta(hours=least), timedelta(hours=most)) for code, least, most in (
    ("amh", 72, 168), ("hcg", 2, 6), ("e2", 2, 6), ("progesterone", 2, 6), ("lh", 2, 6), ("fsh", 2, 6), ("sexhormones", 4, 24), ("thyroid", 4, 24),
    ("semen", 2, 24), ("dfi", 72, 168), ("chromosome", 480, 720), ("thalassemia", 168, 336), ("embryo", 24, 144), ("pgt", 336, 672),
    ("era", 336, 504), ("endometrialbiopsy", 120, 168), ("hysteroscopypathology", 120, 168), ("cd138", 120, 240), ("hsg", 1, 24), ("ultrasound", 1, 2),
    ("chestxray", 2, 24), ("ecg", 1, 2), ("bloodroutine", 1, 4), ("bloodtype", 2, 24), ("antibodyscreen", 24, 72), ("coagulation", 2, 6),
    ("ddimer", 2, 6), ("teg", 4, 24), ("infectious", 24, 48), ("hepatitisb", 24, 48), ("torch", 48, 96), ("liverkidney", 2, 24), ("ogtt", 4, 24),
    ("insulinrelease", 24, 48), ("vitamind", 24, 72), ("ferritin", 24, 48), ("folatemetabolism", 120, 240), ("leucorrhea", 1, 4),
    ("mycoplasma", 48, 96), ("ureaplasma", 48, 96), ("chlamydiamycoplasma", 48, 96), ("tct", 72, 120), ("hpv", 72, 120), ("blockingantibody", 72, 168),
    ("antiphospholipid", 72, 168),
))

#: Three patients to try (`docs/hospital.md`). Their codes can be used again and again; those that a hospital gives out count once.
CODES = {"p-1001": with_check("B7K2M9Q"), "p-1002": with_check("H4T8R6X"), "p-1003": with_check("N5D3W2F")}
WRONG_CODE = with_check("Y8C6V4P")
PATIENTS = (
    PatientRecord("p-1001", "王**", "王小雨", "999999199203070024", "D20260001", "19900000001"),
    PatientRecord("p-1002", "李*", "李晴", "999999199011150048", "D20260002", "19900000002", ("id",)),
    PatientRecord("p-1003", "陈**", "陈思远", "999999198906210035", "D20260003", "19900000003"),
)
EXTRA_PATIENTS = 40         # more of them, so that there is something to look through


def facts() -> dict[str, str]:
    """What the evaluation's conversations fill in (`eval-facts.json`)."""
    free, busy = (next(x.name for x in _PLANS if x.doctor.id == one) for one in (FREE_DOCTOR, BUSY_DOCTOR))
    return {"free_doctor_zh": free[0], "free_doctor_en": free[2], "busy_doctor_zh": busy[0], "busy_doctor_en": busy[2],
            "code": CODES["p-1001"], "wrong_code": WRONG_CODE}


def seed(database: Database, now: datetime, secret: bytes) -> None:
    """Fill a migrated database, or bring an earlier demonstration up to the moment: new days are added, orders move on, the busy
    doctor stays full. What patients booked stays theirs.

    Args:
        secret: the key with which `SqlHospital` hashes codes and numbers.
    """
    load(database, generate(now), secret)
    first, last = _full_days(now)
    with database.transaction() as session:
        full = (SlotRow.doctor_id == BUSY_DOCTOR, SlotRow.starts_at >= kept_time(first), SlotRow.starts_at < kept_time(last))
        changed(session, update(SlotRow).where(*full, SlotRow.vacant.is_(True), SlotRow.held_by.is_(None)).values(vacant=False))
        session.commit()


def generate(now: datetime) -> World:
    """The hospital around a moment."""
    here = at_home(now)
    openings = tuple(x for plan in _PLANS for x in _openings(plan, here))
    more = tuple(
        PatientRecord(f"p-{2000 + n}", "赵*", f"赵{n}", f"9999991990010{n:05d}", f"D2027{n:04d}", f"1990001{n:04d}") for n in range(EXTRA_PATIENTS)
    )
    codes = tuple(CodeRecord(code, patient, once=False) for patient, code in CODES.items())
    return World(DEPARTMENTS, tuple(x.doctor for x in _PLANS), openings, PATIENTS + more, codes, TURNAROUNDS,
                 (*_orders(here), *_more_orders(here)))


def _chance(*what: object) -> float:
    """A number from 0 up to 1 that is always the same for the same things."""
    return int.from_bytes(hashlib.sha256(repr(what).encode()).digest()[:4], "big") / 2**32


def _full_days(now: datetime) -> tuple[datetime, datetime]:
    """From when until when the busy doctor has nothing left."""
    return at_home(now), datetime.combine(at_home(now).date() + timedelta(days=FULL_DAYS + 1), time(), ZONE)


def _openings(plan: _Plan, now: datetime) -> Iterator[Opening]:
    """The slots of one doctor, day by day; on public holidays only the cycle sessions stand."""
    for ahead in range(DAYS):
        day = now.date() + timedelta(days=ahead)
        holiday = day_kind(day) == "holidays"
        for half_day in plan.half_days.split():
            name, part = half_day.split("-")
            if _DAYS[day.weekday()] == name:
                yield from (x for x in _half_day(plan, day, part, now) if not holiday or x.visit_type == "cycle")


def _half_day(plan: _Plan, day: date, part: str, now: datetime) -> Iterator[Opening]:
    doctor, (start, end) = plan.doctor, (datetime.combine(day, x, ZONE) for x in _HOURS[part])
    step = timedelta(minutes=plan.minutes)
    total = (end - start) // step
    kinds = [kind for kind, share in plan.blocks for _ in range(round(share * total))]
    kinds = (kinds + [plan.blocks[-1][0]] * total)[:total]
    full, sold_out = _full_days(now), {x for x in set(kinds) if _full_session(plan, day, part, x)}
    for number, kind in enumerate(kinds):
        starts = start + number * step
        taken = _chance(doctor.id, starts.isoformat()) < plan.taken or kind in sold_out
        if doctor.id == BUSY_DOCTOR and full[0] <= starts < full[1]:
            taken = True
        yield Opening(doctor.id, kind, starts, starts + step, *_PLACES[plan.department], taken)


def _full_session(plan: _Plan, day: date, part: str, kind: str) -> bool:
    """Every fourth session is full, but none of the doctor who always has something."""
    return plan.doctor.id != FREE_DOCTOR and _chance("full", plan.doctor.id, day.isoformat(), part, kind) < 0.25


def _orders(now: datetime) -> Iterator[OrderRecord]:
    """The three patients' tests: the first one's as the evaluation has it, the second one's in every state, the third one's a man's."""
    def ago(**time_: float) -> datetime:
        return now.replace(minute=0, second=0, microsecond=0) - timedelta(**time_)

    def done(number: int, patient: str, test: str, days: float, until: str, platform: str | None = None) -> OrderRecord:
        """An order of `days` ago that has come as far as `until`."""
        steps = ("ordered", "collected", "in_lab", "preliminary", "released", "visible")
        at = {"collected": ago(days=days - 0.05), "in_lab": ago(days=days - 0.1), "preliminary": None, "released": ago(days=days / 2),
              "visible": ago(days=days / 2 - 0.3)}
        if until == "preliminary":
            at["preliminary"] = ago(days=1)
        return OrderRecord(f"demo-{number}", patient, test, ago(days=days), platform=platform,
                           **{x: at[x] for x in steps[1 : steps.index(until) + 1]})

    yield done(1, "p-1001", "amh", 9, "visible")
    yield done(2, "p-1001", "hcg", 2, "visible")
    yield done(3, "p-1001", "chromosome", 12, "in_lab")
    yield done(11, "p-1002", "hsg", 1, "ordered")
    yield done(12, "p-1002", "thyroid", 0.1, "collected")
    yield done(13, "p-1002", "amh", 3, "in_lab")
    yield done(14, "p-1002", "cd138", 6, "preliminary")
    yield OrderRecord("demo-15", "p-1002", "tct", ago(days=4), ago(days=4), ago(days=3.9), released=now - timedelta(hours=1))
    yield OrderRecord("demo-16", "p-1002", "infectious", ago(days=2), ago(days=2), ago(days=1.9), released=now - timedelta(hours=6))
    yield done(17, "p-1002", "bloodroutine", 5, "visible")
    yield OrderRecord("demo-18", "p-1002", "ddimer", ago(days=7), cancelled=ago(days=6))
    yield done(21, "p-1003", "semen", 3, "visible")
    yield done(22, "p-1003", "dfi", 11, "in_lab")
    yield done(23, "p-1003", "chromosome", 0.1, "collected")


def _more_orders(now: datetime) -> Iterator[OrderRecord]:
    """Other patients' tests, three each, as far as their usual time has brought them."""
    for number in range(EXTRA_PATIENTS):
        for place in range(3):
            usual = TURNAROUNDS[int(_chance(number, place) * len(TURNAROUNDS))]
            ordered = datetime.combine(now.date() - timedelta(days=int(_chance("day", number, place) * 20)), time(9), ZONE)
            released = ordered + timedelta(hours=1) + (usual.least + usual.most) / 2
            yield OrderRecord(f"demo-{100 + number * 3 + place}", f"p-{2000 + number}", usual.test, ordered, ordered + timedelta(hours=1),
                              ordered + timedelta(hours=2), released=released, visible=released + timedelta(hours=8))
