"""What pages that compare read: the two sides, and what else may be compared with one of them."""

from collections.abc import Mapping
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Row, Select, select

from webapp.domain.artifact import ArtifactFile
from webapp.domain.batch import JobStatus
from webapp.domain.errors import JobNotFound, NotFound, SideNotFound, SidesUnreadable
from webapp.domain.sides import Side, SideAddress, SideKind, Suggestion
from webapp.domain.views import JobView
from webapp.store import artifacts, blobs
from webapp.store.database import Store
from webapp.store.models import attempt, batch, job, project, project_file, receipt
from webapp.store.views import JOB_COLUMNS, job_view

MOST = 8  # suggestions of each sort


def read(store: Store, texts: Mapping[str, str]) -> dict[str, Side]:
    """The sides at these addresses, by the same keys; SidesUnreadable if one cannot be read."""
    sides: dict[str, Side] = {}
    errors: dict[str, str] = {}
    is_missing = True
    with store.read() as connection:
        for key, text in texts.items():
            try:
                sides[key] = _side(connection, SideAddress.parse(text))
            except NotFound as error:
                errors[key] = error.sentence
            except ValueError as error:
                errors[key] = str(error)
                is_missing = False
    if errors:
        raise SidesUnreadable(errors, is_missing=is_missing)
    return sides


def _side(connection: Connection, address: SideAddress) -> Side:
    if address.kind is SideKind.FILE:
        return _project_file(connection, address)
    row = connection.execute(_jobs().where(job.c.id == address.id)).one_or_none()
    if row is None:
        raise JobNotFound(address.id)
    artifact_id = row.artifact_id if address.kind is SideKind.JOB else _round(connection, address)
    # The first answer of a job without rounds is its artifact.
    if artifact_id is None and address.kind is SideKind.ROUND and not (address.round or row.round):
        artifact_id = row.artifact_id
    if artifact_id is None:
        raise SideNotFound(_nothing(address, row))
    title = connection.scalar(select(batch.c.title).where(batch.c.id == row.batch_id)) or ""
    return Side(address, artifacts.load(connection, artifact_id).files, title, _view(row))


def _nothing(address: SideAddress, row: Row[Any]) -> str:
    if address.kind is SideKind.ROUND:
        return f"Job {row.seq} has no answer of round {address.round}."
    if JobStatus(row.status).is_open:
        return f"Job {row.seq} is {row.status}: it has no files yet."
    return f"Job {row.seq} is {row.status}: it has no files."


def _round(connection: Connection, address: SideAddress) -> str | None:
    """The artifact of a round; of several tries the last."""
    query = (
        select(attempt.c.artifact_id)
        .where(
            attempt.c.job_id == address.id,
            attempt.c.round == address.round,
            attempt.c.artifact_id.is_not(None),
        )
        .order_by(attempt.c.id.desc())
        .limit(1)
    )
    return connection.scalar(query)


def _project_file(connection: Connection, address: SideAddress) -> Side:
    query = (
        select(project.c.name, project_file.c.digest)
        .join_from(project, project_file)
        .where(project.c.id == address.id, project_file.c.path == address.path)
    )
    row = connection.execute(query).one_or_none()
    if row is None:
        raise SideNotFound(f"Project {address.id} has no file {address.path}, or is not there.")
    content = blobs.get(connection, [row.digest])[row.digest]
    return Side(address, (ArtifactFile(address.path, content),), row.name)


def _jobs() -> Select[Any]:
    return select(*JOB_COLUMNS).join_from(job, batch)


def _view(row: Row[Any]) -> JobView:
    return job_view(row, row.reason, row.detail)


def latest(store: Store) -> list[Suggestion]:
    """The newest jobs that have files."""
    with store.read() as connection:
        return _found(connection, _jobs().order_by(job.c.id.desc()))


def suggestions(store: Store, side: Side) -> list[Suggestion]:
    """What may well be compared with a side, besides itself.

    With a job: others of its batch and kind, its rounds, and of the project the files in place of
    which it writes its own, and those it was sent. With a file: the newest jobs of its project.
    """
    with store.read() as connection:
        if side.job is None:
            of_project = _jobs().where(batch.c.project_id == side.address.id)
            found = _found(connection, of_project.order_by(job.c.id.desc()))
        else:
            found = [
                *_found(connection, _siblings(side.job)),
                *_rounds(connection, side.job),
                *dict.fromkeys(_replaced(connection, side.job, side) + _sent(connection, side.job)),
            ]
    return [each for each in found if each.address != side.address]


def _found(connection: Connection, query: Select[Any]) -> list[Suggestion]:
    rows = connection.execute(query.where(job.c.artifact_id.is_not(None)).limit(MOST))
    return [Suggestion(SideAddress(SideKind.JOB, row.id), _view(row)) for row in rows]


def _siblings(own: JobView) -> Select[Any]:
    """The jobs of one batch, kind, target and application: with each step, and without."""
    return (
        _jobs()
        .where(
            job.c.batch_id == own.batch_id,
            job.c.kind == own.kind.kind,
            job.c.target.is_not_distinct_from(own.kind.target),
            job.c.application.is_not_distinct_from(own.application),
        )
        .order_by(job.c.seq)
    )


def _rounds(connection: Connection, own: JobView) -> list[Suggestion]:
    query = (
        select(attempt.c.round)
        .where(attempt.c.job_id == own.id, attempt.c.artifact_id.is_not(None))
        .distinct()
        .order_by(attempt.c.round)
    )
    rounds = connection.scalars(query.limit(MOST)).all()
    return [Suggestion(SideAddress(SideKind.ROUND, own.id, round=number)) for number in rounds]


def _replaced(connection: Connection, own: JobView, side: Side) -> list[Suggestion]:
    """Files of the project that have the paths of the job's."""
    query = (
        select(project_file.c.project_id, project_file.c.path)
        .join(batch, batch.c.project_id == project_file.c.project_id)
        .where(
            batch.c.id == own.batch_id,
            project_file.c.path.in_([file.path for file in side.files][:MOST]),
        )
        .order_by(project_file.c.path)
    )
    return [
        Suggestion(SideAddress(SideKind.FILE, row.project_id, path=row.path))
        for row in connection.execute(query)
    ]


def _sent(connection: Connection, own: JobView) -> list[Suggestion]:
    """Files of the project that the model of a job has seen."""
    query = (
        select(receipt.c.sent, batch.c.project_id)
        .select_from(job)
        .join(receipt, receipt.c.id == job.c.receipt_id)
        .join(batch, batch.c.id == job.c.batch_id)
        .where(job.c.id == own.id, batch.c.project_id.is_not(None))
    )
    row = connection.execute(query).one_or_none()
    if row is None:
        return []
    addresses = (SideAddress(SideKind.FILE, row.project_id, path=path) for path, *_ in row.sent)
    return [Suggestion(address) for address in islice(addresses, MOST)]
