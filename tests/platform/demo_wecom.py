"""`make demo-wecom`: members talk with the real bot in a group and alone, through WeCom's side played on this machine, both directions printed."""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from tests.platform.processes import bots
from tests.platform.wecom import APP_PATH, BOT_PATH, WeCom
from tests.safety.conftest import until

GROUP, WARD = "wrDEMOGROUP01", "6f1c2f6e-0000-4000-8000-1234567890ab"
#: Who says what where.
TALK = (
    ("lin", GROUP, "@小助手 检查报告在哪里看？"), ("lin", GROUP, "@小助手 我的AMH出来了吗"), ("wang", GROUP, "今天天气不错"),
    ("tout", GROUP, "专业代办加急挂号包成功，加V信xyz123先付定金"), ("lin", None, "我想约周三上午的号"), ("lin", None, "1"),
    ("chen", None, "Where can I see my reports?"), ("chen", None, "取卵后第二天肚子疼得直不起腰"),
)


def told(who: str, text: str) -> None:
    """A message, with who says it."""
    print(f"\n{who}\n" + "\n".join(f"    {line}" for line in text.splitlines()))


def staff(platform: WeCom) -> None:
    """What the alerts led to."""
    until(lambda: len(platform.sent) > 1 and len(platform.posts[WARD]) > 1, "no alert came", 30)      # of the tout, and of the emergency
    for one in platform.sent:
        told(f"→ nurse {one['touser']}, by the app", one["text"]["content"])
    for one in platform.posts[WARD]:
        told("→ the ward's group, by webhook", one["text"]["content"])


def conversation(platform: WeCom, app: str) -> None:
    """What members say, what they read, and how a nurse takes the emergency.

    Args:
        app: address of the app's callback.
    """
    print(f"the address is verified: {platform.verify()[0]}")
    for who, group, text in TALK:
        told(f"→ {who} in {'the group' if group else 'private'}", text)
        started = time.monotonic()
        made = platform.say(who, text, group)
        told(f"← the bot, after {time.monotonic() - started:.1f} s", made.seen or "(says nothing)")
    staff(platform)
    _, answer = platform.to_app(app, "nurse.lin", "text", Content="接手 1")
    told("→ nurse.lin to the app", "接手 1")
    told("← the app", str(answer))


def main() -> int:
    """Run it."""
    platform = WeCom(poll=0.5, patience=30.0)
    with tempfile.TemporaryDirectory(prefix="ivf-guide-demo-") as folder:
        try:
            print("starting the bot, its actions and its desk …", flush=True)
            with bots(Path(folder), platform, desk=True, WECOM_ALERT_TO="nurse.lin", WECOM_WEBHOOKS=f"ward={WARD}", WECOM_ALERT_WEBHOOK="ward"):
                conversation(platform, platform.callback.replace(BOT_PATH, APP_PATH))
        finally:
            platform.close()
    print("\nwhat no real platform would have shown:", platform.violations or "nothing")
    return 1 if platform.violations else 0


if __name__ == "__main__":
    sys.exit(main())
