"""Artifacts of finished batches are compared with each other, in a process of the crew."""

import asyncio
import contextlib

from webapp.artifacts.consistency import Member
from webapp.artifacts.score import score
from webapp.domain.artifact import Finding
from webapp.domain.errors import StoreBusy
from webapp.engine.crew import Crew
from webapp.engine.writer import Writer
from webapp.store import comparing
from webapp.store.comparing import Member as StoredMember
from webapp.store.comparing import Members
from webapp.store.database import Store
from webapp.store.operations import Compared, Judged

LOOK_S = 0.2


async def keep_comparing(store: Store, crew: Crew, writer: Writer) -> None:
    """Look again and again whether a batch is through."""
    while True:
        with contextlib.suppress(StoreBusy):  # a database that is away is looked at again
            await compare_finished(store, crew, writer)
        await asyncio.sleep(LOOK_S)


async def compare_finished(store: Store, crew: Crew, writer: Writer) -> None:
    """Compare the artifacts of all batches that are through."""
    for batch_id in await asyncio.to_thread(comparing.pending, store):
        judged: dict[str, Judged] = {}
        for job_ids in await asyncio.to_thread(comparing.groups, store, batch_id):
            members = await asyncio.to_thread(comparing.load, store, job_ids)
            found = await crew.compare({job_id: _member(each) for job_id, each in members.items()})
            for job_id in members:
                # What is for all applications is compared with those of each.
                before = judged[job_id].found if job_id in judged else ()
                told = dict.fromkeys((*before, *found.get(job_id, ())))
                judged[job_id] = _judged(job_id, members, tuple(told))
        await writer.do(Compared(batch_id, tuple(judged.values())))


def _judged(job_id: str, members: Members, found: tuple[Finding, ...]) -> Judged:
    artifact = members[job_id].artifact
    points = score(artifact.findings, len(found), artifact.honoured, is_whole=True)
    findings = (*artifact.findings, *found)
    return Judged(job_id, members[job_id].artifact_id, found, findings, points)


def _member(stored: StoredMember) -> Member:
    return Member(stored.kind, stored.target, stored.artifact.files, stored.application)
