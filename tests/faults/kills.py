"""`kill -9` of the runner at random instants, again and again, over one queue."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlalchemy import func, select
from ulid import ULID

from tests.faults.stage import Runner, Stage
from webapp.domain.batch import JobStatus, Policy, Reason
from webapp.store.database import Store
from webapp.store.models import attempt, batch, job
from webapp.store.models import runner as runner_table

AT_ONCE = 64
LATENCY_S = 0.05
BATCH = 2000
LOW = 1500  # open jobs at which the next batch is submitted
EARLY = 0.2  # the part of the kills that may come before the runner works
FIRST_S = 1.5
WORKING_S = (0.02, 3.0)  # in the first second the helpers start


@dataclass(slots=True)
class Kills:
    """What became of the jobs of one policy."""

    policy: str
    seed: int
    jobs: int = 0
    kills: int = 0
    succeeded: int = 0
    undecided: int = 0  # jobs that wait for a person, because their call may have been charged
    lost: int = 0
    redone: int = 0  # jobs that had an answer, and were called for again
    calls: int = 0
    duplicates: int = 0
    in_flight: int = 0  # calls at the instants of the kills, by the database
    unrecorded: int = 0  # calls the provider got that the database knows nothing of
    reopened: int = 0  # times that fewer jobs stood still after a runner than before it
    resumed_after_lock_s: list[float] = field(default_factory=list)
    resumed_after_start_s: list[float] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)


def kill_again_and_again(
    stage: Stage,
    policy: Policy,
    seed: int,
    *,
    kills: int,
    jobs: int,
    until: float = float("inf"),
    say: Callable[[str], None] = lambda _: None,
) -> Kills:
    """Kill runners over so many jobs, or until a monotonic time; then let one finish."""
    chance = random.Random(seed)
    found = Kills(str(policy), seed)
    orphans: set[str] = set()
    seen: set[str] = set()
    done = 0
    while found.kills < kills and time.monotonic() < until:
        if _open(stage.service.store) < LOW:
            number = min(BATCH, max(BATCH // 4, jobs - found.jobs))
            stage.submit(number, found.jobs, policy, AT_ONCE)
            found.jobs += number
        began = datetime.now(UTC)
        runner = stage.runner()
        _wait(runner, chance)
        runner.kill()
        found.kills += 1
        _measure(stage.service.store, runner, began, orphans, found)
        calls = _in_flight(stage.service.store)
        orphans = set(calls.values())
        found.in_flight += len(calls.keys() - seen)  # some were left by a kill before this one
        seen |= calls.keys()
        before, done = done, _done(stage.service.store)
        found.reopened += done < before
        if found.kills % 10 == 0:
            say(f"{policy}: {found.kills} kills, {done:,} jobs done")
    _finish(stage, policy, found, jobs, say)
    _judge(stage, found)
    return found


def _wait(runner: Runner, chance: random.Random) -> None:
    """Until the instant of the kill."""
    if chance.random() < EARLY:
        time.sleep(chance.uniform(0, FIRST_S))
        return
    while not runner.says(" works\n"):
        time.sleep(0.005)
    time.sleep(chance.uniform(*WORKING_S))


def _open(store: Store) -> int:
    with store.read() as connection:
        return (
            connection.scalar(select(func.sum(batch.c.queued + batch.c.running + batch.c.checking)))
            or 0
        )


def _done(store: Store) -> int:
    with store.read() as connection:
        return connection.scalar(select(func.sum(batch.c.succeeded + batch.c.parked))) or 0


def _in_flight(store: Store) -> dict[str, str]:
    """The job of each call that is under way, by the call."""
    query = select(attempt.c.id, attempt.c.job_id).where(attempt.c.status == "sent")
    with store.read() as connection:
        rows = connection.execute(query).all()
        return {row.id: row.job_id for row in rows}


def _measure(
    store: Store, runner: Runner, began: datetime, orphans: set[str], found: Kills
) -> None:
    """When the last of the jobs that the kill before had left was called for again.

    Where nothing may be called for twice, they are parked: when the first job was called for.
    """
    with store.read() as connection:
        runner_id = connection.scalar(
            select(runner_table.c.id).where(runner_table.c.pid == runner.process.pid)
        )
        if runner_id is None:
            return
        # Made when it got the lock, and to the millisecond; the times of runners are whole seconds.
        locked = ULID.from_str(runner_id).datetime
        claims = connection.execute(
            select(attempt.c.job_id, func.min(attempt.c.started_at))
            .where(attempt.c.id >= str(ULID.from_datetime(locked)))
            .group_by(attempt.c.job_id)
        ).all()
    again = [_utc(at) for job_id, at in claims if job_id in orphans]
    if found.policy == Policy.NEVER_TWICE:
        again = sorted(_utc(at) for _, at in claims)[:1]
    elif len(again) < len(orphans):
        return  # it was killed before it had come to all of them
    if again:
        found.resumed_after_lock_s.append(round((max(again) - locked).total_seconds(), 3))
        found.resumed_after_start_s.append(round((max(again) - began).total_seconds(), 3))


def _utc(at: datetime) -> datetime:
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _finish(
    stage: Stage, policy: Policy, found: Kills, jobs: int, say: Callable[[str], None]
) -> None:
    """Let a last runner finish, with what is missing to the number of jobs."""
    runner = stage.runner()
    while found.jobs < jobs or _open(stage.service.store):
        if found.jobs < jobs and _open(stage.service.store) < LOW:
            number = min(BATCH, jobs - found.jobs)
            stage.submit(number, found.jobs, policy, AT_ONCE)
            found.jobs += number
            say(f"{policy}: {found.jobs:,} jobs submitted, without kills now")
        assert runner.process.poll() is None, runner.err.read_text()
        time.sleep(0.2)
    runner.end()


def _judge(stage: Stage, found: Kills) -> None:
    """Count what became of all."""
    undecided = (job.c.status == JobStatus.PARKED) & (job.c.reason == Reason.UNDECIDED)
    is_done = job.c.status == JobStatus.SUCCEEDED
    answered = (
        select(attempt.c.job_id)
        .where(attempt.c.status == "ok")
        .group_by(attempt.c.job_id)
        .having(func.count() > 1)
    )
    with stage.service.store.read() as connection:
        found.succeeded = connection.scalar(select(func.count()).where(is_done)) or 0
        found.undecided = connection.scalar(select(func.count()).where(undecided)) or 0
        found.redone = len(connection.execute(answered).all())
        attempts = connection.scalar(select(func.count()).select_from(attempt)) or 0
    counters = stage.counters()
    found.lost = found.jobs - found.succeeded - found.undecided
    found.calls, found.duplicates = counters["calls"], counters["duplicates"]
    found.unrecorded = max(0, found.calls - attempts)
    found.broken = stage.broken()
