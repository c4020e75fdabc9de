"""Which runner holds a job, how each stands with its models, a common secret, and a queue."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the change."""
    op.add_column("job", sa.Column("runner_id", sa.String(length=26)))
    op.drop_table("endpoint_state")  # a runner writes it anew every other second
    _create_endpoint_state()
    op.create_table(
        "secret",
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_secret")),
    )
    if op.get_bind().dialect.name == "postgresql":
        _create_queue()


def _create_endpoint_state() -> None:
    op.create_table(
        "endpoint_state",
        sa.Column("runner_id", sa.String(length=26), nullable=False),
        sa.Column("endpoint", sa.String(length=64), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("cap", sa.Integer()),
        sa.Column("in_flight", sa.Integer(), nullable=False),
        sa.Column("per_s", sa.Float()),
        sa.Column("until", sa.DateTime(timezone=True)),
        sa.Column("why", sa.Text()),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["runner_id"],
            ["runner.id"],
            name=op.f("fk_endpoint_state_runner_id_runner"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("runner_id", "endpoint", "model", name=op.f("pk_endpoint_state")),
    )


def _create_queue() -> None:
    """Procrastinate's tables as version 3.10 makes them; a later one brings a revision of ours."""
    from procrastinate.schema import SchemaManager

    # By the driver: these are many statements, and their percent signs are no parameters.
    driver = op.get_bind().connection.driver_connection
    if driver is not None:
        driver.execute(SchemaManager.get_schema())
