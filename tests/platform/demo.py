"""`make demo-wechat`: a patient's conversation with the real bot, through WeChat's side played on this machine, both directions printed."""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from bot.hospital.demo import CODES
from tests.platform.official_account import OfficialAccount, Pushed
from tests.platform.processes import bots

WIDTH = 100


def told(kind: str, text: str) -> None:
    """One line, or several, of the conversation."""
    print(f"\n{'→' if kind == 'patient' else '←'} {kind}")
    for line in text.splitlines():
        print(f"    {line}"[:WIDTH * 2])


class Demo:
    """Prints what is done and what she reads."""

    def __init__(self, platform: OfficialAccount) -> None:
        self.platform, self.who, self._read = platform, platform.follower(), 0

    def says(self, text: str) -> None:
        """She types."""
        told("patient", text)
        self._show(self.platform.say(self.who, text))

    def sends(self, kind: str, what: str, **fields: str) -> None:
        """She sends something else."""
        told("patient", f"[{what}]")
        self._show(self.platform.message(self.who, kind, **fields))

    def does(self, event: str, what: str, **fields: str) -> None:
        """She does something."""
        told("patient", f"[{what}]")
        self._show(self.platform.event(self.who, event, **fields))

    def waits(self, text: str) -> None:
        """The platform loses the first answer and asks again: she reads it once."""
        told("patient", f"{text}   [the platform hangs up at once and asks again]")
        fields = self.platform.a_message("text", Content=text)
        self._show(self.platform.do(self.platform.pushing(self.who, fields, again=True, hangs_up=0.01)))

    def _show(self, made: Pushed) -> None:
        stop = time.monotonic() + 8
        while len(self.who.reads) == self._read and time.monotonic() < stop:
            time.sleep(0.1)
        how = "passive" if made.seen is not None else "service message"
        for text in self.who.reads[self._read:]:
            told(f"account   ({how}, {made.seconds:.1f} s, deliveries: {list(made.statuses)})", text)
        self._read = len(self.who.reads)


def scene(folder: Path) -> str:
    """A code to scan, as `ivf-guide wechat-qr` makes one."""
    from bot.store.database import Database, engine
    from bot.store.scenes import Scenes

    return Scenes(Database(engine(f"sqlite:///{folder / 'var' / 'guide.db'}"))).make(600)


def conversation(demo: Demo, folder: Path) -> None:
    """What a patient may do in her first days."""
    status, echo = demo.platform.verify()
    print(f"the platform tries the address: {status}, {echo.decode()}")
    demo.does("subscribe", "follows the account", EventKey="")
    demo.says("2")
    demo.says("医保能报销吗")
    demo.does("CLICK", "taps 在哪里看报告 in the menu", EventKey="REPORTS_V1")
    demo.sends("voice", "voice, recognised: 移植后多久验孕", MediaId="m", Format="amr", Recognition="移植后多久验孕")
    demo.sends("image", "a photograph of a report", MediaId="m", PicUrl="https://example.invalid/p.jpg")
    demo.waits("周末能抽血吗")
    demo.does("SCAN", "scans the nurse's code", EventKey=scene(folder), Ticket="t")
    demo.says(CODES["p-1001"])
    demo.says("我的报告出来了吗")
    demo.says("取卵第二天肚子胀得厉害，喘不上气")
    demo.says("How do I book an appointment?")


def main() -> int:
    """Run it."""
    platform = OfficialAccount()
    with tempfile.TemporaryDirectory(prefix="ivf-guide-demo-") as name:
        folder = Path(name)
        try:
            print("starting the bot, its actions and its desk …", flush=True)
            with bots(folder, platform, desk=True) as running:
                conversation(Demo(platform), folder)
                print(f"\ncalls of the platform's interface: {dict(platform.calls) or 'none were needed'}")
                print(f"openid in the bot's log: {'YES' if _leaked(running.log, platform) else 'no'}")
        finally:
            platform.close()
    print("what no real platform would have shown:", platform.violations or "nothing")
    return 1 if platform.violations else 0


def _leaked(log: Path, platform: OfficialAccount) -> bool:
    text = log.read_text(errors="replace")
    return any(who.openid in text for who in platform.followers.values()) or platform.secret in text


if __name__ == "__main__":
    sys.exit(main())
