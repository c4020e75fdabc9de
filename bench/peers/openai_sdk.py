"""The openai SDK as it comes, behind a semaphore."""

import asyncio
from collections.abc import Sequence

from openai import AsyncOpenAI  # type: ignore[import-not-found]

from bench.peers.calling import Client, main


def prepare(url: str, at_once: int) -> Client:
    """Streams of one client, `at_once` at a time; it retries by itself."""
    client = AsyncOpenAI(base_url=url, api_key="bench")
    gate = asyncio.Semaphore(at_once)

    async def ask(prompt: str) -> str:
        async with gate:
            stream = await client.chat.completions.create(
                model="m",
                messages=[{"role": "user", "content": prompt}],
                stream=True,
                stream_options={"include_usage": True},
            )
            said = [part.choices[0].delta.content async for part in stream if part.choices]
            return "".join(filter(None, said))

    async def warm_up() -> None:
        await client.models.list()

    async def ask_all(prompts: Sequence[str]) -> Sequence[object]:
        return await asyncio.gather(*map(ask, prompts), return_exceptions=True)

    return Client(warm_up, ask_all)


if __name__ == "__main__":
    main(prepare)
