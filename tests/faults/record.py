"""What a long run found, as it is kept in `reliability.json`."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from bench.processes import ROOT
from tests.faults.kills import Kills
from tests.faults.points import Point
from tests.faults.soak import Soak
from tests.faults.submits import Submits

FILE = Path(__file__).with_name("reliability.json")
KILLS = ROOT / "var" / "faults-kills.json"


@dataclass(frozen=True, slots=True)
class Record:
    """A run: of which commit, when and where, and what it found."""

    commit: str
    date: str
    machine: str
    minutes: int
    kills: list[Kills]
    points: list[Point]
    submits: Submits
    soak: list[Soak]
    broken: list[str]


def keep_kills(kills: list[Kills]) -> None:
    """Write down what the longest part of a run found, for a run that goes on from there."""
    KILLS.parent.mkdir(mode=0o700, exist_ok=True)
    KILLS.write_text(json.dumps([asdict(each) for each in kills]))


def load_kills() -> list[Kills]:
    """What was written down last."""
    return [Kills(**each) for each in json.loads(KILLS.read_text())]


def keep(record: Record) -> None:
    """Write a run down."""
    FILE.write_text(json.dumps(asdict(record), indent=1) + "\n")


def load() -> Record:
    """The run that was kept."""
    held = json.loads(FILE.read_text())
    return Record(
        **held
        | {
            "kills": [Kills(**each) for each in held["kills"]],
            "points": [Point(**each) for each in held["points"]],
            "soak": [Soak(**each) for each in held["soak"]],
            "submits": Submits(**held["submits"]),
        }
    )
