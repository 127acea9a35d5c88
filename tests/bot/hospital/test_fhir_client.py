"""The FHIR client against a loopback server that answers as a test tells it to: everything that servers do wrong."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from bot.hospital.errors import HospitalUnavailable, NonsenseReply
from bot.hospital.fhir_client import Conflict, FhirClient, Limits, NotThere, escaped, retry_after
from bot.hospital.fhir_token import Credentials
from bot.settings import ROOT

FAST = Limits(connect=1, call=0.5, turn=2, attempts=3, pause=0.01, page=2, pages=5, total=8)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def reply(body: Any, status: int = 200, kind: str = "application/fhir+json", **headers: str) -> web.Response:
    """A reply of a server."""
    text = body if isinstance(body, (str, bytes)) else json.dumps(body)
    return web.Response(body=text.encode() if isinstance(text, str) else text, status=status, headers={"Content-Type": kind, **headers})


def slot(name: str, **more: Any) -> dict[str, Any]:
    """A resource; what is in it does not matter here."""
    return {"resourceType": "Slot", "id": name, "meta": {"versionId": "1"}, **more}


def bundle(*resources: Any, next_: Any = None, **more: Any) -> dict[str, Any]:
    """A search result."""
    link = {} if next_ is None else {"link": [{"relation": "self", "url": "x"}, {"relation": "next", "url": next_}]}
    return {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": x} for x in resources], **link, **more}


def outcome(code: str, text: str = "王小雨 13800138000") -> dict[str, Any]:
    """What a server says of an error; its text may hold anything."""
    return {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": code, "diagnostics": text}]}


class Canned:
    """A server whose replies are given one after the other; the last is given again and again."""

    def __init__(self) -> None:
        self.replies: list[web.Response | Handler] = []
        self.asked: list[tuple[str, str, dict[str, str], str]] = []
        self.tokens = 0
        self.token: Handler | None = None
        self.base = ""
        self.clients: list[FhirClient] = []

    async def handle(self, request: web.Request) -> web.StreamResponse:
        text = await request.text()
        if request.path == "/token":
            self.tokens += 1
            if self.token is not None:
                return await self.token(request)
            return reply({"access_token": f"t{self.tokens}", "expires_in": 3600}, kind="application/json")
        self.asked.append((request.method, request.path_qs, dict(request.headers), text))
        one = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        if isinstance(one, web.Response):
            return reply(one.body, one.status, **{"Content-Type": one.headers["Content-Type"], **one.headers})   # type: ignore[arg-type]
        return await one(request)

    def client(self, secret: str = "") -> FhirClient:
        """A client of it, with credentials where a secret is given."""
        made = FhirClient(f"{self.base}/fhir", Credentials(f"{self.base}/token", "us", secret, "system/*.read") if secret else None, FAST)
        self.clients.append(made)
        return made


@pytest.fixture
async def server() -> AsyncIterator[Canned]:
    """The server, on a free port."""
    made = Canned()
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", made.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    made.base = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield made
    for one in made.clients:
        await one.close()
    await runner.cleanup()


async def hangs(_request: web.Request) -> web.StreamResponse:
    await asyncio.sleep(30)
    raise AssertionError("nobody waits so long")


async def hangs_up(request: web.Request) -> web.StreamResponse:
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


async def half(request: web.Request) -> web.StreamResponse:
    """Says a length, sends half of it and hangs up."""
    body = json.dumps(bundle(slot("a"))).encode()
    made = web.StreamResponse(headers={"Content-Type": "application/fhir+json", "Content-Length": str(len(body))})
    await made.prepare(request)
    await made.write(body[: len(body) // 2])
    assert request.transport is not None
    request.transport.close()
    return made


async def test_pages_are_followed_to_the_last(server: Canned) -> None:
    server.replies = [reply(bundle(slot("a"), slot("b"), next_="Slot?page=2", total=3)), reply(bundle(slot("b"), slot("c"), total=3))]
    found = await server.client().search("Slot", [("status", "free")])
    assert [x["id"] for x in found.resources] == ["a", "b", "c"] and found.left_out == 0 and found.at is not None
    assert [x[1] for x in server.asked] == ["/fhir/Slot?status=free&_count=2", "/fhir/Slot?page=2"]


@pytest.mark.parametrize("link", [
    "http://169.254.169.254/latest/meta-data", "https://127.0.0.1/fhir/Slot?page=2", "//evil.example/fhir/Slot", "http://127.0.0.1:1/fhir/Slot",
    "/other/Slot", "/fhirevil/Slot", "../secret", "/fhir/../secret", "/fhir/%2e%2e/secret", "file:///etc/passwd", 5, {"a": 1},
])
async def test_no_link_leads_off_the_server(server: Canned, link: Any) -> None:
    server.replies = [reply(bundle(slot("a"), next_=link))]
    with pytest.raises(NonsenseReply):
        await server.client("s").search("Slot", [])
    assert len(server.asked) == 1


async def test_a_search_without_end_is_ended(server: Canned) -> None:
    server.replies = [reply(bundle(slot("a"), next_="Slot?page=1"))]
    with pytest.raises(NonsenseReply):
        await server.client().search("Slot", [])
    assert len(server.asked) == 2       # the same page again
    count = iter(range(1000))

    async def another(_request: web.Request) -> web.StreamResponse:
        number = next(count)
        return reply(bundle(slot(f"s{number}"), next_=f"Slot?page={number}"))

    server.replies, server.asked = [another], []
    with pytest.raises(NonsenseReply):
        await server.client().search("Slot", [])
    assert len(server.asked) <= FAST.pages + 1


async def test_half_a_page_is_no_answer(server: Canned) -> None:
    server.replies = [reply(bundle(slot("a"), total=2))]
    with pytest.raises(NonsenseReply, match="half"):
        await server.client().search("Slot", [])


async def test_an_entry_that_cannot_be_read_is_left_out_and_counted(server: Canned) -> None:
    server.replies = [reply(bundle(slot("a"), {"resourceType": "Slot"}, 7, None, slot("x" * 65), slot("../b"), {"resourceType": "Patient", "id": "p"}, total=7))]
    found = await server.client().search("Slot", [])
    assert [x["id"] for x in found.resources] == ["a"] and found.left_out == 6
    server.replies = [reply(bundle({"resourceType": "Slot", "id": 5}))]
    with pytest.raises(NonsenseReply):
        await server.client().search("Slot", [])


async def test_included_entries_and_outcomes_are_passed_over(server: Canned) -> None:
    made = bundle(slot("a"))
    made["entry"] += [{"resource": outcome("informational"), "search": {"mode": "outcome"}}, {"resource": {"resourceType": "Schedule"}, "search": {"mode": "include"}}]
    server.replies = [reply(made)]
    found = await server.client().search("Slot", [])
    assert (len(found.resources), found.left_out) == (1, 0)


@pytest.mark.parametrize("answer", [
    reply("<html>log in</html>", kind="text/html"), reply(bundle(slot("a")), kind="text/plain"), reply(outcome("processing")), reply({"resourceType": "Bundle", "type": "batch"}),
    reply({"resourceType": "Bundle", "type": "searchset", "entry": {"a": 1}}), reply({"resourceType": "Bundle", "type": "searchset", "entry": "x"}), reply({}),
    reply("[1, 2]"), reply("null"), reply(b"\xff\xfe\x00"), reply("[" * 100_000), reply('{"resourceType": "Bundle", "type": "searchset", "link": 5}'),
])
async def test_nonsense_has_a_name(server: Canned, answer: web.Response) -> None:
    server.replies = [answer]
    with pytest.raises(NonsenseReply) as told:
        await server.client().search("Slot", [("identifier", "secret")])
    assert "secret" not in str(told.value) and "王" not in str(told.value)


@pytest.mark.parametrize(("status", "error"), [(400, HospitalUnavailable), (403, HospitalUnavailable), (404, HospitalUnavailable), (412, HospitalUnavailable),
                                               (301, HospitalUnavailable), (500, HospitalUnavailable), (503, HospitalUnavailable)])
async def test_a_refusal_names_the_status_and_no_value(server: Canned, status: int, error: type[Exception]) -> None:
    server.replies = [reply(outcome("forbidden"), status, Location="http://127.0.0.1:1/")]
    with pytest.raises(error) as told:
        await server.client().search("Slot", [])
    assert str(status) in str(told.value) and "王" not in str(told.value) and "138" not in str(told.value)
    assert len(server.asked) == (FAST.attempts if status >= 500 else 1)


async def test_a_read_survives_what_passes(server: Canned) -> None:
    server.replies = [reply("", 503), hangs_up, reply(bundle(slot("a")))]
    assert len((await server.client().search("Slot", [])).resources) == 1
    server.replies = [half, reply("{", 200), reply(bundle(slot("a")))]
    assert len((await server.client().search("Slot", [])).resources) == 1


async def test_a_server_that_hangs_is_given_up_within_the_turn(server: Canned) -> None:
    server.replies = [hangs]
    with pytest.raises(HospitalUnavailable), server.client().within(0.3):
        await server.clients[-1].search("Slot", [])
    with pytest.raises(HospitalUnavailable), server.client().within(0):
        await server.clients[-1].search("Slot", [])


async def test_a_server_that_is_not_there_is_unavailable() -> None:
    client = FhirClient("http://127.0.0.1:9/fhir", None, FAST)
    with pytest.raises(HospitalUnavailable):
        await client.search("Slot", [])
    await client.close()


async def test_retry_after_is_kept_or_given_up_at_once(server: Canned) -> None:
    server.replies = [reply("", 429, **{"Retry-After": "0"}), reply(bundle(slot("a")))]
    assert (await server.client().search("Slot", [])).resources
    server.replies, server.asked = [reply("", 429, **{"Retry-After": "3600"})], []
    with pytest.raises(HospitalUnavailable, match="429"):
        await server.client().search("Slot", [])
    assert len(server.asked) == 1


def test_retry_after_is_told_as_number_or_moment() -> None:
    soon = retry_after(format_datetime(datetime.now(timezone.utc) + timedelta(seconds=60), usegmt=True))
    assert soon is not None and 50 < soon <= 60 and retry_after("7") == 7
    assert retry_after("Wed, 21 Oct 2015 07:28:00 GMT") == 0 and [retry_after(x) for x in (None, "", "soon", "-1", "1e9")] == [None] * 5


async def test_a_create_is_never_repeated_blindly(server: Canned) -> None:
    for answer in (reply("", 500), hangs_up, half, reply("", 503)):
        server.replies, server.asked = [answer], []
        with pytest.raises(HospitalUnavailable):
            await server.client().create({"resourceType": "Appointment"}, "identifier=a|b")
        assert len(server.asked) == 1 and server.asked[0][2]["If-None-Exist"] == "identifier=a|b"
    server.replies, server.asked = [reply("", 429), reply({"resourceType": "Appointment", "id": "1"}, 201)], []
    assert (await server.client().create({"resourceType": "Appointment"}, "identifier=a|b"))["id"] == "1"       # a 429 did nothing


async def test_an_update_carries_its_version_and_may_be_repeated(server: Canned) -> None:
    server.replies = [reply("", 503), reply(slot("a"), 200, ETag='W/"2"')]
    made = await server.client().update(slot("a"), "1")
    assert made["id"] == "a" and [x[2]["If-Match"] for x in server.asked] == ['W/"1"'] * 2
    for status in (409, 412):
        server.replies = [reply(outcome("conflict"), status)]
        with pytest.raises(Conflict):
            await server.client().update(slot("a"), "1")
    server.asked = []
    with pytest.raises(NonsenseReply, match="versions"):
        await server.client().update(slot("a"), None)
    assert not server.asked


async def test_the_version_may_stand_in_the_header(server: Canned) -> None:
    server.replies = [reply({"resourceType": "Slot", "id": "a"}, ETag='W/"7"')]
    assert (await server.client().read("Slot", "a"))["meta"]["versionId"] == "7"
    for answer in (reply(slot("b")), reply({"resourceType": "Patient", "id": "a"})):
        server.replies = [answer]
        with pytest.raises(NonsenseReply):
            await server.client().read("Slot", "a")
    for status in (404, 410):
        server.replies = [reply(outcome("not-found"), status)]
        with pytest.raises(NotThere):
            await server.client().read("Slot", "a")
    with pytest.raises(NotThere):
        await server.client().read("Slot", "../Patient/1")


async def test_personal_values_are_in_no_address(server: Canned) -> None:
    server.replies = [reply(bundle())]
    await server.client().search("Patient", [("identifier", "sys|999999199203070024")], private=True)
    (method, path, _, text), = server.asked
    assert (method, path) == ("POST", "/fhir/Patient/_search") and "199203070024" in text


def test_separators_in_a_value_are_none() -> None:
    assert escaped("a,b|c$d\\e") == "a\\,b\\|c\\$d\\\\e"


async def test_one_token_for_all_and_a_new_one_when_it_is_refused(server: Canned) -> None:
    server.replies = [reply(bundle(slot("a")))]
    client = server.client("a secret")
    await asyncio.gather(*(client.search("Slot", []) for _ in range(8)))
    assert server.tokens == 1 and {x[2]["Authorization"] for x in server.asked} == {"Bearer t1"}
    server.replies = [reply(outcome("login"), 401), reply(bundle(slot("a")))]
    assert (await client.search("Slot", [])).resources
    assert server.tokens == 2 and server.asked[-1][2]["Authorization"] == "Bearer t2"


async def test_a_server_that_refuses_every_token_is_not_asked_for_ever(server: Canned) -> None:
    server.replies = [reply(outcome("login"), 401)]
    with pytest.raises(HospitalUnavailable, match="401"):
        await server.client("a secret").search("Slot", [])
    assert (server.tokens, len(server.asked)) == (2, 2)


async def test_a_token_is_renewed_before_it_ends(server: Canned) -> None:
    async def short(request: web.Request) -> web.StreamResponse:
        return reply({"access_token": f"t{server.tokens}", "expires_in": 0}, kind="application/json")

    server.token, server.replies = short, [reply(bundle(slot("a")))]
    client = server.client("a secret")
    await client.search("Slot", [])
    await asyncio.sleep(1.05)       # the shortest life that a token is given
    await client.search("Slot", [])
    assert server.tokens == 2


@pytest.mark.parametrize("answer", [
    reply({"error": "invalid_client"}, 401), reply({"error": "x"}, 400), reply("<html>"), reply({"access_token": 5}), reply({"access_token": "a\r\nX: y"}),
    reply({"access_token": ""}), reply([1]), reply({"access_token": "a", "expires_in": "soon"}), reply("", 500),
])
async def test_no_token_no_answer(server: Canned, answer: web.Response) -> None:
    async def token(_request: web.Request) -> web.StreamResponse:
        return reply(answer.body, answer.status, kind="application/json")      # type: ignore[arg-type]

    server.token, server.replies = token, [reply(bundle())]
    with pytest.raises(HospitalUnavailable) as told:
        await server.client("a secret").search("Slot", [])
    assert not server.asked and "a secret" not in str(told.value)


def test_a_process_that_ends_says_nothing_of_its_connections(tmp_path: Path) -> None:
    code = ("import asyncio, logging; from bot.hospital.fhir_client import FhirClient; logging.basicConfig(); client = FhirClient('http://127.0.0.1:9')\n"
            "async def main(): client._session()\n"
            "asyncio.run(main())")
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (0, "") and "nclosed" not in done.stderr


def test_a_secret_shows_itself_nowhere() -> None:
    assert "hidden" not in repr(Credentials("u", "c", "hidden"))
