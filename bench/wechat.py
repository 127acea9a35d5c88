"""`python -m bench.wechat`: the Official Account under load, with two bot processes and Redis, one of them killed; and mutated bodies.

    python -m bench.wechat [--pushes 2000] [--rate 40] [--bodies 100000] [--database URL] [--redis URL] [--no-kill]

Every push is a patient of her own, so what she reads is the answer to it: exactly one, in one message or its continuation. 10 % of the pushes are
given up by the platform and pushed again (to whichever process is next), 5 % are pushed twice although they were answered. In the middle one
process is killed (SIGKILL) and started again five seconds later. To reach: all answered once, 99.9 % of passive answers inside 4.5 s, p95
under 1 s; no 5xx, no crash, flat memory, no body and no token in a log.
"""

from __future__ import annotations

import random
import secrets
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from bench import pushes
from bench.pushes import ASKED, MARK, at, fate, mutated, odd
from tests.platform.official_account import UNAVAILABLE, Follower, OfficialAccount, Pushed
from tests.platform.processes import PATH, Bots, bots


@dataclass
class Load:
    """What became of the pushes.

    Attributes:
        made: who pushed, what became of it, and whether its first delivery was not given up on purpose.
    """

    made: list[tuple[Follower, Pushed, bool]] = field(default_factory=list)

    def report(self, platform: OfficialAccount, killed: bool) -> bool:
        """Print the figures; whether they hold."""
        reads = Counter(len([x for x in who.reads if x != UNAVAILABLE]) for who, _, _ in self.made)
        apologies = sum(UNAVAILABLE in who.reads for who, _, _ in self.made)
        passive = sorted(made.seconds for who, made, plain in self.made if plain and made.seen not in (None, UNAVAILABLE) and len(made.statuses) == 1)
        late = sum(made.seen is None for _, made, _ in self.made)
        print(f"{len(self.made)} pushes: answered once {reads[1]}, not at all {reads[0]}, more than once {sum(v for k, v in reads.items() if k > 1)}; "
              f"“cannot be reached just now” shown {apologies}; answered by service message {late}")
        print(f"passive answers at the first delivery: {len(passive)}, p50 {at(passive, .5):.2f} s, p95 {at(passive, .95):.2f} s, p99.9 {at(passive, .999):.2f} s, "
              f"inside 4.5 s {sum(x < 4.5 for x in passive) / max(1, len(passive)):.2%}")
        for who, made, _ in self.made:
            if len([x for x in who.reads if x != UNAVAILABLE]) != 1:
                print(f"  not once: deliveries {made.statuses}, given back {made.seen is not None}, after {made.seconds:.1f} s, read {len(who.reads)}")
        print(f"violations: {Counter(platform.violations) or 'none'}; one process {'killed and started again' if killed else 'not killed'}")
        return reads[1] == len(self.made) and not platform.violations


async def pushing(platform: OfficialAccount, count: int, rate: float) -> Load:
    """Push at a steady rate, in the platform's own loop."""
    load, chance = Load(), random.Random(5)

    async def one(n: int) -> None:
        who = platform.follower()
        gives_up, again = fate(chance)
        fields = platform.a_message("text", Content=f"{ASKED[n % len(ASKED)]}，第{n}位")
        made = await platform.pushing(who, fields, again=again, hangs_up=gives_up)
        load.made.append((who, made, gives_up is None))

    await pushes.steadily(count, rate, one)
    await pushes.settled(lambda: all(any(x != UNAVAILABLE for x in who.reads) for who, _, _ in load.made))
    return load


def under_load(running: Bots[OfficialAccount], count: int, rate: float, kill: bool) -> bool:
    """Push, kill one process in the middle, and count."""
    return pushes.under_load(running, pushing(running.platform, count, rate), count / rate, kill)


def fuzzed(running: Bots[OfficialAccount], count: int) -> bool:
    """One body in ten is well-formed and odd; of the others half are mutated behind their signature, half before it: those are opened and read."""
    platform, chance = running.platform, random.Random(6)
    who = platform.follower()

    def made(url: str, n: int) -> tuple[str, bytes]:
        fields: dict[str, Any] = {"ToUserName": platform.account, "FromUserName": who.openid, "CreateTime": int(time.time()), "MsgType": "image",
                                  "PicUrl": MARK, "MsgId": str(9 * 10**15 + n)}
        document, when, nonce = platform.document(odd(fields, chance) if n % 10 == 0 else fields).encode(), str(int(time.time())), secrets.token_hex(5)
        if n % 10 == 0:
            body, query = platform.sealed(document.decode(), when, nonce)
            data = body.encode()
        elif n % 2:
            body, query = platform.sealed(mutated(document, chance).decode("utf-8", "replace"), when, nonce)
            data = body.encode()
        else:
            body, query = platform.sealed(document.decode(), when, nonce)
            data = mutated(body.encode(), chance)
        return f"{url}{PATH}?{urlencode(query)}", data

    return pushes.fuzzed(running, count, made, lambda: (platform.token, platform.secret, *platform.tokens, *platform.followers))


def main(arguments: list[str] | None = None) -> int:
    """Run both; 1 where something does not hold."""
    given = pushes.parser(__doc__, "pushes").parse_args(arguments)
    platform, fine = OfficialAccount(), True
    with tempfile.TemporaryDirectory(prefix="ivf-guide-wechat-") as name:
        try:
            with bots(Path(name), platform, 2, DATABASE_URL=given.database, REDIS_URL=given.redis) as running:
                for url in platform.callbacks:          # the first message of a process is nobody's measure
                    platform.callbacks, every = [url], platform.callbacks
                    platform.say(platform.follower(), "你好")
                    platform.callbacks = every
                if given.count:
                    fine = under_load(running, given.count, given.rate, not given.no_kill) and fine
                if given.bodies:
                    fine = fuzzed(running, given.bodies) and fine
        finally:
            platform.close()
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main())
