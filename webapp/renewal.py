"""What of a batch would be asked otherwise now: a file, a fact or a template has changed since."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Row

from webapp import specs
from webapp.artifacts import catalogue
from webapp.artifacts.prompt import brief_of
from webapp.artifacts.steps import STEPS
from webapp.domain.batch import BatchSpec, JobSpec, JobStatus, Mode, ModelChoice, Policy
from webapp.domain.endpoint import Endpoint
from webapp.draft import Drafter
from webapp.store import fallbacks
from webapp.store.batches import NewJob
from webapp.store.renewing import Material


def templates(checkers: str) -> str:
    """A digest over the versions of all templates, steps and checks."""
    kinds = sorted((kind.name, kind.version) for kind in catalogue.KINDS.values())
    steps = sorted((name, step.version) for name, step in STEPS.items())
    return hashlib.sha256(json.dumps([kinds, steps, checkers]).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Renewal:
    """The jobs of a stored batch, drafted anew: by id, with the row each had."""

    rows: Mapping[str, Row[Any]]
    drafts: Mapping[str, NewJob]

    def stale(self) -> set[str]:
        """The jobs with a result that would be asked otherwise now.

        So would be what starts from the artifact of one of them.
        """
        changed = {
            job_id
            for job_id, row in self.rows.items()
            if (row.draft_key or row.cache_key) != self.drafts[job_id].cache_key
        }
        follow = {job_id for job_id, row in self.rows.items() if row.depends_on in changed}
        done = {i for i, row in self.rows.items() if row.status == JobStatus.SUCCEEDED}
        return (changed | follow) & done


def stored_spec(stored: Material, project_id: str | None) -> BatchSpec:
    """What a stored batch was asked for, over a project that may be another one by now."""
    row = stored.batch
    specs_by_id = {each.id: _job_spec(stored, each) for each in stored.jobs}
    jobs = tuple(
        replace(specs_by_id[each.id], after=specs_by_id.get(each.depends_on))
        for each in stored.jobs
    )
    folders = {each.application for each in stored.jobs}
    return BatchSpec(
        brief=row.brief,
        jobs=jobs,
        mode=Mode(row.mode),
        concurrency=row.concurrency,
        project_id=project_id,
        added_paths=tuple(row.added_paths),
        left_out_paths=tuple(row.left_out_paths),
        policy=Policy(row.policy),
        fallbacks=_fallbacks(stored),
        # Only where one was chosen do the jobs for all applications name it too.
        application=folders.pop() if len(folders) == 1 else None,
    )


def _job_spec(stored: Material, row: Row[Any]) -> JobSpec:
    brief = brief_of(stored.prompts[stored.draft_receipt(row)])
    return replace(specs.of_row(row), brief=brief, application=row.application)


def _fallbacks(stored: Material) -> tuple[ModelChoice, ...]:
    """Those of the batch: no job has more of them left than one that used none."""
    left = (fallbacks.load(each.fallbacks) for each in stored.jobs)
    return tuple(each.choice for each in max(left, key=len, default=[]))


def renewal(
    stored: Material,
    spec: BatchSpec,
    endpoints: Mapping[str, Endpoint],
    drafter: Callable[[BatchSpec], Drafter],
) -> Renewal:
    """Draft the jobs of a stored batch anew, but for those of endpoints that are gone."""
    pairs = [
        (row, job)
        for row, job in zip(stored.jobs, spec.jobs, strict=True)
        if row.endpoint in endpoints and row.kind in catalogue.KINDS
    ]
    known = replace(spec, jobs=tuple(job for _, job in pairs))
    never_twice = spec.policy is Policy.NEVER_TWICE
    drafts = drafter(known).jobs(known.jobs, fresh=False, never_twice=never_twice, hits={})
    return Renewal(
        {row.id: row for row, _ in pairs},
        {row.id: draft for (row, _), draft in zip(pairs, drafts, strict=True)},
    )
