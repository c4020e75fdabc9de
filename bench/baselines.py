"""What there is to beat: the same calls without a product around them."""

import asyncio
import time

import httpx

BODY = {
    "model": "m",
    "stream": True,
    "stream_options": {"include_usage": True},
}


async def gathered(url: str, number: int, at_once: int) -> float:
    """Seconds for `asyncio.gather` over calls behind a semaphore; nothing is checked or stored."""
    gate = asyncio.Semaphore(at_once)
    limits = httpx.Limits(max_connections=None)

    async with httpx.AsyncClient(base_url=url, timeout=60, limits=limits) as client:

        async def call(place: int) -> None:
            messages = [{"role": "user", "content": f"{time.time_ns()} {place}"}]
            async with (
                gate,
                client.stream(
                    "POST", "/v1/chat/completions", json=BODY | {"messages": messages}
                ) as reply,
            ):
                async for _ in reply.aiter_lines():
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
