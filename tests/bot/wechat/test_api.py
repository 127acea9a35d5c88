"""Tokens are fetched once for all, and every error of the platform is handled as the facts say, against the platform's side over HTTP."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
from collections.abc import AsyncIterator, Iterator

import aiohttp
import pytest

from bot.wechat.api import Api, ApiError, UnknownOutcome, Unreachable, official_account, wecom
from bot.wechat.codes import OFFICIAL_ACCOUNT, WECOM, Handling, handling
from bot.wechat.tokens import FORCE_SECONDS, InProcess, InRedis, Shared, Token, Tokens
from tests.conftest import free_port
from tests.platform.official_account import Follower, OfficialAccount, Quota

SEND, STABLE = "/cgi-bin/message/custom/send", "/cgi-bin/stable_token"


@pytest.fixture
def platform() -> Iterator[OfficialAccount]:
    made = OfficialAccount()
    yield made
    made.close()


@pytest.fixture
async def api(platform: OfficialAccount) -> AsyncIterator[Api]:
    made = calling(platform)
    yield made
    await made.close()


def calling(platform: OfficialAccount, shared: Shared | None = None, seconds: float = 5.0) -> Api:
    return official_account(platform.url, platform.appid, platform.secret, shared or InProcess(), seconds=seconds, back_off=(0.0, 0.0, 0.0))


def patient(platform: OfficialAccount, left: int = 50) -> Follower:
    who = platform.follower()
    who.quota = Quota(left, 1e12)
    return who


def text(who: Follower, words: str = "您好😟") -> dict[str, object]:
    return {"touser": who.openid, "msgtype": "text", "text": {"content": words}}


async def refused(api: Api, body: dict[str, object]) -> ApiError:
    with pytest.raises(ApiError) as error:
        await api.call(SEND, body)
    return error.value


async def test_a_message_is_sent_as_raw_utf8(api: Api, platform: OfficialAccount) -> None:
    who = patient(platform)
    await api.call(SEND, text(who))
    assert who.reads == ["您好😟"] and platform.violations == [] and platform.calls == {STABLE: 1, SEND: 1}


async def test_many_at_once_fetch_one_token(api: Api, platform: OfficialAccount) -> None:
    who = patient(platform)
    await asyncio.gather(*(api.call(SEND, text(who)) for _ in range(20)))
    assert len(who.reads) == 20 and platform.calls[STABLE] == 1


@pytest.mark.parametrize("code", [40001, 40014, 42001])
async def test_an_ended_token_is_fetched_again_and_the_call_made_once_more(api: Api, platform: OfficialAccount, code: int) -> None:
    who = patient(platform)
    await api.call(SEND, text(who))
    platform.tokens.clear()     # ended on their side
    platform.errors[SEND].append(code)
    await asyncio.gather(*(api.call(SEND, text(who)) for _ in range(5)))
    assert len(who.reads) == 6 and platform.calls[STABLE] == 2


async def test_a_token_that_stays_refused_is_forced_once_in_ten_minutes_and_then_it_fails(platform: OfficialAccount, caplog: pytest.LogCaptureFixture) -> None:
    api, who = calling(platform), patient(platform)
    platform.errors[SEND].extend([40001] * 9)
    with caplog.at_level(logging.INFO):
        assert (await refused(api, text(who))).handling is Handling.TOKEN
        calls = platform.calls[SEND]
        await refused(api, text(who))
    assert calls == 2 and platform.calls[SEND] - calls <= 2 and platform.calls[STABLE] <= 4
    assert caplog.text.count("a new one is forced") == 1
    platform.errors[SEND].clear()
    await api.call(SEND, text(who))
    assert who.reads == ["您好😟"]
    await api.close()


async def test_a_wrong_secret_is_the_operators(platform: OfficialAccount) -> None:
    api = official_account(platform.url, platform.appid, "wrong", InProcess())
    assert (await refused(api, text(patient(platform)))).handling is Handling.OPERATOR
    platform.errors[STABLE].append(40001)
    assert (await refused(api, text(patient(platform)))).handling is Handling.OPERATOR
    await api.close()


async def test_system_busy_is_tried_again_three_times(api: Api, platform: OfficialAccount) -> None:
    who = patient(platform)
    platform.errors[SEND].extend([-1, -1, -1])
    await api.call(SEND, text(who))
    assert platform.calls[SEND] == 4 and who.reads == ["您好😟"]
    platform.errors[SEND].extend([-1] * 5)
    assert (await refused(api, text(who))).handling is Handling.AGAIN and platform.calls[SEND] == 8


#: The table of the facts (A9), written down once more, and the errors of `custom/typing` as Tencent's page on it has them.
TABLE = {
    "drop": [40003, 45080, 45081], "upload": [40007], "bug": [40008, 40035, 47001, 40033, 41001, 41030, 44004, 45072, 47003],
    "operator": [40013, 40125, 40037, 40164, 40243, 89503, 89506, 89507, 123456], "login": [40029, 40163], "plain": [40200],
    "gone": [43004, 43019, 48002, 50005], "consent": [43101], "shorter": [45002], "daily": [45009, 48006], "slowly": [45011],
    "closed": [45015, 45047], "create": [46003], "rights": [48001], "blocked": [48004, 50002],
}


@pytest.mark.parametrize(("what", "code"), [(k, x) for k, codes in TABLE.items() for x in codes])
async def test_every_other_error_comes_back_at_once_with_its_handling(api: Api, platform: OfficialAccount, what: str, code: int) -> None:
    platform.errors[SEND].append(code)
    error = await refused(api, text(patient(platform)))
    assert (error.code, error.handling.value) == (code, what) and platform.calls[SEND] == 1


def test_the_table_is_complete() -> None:
    told = {x for codes in TABLE.values() for x in codes}
    assert set(OFFICIAL_ACCOUNT) - told == {-1, 40001, 40014, 42001} and {x.value for x in OFFICIAL_ACCOUNT.values()} - set(TABLE) == {"again", "token"}


@pytest.mark.parametrize(("code", "what"), [
    (60020, "operator"), (60011, "rights"), (301002, "rights"), (81013, "drop"), (82001, "drop"), (40056, "operator"), (40058, "bug"), (45009, "slowly"),
    (45033, "again"), (48002, "rights"), (84061, "drop"), (41051, "drop"), (41001, "bug"), (-1, "again"), (42001, "token"), (95017, "operator")])
def test_wecoms_codes(code: int, what: str) -> None:
    assert handling(WECOM, code).value == what


async def test_wecom_gets_its_token_by_corpid_and_secret(platform: OfficialAccount) -> None:
    made = wecom(platform.url, "ww1", "s", InProcess())
    with pytest.raises(Unreachable):        # no such path over there, 404: without a token nothing was sent
        await made.call("/cgi-bin/message/send", {})
    await made.close()


async def test_an_answer_that_does_not_come_is_an_unknown_outcome(api: Api, platform: OfficialAccount) -> None:
    who = patient(platform)
    platform.lost[SEND] = 1
    with pytest.raises(UnknownOutcome):
        await api.call(SEND, text(who))
    assert platform.calls[SEND] == 1 and len(who.reads) == 1        # it was sent, and nobody told us


async def test_where_nobody_listens_nothing_was_sent(platform: OfficialAccount) -> None:
    api = official_account(f"http://127.0.0.1:{free_port()}", platform.appid, platform.secret, InProcess())
    with pytest.raises(Unreachable):
        await api.call(SEND, {})
    await api.close()


async def test_no_token_secret_openid_or_word_gets_into_a_log(api: Api, platform: OfficialAccount, caplog: pytest.LogCaptureFixture) -> None:
    who = patient(platform)
    platform.errors[SEND].extend([45015, 40164, 47003])
    with caplog.at_level(logging.DEBUG):
        for _ in range(3):
            await refused(api, text(who, "支原体阳性"))
        platform.lost[SEND] = 1
        with pytest.raises(UnknownOutcome):
            await api.call(SEND, text(who, "支原体阳性"))
    ours = "\n".join(x.getMessage() for x in caplog.records)
    assert "45015 (closed), rid 66" in ours and "ALERT" in ours
    assert not any(x in ours for x in (*platform.tokens, platform.secret, who.openid, "支原体"))


# --- tokens between processes

REDIS = "redis://127.0.0.1:6379/9"


@pytest.fixture(params=["in process", "redis"])
async def shared(request: pytest.FixtureRequest) -> Shared:
    if request.param == "in process":
        return InProcess()
    made = InRedis(REDIS)
    try:
        await made._client().ping()
    except OSError:
        pytest.skip("no Redis at 127.0.0.1:6379")
    except Exception as error:  # noqa: BLE001  redis has its own
        if type(error).__name__ == "ConnectionError":
            pytest.skip("no Redis at 127.0.0.1:6379")
        raise
    return made


class Source:
    """Gives tokens, slowly."""

    def __init__(self, lasts: float = 7200.0) -> None:
        self.asked: list[bool] = []
        self.lasts = lasts

    async def fetch(self, force: bool) -> Token:
        self.asked.append(force)
        await asyncio.sleep(0.1)
        return Token.lasting(f"token {len(self.asked)}", self.lasts, 1000.0)


def account() -> str:
    return os.urandom(8).hex()


async def test_processes_share_one_token(shared: Shared) -> None:
    source, name = Source(), account()
    processes = [Tokens(name, source.fetch, shared, lambda: 1000.0) for _ in range(6)]
    assert set(await asyncio.gather(*(x.token() for x in processes))) == {"token 1"} and source.asked == [False]
    assert set(await asyncio.gather(*(x.renewed("token 1") for x in processes))) == {"token 2"} and source.asked == [False, False]
    assert await processes[0].renewed("token 1") == "token 2" and len(source.asked) == 2


async def test_it_is_renewed_five_minutes_before_its_end(shared: Shared) -> None:
    now, source = [1000.0], Source(7200)
    tokens = Tokens(account(), source.fetch, shared, lambda: now[0])
    assert await tokens.token() == "token 1"
    now[0] += 6899
    assert await tokens.token() == "token 1"
    now[0] += 2
    assert await tokens.token() == "token 2"
    assert Token.lasting("x", 300, 0.0).until == 150.0


async def test_force_is_rare_among_all_processes(shared: Shared) -> None:
    source, name = Source(), account()
    one, other = (Tokens(name, source.fetch, shared, lambda: 1000.0) for _ in range(2))
    assert await one.forced("x") == "token 1" and await other.forced("x") == "token 1" and await other.forced("token 1") is None
    assert source.asked == [True] and FORCE_SECONDS >= 600


async def test_a_fetch_that_fails_is_not_the_end(shared: Shared) -> None:
    source, broken = Source(), [True]

    async def fetch(force: bool) -> Token:
        if broken[0]:
            raise Unreachable("away")
        return await source.fetch(force)

    tokens = Tokens(account(), fetch, shared, lambda: 1000.0)
    with pytest.raises(Unreachable):
        await tokens.token()
    broken[0] = False
    assert await tokens.token() == "token 1"


async def test_without_redis_each_process_goes_on_alone() -> None:
    away, source, name = f"redis://127.0.0.1:{free_port()}/0", Source(), account()
    one, other = (Tokens(name, source.fetch, InRedis(away), lambda: 1000.0) for _ in range(2))
    assert {await one.token(), await one.token()} == {"token 1"} and await other.token() == "token 2"


async def test_a_closed_door_is_not_waited_for(platform: OfficialAccount) -> None:
    """The session belongs to the loop that uses it; closing twice is closing."""
    api = calling(platform)
    who = patient(platform)
    await api.call(SEND, text(who))
    await api.close()
    await api.close()
    await api.call(SEND, text(who))
    with contextlib.suppress(aiohttp.ClientError):
        await api.close()
    assert len(who.reads) == 2
