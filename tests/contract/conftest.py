"""Every test here runs on each implementation of the hospital port, filled with the same small hospital."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.clock import ZONE
from bot.hospital.codes import with_check
from bot.hospital.fhir import FhirHospital
from bot.hospital.fhir_profile import load as load_profile
from bot.hospital.memory import MemoryHospital, MemorySms
from bot.hospital.model import Department, Doctor, Turnaround, VisitType
from bot.hospital.ports import Hospital
from bot.hospital.sql import SqlHospital
from bot.hospital.sql_loading import load
from bot.hospital.world import CodeRecord, Opening, OrderRecord, PatientRecord, World
from bot.store.database import Database, engine, migrate
from bot.store.tables import Base
from tests.bot.conftest import POSTGRES
from tests.bot.hospital.fhir_server.running import FhirServer, NoServer, running
from tests.bot.hospital.fhir_server.world import resources_of

NOW = datetime(2026, 11, 22, 10, tzinfo=ZONE)       # a Sunday
SECRET = b"a key that only the tests use"
CODE, OTHER_CODE, OLD_CODE, WRONG = (with_check(x) for x in ("B7K2M9Q", "H4T8R6X", "N5D3W2F", "Y8C6V4P"))

#: Makes the hospital that a test asks for; `needs_card` as in the implementations.
Maker = Callable[..., Hospital]


def at(day: int, hour: int, minute: int = 0, month: int = 11) -> datetime:
    """A moment of that autumn."""
    return datetime(2026, month, day, hour, minute, tzinfo=ZONE)


def opening(doctor: str, kind: VisitType, starts: datetime, taken: bool = False) -> Opening:
    """Ten minutes of a doctor."""
    return Opening(doctor, kind, starts, starts + timedelta(minutes=10), "三层", "third floor", taken)


def world() -> World:
    """Three doctors in two departments, two patients, orders in every state."""
    kinds: tuple[VisitType, ...] = ("regular", "expert")
    doctors = (
        Doctor("a", "周敏", "周", "敏", "zhou min", "Zhou Min", "主任医师", "chief physician", "reproductive", kinds),
        Doctor("b", "张伟", "张", "伟", "zhang wei", "Zhang Wei", "副主任医师", "associate chief physician", "reproductive", kinds),
        Doctor("c", "张静", "张", "静", "zhang jing", "Zhang Jing", "主治医师", "attending physician", "urology", ("regular",)),
    )
    openings = (
        opening("a", "expert", at(22, 9)), opening("a", "expert", at(22, 11)),
        opening("a", "expert", at(24, 8)), opening("a", "expert", at(24, 8, 10)), opening("a", "regular", at(24, 11, 50)),
        opening("a", "expert", at(24, 12)), opening("a", "expert", at(24, 18)), opening("a", "expert", at(26, 8)),
        opening("b", "expert", at(25, 8), taken=True), opening("b", "expert", at(25, 8, 10), taken=True), opening("b", "regular", at(26, 9)),
        opening("b", "expert", at(30, 8)), opening("c", "regular", at(24, 8)), opening("c", "regular", at(1, 8, month=12)),
    )
    patients = (
        PatientRecord("p1", "王**", "王小雨", "999999199203070024", "D1", "19900000001"),
        PatientRecord("p2", "李*", "李晴", "999999199011150048", "D2", "19900000002", ("id",)),
    )
    codes = (CodeRecord(CODE, "p1"), CodeRecord(OTHER_CODE, "p2"), CodeRecord(OLD_CODE, "p1", until=at(21, 0)))
    usual = (Turnaround("amh", timedelta(hours=72), timedelta(hours=168)), Turnaround("hcg", timedelta(hours=2), timedelta(hours=6)))
    orders = (
        OrderRecord("o1", "p1", "amh", at(12, 8), at(12, 9), at(12, 10), released=at(16, 8), visible=at(16, 20)),
        OrderRecord("o2", "p1", "amh", at(18, 8), at(18, 9), at(18, 10)),
        OrderRecord("o3", "p1", "hcg", at(21, 8), at(21, 9), at(21, 10), released=at(21, 14), visible=at(21, 20)),
        OrderRecord("o4", "p1", "hsg", at(20, 8)),
        OrderRecord("o5", "p1", "thyroid", at(20, 8), at(20, 9)),
        OrderRecord("o6", "p1", "cd138", at(14, 8), at(14, 9), at(14, 10), preliminary=at(20, 8)),
        OrderRecord("o7", "p1", "tct", at(18, 8), at(18, 9), at(18, 10), released=at(22, 9)),
        OrderRecord("o8", "p1", "infectious", at(18, 8), at(18, 9), at(18, 10), released=at(22, 7), visible=at(22, 20)),
        OrderRecord("o9", "p1", "ddimer", at(18, 8), cancelled=at(19, 8), platform="jingyitong"),
        OrderRecord("o10", "p2", "semen", at(21, 8), at(21, 9), at(21, 10), released=at(21, 12), visible=at(21, 20)),
        OrderRecord("o11", "p1", "hpv", at(1, 8, month=6), at(1, 9, month=6), released=at(3, 9, month=6), visible=at(3, 19, month=6)),
    )
    departments = (Department("reproductive", "生殖医学科", "Reproductive Medicine"), Department("urology", "男科", "Andrology"))
    return World(departments, doctors, openings, patients, codes, usual, orders)


@pytest.fixture(scope="session")
def sqlite_database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """A migrated SQLite database for the whole session; each test empties it."""
    url = f"sqlite:///{tmp_path_factory.mktemp('contract') / 'guide.db'}"
    migrate(url)
    made = Database(engine(url))
    yield made
    made.engine.dispose()


@pytest.fixture(scope="session")
def postgres_database() -> Iterator[Database]:
    """The same in PostgreSQL, dropped afterwards."""
    import psycopg2

    try:
        connection = psycopg2.connect(dbname="postgres", **POSTGRES)
    except psycopg2.OperationalError:
        pytest.skip("no PostgreSQL at 127.0.0.1:5432 for user postgres")
    connection.autocommit = True
    name = f"ivf_guide_test_{secrets.token_hex(6)}"
    connection.cursor().execute(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")
    connection.cursor().execute(f"ALTER DATABASE {name} SET synchronous_commit = off")     # nobody pulls this server's plug
    url = f"postgresql://postgres@127.0.0.1:5432/{name}"
    migrate(url)
    made = Database(engine(url))
    yield made
    made.engine.dispose()
    connection.cursor().execute(f"DROP DATABASE {name} WITH (FORCE)")
    connection.close()


def emptied(database: Database) -> Database:
    """The database without anything of a hospital."""
    with database.transaction() as session:
        for table in reversed(Base.metadata.sorted_tables):
            if table.name.startswith("hospital_"):
                session.execute(table.delete())
        session.commit()
    return database


@pytest.fixture
def sms() -> MemorySms:
    """Telephones whose codes a test can read."""
    return MemorySms()


#: How the FHIR server names things: as the profile that comes with the project, where one order's report shows, and times that FHIR has no place for.
PROFILE = replace(load_profile(), platforms={"Organization/jingyitong": "jingyitong"}, visible="urn:test:visible-from", cancelled="urn:test:cancelled-at")


@pytest.fixture(scope="session")
def fhir_server() -> FhirServer:
    """An existing FHIR server, started once."""
    try:
        return running()
    except NoServer as error:
        pytest.skip(str(error))


@pytest.fixture
async def opened() -> AsyncIterator[list[FhirHospital]]:
    """FHIR hospitals whose connections end with the test."""
    made: list[FhirHospital] = []
    yield made
    for one in made:
        await one.close()


@pytest.fixture(params=["memory", "sqlite", "postgresql", "fhir"])
def make(request: pytest.FixtureRequest, sms: MemorySms, tmp_path: Path) -> Maker:
    """Makes a hospital of each kind. The FHIR one keeps cards, watches and holds in SQLite."""
    def maker(needs_card: bool = False) -> Hospital:
        if request.param == "memory":
            return MemoryHospital(world(), sms, needs_card)
        database = emptied(request.getfixturevalue(f"{'postgres' if request.param == 'postgresql' else 'sqlite'}_database"))
        if request.param == "fhir":
            server: FhirServer = request.getfixturevalue("fhir_server")
            server.fill(resources_of(world(), PROFILE))
            made = FhirHospital(database, SECRET, sms, server.client(), PROFILE, needs_card)
            opened.append(made)
            return made
        load(database, world(), SECRET)
        return SqlHospital(database, SECRET, sms, needs_card)

    opened: list[FhirHospital] = request.getfixturevalue("opened")
    return maker


@pytest.fixture
def hospital(make: Maker) -> Hospital:
    """One that also books for people without a card."""
    return make()
