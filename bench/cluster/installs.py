"""An install over PostgreSQL, with as many runners as one likes."""

import contextlib
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
from sqlalchemy import func, select

from bench.processes import Product, fake_provider, folder, omni, process, product
from bench.uploads import KIND, browser
from bench.workloads import answer_file
from tests.postgres_server import PostgresServer
from webapp.store.database import Store, open_store
from webapp.store.models import runner

AT_ONCE = 100
START_S = 30


@dataclass(frozen=True, slots=True)
class Cluster:
    """What was started: `others` are the runners beside the one of `omni serve`."""

    install: Product
    client: httpx.Client
    others: list[subprocess.Popen[str]]
    store: Store
    provider_url: str
    place: Path


@contextlib.contextmanager
def cluster(server: PostgresServer, runners: int, latency_s: float) -> Iterator[Cluster]:
    """`omni serve` and further runners over an empty database; each call takes so long."""
    with contextlib.ExitStack() as stack:
        place = stack.enter_context(folder())
        url = stack.enter_context(server.database())
        options = ("--latency", str(latency_s))
        fake = stack.enter_context(fake_provider(answer_file(KIND, place), *options))
        variables = {"OMNI_DATABASE_URL": url}
        install = stack.enter_context(product(place / "data", fake, AT_ONCE, **variables))
        others = [
            stack.enter_context(process(omni("runner"), install.env)) for _ in range(runners - 1)
        ]
        client = stack.enter_context(browser(install.url))
        store = open_store(url)
        stack.callback(store.close)
        _wait_for(store, runners)
        yield Cluster(install, client, others, store, fake, place)


def _wait_for(store: Store, runners: int) -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        with store.read() as connection:
            if connection.scalar(select(func.count()).select_from(runner)) == runners:
                return
        time.sleep(0.1)
    raise RuntimeError(f"there are not {runners} runners after {START_S} s")
