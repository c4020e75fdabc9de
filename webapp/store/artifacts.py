"""Artifacts between their table and the values the rest of the product uses."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, select

from webapp.domain.artifact import Artifact, ArtifactFile, Finding, Severity
from webapp.store import blobs
from webapp.store.models import artifact


def save(connection: Connection, items: Sequence[tuple[str, Artifact]]) -> None:
    """Store artifacts under the ids given; an id that is stored already is left alone."""
    texts = {blobs.digest_of(file.content): file.content for _, a in items for file in a.files}
    blobs.put(connection, texts)
    rows = [_row(artifact_id, item) for artifact_id, item in items]
    connection.execute(blobs.insert_missing(connection, artifact), rows)


def _row(artifact_id: str, item: Artifact) -> dict[str, Any]:
    return {
        "id": artifact_id,
        "files": [
            [file.path, blobs.digest_of(file.content), len(file.content.encode())]
            for file in item.files
        ],
        "notes": list(item.notes),
        "findings": dump_findings(item.findings),
        "created_at": datetime.now(UTC),
        "honoured": dict(item.honoured),
        "score": item.score,
    }


def dump_findings(findings: Sequence[Finding]) -> list[list[Any]]:
    """Findings as a column holds them."""
    return [[f.rule, f.severity, f.path, f.line, f.message] for f in findings]


def load_findings(stored: Sequence[Sequence[Any]] | None) -> tuple[Finding, ...]:
    """Findings out of a column."""
    return tuple(
        Finding(rule, Severity(severity), path, line, message)
        for rule, severity, path, line, message in stored or ()
    )


def load(connection: Connection, artifact_id: str) -> Artifact:
    """One stored artifact with the text of its files."""
    row = connection.execute(select(artifact).where(artifact.c.id == artifact_id)).one()
    texts = blobs.get(connection, [digest for _, digest, _ in row.files])
    return Artifact(
        files=tuple(ArtifactFile(path, texts[digest]) for path, digest, _ in row.files),
        notes=tuple(row.notes),
        findings=load_findings(row.findings),
        honoured=row.honoured,
        score=row.score,
    )


def stored(connection: Connection, artifact_ids: Sequence[str]) -> set[str]:
    """Those of the ids that are stored."""
    found: set[str] = set()
    for chunk in blobs.chunks(artifact_ids):
        found.update(connection.scalars(select(artifact.c.id).where(artifact.c.id.in_(chunk))))
    return found
