"""A hospital kept in SQL: our own tables, or those that the hospital's systems fill (`docs/hospital.md`)."""

from __future__ import annotations

from bot.hospital.ports import Hospital
from bot.hospital.sql_bookings import SqlBookings
from bot.hospital.sql_cards import SqlCards
from bot.hospital.sql_reports import SqlReports
from bot.hospital.sql_schedules import SqlSchedules
from bot.hospital.sql_watches import SqlWatches


class SqlHospital(SqlSchedules, SqlBookings, SqlWatches, SqlCards, SqlReports, Hospital):
    """All parts over one database; see `SqlPart` for the arguments."""
