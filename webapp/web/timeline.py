"""The calls of a job on one scale of time: how long each waited, thought and wrote."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from webapp.domain.views import AttemptView, JobView

WIDTH = 1000  # of the drawing, whatever time it stands for
LEAST_WIDTH = 4  # of what took no time to speak of
LEAST_FOLDED_S = 1.0
LEAST_MEASURED_S = 0.05  # a rate over less than that says nothing


@dataclass(frozen=True, slots=True)
class Span:
    """A part of a call: `queued`, `thinking` until its first text, or `writing` it."""

    name: str
    x: int
    width: int


@dataclass(frozen=True, slots=True)
class Lane:
    """One call. Times are in seconds, and None where nobody knows them or they still run."""

    spans: tuple[Span, ...]
    attempt: AttemptView
    queued_s: float | None
    waited_s: float | None  # since the call before it, where the job was not queued by hand since
    first_s: float | None  # from its start to its first text
    tokens_per_s: float | None


@dataclass(frozen=True, slots=True)
class Timeline:
    """All calls of a job; `folds` are where long pauses between them were drawn short."""

    lanes: tuple[Lane, ...]
    folds: tuple[int, ...]
    total_s: float


@dataclass(frozen=True, slots=True)
class _Call:
    attempt: AttemptView
    since: datetime  # when it began to wait
    is_queued: bool  # whether that is when its job was queued
    start: datetime
    first: datetime | None
    end: datetime


def timeline(job: JobView, attempts: Sequence[AttemptView], now: datetime) -> Timeline:
    """The calls of a job as they stand at a time; there must be one at least."""
    calls = _calls(job, attempts, now)
    at, folds = _scale(calls)
    return Timeline(
        lanes=tuple(_lane(call, at) for call in calls),
        folds=folds,
        total_s=(max(call.end for call in calls) - calls[0].since).total_seconds(),
    )


def _calls(job: JobView, attempts: Sequence[AttemptView], now: datetime) -> list[_Call]:
    calls: list[_Call] = []
    for attempt in attempts:
        start = attempt.started_at
        before = [min(start, calls[-1].end)] if calls else []
        queued = [job.queued_at] if job.queued_at <= start else []
        since = max(before + queued, default=start)
        first = max(start, attempt.first_token_at) if attempt.first_token_at else None
        end = now if attempt.status == "sent" else attempt.ended_at or start
        end = max(end, first or start)
        calls.append(_Call(attempt, since, since in queued, start, first, end))
    return calls


def _scale(calls: Sequence[_Call]) -> tuple[dict[datetime, int], tuple[int, ...]]:
    """Where each moment is drawn, and where pauses are folded.

    A pause is drawn no longer than all calls together, or one of an hour would hide them.
    """
    called_s = sum((call.end - call.start).total_seconds() for call in calls)
    most_s = max(LEAST_FOLDED_S, called_s)
    moments = sorted({moment for call in calls for moment in _moments(call)})
    at_s, folded = {moments[0]: 0.0}, []
    for one, other in pairwise(moments):
        lasts_s = (other - one).total_seconds()
        is_pause = not any(call.start <= one and other <= call.end for call in calls)
        if is_pause and lasts_s > most_s:
            folded.append(at_s[one] + most_s / 2)
            lasts_s = most_s
        at_s[other] = at_s[one] + lasts_s
    unit = WIDTH / (at_s[moments[-1]] or 1)
    places = {moment: round(seconds * unit) for moment, seconds in at_s.items()}
    return places, tuple(round(seconds * unit) for seconds in folded)


def _moments(call: _Call) -> Iterable[datetime]:
    return [moment for moment in (call.since, call.start, call.first, call.end) if moment]


def _lane(call: _Call, at: dict[datetime, int]) -> Lane:
    until_first = call.first or call.end
    spans = [("queued", call.since, call.start), ("thinking", call.start, until_first)]
    if call.first:
        spans.append(("writing", call.first, call.end))
    waited_s = (call.start - call.since).total_seconds()
    return Lane(
        spans=tuple(_span(name, at[one], at[other]) for name, one, other in spans),
        attempt=call.attempt,
        queued_s=waited_s if call.is_queued else None,
        waited_s=None if call.is_queued or call.since == call.start else waited_s,
        first_s=(call.first - call.start).total_seconds() if call.first else None,
        tokens_per_s=_rate(call),
    )


def _span(name: str, start: int, end: int) -> Span:
    """Never too narrow to be seen, nor out of the drawing."""
    width = max(LEAST_WIDTH, end - start) if name != "queued" else end - start
    return Span(name, min(start, WIDTH - width), width)


def _rate(call: _Call) -> float | None:
    """Tokens a second while it wrote, where it was long enough to be measured."""
    tokens = call.attempt.output_tokens
    if call.first is None or not tokens or call.attempt.status == "sent":
        return None
    wrote_s = (call.end - call.first).total_seconds()
    return tokens / wrote_s if wrote_s >= LEAST_MEASURED_S else None
