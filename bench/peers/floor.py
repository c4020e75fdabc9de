"""What one writes oneself: httpx, a semaphore, three tries that heed Retry-After."""

import asyncio
from collections.abc import Sequence

import httpx

from bench.peers.calling import Client, main


def prepare(url: str, at_once: int) -> Client:
    """Streams of one client, `at_once` at a time; they are read, but not taken apart."""
    client = httpx.AsyncClient(base_url=url, timeout=60)
    gate = asyncio.Semaphore(at_once)

    async def ask(prompt: str) -> list[str]:
        messages = [{"role": "user", "content": prompt}]
        body = {"model": "m", "messages": messages, "stream": True}
        async with gate:
            for tries_left in (2, 1, 0):
                async with client.stream("POST", "/chat/completions", json=body) as reply:
                    if reply.is_success or not tries_left:
                        return [line async for line in reply.raise_for_status().aiter_lines()]
                    await reply.aread()  # or the connection could not be used again
                await asyncio.sleep(float(reply.headers.get("Retry-After", 1)))
        raise AssertionError("the last try returns or raises")

    async def warm_up() -> None:
        await client.get("/models")

    async def ask_all(prompts: Sequence[str]) -> Sequence[object]:
        return await asyncio.gather(*map(ask, prompts), return_exceptions=True)

    return Client(warm_up, ask_all)


if __name__ == "__main__":
    main(prepare)
