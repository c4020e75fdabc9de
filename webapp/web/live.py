"""What a batch page and its deltas are rendered from."""

import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from flask import Flask, current_app

from webapp.domain.batch import OPEN, JobStatus, Reason
from webapp.domain.views import BatchView, JobView
from webapp.store import overview, reads
from webapp.store.database import Store
from webapp.store.overview import Group
from webapp.store.reads import RunnerView
from webapp.web.context import store

CHANGING_MS = 1000
QUIET_MS = 2000
LONGEST_MS = 15_000
RUNNER_KEPT_S = 1.0
T = TypeVar("T")
SUMMARY_KEPT_S = 0.5
COUNTED_KEPT_S = 2.0
RESTARTED_KEPT_S = 60.0
SUMMARIES_KEPT = 64  # of about 4 KB each
# Deltas are made one at a time in a process: SQLite lets the GIL go at each row it reads, and
# threads that all compute would take it from each other each time. A quarter more go through.
computing = threading.Lock()


@dataclass(frozen=True, slots=True)
class Cursor:
    """What a page has seen of a batch: its version, and whether rows of it tell of a pause.

    Such rows change when the pause ends, with no version of their own.
    """

    version: int
    has_pause: bool = False

    @classmethod
    def of(cls, batch: BatchView, jobs: Sequence[JobView]) -> "Cursor":
        """The cursor after a batch and rows of it were shown."""
        return cls(batch.version, any(job.reason is Reason.COOLING for job in jobs))

    @classmethod
    def parse(cls, text: str) -> "Cursor":
        """Read `17`, or with a pause `17p`; what is no cursor has seen nothing."""
        version = text.removesuffix("p")
        is_number = version.isdecimal() and len(version) < 20
        return cls(int(version) if is_number else 0, version != text)

    def __str__(self) -> str:
        return f"{self.version}{'p' if self.has_pause else ''}"


class RunnerWatch:
    """Whether a runner lives, asked at most once a second however many pages poll."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._view: RunnerView | None = None
        self._asked_at = 0.0

    def view(self) -> RunnerView:
        """The runner as it stood within the last second."""
        if self._view is None or time.monotonic() - self._asked_at > RUNNER_KEPT_S:
            self._view = reads.runner_state(self._store)
            self._asked_at = time.monotonic()
        return self._view


@dataclass(frozen=True, slots=True)
class Summary:
    """How a batch stood, the same as every page of it shows it, and that as a delta.

    `delta` is all that a page is sent none of whose rows changed: most of those that watch.
    """

    batch: BatchView
    html: str
    delta: str


class SummaryWatch:
    """Summaries of batches, each made at most twice a second however many pages poll it.

    To make one takes several times as long as all the rest of a poll. Whoever has seen a version
    never gets one that is older.
    """

    def __init__(self, kept_s: float = SUMMARY_KEPT_S) -> None:
        self._kept_s = kept_s
        self._kept: OrderedDict[str, tuple[float, Summary]] = OrderedDict()

    def kept(self, batch_id: str, since: int) -> Summary | None:
        """One newer than a version that was seen, if it was made already; never for version 0."""
        made_at, summary = self._kept.get(batch_id, (-math.inf, None))
        is_newer = since and summary and summary.batch.version > since
        return summary if is_newer and time.monotonic() - made_at < self._kept_s else None

    def newer(self, batch_id: str, since: int, make: Callable[[], Summary]) -> Summary:
        """A summary newer than a version that was seen; with version 0, as it stands now."""
        if summary := self.kept(batch_id, since):
            return summary
        now, made = time.monotonic(), make()
        self._kept[batch_id] = now, made
        self._kept.move_to_end(batch_id)
        if len(self._kept) > SUMMARIES_KEPT:
            self._kept.popitem(last=False)
        return made


class Kept(Generic[T]):
    """Answers that take long to make, each made at most once in so many seconds for all who ask."""

    def __init__(self, kept_s: float, most: int) -> None:
        self._kept_s, self._most = kept_s, most
        self._kept: OrderedDict[Hashable, tuple[float, T]] = OrderedDict()

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """The answer under a key, made anew where it is older."""
        now = time.monotonic()
        made_at, answer = self._kept.get(key, (-math.inf, None))
        if answer is None or now - made_at >= self._kept_s:
            answer = make()
            self._kept[key] = now, answer
            self._kept.move_to_end(key)
            if len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return answer


def install(app: Flask) -> None:
    """Give the application the watches all its threads share."""
    app.extensions["runner_watch"] = RunnerWatch(app.extensions["store"])
    app.extensions["summary_watch"] = SummaryWatch()
    app.extensions["restarted"] = Kept[int](RESTARTED_KEPT_S, SUMMARIES_KEPT)
    app.extensions["counted"] = Kept[list[Group]](COUNTED_KEPT_S, SUMMARIES_KEPT)


def summary(batch_id: str, since: int, make: Callable[[], Summary]) -> Summary:
    """A summary newer than a version that was seen, no older than half a second."""
    watch: SummaryWatch = current_app.extensions["summary_watch"]
    return watch.newer(batch_id, since, make)


def counted(key: Hashable, make: Callable[[], list[Group]]) -> list[Group]:
    """Jobs by kind and model, no older than two seconds."""
    kept: Kept[list[Group]] = current_app.extensions["counted"]
    return kept.get(key, make)


def restarted(batch: BatchView) -> int | None:
    """How many jobs began again since all runners are younger than a batch; None where one is not.

    To count them takes long in a large batch, and nothing but another restart changes it.
    """
    started_at, now = batch.started_at, runner()
    if batch.is_finished or started_at is None or not now.is_alive:
        return None
    if now.started_at is None or now.started_at <= started_at:
        return None
    kept: Kept[int] = current_app.extensions["restarted"]
    key = (batch.id, now.started_at)
    return kept.get(key, lambda: overview.begun_again(store(), batch.id))


def runner() -> RunnerView:
    """The runner as it stood within the last second."""
    watch: RunnerWatch = current_app.extensions["runner_watch"]
    return watch.view()


def poll_after_ms(batch: BatchView, jobs: Sequence[JobView], now: datetime) -> int:
    """When a page should ask again, in milliseconds.

    Soon while something runs. Where every job waits, when the first of them wakes up, but at
    least every 15 s.
    """
    if any(batch.counts[status] for status in OPEN - {JobStatus.QUEUED}):
        return CHANGING_MS
    wake_ups = [job.not_before for job in jobs if job.not_before]
    if not wake_ups:
        return QUIET_MS
    wait_ms = int((min(wake_ups) - now).total_seconds() * 1000)
    return max(CHANGING_MS, min(LONGEST_MS, wait_ms))
