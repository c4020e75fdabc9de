"""Repair rounds, what was sent and masked, scores, and jobs that take the artifact of another."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_OPEN_KEY = "ix_job_open_key"
_TO_COMPARE = "comparable AND NOT compared AND finished_at IS NOT NULL"
_OPEN = "status IN ('queued', 'running', 'checking', 'repairing')"


def upgrade() -> None:
    """Apply the change."""
    for table, columns in {
        "project": [_list("masks")],
        "batch": _of_batch(),
        "receipt": [_list("sent"), _list("masks"), sa.Column("facts", sa.String(length=64))],
        "artifact": _of_artifact(),
        "job": _of_job(),
        "attempt": _of_attempt(),
    }.items():
        for column in columns:
            op.add_column(table, column)
    _name_what_was_sent()
    op.drop_index(_OPEN_KEY, "job")
    _index(_OPEN_KEY, "job", ["cache_key"], _OPEN)
    _index("ix_job_dependent", "job", ["id"], "reason = 'dependency'")
    _index("ix_batch_to_compare", "batch", ["id"], _TO_COMPARE)


def _name_what_was_sent() -> None:
    """Until now a receipt had the paths of the files alone."""
    receipt = sa.table(
        "receipt", sa.column("id"), sa.column("paths", sa.JSON), sa.column("sent", sa.JSON)
    )
    connection = op.get_bind()
    for row in connection.execute(sa.select(receipt.c.id, receipt.c.paths)).all():
        sent = [[path, None, None, None] for path in row.paths]
        connection.execute(sa.update(receipt).where(receipt.c.id == row.id).values(sent=sent))
    op.drop_column("receipt", "paths")


def _index(name: str, table: str, columns: list[str], which: str) -> None:
    op.create_index(
        name, table, columns, sqlite_where=sa.text(which), postgresql_where=sa.text(which)
    )


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=False, server_default="0")


def _list(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.JSON(), nullable=False, server_default="[]")


def _of_batch() -> list[sa.Column[Any]]:
    return [
        _number("repairing"),
        _number("repair_rounds"),
        sa.Column("comparable", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("compared", sa.Boolean(), nullable=False, server_default=sa.false()),
    ]


def _of_artifact() -> list[sa.Column[Any]]:
    honoured = sa.Column("honoured", sa.JSON(), nullable=False, server_default="{}")
    return [honoured, sa.Column("score", sa.Integer())]


def _of_job() -> list[sa.Column[Any]]:
    return [
        _number("round"),
        _number("rounds_left"),
        sa.Column("repair_receipt_id", sa.String(length=64)),
        sa.Column("score", sa.Integer()),
        sa.Column("disagreements", sa.JSON()),
        sa.Column("step", sa.String(length=16)),
        sa.Column("depends_on", sa.String(length=26)),
        sa.Column("input_id", sa.String(length=26)),
        sa.Column("draft_receipt_id", sa.String(length=64)),
        sa.Column("draft_key", sa.String(length=64)),
    ]


def _of_attempt() -> list[sa.Column[Any]]:
    return [
        _number("round"),
        sa.Column("receipt_id", sa.String(length=64)),
        sa.Column("base_id", sa.String(length=26)),
        sa.Column("artifact_id", sa.String(length=26)),
    ]
