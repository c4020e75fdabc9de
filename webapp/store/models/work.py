"""Batches, their jobs, and the calls that were made for them."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
)

from webapp.store.models.base import id_column, metadata, partial_index
from webapp.store.utc_time import UtcTime

batch = Table(
    "batch",
    metadata,
    id_column(),
    Column("title", Text, nullable=False),
    Column("brief", Text, nullable=False),
    Column("mode", String(8), nullable=False),
    Column("concurrency", Integer, nullable=False),
    Column("project_id", ForeignKey("project.id")),
    Column("submit_key", String(64), unique=True),
    # Grows with every change of the batch or of one of its jobs, in the same transaction.
    Column("version", BigInteger, nullable=False),
    Column("queued", Integer, nullable=False, default=0),
    Column("running", Integer, nullable=False, default=0),
    Column("checking", Integer, nullable=False, default=0),
    Column("succeeded", Integer, nullable=False, default=0),
    Column("failed", Integer, nullable=False, default=0),
    Column("parked", Integer, nullable=False, default=0),
    Column("cancelled", Integer, nullable=False, default=0),
    Column("cached", Integer, nullable=False, default=0),
    Column("input_tokens", BigInteger, nullable=False, default=0),
    Column("output_tokens", BigInteger, nullable=False, default=0),
    Column("peak_in_flight", Integer, nullable=False, default=0),
    Column("call_s", Float, nullable=False, default=0.0),
    Column("created_at", UtcTime, nullable=False),
    Column("started_at", UtcTime),
    Column("finished_at", UtcTime),
    Column("policy", String(16), nullable=False, server_default="finish_all"),
    Column("models", JSON, nullable=False, server_default="[]"),  # [[endpoint, model], …]
    Column("retries", String(8), nullable=False, server_default="default"),
    Column("fallback_after_s", Float),  # None where there are no fallbacks
    # Money is in micro-dollars. `reserved` is held for calls in flight, and for those that nobody
    # knows the cost of; `unpriced` counts the latter.
    Column("budget", BigInteger),
    Column("reserved", BigInteger, nullable=False, server_default="0"),
    Column("cost", BigInteger, nullable=False, server_default="0"),
    Column("unpriced", Integer, nullable=False, server_default="0"),
    Column("repairing", Integer, nullable=False, server_default="0"),
    Column("repair_rounds", Integer, nullable=False, server_default="0"),  # of a job, at most
    # Whether its artifacts can be compared with each other, and were since it was finished.
    Column("comparable", Boolean, nullable=False, server_default=false()),
    Column("compared", Boolean, nullable=False, server_default=false()),
    Column("kinds", JSON, nullable=False, server_default="[]"),  # as `KIND@TARGET+STEP`
    # What the user ticked and unticked of the project's files; None of older batches.
    Column("added_paths", JSON),
    Column("left_out_paths", JSON),
    Column("templates", String(64)),  # the digest of all templates when it was looked at last
    Column("saved", BigInteger, nullable=False, server_default="0"),  # what the cache spared
    partial_index(
        "ix_batch_to_compare", "id", where="comparable AND NOT compared AND finished_at IS NOT NULL"
    ),
    partial_index("ix_batch_open", "id", where="finished_at IS NULL"),
)

job = Table(
    "job",
    metadata,
    id_column(),
    Column("batch_id", ForeignKey("batch.id"), nullable=False),
    Column("seq", Integer, nullable=False),  # from 1, in the order of the submit
    Column("name", String(64)),
    Column("kind", String(64), nullable=False),
    Column("target", String(64)),
    Column("endpoint", String(64), nullable=False),
    Column("model", Text, nullable=False),
    Column("max_tokens", Integer, nullable=False),
    Column("temperature", Float),
    Column("seed", BigInteger),
    Column("sample", Integer, nullable=False),
    Column("receipt_id", ForeignKey("receipt.id"), nullable=False),
    Column("cache_key", String(64), nullable=False),
    Column("fresh", Boolean, nullable=False),
    Column("status", String(16), nullable=False),
    Column("reason", String(32)),
    Column("detail", Text),
    # Grows with every claim; every write of a runner names the claim it acts under.
    Column("claim_no", Integer, nullable=False, default=0),
    Column("tries", Integer, nullable=False, default=0),
    Column("crashes", Integer, nullable=False, default=0),
    Column("not_before", UtcTime),
    Column("version", BigInteger, nullable=False),
    # Deferred: the job is changed first, since a fenced change must leave nothing behind.
    Column("artifact_id", ForeignKey("artifact.id", deferrable=True, initially="DEFERRED")),
    Column("input_tokens", Integer),
    Column("output_tokens", Integer),
    Column("errors", Integer, nullable=False, default=0),
    Column("warnings", Integer, nullable=False, default=0),
    Column("notes", Integer, nullable=False, default=0),
    Column("partial", Text),  # the answer so far, while it streams
    Column("queued_at", UtcTime, nullable=False),
    Column("started_at", UtcTime),
    Column("finished_at", UtcTime),
    # Whether a call whose outcome nobody knows is left to a person instead of being repeated.
    Column("never_twice", Boolean, nullable=False, server_default=false()),
    Column("application", Text),  # the folder of the one it is for; None where it is for all
    Column("retries", String(8), nullable=False, server_default="default"),
    Column("reserve_tokens", Integer, nullable=False, server_default="0"),  # of one call, at most
    Column("reserve_cost", BigInteger),  # None: nobody knows
    Column("cost", BigInteger, nullable=False, server_default="0"),  # of all its calls
    Column("unpriced", Integer, nullable=False, server_default="0"),  # calls, as in `batch`
    Column("fallbacks", JSON),  # what is left of them, as `store.fallbacks` writes it
    Column("instead_of", Text),  # the model that was asked for, where another one answers
    Column("runner_id", String(26)),  # who claimed it last
    Column("round", Integer, nullable=False, server_default="0"),  # 1 is the first repair
    Column("rounds_left", Integer, nullable=False, server_default="0"),
    Column("repair_receipt_id", String(64)),  # what is sent in a round of repair
    Column("score", Integer),  # from 0 to 100
    Column("disagreements", JSON),  # with the other artifacts of its batch, as `findings`
    Column("step", String(16)),  # what it does to the artifact it starts from
    Column("depends_on", String(26)),  # the job whose artifact it starts from
    Column("input_id", String(26)),  # that artifact
    # What its receipt and its key were before that artifact was there.
    Column("draft_receipt_id", String(64)),
    Column("draft_key", String(64)),
    # The first job of the batch that was asked for the same: both are candidates for one artifact.
    Column("candidate_of", Integer, nullable=False, server_default="0"),
    Column("chosen", Boolean, nullable=False, server_default=false()),  # by the user
    # Whether it would be asked otherwise now: a file, a fact or a template has changed since.
    Column("stale", Boolean, nullable=False, server_default=false()),
    UniqueConstraint("batch_id", "seq"),
    Index("ix_job_batch_id_version", "batch_id", "version"),
    partial_index("ix_job_queued", "batch_id", "seq", where="status = 'queued'"),
    partial_index("ix_job_held_back", "batch_id", where="status = 'queued' AND reason IS NOT NULL"),
    partial_index(
        "ix_job_open_key",
        "cache_key",
        where="status IN ('queued', 'running', 'checking', 'repairing')",
    ),
    partial_index("ix_job_dependent", "id", where="reason = 'dependency'"),
    # Most jobs of a job file are asked for what no other is.
    partial_index("ix_job_candidates", "batch_id", "candidate_of", where="candidate_of <> seq"),
    partial_index("ix_job_failed", "batch_id", "reason", where="status = 'failed'"),
    partial_index("ix_job_stale", "batch_id", where="stale"),
    # Else the deferred key of an artifact is looked for in the whole table at each insert of one.
    partial_index("ix_job_artifact_id", "artifact_id", where="artifact_id IS NOT NULL"),
    partial_index(
        "ix_job_queued_model", "endpoint", "model", "batch_id", where="status = 'queued'"
    ),
)

attempt = Table(
    "attempt",
    metadata,
    id_column(),
    Column("job_id", ForeignKey("job.id"), nullable=False, index=True),
    Column("claim_no", Integer, nullable=False),
    Column("status", String(16), nullable=False),  # sent, ok, error, undecided
    Column("http_status", Integer),
    Column("request_id", Text),
    Column("error_kind", String(32)),
    Column("sentence", Text),
    Column("provider_message", Text),
    Column("finish_reason", String(16)),
    Column("input_tokens", Integer),
    Column("output_tokens", Integer),
    Column("raw_digest", ForeignKey("blob.digest")),
    Column("started_at", UtcTime, nullable=False),
    Column("first_token_at", UtcTime),
    Column("ended_at", UtcTime),
    Column("model", Text),  # ENDPOINT:MODEL
    Column("cost", BigInteger),
    Column("round", Integer, nullable=False, server_default="0"),  # of its job
    Column("receipt_id", String(64)),  # what was sent, where that is not the receipt of its job
    Column("base_id", String(26)),  # the artifact it was to mend
    Column("artifact_id", String(26)),  # what its answer was, where there are several rounds
    partial_index("ix_attempt_sent", "job_id", where="status = 'sent'"),
)
