"""What every peer's script shares; it runs where only that peer is installed."""

import asyncio
import json
import resource
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Client:
    """A client: `warm_up` lists the models, which is no call that a limit counts.

    `ask_all` gives answers to prompts; an exception stands for one that was given up.
    """

    warm_up: Callable[[], Awaitable[object]]
    ask_all: Callable[[Sequence[str]], Awaitable[Sequence[object]]]


def main(prepare: Callable[[str, int], Client]) -> None:
    """Ask at the URL on the command line, as many at once as stand there, the JSON of the input.

    What comes of it is printed as one line of JSON. `prepare` gets the URL and the number. What it
    and the warm-up take, imports that come late among it, is left out.
    """
    url, at_once = sys.argv[1], int(sys.argv[2])
    client = prepare(f"{url}/v1", at_once)
    print(json.dumps(asyncio.run(_timed(client, json.load(sys.stdin)))))


async def _timed(client: Client, prompts: list[str]) -> dict[str, float]:
    await client.warm_up()
    start, used_s = time.perf_counter(), time.process_time()
    outcomes = await client.ask_all(prompts)
    seconds, cpu_s = time.perf_counter() - start, time.process_time() - used_s
    lost = sum(isinstance(outcome, BaseException) or not outcome for outcome in outcomes)
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "seconds": seconds,
        "ok": len(prompts) - lost,
        "lost": lost,
        "cpu_s": cpu_s,
        "peak_mb": peak_mb,
    }
