"""Uploaded projects: their files as blobs, their facts as JSON."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update
from ulid import ULID

from webapp.domain.errors import ProjectNotFound
from webapp.domain.project import (
    Application,
    Corrections,
    Fact,
    FactName,
    Facts,
    LeftOut,
    Mask,
    ProjectFile,
    ProjectView,
    Upload,
)
from webapp.store import blobs
from webapp.store.database import Store
from webapp.store.models import project, project_file


def add(store: Store, upload: Upload) -> ProjectView:
    """Store an upload; nothing of it is kept if anything fails."""
    project_id = str(ULID())
    digests = {file.path: blobs.digest_of(file.content) for file in upload.files}
    with store.write() as connection:
        blobs.put(connection, {digests[file.path]: file.content for file in upload.files})
        connection.execute(
            insert(project).values(
                id=project_id,
                name=upload.name,
                applications=[_application_json(each) for each in upload.applications],
                left_out=[[entry.path, entry.why] for entry in upload.left_out],
                masks=[[each.path, each.line, each.what, each.name] for each in upload.masks],
                created_at=datetime.now(UTC),
            )
        )
        rows = [
            {
                "project_id": project_id,
                "path": file.path,
                "digest": digests[file.path],
                "tokens": file.tokens,
            }
            for file in upload.files
        ]
        if rows:
            connection.execute(insert(project_file), rows)
        return view(connection, project_id)


def view(connection: Connection, project_id: str) -> ProjectView:
    """A project without its contents; ProjectNotFound if there is none."""
    row = _row(connection, project_id)
    files = connection.execute(
        select(project_file.c.path, project_file.c.tokens)
        .where(project_file.c.project_id == project_id)
        .order_by(project_file.c.path)
    )
    return ProjectView(
        id=project_id,
        name=row.name,
        files=tuple((path, tokens) for path, tokens in files),
        left_out=tuple(LeftOut(path, why) for path, why in row.left_out),
        applications=tuple(
            _application(folder, facts, row.corrections.get(folder, {}))
            for folder, facts in row.applications
        ),
        masks=tuple(Mask(*each) for each in row.masks),
    )


def correct(store: Store, project_id: str, said: Mapping[str, Corrections]) -> None:
    """Keep what the user says of applications, by folder, in the place of all they said before."""
    corrections = {folder: dict(names) for folder, names in said.items() if names}
    with store.write() as connection:
        changed = connection.execute(
            update(project).where(project.c.id == project_id).values(corrections=corrections)
        ).rowcount
    if not changed:
        raise ProjectNotFound(project_id)


def found(store: Store, project_id: str) -> tuple[Application, ...]:
    """The applications of a project as they were found, without corrections."""
    with store.read() as connection:
        row = _row(connection, project_id)
    return tuple(_application(folder, facts, {}) for folder, facts in row.applications)


def _row(connection: Connection, project_id: str) -> Row[Any]:
    row = connection.execute(select(project).where(project.c.id == project_id)).one_or_none()
    if row is None:
        raise ProjectNotFound(project_id)
    return row


def _application_json(application: Application) -> list[Any]:
    facts = [[fact.name, fact.value, fact.path, fact.line] for fact in application.facts.found]
    return [application.folder, facts]


def _application(
    folder: str, facts: Sequence[Sequence[Any]], said: Mapping[str, Sequence[str]]
) -> Application:
    found = Facts(tuple(Fact(FactName(name), *rest) for name, *rest in facts))
    corrections = {FactName(name): tuple(values) for name, values in said.items()}
    return Application(folder, found.corrected(corrections) if corrections else found)


def files(store: Store, project_id: str) -> tuple[ProjectFile, ...]:
    """The files of a project with their contents, by path."""
    with store.read() as connection:
        rows = connection.execute(
            select(project_file)
            .where(project_file.c.project_id == project_id)
            .order_by(project_file.c.path)
        ).all()
        texts = blobs.get(connection, [row.digest for row in rows])
    return tuple(ProjectFile(row.path, texts[row.digest], row.tokens) for row in rows)
