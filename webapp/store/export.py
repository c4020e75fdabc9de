"""A batch as files: what the zip and `omni submit --out` hold."""

import json
from collections.abc import Iterator

from webapp.domain.artifact import ArtifactFile
from webapp.domain.batch import JobStatus
from webapp.domain.views import JobView
from webapp.domain.winners import winner
from webapp.store import candidates, reads
from webapp.store.database import Store


def zip_entries(store: Store, batch_id: str) -> Iterator[tuple[str, bytes]]:
    """Every file of a batch as path and bytes, in a folder for each job.

    The last, `manifest.json`, says what is missing. One job is held in memory at a time, and the
    line of each in the manifest.
    """
    lines = []
    for job, files in reads.files(store, batch_id):
        yield from _files(job.folder, files)
        lines.append(_line(job, job.folder, files))
    yield _manifest(batch_id, lines)


def winner_entries(store: Store, batch_id: str) -> Iterator[tuple[str, bytes]]:
    """The same with the files of winners alone, in a folder for each artifact.

    The manifest says of each job whether it was taken, and who chose it.
    """
    lines, taken, folders = [], _Taken(store, batch_id), _Folders()
    for job in reads.all_rows(store, batch_id):
        chosen_by = taken.by(job)
        files = reads.files_of(store, job) if chosen_by else ()
        folder = folders.of(job) if chosen_by else None
        if folder:
            yield from _files(folder, files)
        lines.append(_line(job, folder, files, taken=chosen_by))
    yield _manifest(batch_id, lines)


class _Taken:
    """Says of the jobs of a batch, one after another, which are taken."""

    def __init__(self, store: Store, batch_id: str) -> None:
        self._store, self._batch_id = store, batch_id
        self._contested = candidates.contested(store, batch_id)
        self._winners: dict[int, str] = {}

    def by(self, job: JobView) -> str | None:
        """Who took a job: the `user` or the `checks`; None where it is not taken."""
        number = job.candidate_of
        if number not in self._contested:
            is_taken = job.status is JobStatus.SUCCEEDED or job.is_chosen
        else:
            if number not in self._winners:
                first = winner(candidates.of_artifact(self._store, self._batch_id, number))
                self._winners[number] = first.id if first else ""
            is_taken = self._winners[number] == job.id
        return ("user" if job.is_chosen else "checks") if is_taken else None


class _Folders:
    """Names a folder for each artifact: as its job file says, else after its kind."""

    def __init__(self) -> None:
        self._used: set[str] = set()

    def of(self, job: JobView) -> str:
        """A folder that no other artifact has."""
        kind = "-".join(filter(None, (job.kind.kind, job.kind.target, job.kind.step)))
        name = job.name or (f"{kind}/{job.application}" if job.application else kind)
        folder = f"{name}-{job.candidate_of}" if name in self._used else name
        self._used.add(folder)
        return folder


def _files(folder: str, files: tuple[ArtifactFile, ...]) -> Iterator[tuple[str, bytes]]:
    for file in files:
        yield f"{folder}/{file.path}", file.content.encode()


def _manifest(batch_id: str, lines: list[str]) -> tuple[str, bytes]:
    jobs = ",\n".join(lines)
    text = f'{{"batch": {json.dumps(batch_id)}, "jobs": [\n{jobs}\n]}}\n'
    return "manifest.json", text.encode()


def _line(
    job: JobView, folder: str | None, files: tuple[ArtifactFile, ...], **more: str | None
) -> str:
    # As text at once: as objects, and written by an encoder that indents, 10,000 jobs took 100 MB.
    line = {
        "folder": folder,
        "artifact": job.candidate_of,
        "kind": str(job.kind),
        "model": str(job.model),  # who answered
        "asked": job.asked_model,
        "sample": job.sample,
        "status": job.status,
        "reason": job.reason,
        "detail": job.detail,
        "is_template": job.is_template,
        "cost_usd": None if job.unpriced else job.cost_microusd / 1_000_000,
        "files": [file.path for file in files],
        **more,
    }
    return json.dumps(line)
