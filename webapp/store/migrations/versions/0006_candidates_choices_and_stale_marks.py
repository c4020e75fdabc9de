"""Candidates for one artifact, the user's choice among them, and what has changed since."""

from itertools import groupby
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_job = sa.table(
    "job",
    *map(sa.column, ("id", "batch_id", "seq", "name", "kind", "target", "step", "application")),
    sa.column("candidate_of"),
)
_batch = sa.table("batch", sa.column("id"), sa.column("kinds", sa.JSON))


def upgrade() -> None:
    """Apply the change."""
    kinds = sa.Column("kinds", sa.JSON(), nullable=False, server_default="[]")
    op.add_column("batch", kinds)
    for name in ("added_paths", "left_out_paths"):
        op.add_column("batch", sa.Column(name, sa.JSON()))
    op.add_column("batch", sa.Column("templates", sa.String(length=64)))
    op.add_column("batch", sa.Column("saved", sa.BigInteger(), nullable=False, server_default="0"))
    first = sa.Column("candidate_of", sa.Integer(), nullable=False, server_default="0")
    op.add_column("job", first)
    for name in ("chosen", "stale"):
        op.add_column("job", _mark(name))
    _index("ix_job_candidates", ["batch_id", "candidate_of"], "candidate_of <> seq")
    _index("ix_job_stale", ["batch_id"], "stale")
    _index("ix_job_failed", ["batch_id", "reason"], "status = 'failed'")
    _tell_of_what_is_there()


def _tell_of_what_is_there() -> None:
    """Which jobs were asked for the same, and the kinds of each batch."""
    connection = op.get_bind()
    rows = connection.execute(sa.select(_job).order_by(_job.c.batch_id, _job.c.seq)).all()
    for batch_id, jobs in groupby(rows, key=lambda row: row.batch_id):
        firsts: dict[tuple[Any, ...], int] = {}
        kinds: dict[str, None] = {}
        for row in jobs:
            # Jobs of a job file have briefs of their own.
            asked = (row.kind, row.target, row.step, row.application, row.name)
            first = firsts.setdefault(asked, row.seq)
            connection.execute(
                sa.update(_job).where(_job.c.id == row.id).values(candidate_of=first)
            )
            kinds[_kind(row)] = None
        connection.execute(
            sa.update(_batch).where(_batch.c.id == batch_id).values(kinds=list(kinds))
        )


def _mark(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false())


def _index(name: str, columns: list[str], which: str) -> None:
    where = sa.text(which)
    op.create_index(name, "job", columns, sqlite_where=where, postgresql_where=where)


def _kind(row: sa.Row[Any]) -> str:
    kind = f"{row.kind}@{row.target}" if row.target else str(row.kind)
    return f"{kind}+{row.step}" if row.step else kind
