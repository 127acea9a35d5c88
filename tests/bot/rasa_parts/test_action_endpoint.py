"""Calls of the action server share connections, and survive its restart."""

from __future__ import annotations

import asyncio

from aiohttp import web

from bot.rasa_parts.action_endpoint import ActionEndpoint
from tests.conftest import free_port


class Server:
    """An action server that says from which port it was called."""

    def __init__(self, port: int) -> None:
        self.port = port

    async def __aenter__(self) -> Server:
        async def answer(request: web.Request) -> web.Response:
            assert request.transport is not None
            return web.json_response({"from": request.transport.get_extra_info("peername")[1], "given": await request.json()})

        app = web.Application()
        app.router.add_post("/webhook", answer)
        self.runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self.runner.setup()
        await web.TCPSite(self.runner, "127.0.0.1", self.port).start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.runner.cleanup()


def test_one_connection_for_calls_one_after_the_other_and_a_new_one_after_a_restart() -> None:
    async def calls() -> None:
        port = free_port()
        endpoint = ActionEndpoint(f"http://127.0.0.1:{port}/webhook")
        async with Server(port):
            made = [await endpoint.request(json={"n": n}) for n in range(3)]
            assert [x["given"] for x in made if x] == [{"n": 0}, {"n": 1}, {"n": 2}]
            assert len({x["from"] for x in made if x}) == 1
        async with Server(port):
            again = await endpoint.request(json={"n": 3})
            assert again is not None and again["given"] == {"n": 3}

    asyncio.run(calls())


def test_calls_at_the_same_time_do_not_wait_for_one_another() -> None:
    async def calls() -> None:
        port = free_port()
        endpoint = ActionEndpoint(f"http://127.0.0.1:{port}/webhook")
        async with Server(port):
            made = await asyncio.gather(*(endpoint.request(json={"n": n}) for n in range(20)))
        assert [x["given"]["n"] for x in made if x] == list(range(20))

    asyncio.run(calls())
