"""What there is to beat: the same calls without a product around them."""

import asyncio
import time

import aiohttp

BODY = {
    "model": "m",
    "stream": True,
    "stream_options": {"include_usage": True},
}


async def gathered(url: str, number: int, at_once: int) -> float:
    """Seconds for `asyncio.gather` over calls behind a semaphore; nothing is checked or stored.

    Over aiohttp: httpx's own pool of connections would take eight times as long at 100 in flight.
    """
    gate = asyncio.Semaphore(at_once)
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(url, connector=connector) as session:

        async def call(place: int) -> None:
            messages = [{"role": "user", "content": f"{time.time_ns()} {place}"}]
            body = BODY | {"messages": messages}
            async with gate, session.post("/v1/chat/completions", json=body) as reply:
                async for _ in reply.content:
                    pass

        start = time.perf_counter()
        await asyncio.gather(*(call(place) for place in range(number)))
        return time.perf_counter() - start


def gather_s(url: str, number: int, at_once: int) -> float:
    """The same, from the outside."""
    return asyncio.run(gathered(url, number, at_once))


_one_by_one: dict[tuple[int, float], float] = {}


def one_by_one_s(url: str, number: int, latency_s: float) -> float:
    """Seconds for one call after the other; measured once for each number and latency."""
    if (number, latency_s) not in _one_by_one:
        _one_by_one[number, latency_s] = gather_s(url, number, at_once=1)
    return _one_by_one[number, latency_s]
