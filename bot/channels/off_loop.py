"""Threads of their own for what channels keep in tables.

Behind sentences waiting for their vectors a claim would wait for seconds; and with the database hanging, what waits for it would hold every thread
that the chat page's files and the vectors need.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")

THREADS = 8         # as many as the database's own pool of connections likes
_POOL = ThreadPoolExecutor(THREADS, thread_name_prefix="tables")


async def off_loop(work: Callable[..., T], *arguments: Any) -> T:
    """Run something that blocks, and wait for it without blocking the loop."""
    return await asyncio.get_running_loop().run_in_executor(_POOL, work, *arguments)
