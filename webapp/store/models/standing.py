"""Runners, how models stand, what was learned of them, and what all processes share."""

from sqlalchemy import BigInteger, Column, Float, ForeignKey, Integer, String, Table, Text

from webapp.store.models.base import id_column, metadata
from webapp.store.utc_time import UtcTime

runner = Table(
    "runner",
    metadata,
    id_column(),
    Column("host", Text, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("started_at", UtcTime, nullable=False),
    Column("seen_at", UtcTime, nullable=False),
)

# How a runner stands with a model, or with a whole endpoint, where the model is empty.
endpoint_state = Table(
    "endpoint_state",
    metadata,
    Column("runner_id", ForeignKey("runner.id", ondelete="CASCADE"), primary_key=True),
    Column("endpoint", String(64), primary_key=True),
    Column("model", Text, primary_key=True),
    Column("cap", Integer),
    Column("in_flight", Integer, nullable=False),
    Column("per_s", Float),  # calls that may start in a second; None: not bounded
    Column("until", UtcTime),  # when calls may start again
    Column("why", Text),
    Column("seen_at", UtcTime, nullable=False),
)

# What answers have shown of a model, to foretell tokens and cost.
model_stat = Table(
    "model_stat",
    metadata,
    Column("endpoint", String(64), primary_key=True),
    Column("model", Text, primary_key=True),
    Column("kind", String(64), primary_key=True),
    Column("answers", BigInteger, nullable=False),
    Column("prompt_bytes", BigInteger, nullable=False),
    Column("input_tokens", BigInteger, nullable=False),
    Column("output_tokens", BigInteger, nullable=False),
    Column("least_output", Integer, nullable=False),
    Column("most_output", Integer, nullable=False),
)

# What all web servers of a cluster sign with; in a data folder it is a file.
secret = Table(
    "secret",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("value", Text, nullable=False),
)

counter = Table(
    "counter",
    metadata,
    Column("name", String(32), primary_key=True),  # cache_hits, cache_misses, cache_shared
    Column("value", BigInteger, nullable=False),
)
