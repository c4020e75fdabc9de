"""Uploaded projects: their files as blobs, their facts as JSON."""

from datetime import UTC, datetime

from sqlalchemy import Connection, insert, select
from ulid import ULID

from webapp.domain.errors import ProjectNotFound
from webapp.domain.project import (
    Fact,
    FactName,
    Facts,
    LeftOut,
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
                facts=[[f.name, f.value, f.path, f.line] for f in upload.facts.found],
                left_out=[[entry.path, entry.why] for entry in upload.left_out],
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
    row = connection.execute(select(project).where(project.c.id == project_id)).one_or_none()
    if row is None:
        raise ProjectNotFound(project_id)
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
        facts=Facts(tuple(Fact(FactName(name), *rest) for name, *rest in row.facts)),
    )


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
