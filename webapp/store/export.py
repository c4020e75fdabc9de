"""A batch as files: what the zip and `omni submit --out` hold."""

import json
from collections.abc import Iterator

from webapp.domain.views import JobView
from webapp.store import reads
from webapp.store.database import Store


def zip_entries(store: Store, batch_id: str) -> Iterator[tuple[str, bytes]]:
    """Every file of a batch as path and bytes; the last, `manifest.json`, says what is missing.

    One job is held in memory at a time, and the line of each in the manifest.
    """
    lines = []
    for job, files in reads.files(store, batch_id):
        for file in files:
            yield f"{job.folder}/{file.path}", file.content.encode()
        lines.append(_line(job, [file.path for file in files]))
    jobs = ",\n".join(lines)
    yield "manifest.json", f'{{"batch": {json.dumps(batch_id)}, "jobs": [\n{jobs}\n]}}\n'.encode()


def _line(job: JobView, paths: list[str]) -> str:
    # As text at once: as objects, and written by an encoder that indents, 10,000 jobs took 100 MB.
    line = {
        "folder": job.folder,
        "kind": str(job.kind),
        "model": str(job.model),  # who answered
        "asked": job.instead_of or str(job.model),
        "sample": job.sample,
        "status": job.status,
        "reason": job.reason,
        "detail": job.detail,
        "is_template": job.is_template,
        "cost_usd": None if job.unpriced else job.cost_microusd / 1_000_000,
        "files": paths,
    }
    return json.dumps(line)
