"""All that may happen to the jobs of a batch, by the name of what happens and a number.

But for slots, which are taken and freed all the time: only the summary tells of them.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from asgiref.sync import async_to_sync

from tests.rows import all_rows
from tests.store.asked import asked, put, submitted
from tests.web.hand import Hand
from webapp.domain.artifact import Artifact, ArtifactFile, Finding, Severity
from webapp.domain.batch import JobStatus, Reason
from webapp.domain.listing import JobFilter, Selection
from webapp.service import Service
from webapp.store import renewing
from webapp.store.operations import ClaimedJob

OPENAI = "openai:m"
MODELS = ("blueprint", OPENAI)
FAILURES = [
    (JobStatus.FAILED, Reason.TIMEOUT),
    (JobStatus.FAILED, Reason.TRUNCATED),
    (JobStatus.PARKED, Reason.UNDECIDED),
    (JobStatus.PARKED, Reason.KEY),
    (JobStatus.PARKED, Reason.BUDGET),
]


def artifact(number: int) -> Artifact:
    """One with up to three findings, and a score."""
    severities = list(Severity)[: number % 4]
    found = tuple(Finding("a/b", each, "Dockerfile", 1, "Look at it.") for each in severities)
    return Artifact((ArtifactFile("Dockerfile", "FROM debian:12\n"),), (), found, {}, 90 - number)


class Fate:
    """A batch of seven jobs for three artifacts, one of which starts from another."""

    def __init__(self, service: Service, hand: Hand) -> None:
        self._service, self._hand = service, hand
        kinds = ("kubernetes@gke", "kubernetes@eks")
        # All of one kind: none is compared with another, so the batch is settled once it stands.
        jobs = [asked(kind, model) for kind in kinds for model in MODELS]
        jobs += [asked("kubernetes@gke", OPENAI, sample=2)]
        jobs += [asked("kubernetes@gke+harden", str(job.model), after=job) for job in jobs[:2]]
        self.batch_id = submitted(service.store, *jobs)
        for seq in range(1, len(jobs) + 1):
            put(service.store, self.batch_id, seq, rounds_left=2)
        self._claimed: list[ClaimedJob] = []
        self._resume(0)
        for number in range(3):  # some results are there, among them two for the same artifact
            self._claim(number)
            self._succeed(number)
        self.befall("choose", 3)
        self.befall("mark", 2)

    def befall(self, name: str, number: int) -> None:
        """Let it happen, as far as it can happen now."""
        EVENTS[name](self, number)

    def keep_alive(self) -> None:
        """Say that the runner lives."""
        self._hand.beat("another:m")

    def _claim(self, number: int) -> None:
        job = self._hand.claim_if_any(self.batch_id, MODELS[number % 2])
        self._claimed += [job] if job else []

    def _one(self, number: int) -> ClaimedJob | None:
        """A job that was claimed, perhaps one whose claim is over: a late runner."""
        return self._claimed[number % len(self._claimed)] if self._claimed else None

    def _answer(self, number: int) -> None:
        if job := self._one(number):
            self._hand.answer(job, cost=number * 1000)

    def _succeed(self, number: int) -> None:
        if job := self._one(number):
            self._hand.answer(job)
            self._hand.end(job, artifact=artifact(number))

    def _fail_check(self, number: int) -> None:
        if job := self._one(number):
            self._hand.answer(job)
            self._hand.end(job, JobStatus.FAILED, artifact(number), Reason.INVALID, "No file.")

    def _repair(self, number: int) -> None:
        if job := self._one(number):
            self._hand.answer(job)
            self._hand.repair(job, artifact(number))

    def _fail_call(self, number: int) -> None:
        if job := self._one(number):
            self._hand.fail(job, *FAILURES[number % len(FAILURES)], "It went wrong.")

    def _put_back(self, number: int) -> None:
        if job := self._one(number):
            self._hand.put_back(job, _later())

    def _write(self, number: int) -> None:
        if job := self._one(number):
            self._hand.write(job, "half of the answer")

    def _pause(self, number: int) -> None:
        self._hand.beat(MODELS[number % 2], until=_later(), why="cools down")

    def _resume(self, number: int) -> None:
        for model in MODELS:
            self._hand.beat(model)

    def _park(self, number: int) -> None:
        self._hand.park("openai", Reason.PROVIDER, "It answers nothing.")

    def _go_on(self, number: int) -> None:
        reason = (Reason.PROVIDER, Reason.KEY, Reason.BUDGET)[number % 3]
        async_to_sync(self._service.go_on)(self.batch_id, reason)

    def _order(self, name: str, number: int) -> None:
        selection = Selection(frozenset({number, number - 2}))
        if number < 3:
            selection = Selection(matching=JobFilter(models=MODELS[number % 2 :]))
        async_to_sync(getattr(self._service, name))(self.batch_id, selection)

    def _job_order(self, name: str, number: int) -> None:
        job_id = all_rows(self._service.store, self.batch_id)[number - 1].id
        async_to_sync(getattr(self._service, name))(job_id)

    def _mark(self, number: int) -> None:
        ids = [job.id for job in all_rows(self._service.store, self.batch_id)]
        renewing.mark(self._service.store, self.batch_id, ids[:number], ids[number:], "templates")


def _later() -> datetime:
    return datetime.now(UTC) + timedelta(hours=1)


def _order(name: str) -> Callable[[Fate, int], None]:
    return lambda fate, number: fate._order(name, number)


EVENTS: Mapping[str, Callable[[Fate, int], Any]] = {
    "claim": Fate._claim,
    "answer": Fate._answer,
    "succeed": Fate._succeed,
    "fail check": Fate._fail_check,
    "repair": Fate._repair,
    "fail call": Fate._fail_call,
    "put back": Fate._put_back,
    "write": Fate._write,
    "pause": Fate._pause,
    "resume": Fate._resume,
    "park": Fate._park,
    "go on": Fate._go_on,
    "cancel job": lambda fate, number: fate._job_order("cancel_job", number),
    "retry job": lambda fate, number: fate._job_order("retry_job", number),
    "mark": Fate._mark,
    **{name: _order(name) for name in ("cancel", "retry", "run_fresh", "choose", "unchoose")},
}
