"""Applying a group of operations in one transaction, one statement a kind of change."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Update, select

from webapp.store.models import batch
from webapp.store.moves import Move


class Fenced(Exception):
    """An operation in a group acts under a claim that is over."""


@dataclass(slots=True)
class Group:
    """One transaction: the version each batch will have, and how it moves."""

    connection: Connection
    versions: dict[str, int] = field(default_factory=dict)
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


def lock(group: Group, batch_ids: set[str]) -> None:
    """Hold the batches a group changes, and say which version each will have."""
    found = group.connection.execute(
        select(batch.c.id, batch.c.version)
        .where(batch.c.id.in_(sorted(batch_ids)))
        .order_by(batch.c.id)
        .with_for_update()
    )
    group.versions = {batch_id: version + 1 for batch_id, version in found}
