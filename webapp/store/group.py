"""Applying a group of operations in one transaction, one statement a kind of change."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Update, bindparam, select

from webapp.store.models import batch
from webapp.store.moves import Move


class Fenced(Exception):
    """An operation in a group acts under a claim that is over."""


@dataclass(slots=True)
class Used:
    """What an endpoint has taken within a minute."""

    requests: int
    tokens: int


@dataclass(slots=True)
class Group:
    """One transaction: the version each batch will have, and how it moves.

    `rooms` holds what the batches with a budget may still spend, in micro-dollars, and `used` what
    the endpoints whose allowance was asked for have taken. With `is_again` the same operations may
    have been committed before: the database went away and did not say. With `is_shared` other
    runners call for the same batches. `call_lanes` is told of batches in which jobs wait again.
    """

    connection: Connection
    runner_id: str
    call_lanes: Callable[[Connection, str], None]
    is_again: bool = False
    is_shared: bool = False
    versions: dict[str, int] = field(default_factory=dict)
    rooms: dict[str, int] = field(default_factory=dict)
    used: dict[str, Used] = field(default_factory=dict)
    running: dict[str, int] = field(default_factory=dict)  # calls that may still settle
    moves: defaultdict[str, Move] = field(default_factory=lambda: defaultdict(Move))
    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    def change(self, statement: Update, rows: Sequence[dict[str, Any]]) -> bool:
        """Run a conditional update; False for a single row that is fenced off.

        Raises Fenced if some of several rows are: the group is then applied one by one.
        """
        changed = self.connection.execute(statement, list(rows)).rowcount
        if changed != len(rows) and len(rows) > 1:
            raise Fenced
        return changed == len(rows)

    def touch(self, batch_id: str) -> None:
        """Give a batch a new version though none of its jobs changes its status."""
        self.moves[batch_id]

    def hold(self, batch_id: str, cost: int) -> None:
        """Hold so much of a budget for a call, or with a negative number give it back."""
        if batch_id in self.rooms:
            self.rooms[batch_id] -= cost
            self.moves[batch_id].reserved += cost

    def spend(self, batch_id: str, reserved: int, cost: int | None) -> None:
        """Settle a call; while nobody knows what it cost, what was held for it stays held."""
        move = self.moves[batch_id]
        if cost is None:
            move.unpriced += 1
            return
        self.hold(batch_id, -reserved)
        move.cost += cost
        if batch_id in self.rooms:
            self.rooms[batch_id] -= cost


_LOCKED = (
    select(
        batch.c.id,
        batch.c.version,
        batch.c.running + batch.c.repairing,
        batch.c.budget - batch.c.cost - batch.c.reserved,
    )
    .where(batch.c.id.in_(bindparam("ids", expanding=True)))
    .order_by(batch.c.id)
    .with_for_update()
)


def lock(group: Group, batch_ids: set[str]) -> None:
    """Hold the batches a group changes, and say which version each will have."""
    if not batch_ids:
        return
    found = group.connection.execute(_LOCKED, {"ids": sorted(batch_ids)})
    for batch_id, version, running, room in found:
        group.versions[batch_id] = version + 1
        group.running[batch_id] = running
        if room is not None:
            group.rooms[batch_id] = room
