"""What the jobs of a GitLab pipeline ask of each other, of stages and of templates."""

from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter

from webapp.artifacts.checks import findings
from webapp.artifacts.checks.gitlab_ci_jobs import Job, Named, Pipeline, extended
from webapp.domain.artifact import Finding, Severity

SEVERITY = {
    "gitlab-ci/unknown-template": Severity.ERROR,
    "gitlab-ci/template-cycle": Severity.ERROR,
    "gitlab-ci/no-jobs": Severity.ERROR,
    "gitlab-ci/undefined-stage": Severity.ERROR,
    "gitlab-ci/undefined-job": Severity.ERROR,
    "gitlab-ci/later-job": Severity.ERROR,
    "gitlab-ci/needs-cycle": Severity.ERROR,
    "gitlab-ci/not-needed": Severity.ERROR,
    "gitlab-ci/no-script": Severity.ERROR,
    "gitlab-ci/rules-and-only": Severity.ERROR,
}
_WORK = ("script", "run", "trigger")


def extends(described: Pipeline) -> Iterator[Finding]:
    """Templates that do not exist or that extend themselves: nothing else can be said then."""
    known = described.document.value
    for job in described.jobs.values():
        for name in extended(job.config):
            if name not in known and described.is_whole:
                yield _unknown(described, job.line_of("extends"), name)
    for reference in described.references:
        if reference.name not in known and described.is_whole:
            yield _unknown(described, reference.line, reference.name)
    if described.circle:
        line = described.jobs[described.circle[0]].line_of("extends")
        circle = _circle(described.circle)
        message = f"These extend each other for ever: {circle}."
        yield _finding(described, "gitlab-ci/template-cycle", line, message)


def links(described: Pipeline) -> Iterator[Finding]:
    """Stages and jobs that do not exist or come too late, and jobs that do nothing."""
    jobs = [job for job in described.jobs.values() if not job.is_template]
    referring = {reference.line for reference in described.references}
    if not jobs and described.is_whole:
        message = "The pipeline has no job that could run."
        yield _finding(described, "gitlab-ci/no-jobs", None, message)
    for job in jobs:
        yield from _stage(described, job)
        yield from _work(described, job)
        for key in ("needs", "dependencies"):
            for named in job.names(key):
                if named.line not in referring:
                    yield from _named(described, job, key, named)
        yield from _not_needed(described, job)


def waiting(described: Pipeline) -> Iterator[Finding]:
    """Jobs that wait for each other: of one stage, else the links have said what comes too late."""
    # Lists and not sets: of several circles the same is found in every process.
    graph = {
        name: [named.name for named in job.names("needs")] for name, job in described.jobs.items()
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        circle = tuple(str(name) for name in reversed(error.args[1]))
        line = described.jobs[circle[0]].line_of("needs")
        message = f"These jobs wait for each other for ever: {_circle(circle)}."
        yield _finding(described, "gitlab-ci/needs-cycle", line, message)


def _finding(described: Pipeline, rule: str, line: int | None, message: str) -> Finding:
    return findings.make(SEVERITY, rule, described.document.path, line, message)


def _unknown(described: Pipeline, line: int, name: str) -> Finding:
    message = f"There is no “{findings.shortened(name)}” in this file to take anything from."
    return _finding(described, "gitlab-ci/unknown-template", line, message)


def _circle(names: tuple[str, ...]) -> str:
    return " → ".join(findings.shortened(name, 40) for name in names[:10])


def _stage(described: Pipeline, job: Job) -> Iterator[Finding]:
    stage = job.merged.get("stage", "test")
    is_given = isinstance(stage, str) and "$" not in stage
    if is_given and described.is_whole and stage not in described.stages:
        message = (
            f"{findings.shortened(job.name)} runs in the stage “{findings.shortened(stage)}”, "
            "which is not one of “stages”."
        )
        yield _finding(described, "gitlab-ci/undefined-stage", job.line_of("stage"), message)


def _work(described: Pipeline, job: Job) -> Iterator[Finding]:
    name = findings.shortened(job.name)
    # What is included may hold another part of the same job.
    if described.is_whole and not any(job.merged.get(key) for key in _WORK):
        message = f"{name} does nothing: a job has a “script”, a “run” or a “trigger”."
        yield _finding(described, "gitlab-ci/no-script", job.line, message)
    for key in ("only", "except"):
        if "rules" in job.merged and key in job.merged:
            message = f"{name} has “{key}” beside “rules”: GitLab takes one of them."
            yield _finding(described, "gitlab-ci/rules-and-only", job.line_of(key), message)


def _named(described: Pipeline, job: Job, key: str, named: Named) -> Iterator[Finding]:
    other = described.jobs.get(named.name)
    own, shown = findings.shortened(job.name), findings.shortened(named.name)
    if other is None or other.is_template:
        is_known = not described.is_whole or named.is_optional or "$" in named.name
        if not is_known:
            message = f"“{key}” of {own} names “{shown}”, and there is no such job."
            yield _finding(described, "gitlab-ci/undefined-job", named.line, message)
        return
    place, its_place = _place(described, job), _place(described, other)
    if place is not None and its_place is not None and its_place > place:
        message = f"“{key}” of {own} names “{shown}”, which runs in a later stage."
        yield _finding(described, "gitlab-ci/later-job", named.line, message)


def _place(described: Pipeline, job: Job) -> int | None:
    stage = job.merged.get("stage", "test")
    return described.stages.index(stage) if stage in described.stages else None


def _not_needed(described: Pipeline, job: Job) -> Iterator[Finding]:
    if "needs" not in job.merged:
        return
    needed = {named.name for named in job.names("needs")}
    for named in job.names("dependencies"):
        if named.name in described.jobs and named.name not in needed:
            message = (
                f"{findings.shortened(job.name)} takes files of “{findings.shortened(named.name)}”"
                " without it being one of its “needs”."
            )
            yield _finding(described, "gitlab-ci/not-needed", named.line, message)
