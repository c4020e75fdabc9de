"""One job from claim to finish: call, keep the answer, check it, say how it ended."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field

from webapp.artifacts.catalogue import KINDS
from webapp.artifacts.parse import ANSWER_SCHEMA
from webapp.engine.crash import Crash
from webapp.engine.crew import Crew
from webapp.engine.outcome import (
    ONLY_IF,
    Answer,
    after_check,
    after_error,
    answered_call,
    failed_call,
    given_up_call,
    undecided,
)
from webapp.engine.pacer import Pacer
from webapp.engine.writer import Writer
from webapp.logs import bind
from webapp.providers.base import (
    Done,
    ErrorKind,
    FinishReason,
    GenerationRequest,
    Provider,
    ProviderError,
    Text,
)
from webapp.store.operations import (
    Abandoned,
    Answered,
    Claimed,
    ClaimedJob,
    Ended,
    Progress,
    PutBack,
    Reply,
    StoredAnswer,
)

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Flight:
    """How many calls of a batch run at once, and how many ever did."""

    now: int = 0
    peak: int = 0

    def take_off(self) -> None:
        """Count a call in."""
        self.now += 1
        self.peak = max(self.peak, self.now)

    def land(self) -> None:
        """Count it out."""
        self.now -= 1


@dataclass(slots=True)
class _Growing:
    """An answer that streams, and how much of it has been stored for the page."""

    claim_no: int
    answer: Answer
    stored: int = 0


@dataclass(slots=True)
class Workshop:
    """What every job of a runner needs, and what it leaves to be seen while it runs."""

    providers: Mapping[str, Provider]
    pacer: Pacer
    crew: Crew
    writer: Writer
    max_attempts: int
    crash: Crash
    is_draining: bool = False
    growing: dict[str, _Growing] = field(default_factory=dict)

    async def run(self, job: ClaimedJob, flight: Flight) -> Ended | PutBack:
        """Call for a job and check what comes; the slot is given back as soon as the call ends.

        Cancelling the task closes the connection.
        """
        with bind(batch_id=job.batch_id, job_id=job.id):
            self.crash.at("after_mark")
            answer = Answer()
            try:
                done = await self._call(job, answer, flight)
            except ProviderError as error:
                log.info("%s: %s", error.kind, error.sentence)
                call = failed_call(job, answer, error)
                return after_error(
                    job, call, error, max_attempts=self.max_attempts, peak_in_flight=flight.peak
                )
            self.crash.at("after_answer")
            call = answered_call(job, answer, done)
            # Not awaited: the end of the job demands `checking`, so it cannot be stored before.
            self.writer.post(Answered(job.batch_id, job.id, job.claim_no, call, flight.peak))
            reply = Reply(answer.text, done.finish_reason, done.input_tokens, done.output_tokens)
            return await self.check(job, reply)

    async def resume(self, stored: StoredAnswer) -> None:
        """Check an answer that a runner before this one had received."""
        with bind(batch_id=stored.batch_id, job_id=stored.id):
            log.info("checking the stored answer again")
            await self.writer.do(await self.check(stored, stored.reply))

    async def check(self, job: Claimed, reply: Reply) -> Ended:
        """Examine an answer and say how it ends its job."""
        self.crash.at("during_check")
        artifact = await self.crew.examine(job.kind, job.endpoint, reply.text)
        return after_check(job, reply, artifact)

    def store_growing(self) -> None:
        """Store what has come of running answers since the last time, all in one commit."""
        fresh = []
        for job_id, item in self.growing.items():
            if len(item.answer.pieces) > item.stored:
                item.stored = len(item.answer.pieces)
                fresh.append(Progress(job_id, item.claim_no, item.answer.text))
        if fresh:
            self.writer.post(*fresh)

    async def _call(self, job: ClaimedJob, answer: Answer, flight: Flight) -> Done:
        self.growing[job.id] = _Growing(job.claim_no, answer)
        flight.take_off()
        try:
            events = self.providers[job.endpoint].stream(_request(job))
            return await receive(events, answer, lambda: self.crash.at("during_stream"))
        except asyncio.CancelledError:
            self.writer.post(self._given_up(job, answer, flight))
            raise
        finally:
            flight.land()
            self.pacer.release([job.endpoint])
            del self.growing[job.id]

    def _given_up(
        self, job: ClaimedJob, answer: Answer, flight: Flight
    ) -> Abandoned | PutBack | Ended:
        if not self.is_draining:
            return Abandoned(given_up_call(job, answer, "Cancelled during the call."))
        call = given_up_call(job, answer, "The runner was stopped during the call.")
        if job.never_twice:
            return undecided(job, call, f"The runner was stopped. {ONLY_IF}", flight.peak)
        return PutBack(
            batch_id=job.batch_id,
            job_id=job.id,
            claim_no=job.claim_no,
            call=call,
            peak_in_flight=flight.peak,
            tries=job.tries,
            reason=None,
            detail=None,
            not_before=None,
        )


def _request(job: ClaimedJob) -> GenerationRequest:
    return GenerationRequest(
        model=job.model,
        system=job.system,
        user=job.user,
        max_tokens=job.max_tokens,
        temperature=job.temperature,
        seed=job.seed,
        schema=ANSWER_SCHEMA if KINDS[job.kind].is_checked else None,
        never_twice=job.never_twice,
    )


async def receive(
    events: AsyncIterator[Text | Done], answer: Answer, on_text: Callable[[], None]
) -> Done:
    """Read a whole answer; ProviderError if it does not come, or is empty."""
    done = None
    async for event in events:
        if isinstance(event, Text):
            answer.add(event.text)
            on_text()
        else:
            done = event
    if done is None or done.finish_reason is FinishReason.ERROR:
        raise ProviderError(ErrorKind.BROKEN_REPLY, "The provider ended the answer with an error.")
    if done.finish_reason is FinishReason.STOP and not answer.text.strip():
        raise ProviderError(ErrorKind.BROKEN_REPLY, "The answer was empty.")
    return done
