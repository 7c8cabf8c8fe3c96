"""Waiting for a page under asyncio, so that a cancelled task loses none and the event loop is never held up."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aion._aion import Crawl, Page


async def next_page(crawl: Crawl) -> Page:
    """The next page of a crawl. What waits in the executor takes nothing; a page is taken where it is returned."""
    # Pages that are there already would otherwise keep every other task waiting.
    await asyncio.sleep(0)
    while (page := crawl._take()) is None:
        await asyncio.get_running_loop().run_in_executor(None, crawl._wait)
    return page
