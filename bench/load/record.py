"""The figures under load, kept so that the page can be written from them."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pydantic import TypeAdapter

from bench.load.figure import Figure
from bench.peers.record import machine
from bench.processes import ROOT

FILE = ROOT / "bench/load/results.json"


@dataclass(frozen=True, slots=True)
class Measurement:
    """Figures of one installation, when and on what they came about.

    `load` is the load average of the machine before it: others may have used it too.
    """

    date: str
    machine: str
    load: float
    figures: list[Figure]


Kept = dict[str, Measurement]  # by the word that measures them
_STORED = TypeAdapter(Kept)


def now(load: float, figures: list[Figure]) -> Measurement:
    """Figures that were measured now, on this machine."""
    return Measurement(datetime.now(UTC).date().isoformat(), machine(), load, figures)


def load(file: Path = FILE) -> Kept:
    """What was measured last, of each."""
    return _STORED.validate_json(file.read_bytes())


def keep(done: Kept, file: Path = FILE) -> None:
    """Keep measurements in place of the last ones of the same names."""
    kept = load(file) if file.exists() else {}
    file.write_bytes(_STORED.dump_json(kept | done, indent=1) + b"\n")
