"""What a whole run of everybody came to, kept so that the page can be written from it."""

import os
import platform
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pydantic import TypeAdapter

from bench.ours import OURS
from bench.peers.contest import PEERS
from bench.processes import ROOT
from bench.results import Result

FILE = ROOT / "bench/peers/results.json"


@dataclass(frozen=True, slots=True)
class Record:
    """Results, and on what they came about; `versions` are those of the contenders."""

    date: str
    machine: str
    versions: dict[str, str]
    results: list[Result]


_STORED = TypeAdapter(Record)


def record(results: list[Result]) -> Record:
    """Results of today, on this machine."""
    versions = {OURS: "this checkout"}
    for peer in PEERS:
        listed = (ROOT / f"bench/peers/requirements-{peer.environment}.txt").read_text()
        pinned = re.search(rf"^({peer.package})==(\S+)", listed, re.MULTILINE)
        assert pinned is not None
        versions[peer.who] = " ".join(pinned.groups())
    date = datetime.now(UTC).date().isoformat()
    return Record(date, machine(), versions, results)


def load() -> Record:
    """The run that was kept last."""
    return _STORED.validate_json(FILE.read_bytes())


def keep(done: Record) -> None:
    """Keep a run in place of the last one."""
    FILE.write_bytes(_STORED.dump_json(done, indent=1) + b"\n")


def machine() -> str:
    """What figures were measured on."""
    named = re.search(r"model name\s*: (.+)", Path("/proc/cpuinfo").read_text())
    processor = named[1] if named else platform.machine()
    python = f"Python {platform.python_version()}"
    return f"{os.cpu_count()} cores of {processor}, {platform.platform()}, {python}"
