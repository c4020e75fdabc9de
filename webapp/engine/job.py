"""One job from claim to finish: call, keep the answer, check it, say how it ended."""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from webapp.artifacts.catalogue import KINDS
from webapp.artifacts.parse import ANSWER_SCHEMA
from webapp.domain.batch import Reason, Retries
from webapp.engine.crash import Crash
from webapp.engine.crew import Crew
from webapp.engine.outcome import (
    DOWN_S,
    ONLY_IF,
    Answer,
    Circumstances,
    Result,
    after_error,
    answered_call,
    failed_call,
    given_up_call,
    seen,
    undecided,
    unsent,
)
from webapp.engine.pacer import Pacer
from webapp.engine.place import Ending, Slot
from webapp.engine.receiving import Heard, receive
from webapp.engine.verdict import after_check
from webapp.engine.writer import Writer
from webapp.logs import bind
from webapp.prices import Prices
from webapp.providers.base import (
    Done,
    ErrorKind,
    GenerationRequest,
    Provider,
    ProviderError,
    RateLimits,
)
from webapp.store.operations import (
    Abandoned,
    Answered,
    Claimed,
    ClaimedJob,
    Ended,
    Park,
    Progress,
    PutBack,
    Rechecking,
    Repair,
    Reply,
    StoredAnswer,
)

FORBIDDEN = 403

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

    batch_id: str
    claim_no: int
    answer: Answer
    stored: int = 0


@dataclass(frozen=True, slots=True)
class Received:
    """A whole answer: what is to be stored at once, and what is to be checked."""

    answered: Answered
    reply: Reply


@dataclass(slots=True)
class Workshop:
    """What every job of a runner needs, and what it leaves to be seen while it runs."""

    providers: Mapping[str, Provider]
    pacer: Pacer
    crew: Crew
    writer: Writer
    prices: Prices
    max_attempts: int
    crash: Crash
    is_draining: bool = False
    growing: dict[str, _Growing] = field(default_factory=dict)

    async def call(self, job: ClaimedJob, slot: Slot, flight: Flight) -> Result | Received:
        """Call for a job; the caller leaves the slot, unless the call did not start.

        Cancelling the task closes the connection.
        """
        with bind(batch_id=job.batch_id, job_id=job.id):
            self.crash.at("after_mark")
            if (wait_s := await self._start(job, slot)) > 0:
                return unsent(job, datetime.now(UTC) + timedelta(seconds=wait_s))
            answer = Answer()
            try:
                done = await self._call(job, slot, answer, flight)
            except _Failed as failed:
                return self._after(job, answer, failed, flight)
            self.crash.at("after_answer")
            call = answered_call(job, answer, done, self.prices)
            answered = Answered(
                job.batch_id, job.id, job.claim_no, job.calling, call, flight.peak, seen(job, done)
            )
            reply = Reply(answer.text, done.finish_reason, done.input_tokens, done.output_tokens)
            return Received(answered, reply)

    async def _start(self, job: ClaimedJob, slot: Slot) -> float:
        """Wait for the turn of a call; gives the seconds if it would have to wait for too long."""
        try:
            wait_s = await self.pacer.start(slot, job.reserve_tokens)
        except asyncio.CancelledError:
            self.pacer.release([slot])
            self.writer.post(unsent(job, None))
            raise
        if wait_s > 0:
            self.pacer.release([slot])
        return wait_s

    def _after(
        self, job: ClaimedJob, answer: Answer, failed: "_Failed", flight: Flight
    ) -> Ended | PutBack:
        error = failed.error
        log.info("%s: %s", error.kind, error.sentence)
        self._park_others(job, error)
        circumstances = Circumstances(
            self.max_attempts,
            flight.peak,
            failed.was_probe,
            self.pacer.until(job.choice),
            lambda: self.pacer.retry_s(job.endpoint),
        )
        return after_error(job, failed_call(job, answer, error), error, circumstances)

    def _park_others(self, job: ClaimedJob, error: ProviderError) -> None:
        """What a person has to mend is not found out by each job anew."""
        if error.kind in (ErrorKind.BAD_KEY, ErrorKind.NO_MONEY):
            # A key may be good for some models only, and a quota is often that of one.
            is_key = error.kind is ErrorKind.BAD_KEY and error.http_status != FORBIDDEN
            model = None if is_key else job.model
            self.writer.post(Park(job.endpoint, model, Reason.KEY, error.sentence))
        elif down_s := self.pacer.down_s(job.choice):
            spared = frozenset(each for each, most_s in DOWN_S.items() if down_s < most_s)
            if Retries.DEFAULT not in spared:
                self.writer.post(
                    Park(job.endpoint, job.model, Reason.PROVIDER, error.sentence, spared)
                )

    async def finish(self, job: Claimed, reply: Reply) -> None:
        """Check an answer and store how it ends its job, or that it is to be repaired.

        Nothing is awaited for the answer itself to be stored: the end of a job demands `checking`,
        so it cannot come before, if the answer was given to the writer before.
        """
        with bind(batch_id=job.batch_id, job_id=job.id):
            self.writer.post(await self.check(job, reply))

    async def resume(self, stored: StoredAnswer) -> None:
        """Check an answer that a runner before this one had received; one at a time.

        So it is known which check a runner ended during, and whether it may be to blame.
        """
        with bind(batch_id=stored.batch_id, job_id=stored.id):
            await self.crew.ready()  # what takes long is not the check
            (is_open,) = await self.writer.do(
                Rechecking(stored.batch_id, stored.id, stored.claim_no)
            )
            if is_open:
                log.info("checking the stored answer again")
                await self.writer.do(await self.check(stored, stored.reply))

    async def check(self, job: Claimed, reply: Reply) -> Ended | Repair:
        """Examine an answer and say how it ends its job, or what has to be mended."""
        self.crash.at("during_check")
        artifact = await self.crew.examine(job.kind, job.endpoint, reply.text, job.facts)
        return after_check(job, reply, artifact, self.prices)

    async def store_growing(self) -> None:
        """Store what has come of running answers since the last time, all in one commit."""
        fresh = []
        for job_id, item in self.growing.items():
            if len(item.answer.pieces) > item.stored:
                item.stored = len(item.answer.pieces)
                fresh.append(Progress(item.batch_id, job_id, item.claim_no, item.answer.text))
        if fresh:
            await self.writer.do(*fresh)

    async def _call(self, job: ClaimedJob, slot: Slot, answer: Answer, flight: Flight) -> Done:
        """The end of the answer, which fills while it comes; raises _Failed."""
        self.growing[job.id] = _Growing(job.batch_id, job.claim_no, answer)
        flight.take_off()
        heard = Heard(lambda limits: self._let_in(slot, limits))
        done: Done | None = None
        error: ProviderError | None = None
        try:
            events = self.providers[job.endpoint].stream(_request(job))
            done = await receive(
                events, answer, heard, lambda: self.crash.at("during_stream"), job.max_tokens
            )
            return done
        except ProviderError as failure:
            # Its traceback would hold the frames, and so all that had come, until a collection.
            error = failure.with_traceback(None)
        except asyncio.CancelledError:
            self.writer.post(self._given_up(job, answer, flight))
            raise
        finally:
            flight.land()
            was_probe = self.pacer.ended(slot, Ending(heard.anything, error), _tokens(done))
            del self.growing[job.id]
        raise _Failed(error, was_probe=was_probe)

    def _let_in(self, slot: Slot, limits: RateLimits | None) -> None:
        self.crash.at("after_send")
        self.pacer.let_in(slot, limits)

    def _given_up(
        self, job: ClaimedJob, answer: Answer, flight: Flight
    ) -> Abandoned | PutBack | Ended:
        if not self.is_draining:
            call = given_up_call(job, answer, "Cancelled during the call.")
            return Abandoned(job.batch_id, job.id, call)
        call = given_up_call(job, answer, "The runner was stopped during the call.")
        if job.never_twice:
            return undecided(job, call, f"The runner was stopped. {ONLY_IF}", flight.peak)
        return PutBack(
            batch_id=job.batch_id,
            job_id=job.id,
            claim_no=job.claim_no,
            old=job.calling,
            call=call,
            peak_in_flight=flight.peak,
            tries=job.tries,
            reason=None,
            detail=None,
            not_before=None,
            model=job.choice,
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


def _tokens(done: Done | None) -> int | None:
    if done is None or done.input_tokens is None or done.output_tokens is None:
        return None
    return done.input_tokens + done.output_tokens


class _Failed(Exception):
    """A call gave no answer, and whether it was sent to see if an endpoint is well again."""

    def __init__(self, error: ProviderError, *, was_probe: bool) -> None:
        super().__init__(error.sentence)
        self.error = error
        self.was_probe = was_probe
