"""A line to a server that can be cut, closed and silenced: TCP, without a thought for what goes through it."""

from __future__ import annotations

import asyncio
import contextlib


class Line:
    """Between a client and a server on the loopback address. It begins cut.

    Attributes:
        port: where it listens when it is whole.
        silent: it accepts and lets nothing through.
    """

    def __init__(self, host: str, behind: int, port: int) -> None:
        self.port, self.silent = port, False
        self._host, self._behind = host, behind
        self._server: asyncio.AbstractServer | None = None
        self._open: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def mend(self) -> None:
        """Whole again."""
        self._server = await asyncio.start_server(self._called, "127.0.0.1", self.port)

    async def cut(self) -> None:
        """Nobody listens any more, and who was connected is not."""
        if self._server is not None:
            self._server.close()
        self._server = None
        for one in self._open:
            one.transport.abort()
        for task in self._tasks:
            task.cancel()

    async def _called(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        if self.silent:
            return
        from_there, to_there = await asyncio.open_connection(self._host, self._behind)
        self._open.add(to_there)
        for one, other in ((reader, to_there), (from_there, writer)):
            task = asyncio.ensure_future(_through(one, other))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)


async def _through(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()
