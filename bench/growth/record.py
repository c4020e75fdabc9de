"""What each size came to, kept so that the page can be written from it."""

import os
from dataclasses import dataclass
from datetime import UTC, datetime

from pydantic import TypeAdapter

from bench.peers.record import machine
from bench.processes import ROOT

FILE = ROOT / "bench/growth/results.json"
SIZES = (100, 1_000, 10_000, 100_000)
SPLIT, BATCHES = 10_000, (10, 100)  # so many jobs again, in so many batches beside each other


@dataclass(frozen=True, slots=True)
class Grown:
    """What N jobs in some batches took, C at once at a provider that takes L seconds.

    `submit_s` is the longest submit of a batch, `submits_s` that of all; `run_s` runs from the
    first claim to the last stored job. Memory is the peak of the largest web process, and of the
    runner without its helpers. `blobs_mb` is the part of the database that is packed text:
    prompts, raw answers, files.
    """

    number: int
    batches: int
    submit_s: float
    submits_s: float
    run_s: float
    web_mb: float
    runner_mb: float
    database_mb: float
    blobs_mb: float
    cache_mb: float


@dataclass(frozen=True, slots=True)
class Growth:
    """All sizes, and on what they came about; `load` is the load average before each.

    `split` is one size again, in more and more batches.
    """

    date: str
    machine: str
    at_once: int
    latency_s: float
    load: list[float]
    sizes: list[Grown]
    split: list[Grown]

    def ratio(self, grown: Grown) -> float:
        """How often the ideal, ceil(N/C) × L, goes into the time of a run."""
        return grown.run_s / (-(-grown.number // self.at_once) * self.latency_s)


_STORED = TypeAdapter(Growth)


def today(
    at_once: int, latency_s: float, load: list[float], sizes: list[Grown], split: list[Grown]
) -> Growth:
    """Sizes that were measured now, on this machine."""
    date = datetime.now(UTC).date().isoformat()
    return Growth(date, machine(), at_once, latency_s, load, sizes, split)


def load_average() -> float:
    """Of the last minute, before something is measured."""
    return round(os.getloadavg()[0], 2)


def load() -> Growth:
    """The run that was kept last."""
    return _STORED.validate_json(FILE.read_bytes())


def keep(done: Growth) -> None:
    """Keep a run in place of the last one."""
    FILE.write_bytes(_STORED.dump_json(done, indent=1) + b"\n")
