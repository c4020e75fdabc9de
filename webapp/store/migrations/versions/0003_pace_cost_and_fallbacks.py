"""The pace of models, what calls cost, budgets, retries and fallbacks."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_job = sa.table("job", *map(sa.column, ("batch_id", "endpoint", "model")))
_batch = sa.table("batch", sa.column("id"), sa.column("models", sa.JSON))


def upgrade() -> None:
    """Apply the change."""
    for table, columns in {
        "batch": _of_batch(),
        "job": _of_job(),
        "attempt": _of_attempt(),
    }.items():
        for column in columns:
            op.add_column(table, column)
    _index_jobs("ix_job_queued_model", ["endpoint", "model", "batch_id"], "status = 'queued'")
    _index_jobs("ix_job_artifact_id", ["artifact_id"], "artifact_id IS NOT NULL")
    _name_models()
    op.drop_table("endpoint_state")  # a runner writes it anew every other second
    _create_endpoint_state()
    _create_model_stat()


def _index_jobs(name: str, columns: list[str], which: str) -> None:
    op.create_index(
        name, "job", columns, sqlite_where=sa.text(which), postgresql_where=sa.text(which)
    )


def _money(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False, server_default="0")


def _retries() -> sa.Column[str]:
    return sa.Column("retries", sa.String(length=8), nullable=False, server_default="default")


def _unpriced() -> sa.Column[int]:
    return sa.Column("unpriced", sa.Integer(), nullable=False, server_default="0")


def _of_batch() -> list[sa.Column[Any]]:
    return [
        sa.Column("models", sa.JSON(), nullable=False, server_default="[]"),
        _retries(),
        sa.Column("fallback_after_s", sa.Float()),
        sa.Column("budget", sa.BigInteger()),
        _money("reserved"),
        _money("cost"),
        _unpriced(),
    ]


def _of_job() -> list[sa.Column[Any]]:
    return [
        _retries(),
        sa.Column("reserve_tokens", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("reserve_cost", sa.BigInteger()),
        _money("cost"),
        _unpriced(),
        sa.Column("fallbacks", sa.JSON()),
        sa.Column("instead_of", sa.Text()),
    ]


def _of_attempt() -> list[sa.Column[Any]]:
    return [sa.Column("model", sa.Text()), sa.Column("cost", sa.BigInteger())]


def _name_models() -> None:
    """Until now a batch did not say which models it has."""
    connection = op.get_bind()
    models: dict[str, list[list[str]]] = {}
    for row in connection.execute(sa.select(_job).distinct()).all():
        models.setdefault(row.batch_id, []).append([row.endpoint, row.model])
    for batch_id, named in models.items():
        connection.execute(sa.update(_batch).where(_batch.c.id == batch_id).values(models=named))


def _create_endpoint_state() -> None:
    op.create_table(
        "endpoint_state",
        sa.Column("endpoint", sa.String(length=64), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("cap", sa.Integer()),
        sa.Column("in_flight", sa.Integer(), nullable=False),
        sa.Column("per_s", sa.Float()),
        sa.Column("until", sa.DateTime(timezone=True)),
        sa.Column("why", sa.Text()),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("endpoint", "model", name=op.f("pk_endpoint_state")),
    )


def _create_model_stat() -> None:
    sums = ("answers", "prompt_bytes", "input_tokens", "output_tokens")
    op.create_table(
        "model_stat",
        sa.Column("endpoint", sa.String(length=64), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in sums),
        sa.Column("least_output", sa.Integer(), nullable=False),
        sa.Column("most_output", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("endpoint", "model", "kind", name=op.f("pk_model_stat")),
    )
