"""A runner moved by hand, so that a test can hold a batch in any state."""

from datetime import UTC, datetime

from ulid import ULID

from webapp.domain.artifact import Artifact, Result
from webapp.domain.batch import JobStatus, ModelChoice, PromptPart, Reason
from webapp.store import runners, settling
from webapp.store.applying import apply
from webapp.store.database import Store
from webapp.store.operations import (
    Answered,
    Applied,
    Beat,
    Call,
    Claim,
    ClaimedJob,
    Ended,
    Operation,
    Outlook,
    PaceState,
    Park,
    Progress,
    PutBack,
    Repair,
)
from webapp.store.prompts import PromptCache


class Hand:
    """Every step is one commit, as the real runner makes them."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._prompts = PromptCache()
        self.id = str(ULID())
        runners.enlist(store, self.id, "here", 1)

    def restart(self) -> None:
        """End without a word, and be started again."""
        self.id = str(ULID())
        runners.enlist(self._store, self.id, "here", 1)
        settling.settle_others(self._store, self.id)

    def _apply(self, operation: Operation) -> Applied:
        with self._store.write() as connection:
            given = [operation], self._prompts, self.id
            return apply(connection, *given, call_lanes=self._store.call_lanes)[0]

    def beat(
        self,
        model: str,
        cap: int | None = None,
        in_flight: int = 0,
        per_s: float | None = None,
        until: datetime | None = None,
        why: str | None = None,
    ) -> None:
        """Say how a model stands."""
        state = PaceState(ModelChoice.parse(model), cap, in_flight, per_s, until, why)
        self._apply(Beat((state,)))

    def park(self, endpoint: str, reason: Reason, sentence: str) -> None:
        """Park what is queued for an endpoint."""
        self._apply(Park(endpoint, None, reason, sentence))

    def claim(self, batch_id: str, model: str = "blueprint") -> ClaimedJob:
        """Take the next job."""
        job = self.claim_if_any(batch_id, model)
        assert job is not None
        return job

    def claim_if_any(self, batch_id: str, model: str = "blueprint") -> ClaimedJob | None:
        """Take the next job, if one is due."""
        job = self._apply(Claim(batch_id, frozenset({ModelChoice.parse(model)})))
        return job if isinstance(job, ClaimedJob) else None

    def write(self, job: ClaimedJob, text: str) -> None:
        """Store the answer so far."""
        self._apply(Progress(job.batch_id, job.id, job.claim_no, text))

    def park_for_the_budget(self, batch_id: str, model: str) -> None:
        """Ask for a job where the budget leaves room for none."""
        outlook = self._apply(Claim(batch_id, frozenset({ModelChoice.parse(model)})))
        assert isinstance(outlook, Outlook)

    def answer(self, job: ClaimedJob, raw: str = "the answer", cost: int | None = 0) -> None:
        """Store the whole answer and what it cost; the job is being checked."""
        call = _call(job, "ok", raw=raw, cost=cost)
        self._apply(Answered(job.batch_id, job.id, job.claim_no, job.calling, call, 1))

    def end(
        self,
        job: ClaimedJob,
        status: JobStatus = JobStatus.SUCCEEDED,
        artifact: Artifact | None = None,
        reason: Reason | None = None,
        detail: str | None = None,
        *,
        is_round: bool = False,
    ) -> None:
        """Bring an answered job to its end, perhaps after a round of repair."""
        result = Result(str(ULID()), artifact, 1200, 800) if artifact else None
        self._apply(
            Ended(
                job.batch_id,
                job.id,
                job.claim_no,
                JobStatus.CHECKING,
                status,
                reason,
                detail,
                None,
                1,
                result,
                None,
                result if is_round else None,
            )
        )

    def repair(self, job: ClaimedJob, artifact: Artifact) -> None:
        """Send the errors of an answer into the next round."""
        examined = Result(str(ULID()), artifact, 1200, 800)
        part = PromptPart("user", "Repair, round 1", "What was wrong.")
        detail = "Something is wrong."
        self._apply(
            Repair(job.batch_id, job.id, job.claim_no, examined, examined, part, detail, 10, 0)
        )

    def fail(self, job: ClaimedJob, status: JobStatus, reason: Reason, detail: str) -> None:
        """End a job whose call failed, with the provider's own words in its attempt."""
        call = _call(job, "error", provider_message=detail)
        self._apply(
            Ended(
                job.batch_id,
                job.id,
                job.claim_no,
                job.calling,
                status,
                reason,
                detail,
                call,
                1,
                None,
                None,
            )
        )

    def put_back(self, job: ClaimedJob, until: datetime) -> None:
        """Give a job back to the queue because of a rate limit."""
        self._apply(
            PutBack(
                job.batch_id,
                job.id,
                job.claim_no,
                job.calling,
                _call(job, "error"),
                1,
                1,
                Reason.RATE_LIMIT,
                "rate limit",
                until,
                job.choice,
            )
        )


def _call(
    job: ClaimedJob,
    status: str,
    raw: str | None = None,
    provider_message: str | None = None,
    cost: int | None = 0,
) -> Call:
    now = datetime.now(UTC)
    return Call(
        job.attempt_id, status, now, now, raw=raw, provider_message=provider_message,
        finish_reason="stop", input_tokens=1200, output_tokens=800,
        reserved=job.reserve_cost or 0, cost=cost,
    )  # fmt: skip
