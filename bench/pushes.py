"""What is done to the callbacks of both platforms: pushes at a steady rate, a process killed in the middle, mutated bodies; and how it is counted."""

from __future__ import annotations

import argparse
import asyncio
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import aiohttp
from sqlalchemy import func, select

from bot.store.database import Database, engine
from bot.store.deliveries import ANSWERED, CLAIMED, SENDING
from bot.store.wechat_tables import Delivery
from tests.platform.processes import Bots

RETRIES, DUPLICATES = 0.10, 0.05
GIVES_UP_SECONDS = 0.005        # sooner than any answer: an answer that is written at the very moment of hanging up has arrived or not, nobody knows
SETTLE_SECONDS = 60.0
DOWN_SECONDS = 5.0
AT_ONCE = 8                     # mutated bodies under way
WARM_BODIES = 2000
MARK = "支原体阳性"
ASKED = ("网上怎么预约挂号", "报告在哪里看", "护士站几点上班", "怎么绑定就诊卡", "周末能不能约", "怎么认准官方公众号", "移植后怎么联系医生", "建档要带什么",
         "How do I book online?", "Where are my reports?", "互联网医院怎么问医生", "约满了怎么办")
GARBAGE = (b"<", b"]]>", b"\0", b"<!DOCTYPE x [<!ENTITY a 'b'>]>", b"&a;", b"<MsgType>event</MsgType>", b"\xff", b"{", b"[" * 50, "汉😟".encode(), b"<a>" * 20)

ODD = ("", " ", "0", "-1", "9" * 40, "1e999", "长" * 3000, "汉😟", "text", "event", "stream", "group", "null", "<a>", "&amp;", MARK)     # in well-formed bodies
ODD_JSON: tuple[Any, ...] = (*ODD, None, 0, -1.5, True, 10**30, [], [[]], {}, [{}], {"a": {"b": []}}, "\0", "\ud83d")


def at(values: list[float], share: float) -> float:
    """A quantile of sorted values; 0 of nothing."""
    return values[min(len(values) - 1, int(share * len(values)))] if values else 0.0


def parser(description: str | None, counted: str) -> argparse.ArgumentParser:
    """The options of both.

    Args:
        counted: what is sent, as the option calls it.
    """
    made = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument(f"--{counted}", type=int, default=2000, dest="count")
    made.add_argument("--rate", type=float, default=40.0, help=f"{counted} a second")
    made.add_argument("--bodies", type=int, default=100_000)
    made.add_argument("--database", default="", help="an empty PostgreSQL database; else SQLite")
    made.add_argument("--redis", default="redis://127.0.0.1:6379/8")
    made.add_argument("--no-kill", action="store_true")
    return made


# --- load

def fate(chance: random.Random) -> tuple[float | None, bool]:
    """After how many seconds the platform gives the first delivery of a push up, None for not, and whether it pushes it twice although it was answered."""
    return GIVES_UP_SECONDS if chance.random() < RETRIES else None, chance.random() < DUPLICATES


async def steadily(count: int, rate: float, one: Callable[[int], Awaitable[None]]) -> None:
    """Begin so many, each on time whatever the others do, and wait for all.

    Args:
        rate: a second.
        one: gets the number, from 0.
    """
    started, running = time.monotonic(), []
    for n in range(count):
        await asyncio.sleep(max(0.0, started + n / rate - time.monotonic()))
        running.append(asyncio.ensure_future(one(n)))
    await asyncio.gather(*running)


async def settled(all_read: Callable[[], bool]) -> None:
    """Wait until everybody has read something, not for ever, and a little longer."""
    stop = time.monotonic() + SETTLE_SECONDS
    while time.monotonic() < stop and not all_read():
        await asyncio.sleep(0.5)
    await asyncio.sleep(2.0)


class Counted(Protocol):
    """What became of the pushes."""

    def report(self, platform: Any, killed: bool) -> bool:
        """Print the figures; whether they hold."""


def under_load(running: Bots[Any], pushing: Coroutine[Any, Any, Counted], seconds: float, kill: bool) -> bool:
    """Let the platform push for so many seconds, half-way kill one process, if it is to be, and start it again; count when nothing is left to be sent."""
    work = asyncio.run_coroutine_threadsafe(pushing, running.platform.loop)
    if kill:
        time.sleep(seconds / 2)
        victim = next(iter(running.bots))
        running.kill(victim)
        time.sleep(DOWN_SECONDS)
        running.start(victim)
    load = work.result(seconds + 600)
    at_rest(running)
    fine = load.report(running.platform, kill)
    print(f"deliveries by state: {states(running)}   (unknown: their process was killed while they were sent; staff see them)")
    return fine


def at_rest(running: Bots[Any]) -> None:
    """Wait until nothing is left to be sent, not for ever: an answer that stands to be sent although it was read would be a second one."""
    stop = time.monotonic() + SETTLE_SECONDS
    while time.monotonic() < stop and any(x.split()[1] in (CLAIMED, ANSWERED, SENDING) for x in states(running)):
        time.sleep(1.0)


def states(running: Bots[Any]) -> dict[str, int]:
    """The channels' rows."""
    url = running.env["DATABASE_URL"] or f"sqlite:///{running.folder / 'var' / 'guide.db'}"
    database = Database(engine(url))
    with database.transaction() as session:
        return {f"{channel} {state} {what or ''}".strip(): n for channel, state, what, n in session.execute(
            select(Delivery.channel, Delivery.state, Delivery.error, func.count()).group_by(Delivery.channel, Delivery.state, Delivery.error)).all()}


# --- mutated bodies

def mutated(body: bytes, chance: random.Random) -> bytes:
    """A body with some bytes changed, cut out, doubled, or put in."""
    made = bytearray(body)
    for _ in range(chance.randint(1, 4)):
        at_, size = chance.randrange(len(made) + 1), chance.randint(1, 40)
        what = chance.randrange(5)
        if what == 0:
            made[at_:at_ + size] = chance.randbytes(size)
        elif what == 1:
            del made[at_:at_ + size]
        elif what == 2:
            made[at_:at_] = made[at_:at_ + size * 20]
        elif what == 3:
            made[at_:at_] = chance.choice(GARBAGE)
        else:
            made[at_:at_ + size] = bytes([chance.randrange(256)]) * size
    return bytes(made)


def odd(fields: Mapping[str, Any], chance: random.Random, values: Sequence[Any] = ODD) -> dict[str, Any]:
    """The fields with one value, at whatever depth, that makes no sense: what it is written as stays well-formed."""
    key = chance.choice(list(fields))
    deeper = fields[key]
    return {**fields, key: odd(deeper, chance, values) if isinstance(deeper, dict) and deeper and chance.random() < 0.7 else chance.choice(values)}


def resident(pid: int) -> float:
    """Megabytes that a process holds."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


async def posting(count: int, made: Callable[[int], tuple[str, bytes]]) -> Counter[int]:
    """Post so many bodies, some at once; how often each status came, 0 for none.

    Args:
        made: URL and body by number.
    """
    statuses, left = Counter[int](), list(range(count))

    async def worker(session: aiohttp.ClientSession) -> None:
        while left:
            url, body = made(left.pop())
            try:
                async with session.post(url, data=body) as answer:
                    await answer.read()
                    statuses[answer.status] += 1
            except aiohttp.ClientError:
                statuses[0] += 1

    async with aiohttp.ClientSession() as session:
        await asyncio.gather(*(worker(session) for _ in range(AT_ONCE)))
    return statuses


def fuzzed(running: Bots[Any], count: int, made: Callable[[str, int], tuple[str, bytes]], secret: Callable[[], Iterable[str]]) -> bool:
    """Post mutated bodies to one process; look at its answers, its memory and its log.

    Args:
        made: URL and body by the server's address and number.
        secret: what must not be in the log.
    """
    port, process = next(iter(running.bots.items()))
    url = f"http://127.0.0.1:{port}"

    def some(how_many: int, first: int) -> Counter[int]:
        found: Counter[int] = running.platform.do(posting(how_many, lambda n: made(url, first + n)), 7200)
        return found

    some(min(WARM_BODIES, count), 0)            # what is loaded or cached at first does not count
    before = resident(process.pid)
    statuses = some(count, WARM_BODIES)
    after, log = resident(process.pid), running.log.read_text(errors="replace")
    leaked = [x for x in (MARK, *secret()) if x in log]
    print(f"{count} mutated bodies: answers {dict(statuses)}, memory {before:.0f} → {after:.0f} MB, the process {'lives' if process.poll() is None else 'DIED'}, "
          f"in the log: {'A BODY, A SECRET OR A USER' if leaked else 'no body, no token, no secret, no user'}")
    return set(statuses) <= {200, 403} and process.poll() is None and not leaked and after < before * 1.1 + 20
