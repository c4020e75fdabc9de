"""How a transaction changes its batches: counters, sums and the version, in one statement."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Integer,
    Update,
    bindparam,
    case,
    func,
    update,
)

from webapp.domain.batch import CALLING, JobStatus
from webapp.store.models import batch


@dataclass(slots=True)
class Move:
    """How one transaction changes a batch: counters by status, and sums."""

    counts: dict[JobStatus, int] = field(default_factory=dict)
    cached: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    call_s: float = 0.0
    peak_in_flight: int = 0
    started_at: datetime | None = None
    reserved: int = 0
    cost: int = 0
    unpriced: int = 0

    @property
    def calling(self) -> int:
        """How many more calls are under way after it."""
        return sum(self.counts.get(status, 0) for status in CALLING)

    def shift(self, old: JobStatus | None, new: JobStatus, number: int = 1) -> None:
        """Count jobs out of one status and into another."""
        if old is not None:
            self.counts[old] = self.counts.get(old, 0) - number
        self.counts[new] = self.counts.get(new, 0) + number


def _moved() -> Update:
    after = {s: batch.c[s] + bindparam(f"d_{s}") for s in JobStatus}
    still_open = sum((after[s] for s in JobStatus if s.is_open), start=_zero())
    peak = bindparam("peak", type_=Integer)
    return (
        update(batch)
        .where(batch.c.id == bindparam("batch_id"))
        .values(
            {batch.c[status]: value for status, value in after.items()}
            | {
                batch.c.version: batch.c.version + 1,
                batch.c.cached: batch.c.cached + bindparam("d_cached"),
                batch.c.input_tokens: batch.c.input_tokens + bindparam("d_input"),
                batch.c.output_tokens: batch.c.output_tokens + bindparam("d_output"),
                batch.c.call_s: batch.c.call_s + bindparam("d_call_s"),
                batch.c.reserved: batch.c.reserved + bindparam("d_reserved"),
                batch.c.cost: batch.c.cost + bindparam("d_cost"),
                batch.c.unpriced: batch.c.unpriced + bindparam("d_unpriced"),
                batch.c.peak_in_flight: case(
                    (batch.c.peak_in_flight < peak, peak), else_=batch.c.peak_in_flight
                ),
                batch.c.started_at: _first(batch.c.started_at, "started"),
                # What is only judged later was finished when its last job was.
                batch.c.finished_at: case((still_open == 0, _first(batch.c.finished_at, "now"))),
            }
        )
    )


def _first(column: Column[Any], parameter: str) -> ColumnElement[Any]:
    """What a column holds already, else the parameter."""
    return func.coalesce(column, bindparam(parameter, type_=column.type))


def _zero() -> ColumnElement[int]:
    return batch.c.queued * 0


_MOVED = _moved()


def apply_moves(connection: Connection, moves: Mapping[str, Move]) -> None:
    """Shift the counters of batches and bump their versions: the only statement that does.

    The rows go in the order of their ids, so that no two writers can deadlock.
    """
    now = datetime.now(UTC)
    rows = [_move_row(batch_id, moves[batch_id], now) for batch_id in sorted(moves)]
    if rows:
        connection.execute(_MOVED, rows)


def _move_row(batch_id: str, move: Move, now: datetime) -> dict[str, Any]:
    return {
        "batch_id": batch_id,
        **{f"d_{status}": move.counts.get(status, 0) for status in JobStatus},
        "d_cached": move.cached,
        "d_input": move.input_tokens,
        "d_output": move.output_tokens,
        "d_call_s": move.call_s,
        "d_reserved": move.reserved,
        "d_cost": move.cost,
        "d_unpriced": move.unpriced,
        "peak": move.peak_in_flight,
        "started": move.started_at,
        "now": now,
    }
