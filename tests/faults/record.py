"""What a long run found, as it is kept in `reliability.json`."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.faults.kills import Kills
from tests.faults.points import Point
from tests.faults.submits import Submits

FILE = Path(__file__).with_name("reliability.json")


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
    broken: list[str]


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
            "submits": Submits(**held["submits"]),
        }
    )
