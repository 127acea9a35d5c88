"""`python -m bench.wecom`: the AI bot and the self-built app under load, with two bot processes and Redis, one of them killed; and mutated bodies.

    python -m bench.wecom [--messages 2000] [--rate 40] [--bodies 100000] [--database URL] [--redis URL] [--no-kill]

Every message is of a member of her own: three in five to the bot alone, one in a group, one to the app. 10 % of the pushes are given up by the platform
and pushed again (to whichever process is next), 5 % are pushed twice although they were answered. A stream that is not finished is asked for twice a
second, at whichever process. What a member reads is counted as her client shows it: one message for each stream, one for each post to a `response_url`,
one for each passive text, one for each answer sent by the app. In the middle one process is killed (SIGKILL) and started again five seconds later. To
reach: all answered once; no 5xx, no crash, flat memory, no body, token, secret or user in a log.
"""

from __future__ import annotations

import json
import random
import secrets
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from bench import pushes
from bench.pushes import ASKED, MARK, ODD, ODD_JSON, at, fate, mutated, odd
from bot.knowledge.loader import load
from bot.settings import ROOT
from tests.platform.processes import Bots, bots
from tests.platform.wecom import APP_PATH, BOT_PATH, Pushed, WeCom

POLL_SECONDS = 0.5              # the platform's own rhythm is not documented
STREAM_SECONDS = 60.0
LIBRARY, _ = load(ROOT / "knowledge")
BELOW, FAILED, LATE = (tuple(LIBRARY.words(key, x, question="\0").split("\0")[0] for x in ("zh", "en")) for key in ("wecom_below", "failed", "wechat_late"))


@dataclass
class Message:
    """One message and what the platform showed of it.

    Attributes:
        made: of its delivery and, where it was pushed twice, of the other one.
        plain: whether its first delivery was not given up on purpose.
        code: of its `response_url`.
    """

    member: str
    to_app: bool
    plain: bool
    code: str = ""
    made: list[Pushed] = field(default_factory=list)

    def reads(self, platform: WeCom) -> list[str]:
        """The answers, each once: what is asked for again under the same stream is the same message."""
        if self.to_app:
            sent = [x["text"]["content"] for x in platform.sent if x["touser"] == self.member]
            return [x.text for x in self.made if x.text is not None] + [x for x in sent if x.startswith(LATE)]     # a long one goes on in a second message
        shown = {x.body["stream"]["id"]: x.seen for x in self.made if x.body is not None and x.frames[-1][1]}
        posted = [x["markdown"]["content"] for code, x in zip(platform.late_codes, platform.late) if code == self.code]
        return [x for x in shown.values() if x not in BELOW] + posted


@dataclass
class Load:
    """What became of the messages."""

    made: list[Message] = field(default_factory=list)

    def report(self, platform: WeCom, killed: bool) -> bool:
        """Print the figures; whether they hold."""
        reads = [x.reads(platform) for x in self.made]
        for name, to_app in (("AI bot", False), ("app", True)):
            self._counted(f"messages to the {name}", [(x, y) for x, y in zip(self.made, reads) if x.to_app is to_app])
        for one, read in zip(self.made, reads):
            if len(read) != 1:
                print(f"  not once: {'app' if one.to_app else 'AI bot'}, first delivery {'kept' if one.plain else 'given up'}, "
                      f"statuses {[x.status for x in one.made]}, frames {[len(x.frames) for x in one.made]}, after {one.made[0].seconds[0]:.1f} s, read {len(read)}")
        print(f"violations: {Counter(platform.violations) or 'none'}; one process {'killed and started again' if killed else 'not killed'}")
        return all(len(x) == 1 for x in reads) and not platform.violations

    @staticmethod
    def _counted(what: str, found: list[tuple[Message, list[str]]]) -> None:
        times = Counter(len(y) for _, y in found)
        first = sorted(x.made[0].seconds[0] for x, _ in found if x.plain)
        finished = sorted(x.made[0].seconds[1] for x, _ in found if x.made[0].seconds[1] < float("inf"))
        failed = sum(any(z.startswith(FAILED) for z in y) for _, y in found)
        print(f"{len(found)} {what}: answered once {times[1]}, not at all {times[0]}, more than once {sum(v for k, v in times.items() if k > 1)}; "
              f"with an apology {failed}, posted or sent late {sum(any(z.startswith(LATE) for z in y) for _, y in found)}")
        print(f"  first response at the first delivery: {len(first)}, p50 {at(first, .5):.2f} s, p95 {at(first, .95):.2f} s; "
              f"finished, of all: {len(finished)}, p50 {at(finished, .5):.2f} s, p95 {at(finished, .95):.2f} s")


async def pushing(platform: WeCom, count: int, rate: float) -> Load:
    """Push at a steady rate, in the platform's own loop."""
    load, chance = Load(), random.Random(5)

    async def one(n: int) -> None:
        gives_up, again = fate(chance)
        text, member = f"{ASKED[n % len(ASKED)]}，第{n}位", f"member.{n}.{secrets.token_hex(4)}"
        made = Message(member, n % 5 == 4, gives_up is None)
        load.made.append(made)
        if made.to_app:
            fields = platform.app_fields(member, "text", Content=text)
            made.made.append(await platform.app_pushing(fields, gives_up))
            if again:
                made.made.append(await platform.app_pushing(fields))
            return
        body = platform.text(member, f"@小助手 {text}", f"wrGROUP{n}") if n % 5 == 3 else platform.text(member, text)
        made.code = body["response_url"].split("=")[1]
        made.made.append(await platform.pushing(body, STREAM_SECONDS, retries=True, hangs_up=gives_up))
        if again:
            made.made.append(await platform.pushing(body, STREAM_SECONDS, retries=True))

    await pushes.steadily(count, rate, one)
    await pushes.settled(lambda: all(x.reads(platform) for x in load.made))
    return load


def under_load(running: Bots[WeCom], count: int, rate: float, kill: bool) -> bool:
    """Push, kill one process in the middle, and count."""
    return pushes.under_load(running, pushing(running.platform, count, rate), count / rate, kill)


# --- mutated bodies

def to_the_bot(platform: WeCom, member: str, n: int) -> dict[str, Any]:
    """A message to the AI bot with marked words in it. Of those that ask the bot something most are over the member's limit: a turn is not what is tried."""
    kinds: tuple[dict[str, Any], ...] = (
        platform.message(member, "image", image={"url": MARK}), platform.message(member, "event", event={"eventtype": "feedback_event", "feedback_event": {
            "id": MARK, "type": 2}}),
        {**platform.message(member, "stream"), "stream": {"id": f"g{n}-1790000000-{MARK}"}},
        platform.message(member, "mixed", "wrGROUP", mixed={"msg_item": [{"msgtype": "image", "image": {"url": MARK}}]}),
        platform.text(member, MARK),
    )
    return kinds[n // 4 % len(kinds)]


def to_the_app(platform: WeCom, member: str, n: int) -> dict[str, str]:
    """The same to the app."""
    kinds = (platform.app_fields(member, "image", PicUrl=MARK), platform.app_fields(member, "event", Event="click", EventKey=MARK),
             platform.app_fields(member, "location", Label=MARK), platform.app_fields(member, "text", Content=MARK))
    return kinds[n // 4 % len(kinds)]


def fuzzed(running: Bots[WeCom], count: int) -> bool:
    """Half of the bodies go to the AI bot and half to the app. Of each one in ten is well-formed and odd, and of the others half are mutated behind their
    signature and half before it: those are opened and read."""
    platform, chance, member = running.platform, random.Random(6), f"member.{secrets.token_hex(8)}"

    def made(url: str, n: int) -> tuple[str, bytes]:
        app, before, strange = n % 2 == 1, n // 2 % 2 == 1, n // 20 % 10 == 0
        fields = to_the_app(platform, member, n) if app else to_the_bot(platform, member, n)
        if strange:
            fields = odd(fields, chance, ODD if app else ODD_JSON)
        plain = platform.document(fields) if app else json.dumps(fields, ensure_ascii=strange)
        if before and not strange:
            plain = mutated(plain.encode(), chance).decode("utf-8", "replace")
        sealed, given = platform.app_sealed(plain) if app else platform.sealed(plain)
        body = sealed.encode() if app else json.dumps({"encrypt": sealed}).encode()
        return f"{url}{APP_PATH if app else BOT_PATH}?{urlencode(given)}", body if before or strange else mutated(body, chance)

    secret = (platform.token, platform.aes_key, platform.secret, platform.bot_token, platform.bot_key, member)
    return pushes.fuzzed(running, count, made, lambda: (*secret, *platform.tokens))


def main(arguments: list[str] | None = None) -> int:
    """Run both; 1 where something does not hold."""
    given = pushes.parser(__doc__, "messages").parse_args(arguments)
    platform, fine = WeCom(poll=POLL_SECONDS), True
    with tempfile.TemporaryDirectory(prefix="ivf-guide-wecom-") as name:
        try:
            with bots(Path(name), platform, 2, DATABASE_URL=given.database, REDIS_URL=given.redis) as running:
                for url in platform.callbacks:          # the first message of a process is nobody's measure
                    platform.callbacks, every = [url], platform.callbacks
                    platform.say("member.first", "你好")
                    platform.callbacks = every
                platform.violations.clear()
                if given.count:
                    fine = under_load(running, given.count, given.rate, not given.no_kill) and fine
                if given.bodies:
                    fine = fuzzed(running, given.bodies) and fine
        finally:
            platform.close()
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main())
