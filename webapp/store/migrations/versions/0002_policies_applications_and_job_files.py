"""Policies of batches, the applications of a project, and uploaded job files."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_project = sa.table(
    "project", sa.column("id"), sa.column("facts", sa.JSON), sa.column("applications", sa.JSON)
)


def upgrade() -> None:
    """Apply the change."""
    op.create_table(
        "job_file",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["digest"], ["blob.digest"], name=op.f("fk_job_file_digest_blob")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job_file")),
    )
    policy = sa.Column("policy", sa.String(length=16), nullable=False, server_default="finish_all")
    op.add_column("batch", policy)
    op.add_column(
        "job",
        sa.Column("never_twice", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.add_column("job", sa.Column("application", sa.Text()))
    for name, empty in (("applications", "[]"), ("corrections", "{}")):
        op.add_column("project", sa.Column(name, sa.JSON(), nullable=False, server_default=empty))
    _take_facts_over()
    # Not by a batch operation: that drops the whole table, to which others refer.
    op.drop_column("project", "facts")


def _take_facts_over() -> None:
    """Until now a project was one application, at its top."""
    connection = op.get_bind()
    for row in connection.execute(sa.select(_project.c.id, _project.c.facts)).all():
        connection.execute(
            sa.update(_project)
            .where(_project.c.id == row.id)
            .values(applications=[["", row.facts]])
        )
