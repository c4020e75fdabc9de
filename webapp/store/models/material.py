"""What comes in and what comes out: projects, job files, receipts, artifacts, and their texts."""

from sqlalchemy import JSON, Column, ForeignKey, Integer, LargeBinary, String, Table, Text

from webapp.store.models.base import id_column, metadata
from webapp.store.utc_time import UtcTime

blob = Table(
    "blob",
    metadata,
    Column("digest", String(64), primary_key=True),  # SHA-256 of the plain bytes
    Column("content", LargeBinary, nullable=False),  # zlib
)

project = Table(
    "project",
    metadata,
    id_column(),
    Column("name", Text, nullable=False),
    Column("left_out", JSON, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    # [[folder, [[name, value, path, line], …]], …]
    Column("applications", JSON, nullable=False, server_default="[]"),
    # {folder: {name: [value, …]}}; what the user says wins over what was found
    Column("corrections", JSON, nullable=False, server_default="{}"),
    # [[path, line, what, what stands there instead, or null], …] of secrets in its files
    Column("masks", JSON, nullable=False, server_default="[]"),
)

job_file = Table(
    "job_file",
    metadata,
    id_column(),
    Column("name", Text, nullable=False),
    Column("digest", ForeignKey("blob.digest"), nullable=False),
    Column("created_at", UtcTime, nullable=False),
)

project_file = Table(
    "project_file",
    metadata,
    Column("project_id", ForeignKey("project.id"), primary_key=True),
    Column("path", Text, primary_key=True),
    Column("digest", ForeignKey("blob.digest"), nullable=False),
    Column("tokens", Integer, nullable=False),
)

receipt = Table(
    "receipt",
    metadata,
    Column("id", String(64), primary_key=True),  # SHA-256 over parts and the paths of files
    Column("parts", JSON, nullable=False),  # [[role, title, digest], …]
    # [[path, digest, bytes, tokens], …] of the project files as they are in it
    Column("sent", JSON, nullable=False, server_default="[]"),
    Column("masks", JSON, nullable=False, server_default="[]"),  # as in `project`, of these files
    Column("facts", String(64)),  # the blob of the facts that an artifact has to honour
)

artifact = Table(
    "artifact",
    metadata,
    id_column(),
    Column("files", JSON, nullable=False),  # [[path, digest, bytes], …]
    Column("notes", JSON, nullable=False),
    Column("findings", JSON, nullable=False),  # [[rule, severity, path, line, message], …]
    Column("created_at", UtcTime, nullable=False),
    Column("honoured", JSON, nullable=False, server_default="{}"),  # {fact: whether, …}
    Column("score", Integer),
)
