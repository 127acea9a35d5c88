"""`make demo-wecom`: members talk with the real bot in a group and alone, through WeCom's side played on this machine, both directions printed."""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from tests.conftest import free_port
from tests.platform.wecom import WeCom
from tests.safety.conftest import actions_process, environment, prepared, request, running, until, until_actions

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


def main() -> int:
    """The whole conversation."""
    platform, port, folder = WeCom(poll=0.5, patience=30.0), free_port(), Path(tempfile.mkdtemp(prefix="ivf-guide-wecom-"))
    (folder / "var").mkdir()
    prepared(f"sqlite:///{folder / 'var' / 'guide.db'}")
    given = {
        "WECOM_BOT_TOKEN": platform.bot_token, "WECOM_BOT_AES_KEY": platform.bot_key, "WECOM_BOT_ID": platform.bot, "WECOM_BOT_NAME": "小助手",
        "WECOM_CORPID": platform.corpid, "WECOM_AGENT_ID": str(platform.agent), "WECOM_SECRET": platform.secret, "WECOM_TOKEN": platform.token,
        "WECOM_AES_KEY": platform.aes_key, "WECOM_API": platform.url, "WECOM_ALERT_TO": "nurse.lin", "WECOM_WEBHOOKS": f"ward={WARD}",
        "WECOM_ALERT_WEBHOOK": "ward",
    }
    print("starting the bot (half a minute)")
    with actions_process(folder) as actions:
        env, log = environment(folder, PORT=str(port), ACTIONS_PORT=str(actions), **given), folder / "bot.log"
        with running([sys.executable, "-m", "bot"], log, env), running([sys.executable, "-m", "bot.desk"], folder / "desk.log", env):
            until(lambda: request(f"http://127.0.0.1:{port}", "GET", "/webhooks/rest/")[1] == 200, "the bot did not start", log=log)
            until_actions(folder, actions)
            platform.callback = f"http://127.0.0.1:{port}/webhooks/wecom-bot/callback"
            print(f"the address is verified: {platform.verify()[0]}")
            for who, group, text in TALK:
                told(f"→ {who} in {'the group' if group else 'private'}", text)
                started = time.monotonic()
                made = platform.say(who, text, group)
                told(f"← the bot, after {time.monotonic() - started:.1f} s", made.seen or "(says nothing)")
            staff(platform)
            _, answer = platform.to_app(f"http://127.0.0.1:{port}/webhooks/wecom/callback", "nurse.lin", "text", Content="接手 1")
            told("→ nurse.lin to the app", "接手 1")
            told("← the app", str(answer))
    print(f"\nwhat the platform had to complain about: {platform.violations or 'nothing'}")
    platform.close()
    return 1 if platform.violations else 0


if __name__ == "__main__":
    sys.exit(main())
