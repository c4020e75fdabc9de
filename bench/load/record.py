"""The figures under load, kept so that the page can be written from them."""

from dataclasses import dataclass
from datetime import UTC, datetime

from pydantic import TypeAdapter

from bench.load.figure import Figure
from bench.peers.record import machine
from bench.processes import ROOT

FILE = ROOT / "bench/load/results.json"


@dataclass(frozen=True, slots=True)
class Loaded:
    """Figures, on what they came about, and the load average before each measurement."""

    date: str
    machine: str
    load: list[float]
    figures: list[Figure]


_STORED = TypeAdapter(Loaded)


def today(load: list[float], figures: list[Figure]) -> Loaded:
    """Figures that were measured now, on this machine."""
    return Loaded(datetime.now(UTC).date().isoformat(), machine(), load, figures)


def load() -> Loaded:
    """The run that was kept last."""
    return _STORED.validate_json(FILE.read_bytes())


def keep(done: Loaded) -> None:
    """Keep a run in place of the last one."""
    FILE.write_bytes(_STORED.dump_json(done, indent=1) + b"\n")
