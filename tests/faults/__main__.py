"""The long run: `make faults`. Kills real processes at random, and counts what is lost.

About 30 minutes on two cores; what was done until the last minute is counted and kept.
"""

import argparse
import contextlib
import os
import platform
import random
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

from bench.processes import ROOT
from tests.faults import kills, points, publish, record, soak
from tests.faults.kills import Kills, kill_again_and_again
from tests.faults.points import POINTS, die_at
from tests.faults.record import Record
from tests.faults.stage import stage
from tests.faults.submits import submit_and_kill
from webapp.domain.batch import Policy

START = time.monotonic()


def main() -> int:
    """Run, keep what was found, and give 1 where anything was lost, doubled or broken."""
    asked = _asked()
    say(f"seed {asked.seed}")
    killed = record.load_kills() if asked.resume else _killed_by_policy(asked)
    record.keep_kills(killed)
    done = _beside(asked, killed)
    if asked.keep:
        record.keep(done)
        publish.publish(done)
    faults = publish.faults(done)
    for sentence in faults:
        say(f"NOT HELD: {sentence}")
    return 1 if faults else 0


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    parser.add_argument("--kills", type=int, default=500, help="of the runner, in all")
    parser.add_argument("--jobs", type=int, default=100_000, help="at least, in all")
    parser.add_argument("--times", type=int, default=20, help="at each named point")
    parser.add_argument("--submits", type=int, default=50, help="of 10,000 jobs")
    parser.add_argument("--soak", type=float, default=5, help="minutes of steady work")
    parser.add_argument("--minutes", type=int, default=40, help="after which no kill begins")
    parser.add_argument("--resume", action="store_true", help="after the kills of the last run")
    parser.add_argument("--keep", action="store_true", help="write reliability.json and the page")
    return parser.parse_args()


def say(sentence: str) -> None:
    """A line of progress."""
    print(f"{time.monotonic() - START:6.0f} s  {sentence}", flush=True)


def _killed_by_policy(asked: argparse.Namespace) -> list[Kills]:
    until = START + asked.minutes * 60
    return [
        _killed(policy, asked.seed + place, asked.kills // 2, asked.jobs // 2, until)
        for place, policy in enumerate(Policy)
    ]


def _killed(policy: Policy, seed: int, number: int, jobs: int, until: float) -> Kills:
    with stage(kills.LATENCY_S, kills.AT_ONCE) as held:
        found = kill_again_and_again(
            held, policy, seed, kills=number, jobs=jobs, until=until, say=say
        )
    say(
        f"{policy}: {found.kills} kills over {found.jobs:,} jobs: {found.lost} lost, "
        f"{found.redone} redone, {found.duplicates} calls repeated, "
        f"{found.in_flight} in flight at kills"
    )
    return found


def _beside(asked: argparse.Namespace, killed: list[Kills]) -> Record:
    """What takes no times, all at once: deaths at named points and of web workers, and a soak."""
    with contextlib.ExitStack() as stack:
        three = [stack.enter_context(stage(0.0, points.JOBS)) for _ in range(3)]
        tub = stack.enter_context(stage(0.05, soak.AT_ONCE, soak.FAULTS))
        with ThreadPoolExecutor() as pool:
            some = [
                pool.submit(die_at, three[place], POINTS[place::2], asked.times, say)
                for place in (0, 1)
            ]
            cut = pool.submit(submit_and_kill, three[2], asked.seed, asked.submits, say)
            soaked = pool.submit(soak.soak, tub, asked.seed, asked.soak, say)
            died = [each for future in some for each in future.result()]
        return Record(
            commit=_commit(),
            date=f"{datetime.now(UTC):%F}",
            machine=f"{os.cpu_count()} cores, {platform.system()}, "
            f"Python {platform.python_version()}",
            minutes=round((time.monotonic() - START) / 60),
            kills=killed,
            points=sorted(died, key=lambda each: POINTS.index(each.name)),
            submits=cut.result(),
            soak=soaked.result(),
            broken=[sentence for each in (*three, tub) for sentence in each.broken()],
        )


def _commit() -> str:
    said = subprocess.run(
        ["git", "describe", "--always", "--dirty", "--abbrev=12"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return said.stdout.strip() or "unknown"


if __name__ == "__main__":
    sys.exit(main())
