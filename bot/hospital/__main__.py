"""The hospital's data from the command line, for staff.

    python -m bot.hospital import schedule FILE [--dry-run]     a schedule, CSV or Excel
    python -m bot.hospital import reports FILE [--dry-run]      how far reports are
    python -m bot.hospital demo                                 the made-up hospital around the present moment

What is wrong is told row by row; then nothing is taken over and the exit code is 1.
"""

from __future__ import annotations

import bot.quiet  # noqa: F401  isort: skip  (first: no telemetry)

import argparse
import sys
from pathlib import Path

from sqlalchemy import select

from bot import bootstrap
from bot.hospital import importing
from bot.hospital.demo import CODES, seed
from bot.hospital.sql_base import doctors_by_id
from bot.hospital.sql_loading import add_openings, put_orders
from bot.hospital.tables import PatientRow
from bot.store.database import migrate


def main(arguments: list[str] | None = None) -> int:
    """Command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bot.hospital", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("demo", help="fill the database with a made-up hospital")
    list_ = commands.add_parser("import", help="take over a list")
    list_.add_argument("what", choices=("schedule", "reports"))
    list_.add_argument("file", type=Path)
    list_.add_argument("--dry-run", action="store_true", help="only check")
    told = parser.parse_args(arguments)
    migrate(bootstrap.settings().database_url)
    if told.command == "demo":
        return demo()
    try:
        return take_over(told.what, told.file, told.dry_run)
    except importing.UnreadableList as error:
        print(error, file=sys.stderr)
        return 2


def demo() -> int:
    """Seed, and say whom one can be."""
    seed(bootstrap.database(), bootstrap.clock().now(), bootstrap.settings().secret)
    for patient, code in CODES.items():
        print(f"{patient}  {code}")
    return 0


def take_over(what: str, file: Path, dry_run: bool) -> int:
    """Check a list and, unless something is wrong or it is a dry run, take it over in one transaction."""
    now = bootstrap.clock().now()
    with bootstrap.database().transaction() as session:
        problems: list[importing.Problem]
        if what == "schedule":
            doctors = doctors_by_id(session)
            rows = importing.read(file, importing.SCHEDULE, importing.SCHEDULE_NEEDED)
            openings, problems = importing.schedule(rows, doctors.values(), now)
            done = 0 if problems else add_openings(session, openings, {x.id: x.department for x in doctors.values()})
        else:
            rows = importing.read(file, importing.REPORTS, importing.REPORTS_NEEDED)
            orders, problems = importing.reports(rows, set(session.execute(select(PatientRow.id)).scalars()), now)
            done = 0 if problems else put_orders(session, orders)
        if not problems and not dry_run:
            session.commit()
    for problem in problems:
        print(problem, file=sys.stderr)
    unit = "slots" if what == "schedule" else "orders"
    print(f"{len(rows)} rows, {len(problems)} problems: {'nothing taken over' if problems or dry_run else f'{done} {unit} taken over'}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
