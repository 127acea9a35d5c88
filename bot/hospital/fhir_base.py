"""What the parts of the FHIR hospital share: reading the server into our tables, and bringing a slot on the server to what our tables say.

Our tables decide between our own patients, the server between us and everybody else. So a slot is taken in our tables first and then on the server,
by an update that fails if anybody changed it meanwhile; only when both agree is a patient told.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any
from weakref import WeakValueDictionary

from bot.hospital import fhir_mirror as mirror
from bot.hospital.errors import HospitalUnavailable
from bot.hospital.fhir_client import Conflict, FhirClient, NotThere, Resource
from bot.hospital.fhir_mapping import HORIZON, Directory, RemoteSlot, directory_of, items, marked, reference_id, slot_of, stamp
from bot.hospital.fhir_profile import Profile
from bot.hospital.ports import Sms
from bot.hospital.sql import SqlHospital
from bot.hospital.tables import FhirSlotRow
from bot.store.database import Database

logger = logging.getLogger(__name__)

DIRECTORY_LASTS = timedelta(minutes=5)      # doctors and schedules change with the staff
ALL_LASTS = timedelta(hours=1)              # then everything is read again: what is deleted on the server shows in no list of changes
OVERLAP = timedelta(seconds=10)             # changes are asked for from so long before the last reading: the server's parts may differ by seconds
BEHIND, PAGE = 300.0, 20.0                  # seconds that a reading of everything, or of many changes, may take behind the turns, and one page of it
TRIES = 3
SLOT_PARTS = "id,meta,identifier,schedule,status,start,end,appointmentType,serviceType"


class Locks:
    """Locks by name, of the running event loop: the desk has a new loop at each pass."""

    def __init__(self) -> None:
        self._known: WeakValueDictionary[tuple[int, object], asyncio.Lock] = WeakValueDictionary()

    def of(self, name: object) -> asyncio.Lock:
        """The lock of this name."""
        return self._known.setdefault((id(asyncio.get_running_loop()), name), asyncio.Lock())


class Shared:
    """One piece of work at a time; who comes while it goes on gets its outcome."""

    def __init__(self) -> None:
        self._task: asyncio.Task[None] | None = None

    def begin(self, work: Callable[[], Coroutine[Any, Any, None]]) -> asyncio.Task[None]:
        """The work going on, begun now where there is none."""
        task = self._task
        if task is None or task.done() or task.get_loop() is not asyncio.get_running_loop():
            task = self._task = asyncio.ensure_future(work())
            task.add_done_callback(lambda x: x.cancelled() or x.exception())      # whoever waits is told; nobody need
        return task

    async def wait(self, work: Callable[[], Coroutine[Any, Any, None]], seconds: float) -> bool:
        """Wait for it; whoever gives up waiting does not end it.

        Returns:
            Whether it is done; what it raised is raised here.
        """
        task = self.begin(work)
        done, _ = await asyncio.wait({task}, timeout=max(0.0, seconds))
        return bool(done) and task.result() is None


class FhirPart(SqlHospital):
    """The SQL hospital over tables that are read from a FHIR server.

    Args:
        database, secret, sms, needs_card: as for `SqlPart`.
        client, profile: the server, and how it names things.
        all_lasts: how long after a reading of everything the next one is due.
        ready_every: seconds between two looks at a watched patient's reports.
    """

    def __init__(
        self, database: Database, secret: bytes, sms: Sms, client: FhirClient, profile: Profile, needs_card: bool = True,
        all_lasts: timedelta = ALL_LASTS, ready_every: float = 60.0,
    ) -> None:
        super().__init__(database, secret, sms, needs_card)
        self._client, self._profile, self._all_lasts, self._ready_every = client, profile, all_lasts, ready_every
        self._directory: tuple[datetime, Directory] | None = None
        self._mark: str | None = None       # the server's time from which on changes are asked for
        self._looked: dict[str, float] = {}     # when each watched patient's reports were last read
        self._locks, self._news, self._everything = Locks(), Shared(), Shared()

    async def close(self) -> None:
        """End the connection to the server."""
        await self._client.close()

    # doctors and schedules

    async def _doctors_now(self) -> Directory:
        """Doctors and schedules, read again after some minutes; where the server cannot be asked, those known."""
        known, now = self._directory, datetime.now(timezone.utc)
        if known is not None and now - known[0] < DIRECTORY_LASTS:
            return known[1]
        async with self._locks.of("directory"):
            if self._directory is not known and self._directory is not None:
                return self._directory[1]
            try:
                found = await self._read_directory()
            except HospitalUnavailable:
                if known is None:
                    raise
                found = known[1]
            self._directory = (now, found)
            self._known = None
            return found

    async def _read_directory(self) -> Directory:
        schedules, roles = [x.resources for x in await asyncio.gather(
            self._client.search("Schedule", [("_elements", "id,active,serviceType,specialty,actor")]),
            self._client.search("PractitionerRole", [("_elements", "id,active,practitioner,organization,healthcareService,code,specialty")]),
        )]
        people = {reference_id(x.get("practitioner"), "Practitioner") for x in roles}
        places = {reference_id(y, "Location") for x in schedules for y in items(x.get("actor"))}
        practitioners, locations = await asyncio.gather(
            self._each("Practitioner", people, "id,active,name"), self._each("Location", places, "id,name,alias"))
        found = directory_of(schedules, roles, practitioners, locations, self._profile)
        if found.left_out:
            logger.warning("FHIR: %d schedules are left out: no clear doctor, no name, or a department that the profile does not know", found.left_out)
        await self._ask(self._put_directory, found)
        return found

    async def _each(self, kind: str, names: Iterable[str | None], parts: str) -> list[Resource]:
        """The resources with some ids."""
        wanted = sorted(x for x in names if x)
        found = await asyncio.gather(*(
            self._client.search(kind, [("_id", ",".join(wanted[x : x + 50])), ("_elements", parts)]) for x in range(0, len(wanted), 50)))
        return [y for x in found for y in x.resources]

    def _put_directory(self, directory: Directory) -> None:
        with self._writing("fhir") as session:
            mirror.put_directory(session, directory, self._profile)
            schedules = hashlib.sha256(",".join(sorted(directory.schedules)).encode()).hexdigest()
            if mirror.state(session, "schedules") not in (None, schedules):
                mirror.keep_state(session, "everything", "")      # slots of a new schedule were left out until now
            mirror.keep_state(session, "schedules", schedules)

    # slots

    async def _refresh(self, now: datetime) -> None:
        """Bring the slots in our tables to what the server says now.

        Raises:
            HospitalUnavailable: it could not be asked, or everything is being read for the first time.
        """
        mark, read = await self._ask(self._how_far)
        if mark is None:
            if not await self._everything.wait(lambda: self._read_everything(now), self._client.left()):
                raise HospitalUnavailable("FHIR Slot: the schedule is being read for the first time")
            return
        if not await self._news.wait(lambda: self._read_news(now, mark), self._client.left()):
            raise HospitalUnavailable("FHIR Slot: no answer within a turn")
        if read is None or datetime.now(timezone.utc) - read > self._all_lasts:
            self._everything.begin(lambda: self._read_everything(now))

    async def _refresh_alone(self, now: datetime) -> None:
        """The same for the desk, whose loop ends with its pass: nothing goes on behind it, and reading everything again is left to the turns."""
        mark, _ = await self._ask(self._how_far)
        if mark is None:
            await self._read_everything(now)
        else:
            await self._read_news(now, mark)

    async def _read_news(self, now: datetime, mark: str) -> None:
        """What has changed since the last reading. After a load of many slots that takes longer than a turn: it goes on behind it."""
        with self._client.within(BEHIND, anew=True):
            directory = await self._doctors_now()
            found = await self._client.search("Slot", [*self._ahead(now), ("_lastUpdated", f"ge{mark[:23]}Z")])
            await self._take_in(found.resources, directory, now)
            await self._ask(self._keep_mark, found.at)

    @staticmethod
    def _ahead(now: datetime) -> list[tuple[str, str]]:
        """The search parameters for slots ahead."""
        return [("start", f"ge{now.isoformat(timespec='seconds')}"), ("start", f"lt{(now + HORIZON).isoformat(timespec='seconds')}"),
                ("_elements", SLOT_PARTS)]

    async def _read_everything(self, now: datetime) -> None:
        """All slots ahead; what is not among them any more is withdrawn."""
        with self._client.within(BEHIND, anew=True, call=PAGE):
            directory = await self._doctors_now()
            found = await self._client.search("Slot", self._ahead(now))
            slots = await self._take_in(found.resources, directory, now)
            missing = await self._ask(self._unseen, {x.remote for x in slots}, now)
            # pages shift while a schedule changes, and slots are added while it is read: what was not seen is asked for by its id
            slots += await self._take_in(await self._each("Slot", missing, SLOT_PARTS), directory, now)
            known = {x.remote for x in slots if x.schedule in directory.schedules and x.starts > now}
            await self._ask(self._end_everything, {*missing, *(x.remote for x in slots)} - known, found.at, now)

    async def _take_in(self, resources: Sequence[Resource], directory: Directory, now: datetime) -> list[RemoteSlot]:
        read = [slot_of(x, self._profile, now) for x in resources]
        slots = [x for x in read if x is not None]
        left_out = len(read) - len(slots)
        for x in range(0, len(slots), mirror.CHUNK):        # writers wait for no more than one chunk
            left_out += await self._ask(self._put_slots, slots[x : x + mirror.CHUNK], directory)
        if left_out:
            logger.warning("FHIR: %d slots are left out: unknown schedule or visit type, or no sound times", left_out)
        return slots

    def _put_slots(self, slots: Sequence[RemoteSlot], directory: Directory) -> int:
        with self._reading() as session:
            new = mirror.news(session, slots)
        if not new:
            return 0
        with self._writing("fhir") as session:
            return mirror.put_slots(session, new, directory, self._secret)

    def _how_far(self) -> tuple[str | None, datetime | None]:
        """From when on changes are asked for, and when everything was read; None where it is due."""
        with self._reading() as session:
            read = mirror.state(session, "everything")
            kept = mirror.state(session, "slots")
        mark = kept if kept is None or self._mark is None else max(kept, self._mark)
        return mark, datetime.fromisoformat(read) if read else None

    def _keep_mark(self, at: datetime | None) -> None:
        """Remember the server's time of a reading; written down only now and then, or each question would be a write."""
        mark = stamp((at or datetime.now(timezone.utc) - timedelta(minutes=1)) - OVERLAP)
        with self._reading() as session:
            kept = mirror.state(session, "slots")
        self._mark = max(mark, self._mark or "")
        if kept is None or datetime.fromisoformat(mark) - datetime.fromisoformat(kept) > timedelta(seconds=30):
            with self._writing("fhir") as session:
                mirror.keep_state(session, "slots", mark)

    def _unseen(self, seen: set[str], now: datetime) -> list[str]:
        with self._reading() as session:
            return mirror.unseen(session, seen, now)

    def _end_everything(self, gone: set[str], at: datetime | None, now: datetime) -> None:
        """Withdraw what is not there any more."""
        with self._writing("fhir") as session:
            mirror.withdraw(session, gone)
            mirror.withdraw_strangers(session, now)
            mirror.keep_state(session, "slots", stamp((at or datetime.now(timezone.utc) - timedelta(minutes=1)) - OVERLAP))
            mirror.keep_state(session, "everything", datetime.now(timezone.utc).isoformat())
        if gone:
            logger.info("FHIR: %d slots were withdrawn", len(gone))

    # one slot on the server

    async def _settle(self, slot_id: int, now: datetime) -> bool:
        """Bring a slot on the server to what our tables say; False where it is another's."""
        async with self._locks.of(("slot", slot_id)):
            want = await self._ask(self._wanted, slot_id, now)
            if want is None or want.settled:
                return want is not None
            return await self._bring(slot_id, want, now) is not None

    def _wanted(self, slot_id: int, now: datetime) -> mirror.Wanted | None:
        with self._reading() as session:
            return mirror.wanted(session, slot_id, self._secret, now)

    async def _bring(self, slot_id: int, want: mirror.Wanted, now: datetime) -> Resource | None:
        """Bring a slot on the server to a status under our mark; the lock of the slot is the caller's.

        Returns:
            The slot as it is now; None where it is another's or gone.

        Raises:
            HospitalUnavailable: it could not be asked, or changes all the time.
        """
        for _ in range(TRIES):
            try:
                raw = await self._client.read("Slot", want.remote)
            except NotThere:
                await self._ask(self._withdraw, want.remote)
                return None
            seen = slot_of(raw, self._profile, now)
            if seen is None:
                raise HospitalUnavailable("FHIR Slot: a slot that cannot be read any more")
            ours = seen.token is not None and seen.token in want.known
            if ours and seen.status == "busy" and seen.token != want.token and await self._went_through(slot_id, str(seen.token), now):
                return None
            done = seen.token == want.token and (seen.status == want.status or (seen.status, want.status) == ("busy", "busy-tentative"))
            if done or not ours and (want.token is None or not seen.free):
                await self._ask(self._heard, seen)
                return raw if done or want.token is None else None
            try:
                raw = await self._client.update(marked(raw, self._profile, want.status, want.token), seen.version)
            except (Conflict, NotThere):
                continue
            now_seen = slot_of(raw, self._profile, now) or replace(seen, status=want.status, token=want.token, version=None)
            await self._ask(self._heard, now_seen, want.token)
            return raw
        raise HospitalUnavailable("FHIR Slot: it changes all the time")

    async def _went_through(self, slot_id: int, token: str, now: datetime) -> bool:
        """Whether a booking that broke off under this mark was made after all; `FhirBookings` knows."""
        return False

    def _heard(self, slot: RemoteSlot, token: str | None = None) -> None:
        """Take over what the server says of a slot; `token` is the mark that we have just set ourselves."""
        with self._writing("fhir") as session:
            row = session.query(FhirSlotRow).filter_by(remote=slot.remote).one_or_none()
            if row is not None:
                if token is not None:
                    row.token = token
                mirror.heard(session, row, slot, self._secret)

    def _withdraw(self, remote: str) -> None:
        with self._writing("fhir") as session:
            mirror.withdraw(session, [remote])

    async def _later(self, work: Awaitable[Any]) -> None:
        """Do what can also be done later, by the desk's next pass: the patient's wish is fulfilled without it."""
        try:
            await work
        except HospitalUnavailable as error:
            logger.warning("FHIR: left for later: %s", error)
