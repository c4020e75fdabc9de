"""A provider, a data folder, and runners as processes over both."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from asgiref.sync import async_to_sync

from tests.processes import Running, wait_until
from tests.rows import all_rows
from webapp.domain.batch import (
    BatchSpec,
    JobSpec,
    JobStatus,
    KindChoice,
    Mode,
    ModelChoice,
    Params,
    Policy,
    Reason,
)
from webapp.domain.views import BatchView, JobView
from webapp.fake_provider import FakeProvider
from webapp.service import Service
from webapp.store import reads
from webapp.store.database import Store

KEY = "sk-canary-4711"


@dataclass(frozen=True)
class Scene:
    """What a test of the runner works with; the endpoint `openai` is the fake provider."""

    service: Service
    store: Store
    llm: FakeProvider
    start: Callable[..., Running]

    def runner(self, **variables: str) -> Running:
        """Start a runner; it has the lock and works when this returns."""
        running = self.start("runner", **variables)
        wait_until(lambda: " works" in running.err.read_text() or running.process.poll())
        return running

    def submit(
        self,
        briefs: Sequence[str],
        kind: str = "text",
        model: str = "openai:m",
        *,
        at_once: int = 16,
        mode: Mode = Mode.ASYNC,
        fresh: bool = False,
        policy: Policy = Policy.FINISH_ALL,
        params: Params = Params(),
        **options: Any,
    ) -> str:
        """Submit a job for each brief; further options are those of a batch."""
        kind_choice, choice = KindChoice(kind), ModelChoice.parse(model)
        jobs = tuple(JobSpec(brief, kind_choice, choice, params) for brief in briefs)
        spec = BatchSpec(
            brief=briefs[0],
            jobs=jobs,
            mode=mode,
            concurrency=at_once,
            fresh=fresh,
            policy=policy,
            **options,
        )
        return async_to_sync(self.service.submit)(spec)

    def continue_(self, batch_id: str, reason: Reason) -> int:
        """Put the jobs that are parked for a reason back to the queue."""
        return async_to_sync(self.service.go_on)(batch_id, reason)

    def batch(self, batch_id: str) -> BatchView:
        """How a batch stands."""
        return reads.batch(self.store, batch_id)

    def finished(self, batch_id: str) -> BatchView:
        """A batch once it is finished."""
        wait_until(lambda: self.batch(batch_id).is_finished)
        return self.batch(batch_id)

    def rows(self, batch_id: str) -> list[JobView]:
        """The jobs of a batch."""
        return all_rows(self.store, batch_id)

    def wait_for(self, batch_id: str, status: JobStatus, number: int = 1) -> None:
        """Wait until so many jobs of a batch have a status."""
        wait_until(lambda: self.batch(batch_id).counts[status] >= number)


def numbered(number: int, words: str = "") -> list[str]:
    """As many different briefs."""
    return [f"Brief {n}. {words}" for n in range(1, number + 1)]
