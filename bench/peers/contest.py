"""A row for everybody: our product and three client libraries, each at a provider of its own."""

import json
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

from bench.ours import run_ours
from bench.processes import ROOT, fake_provider, folder
from bench.results import Account, Result, result
from bench.rows import Row
from bench.workloads import answer_file


@dataclass(frozen=True, slots=True)
class Peer:
    """A script under `bench.peers`, and the environment that it runs in."""

    who: str
    script: str
    environment: str
    package: str  # whose version is worth a word


PEERS = (
    Peer("openai SDK", "openai_sdk", "openai", "openai"),
    Peer("LangChain abatch", "langchain_abatch", "langchain", "langchain-openai"),
    Peer("httpx, 30 lines", "floor", "floor", "httpx"),
)


def contest(row: Row) -> list[Result]:
    """How all did; as many run side by side as do not feel each other."""
    runs: list[Callable[[Row], list[Result]]] = [run_ours]
    runs += [partial(run_peer, peer) for peer in PEERS]
    with ThreadPoolExecutor(row.contenders_at_a_time) as pool:
        return [each for results in pool.map(lambda run: run(row), runs) for each in results]


def run_peer(peer: Peer, row: Row) -> list[Result]:
    """How a peer did: it stores nothing and checks nothing."""
    python = str(ROOT / ".bench-peers" / peer.environment / "bin/python")
    command = [python, "-m", f"bench.peers.{peer.script}"]
    with (
        folder() as place,
        fake_provider(answer_file(row.answer, place), *row.options) as provider_url,
    ):
        said = json.loads(
            subprocess.check_output(
                [*command, provider_url, str(row.at_once)],
                input=json.dumps(row.prompts(peer.who)),
                cwd=ROOT,
                text=True,
            )
        )
        account = Account(
            said["seconds"], said["lost"], said["cpu_s"], said["cpu_s"], said["peak_mb"]
        )
        return [result(row, peer.who, account, provider_url)]
