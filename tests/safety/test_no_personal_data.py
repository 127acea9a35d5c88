"""Personal data of every kind goes through every channel, whole and while things break; afterwards they are looked for in all that is kept.

The numbers are clearly made up: they belong to no region, no operator and no bank.
"""

from __future__ import annotations

import json
import secrets
import shutil
import socket
import sqlite3
import sys
import tarfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlparse

import pytest

from bot.bootstrap import VECTORS
from bot.channels.web import web_key
from bot.privacy import mask
from tests.conftest import free_port
from tests.platform.official_account import OfficialAccount
from tests.platform.wecom import WeCom
from tests.safety.conftest import (
    SECRET,
    Bot,
    actions_process,
    bot_process,
    environment,
    prepared,
    request,
    running,
    until,
    until_actions,
)
from tests.safety.faulty import ACTION_RAISES, PIPELINE_RAISES

#: Each kind, as it is typed, and what of it must be found nowhere.
SAID = {
    "id_card": ("我的身份证号是990101199001019876", "990101199001019876"),
    "passport": ("护照号E99887766", "E99887766"),
    "phone": ("我电话13800009876", "13800009876"),
    "bank_card": ("银行卡号6222990000000009876", "6222990000000009876"),
    "medical_card": ("就诊卡号9900887766", "9900887766"),
    "name": ("我叫司马测试", "司马测试"),
    "address": ("我家住朝阳区样例路98号76楼303室", "样例路98号"),
    "email": ("我的邮箱是specimen9876@mail.example", "specimen9876"),
}
SAID_EN = {
    "phone": ("my phone is +1 202 555 0198", "2025550198"),
    "name": ("my name is Testina Mustermann", "Mustermann"),
    "address": ("I live at 9876 Specimen Avenue, Sampletown", "9876 Specimen"),
    "passport": ("passport number X99887755", "X99887755"),
}
TYPED = [*SAID.values(), *SAID_EN.values()]
#: What is sent bare where a binding has asked for it.
BARE = {SAID["name"][0]: "司马测试", SAID_EN["name"][0]: "Testina Mustermann", SAID["address"][0]: "朝阳区样例路98号76楼303室"}
MARKS = tuple(mark for _, mark in TYPED)
DIGITS = {ord("0") + n: one for n, one in enumerate("零一二三四五六七八九")}
SETTLE_SECONDS = 30


def everything() -> str:
    """All data in one message, in Chinese."""
    return "，".join(said for said, _ in SAID.values())


def forms(mark: str) -> set[bytes]:
    """How a mark may stand in a file: as UTF-8, in JSON, in the wide characters of a database, with its folded spellings."""
    spelled = {mark, mark.lower(), mark.upper(), "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in mark)}
    if mark.isdigit():
        spelled |= {f"{mark[:3]} {mark[3:7]} {mark[7:]}", f"{mark[:3]}-{mark[3:7]}-{mark[7:]}", mark.translate(DIGITS)}
    if mark == "2025550198":
        spelled |= {"202 555 0198", "+12025550198"}
    found = set()
    for one in spelled:
        found |= {one.encode(), json.dumps(one)[1:-1].encode(), one.encode("utf-16-le"), repr(one.encode())[2:-1].encode()}
    return found


FORMS = {mark: forms(mark) for mark in MARKS}


def kept_in(data: bytes) -> set[str]:
    """The marks in some bytes."""
    return {mark for mark, written in FORMS.items() if any(one in data for one in written)}


# --- the processes

@dataclass(frozen=True)
class House:
    """The three processes, faults in two of them, and where they keep what."""

    bot: Bot
    folder: Path
    account: OfficialAccount
    wecom: WeCom

    @property
    def files(self) -> list[Path]:
        """Databases with their write-ahead logs, logs, everything else in the data folder, the model."""
        return [x for x in self.folder.rglob("*") if x.is_file()]

    def count(self, table: str, database: str = "guide") -> int:
        """Rows of a table."""
        with sqlite3.connect(f"file:{self.folder / 'var' / database}.db?mode=ro", uri=True) as opened:
            return int(opened.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0])


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, model: Path) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("house")
    (folder / "var").mkdir()
    shutil.copytree(model, folder / "models", ignore=lambda _, names: [x for x in names if not x.startswith("guide-")])
    prepared(f"sqlite:///{folder / 'var' / 'guide.db'}")
    with ExitStack() as stack:
        account, wecom = OfficialAccount(), WeCom()
        stack.callback(account.close)
        stack.callback(wecom.close)
        away = f"amqp://guest:guest@127.0.0.1:{free_port()}/"      # events wait in memory for a broker that is not there
        platforms = {"EVENT_BROKER_URL": away, **account.environment(), "WECOM_BOT_TOKEN": wecom.bot_token, "WECOM_BOT_AES_KEY": wecom.bot_key, "WECOM_API": wecom.url}
        port = stack.enter_context(actions_process(folder, ("-m", "tests.safety.faulty", "actions")))
        stack.enter_context(running([sys.executable, "-m", "tests.safety.faulty", "desk"], folder / "desk.log", environment(folder)))
        bot = stack.enter_context(bot_process(folder, ("-m", "tests.safety.faulty", "bot"), ACTIONS_PORT=str(port),
                                              IVF_GUIDE_MODELS=str(folder / "models"), TURN_DEADLINE="20", **platforms))
        account.callback, wecom.callback = f"{bot.url}/webhooks/wechat/callback", f"{bot.url}/webhooks/wecom-bot/callback"
        until_actions(folder, port)
        for name in ("guide", "conversations"):     # as long as somebody has it open, what was written stays in the write-ahead log
            keeper = sqlite3.connect(folder / "var" / f"{name}.db")
            stack.callback(keeper.close)
            keeper.execute("SELECT COUNT(*) FROM sqlite_master").fetchall()
        yield House(bot, folder, account, wecom)


@pytest.fixture(scope="module", autouse=True)
def driven(house: House) -> House:
    """All of it, sent once; each test then looks for it in one place."""
    sent = 0
    for way in WAYS:
        for said in (*(x for x, _ in TYPED), everything()):
            sent += 1
            WAYS[way](house.bot, said)
    for said in (*(x for x, _ in TYPED), everything()):
        for through in (wechat, wecom_private, wecom_group):
            through(house, said)
    settled(house)
    assert sent == len(WAYS) * (len(TYPED) + 1)
    return house


def settled(house: House) -> None:
    """Wait until nothing is written any more: who hung up is answered all the same."""
    sizes: list[int] = []

    def quiet() -> bool:
        sizes.append(house.count("events", "conversations") + house.count("web_message"))
        return len(sizes) > 20 and len(set(sizes[-20:])) == 1

    until(quiet, "turns go on for ever", SETTLE_SECONDS)


# --- the ways

def rest(bot: Bot, said: str) -> None:
    """Through the integration door, and again in a conversation that is going on."""
    patient = bot.rest()
    assert patient.say(said).kinds
    patient.say(f"{said}，报告在哪看？")


def rest_group(bot: Bot, said: str) -> None:
    """In a group, mentioned and not."""
    for mentioned in (True, False):
        bot.rest().say(said, chat_type="group", group_id="g", mentioned=mentioned)


def rest_group_named(bot: Bot, said: str) -> None:
    """Where what an integration calls its group, its patient and its time says more than it should."""
    patient = bot.rest()
    patient.sender = said
    patient.say("周期群安全吗", chat_type="group", group_id=said, mentioned=True)
    patient.say("周期群安全吗", chat_type=said, now=said)


def rest_profile(bot: Bot, said: str) -> None:
    """As a profile value."""
    patient = bot.rest()
    patient.say("/inform_profile" + json.dumps({"stage": said, "region": said, "note": said}, ensure_ascii=False))
    patient.say("周期群安全吗")


def web_private(bot: Bot, said: str) -> None:
    """On the chat page."""
    patient = bot.web()
    assert patient.say(said).kinds
    request(bot.url, "GET", "/webhooks/web/session", headers=patient.headers)


def web_group(bot: Bot, said: str) -> None:
    """In the group view, mentioned and not."""
    patient = bot.web("group")
    patient.say(said)
    patient.say(said, mentioned=False)


def slash(bot: Bot, said: str) -> None:
    """With a leading slash, on both channels; REST refuses it."""
    bot.web().say(f"/restart {said}")
    bot.web().say(f"/{said}")
    request(bot.url, "POST", "/webhooks/rest/webhook", {"sender": "x", "message": f"/restart {said}"})
    request(bot.url, "POST", "/webhooks/rest/webhook", {"sender": "x", "message": f"/inform_profile{said}"})


def pipeline_raises(bot: Bot, said: str) -> None:
    """The pipeline raises."""
    for patient in (bot.rest(), bot.web()):
        assert patient.say(f"{PIPELINE_RAISES} {said}").kinds[:1] == ("failed",)


def action_raises(bot: Bot, said: str) -> None:
    """An action raises."""
    for patient in (bot.rest(), bot.web()):
        assert patient.say(f"{ACTION_RAISES} {said}").kinds[:1] == ("failed",)


def hangs_up(bot: Bot, said: str) -> None:
    """The client hangs up: before the answer, and in the middle of its request."""
    whole = json.dumps({"sender": secrets.token_hex(4), "message": said}, ensure_ascii=False).encode()
    half = json.dumps({"text": said, "view": "private"}, ensure_ascii=False).encode()
    for path, body, headers, length in (
        ("/webhooks/rest/webhook", whole, "", len(whole)), ("/webhooks/web/messages", half, f"Cookie: {bot.web().headers['Cookie']}\r\n", len(half)),
        ("/webhooks/rest/webhook", whole, "", len(whole) + 50),
    ):
        at = urlparse(bot.url)
        with socket.create_connection((at.hostname or "", at.port or 0), 5) as line:
            head = f"POST {path} HTTP/1.1\r\nHost: {at.netloc}\r\nContent-Type: application/json\r\n{headers}Content-Length: {length}\r\n\r\n"
            line.sendall(head.encode() + body)


def broken_requests(bot: Bot, said: str) -> None:
    """What is no request of the contract, and addresses that nobody has."""
    raw = said.encode()
    request(bot.url, "POST", "/webhooks/rest/webhook", b'{"sender": "x", "message": "' + raw)
    request(bot.url, "POST", "/webhooks/rest/webhook", {"sender": 3, "message": said})
    request(bot.url, "POST", "/webhooks/web/messages", b'{"text": "' + raw, bot.web().headers)
    request(bot.url, "POST", "/webhooks/web/messages", {"text": said}, {"Cookie": "ivf_guide=nobody"})
    request(bot.url, "GET", "/webhooks/web/" + "".join(x for x in said if x.isascii() and x.isalnum()))


def emergency(bot: Bot, said: str) -> None:
    """In an emergency, whose text goes out before anything else."""
    for patient in (bot.rest(), bot.web()):
        assert patient.say(f"取卵后肚子疼得直不起腰，{said}").kinds[:1] == ("emergency",)


def too_long(bot: Bot, said: str) -> None:
    """In a message that is longer than what is read."""
    for patient in (bot.rest(), bot.web()):
        patient.say(said + "，" + "很长的话" * 1100)


def in_forms(bot: Bot, said: str) -> None:
    """As the value of what is being asked, and as the reason for a booking."""
    patient = bot.rest()
    for typed in ("帮我整理一下给医生的要点卡", "好的", said, said, "我想挂号", said, "让护士回电", said):
        patient.say(typed)


def asked_for(bot: Bot, said: str) -> None:
    """As the answer to a binding's question, a name without a word that says so; then she leaves it, and the vault is empty again."""
    for patient in (bot.rest(), bot.web()):
        assert "identity" in patient.say("我的AMH结果出来了吗").kinds
        for typed in ("没有码", BARE.get(said, said), "算了"):
            patient.say(typed)


def wechat(house: House, said: str) -> None:
    """To the Official Account: typed, spoken, beside an emergency, to an action that raises, and bare where a binding asked for it."""
    account = house.account
    she = account.follower()
    for typed in (said, f"/{said}", f"{ACTION_RAISES} {said}", f"取卵后肚子疼得直不起腰，{said}"):
        account.say(she, typed)
    account.message(she, "voice", MediaId="m", Format="amr", Recognition=said)
    account.event(she, "CLICK", EventKey=said[:20])
    other = account.follower()
    for typed in ("我的AMH结果出来了吗", "没有码", BARE.get(said, said), "算了"):
        account.say(other, typed)
    assert any("绑定" in x for x in other.reads)


def wecom_private(house: House, said: str) -> None:
    """To WeCom's bot in private, a binding's answer included."""
    user = secrets.token_hex(4)
    for typed in (said, f"{PIPELINE_RAISES} {said}", "我的AMH结果出来了吗", "没有码", BARE.get(said, said), "算了"):
        assert house.wecom.say(user, typed).seen


def wecom_group(house: House, said: str) -> None:
    """In a group there."""
    house.wecom.say(secrets.token_hex(4), f"@小助手 {said}", "wrGROUP")


WAYS = {x.__name__: x for x in (
    rest, rest_group, rest_group_named, rest_profile, web_private, web_group, slash, pipeline_raises, action_raises, hangs_up, broken_requests,
    emergency, too_long, in_forms, asked_for,
)}


# --- the places

@pytest.mark.parametrize(("said", "mark"), TYPED)
def test_the_masker_knows_each_of_these(said: str, mark: str) -> None:
    """Else the other tests would speak of the masker and not of what is kept."""
    masked = mask(said)
    assert masked.found and mark not in masked.text and not kept_in(masked.text.encode())


def test_what_was_sent_was_kept_with_placeholders(house: House) -> None:
    """The tests below look into something: turns, bubbles and the staff's list are there."""
    assert house.count("events", "conversations") > 500 and house.count("web_message") > 100 and house.count("unanswered") > 20
    raw = b"".join(x.read_bytes() for x in house.files if x.name.startswith(("guide.db", "conversations.db")))
    assert json.dumps("电话号码")[1:-1].encode() in raw


def test_in_no_table(house: House) -> None:
    found = {}
    for file in (house.folder / "var").glob("*.db"):
        with sqlite3.connect(f"file:{file}?mode=ro", uri=True) as opened:
            tables = [x for (x,) in opened.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            for table in tables:
                for row in opened.execute(f'SELECT * FROM "{table}"'):
                    there = kept_in("\n".join(map(str, row)).encode())
                    if there:
                        found.setdefault(f"{file.name}:{table}", (sorted(there), str(row)[:600]))
    assert not found, "\n".join(f"{k}: {v}" for k, v in found.items())


def test_in_no_byte_of_the_databases_and_the_data_folder(house: House) -> None:
    files = [x for x in house.files if x.is_relative_to(house.folder / "var")]
    assert {"guide.db", "conversations.db"} <= {x.name for x in files} and any(x.name.endswith("-wal") for x in files)
    found = {x.name: kept_in(x.read_bytes()) for x in files}
    assert not any(found.values()), found


@pytest.mark.parametrize("name", ["bot", "actions", "desk"])
def test_in_no_log(house: House, name: str) -> None:
    log = (house.folder / f"{name}.log").read_bytes()
    there = kept_in(log)
    assert not there, [line for line in log.splitlines() if kept_in(line)][:5]


def test_the_faults_are_in_the_logs_without_words(house: House) -> None:
    log = (house.folder / "bot.log").read_bytes()
    assert b"Fault" in log and b"event broker: not reached" in log
    assert "ALERT" in (house.folder / "desk.log").read_text(errors="replace")


def test_in_no_model_and_no_cache_of_vectors(house: House) -> None:
    """The model folder, inside the archives as well, and the file that keeps vectors between runs."""
    found = {}
    for file in (house.folder / "models").iterdir():
        found[file.name] = kept_in(file.read_bytes())
        with tarfile.open(file) as archive:
            for member in archive.getmembers():
                opened = archive.extractfile(member)
                if opened is not None:
                    found[f"{file.name}:{member.name}"] = kept_in(opened.read())
    found |= {x.name: kept_in(x.read_bytes()) for x in VECTORS.parent.glob(f"{VECTORS.name}*")}
    assert found and not any(found.values()), {k: v for k, v in found.items() if v}


def test_the_vault_is_empty_unless_a_form_waits(house: House) -> None:
    assert house.count("vault") == 0


def test_conversation_keys_are_no_numbers_of_hers(house: House) -> None:
    """What an integration calls its patient is hashed with the key of this installation."""
    with sqlite3.connect(f"file:{house.folder / 'var' / 'conversations.db'}?mode=ro", uri=True) as opened:
        keys = [x for (x,) in opened.execute("SELECT DISTINCT sender_id FROM events")]
    assert keys and not any(kept_in(x.encode()) for x in keys)
    assert all(len(x) == len(web_key(SECRET.encode(), "x", "private")) for x in keys)
