"""Harden workflows: a token that only reads, and no credentials left on the disk."""

import re
from collections.abc import Iterator, Sequence

from webapp.artifacts.base import BlueprintInput
from webapp.artifacts.checks import github_actions
from webapp.artifacts.checks.yaml_scalars import YAML_1_2
from webapp.artifacts.steps.rewriting import Edit, of_yaml
from webapp.artifacts.steps.yaml_tree import Node

_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_OLDEST_CHECKOUT = re.compile(r"v1(?:\.[0-9]+)*")  # it has no such option
# What a job does that needs more than to read; commands and tokens, as they are written.
_WRITES = ("github.token", "GITHUB_TOKEN", "ACTIONS_ID_TOKEN", "git push", "semantic-release")
_USES_GIT = (
    *("git push", "git fetch", "git pull", "git submodule", "git lfs", "git clone", "git remote"),
    *("git ls-remote", "semantic-release", "npm version", "gh repo"),
)
# Actions that write by the token that they are given unasked, or push what was checked out.
_WRITERS = (
    *("softprops/action-gh-release", "ncipollo/release-action", "actions/create-release"),
    *("peter-evans/create-pull-request", "stefanzweifel/git-auto-commit-action"),
    *("changesets/action", "EndBug/add-and-commit", "ad-m/github-push-action", "actions/labeler"),
    *("peaceiris/actions-gh-pages", "JamesIves/github-pages-deploy-action", "actions/stale"),
    *("github/codeql-action", "actions/deploy-pages", "googleapis/release-please-action"),
    *("googlecloudplatform/release-please-action", "goreleaser/goreleaser-action"),
    *("actions/attest", "actions/attest-build-provenance", "actions/dependency-review-action"),
    *("aws-actions/configure-aws-credentials", "azure/login", "google-github-actions/auth"),
    *(
        "pypa/gh-action-pypi-publish",
        "release-drafter/release-drafter",
        "actions/first-interaction",
    ),
)


def _change(edits: Sequence[Edit], _: BlueprintInput) -> None:
    for edit in edits:
        for workflow in edit.documents:
            _permissions(edit, workflow)
            for name, job in _jobs(workflow):
                _checkouts(edit, name, job)
            _unpinned(edit, workflow)


def _jobs(workflow: Node) -> Iterator[tuple[str, Node]]:
    held = workflow.get("jobs")
    return held.entries() if held else iter(())


def _permissions(edit: Edit, workflow: Node) -> None:
    open_jobs = [(name, job) for name, job in _jobs(workflow) if job.get("permissions") is None]
    if workflow.get("permissions") is not None or not open_jobs or workflow.is_flow:
        return
    writing = [name for name, job in open_jobs if _may_write(job)]
    for name in writing:
        edit.notes.left(
            "{names}: uses a token or an action that may write, so give this job the permissions "
            "that it needs; the workflow then can have contents: read.",
            name,
        )
    if not writing:
        edit.put_before(workflow, "jobs", {"permissions": {"contents": "read"}})
        sentence = (
            "{names}: the token can only read, as no job here is seen to write; give a job more "
            "where an action of it needs that."
        )
        edit.notes.done(sentence, edit.path)


def _may_write(job: Node) -> bool:
    """Whether a job is seen to use its token, or calls another workflow, which may."""
    if job.get("uses") is not None:
        return True
    is_writer = any(_action(step) in _WRITERS for step in _steps(job))
    return is_writer or _mentions(job, _WRITES)


def _mentions(job: Node, words: Sequence[str]) -> bool:
    return any(word in one.text for one in job.all() for word in words)


def _steps(job: Node) -> list[Node]:
    return [step for step in job.listed("steps") if step.kind == "map"]


def _action(step: Node) -> str:
    """The action of a step as `owner/name`, without folder and version."""
    return "/".join(step.name("uses").partition("@")[0].split("/")[:2])


def _checkouts(edit: Edit, name: str, job: Node) -> None:
    checkouts = [step for step in _steps(job) if _leaves_credentials(step)]
    if checkouts and _may_use_git(job):
        sentence = "{names}: keeps the credentials of its checkout, as it may use git with them."
        edit.notes.left(sentence, name)
        return
    for step in checkouts:
        if edit.fill(step, {"with": {"persist-credentials": False}}):
            sentence = "{names}: its checkout leaves no token on the disk for later steps to read."
            edit.notes.done(sentence, name)


def _leaves_credentials(step: Node) -> bool:
    """Whether a step is a checkout that has the option and does not use it."""
    is_checkout = _action(step) == "actions/checkout"
    if not is_checkout or step.get("with", "persist-credentials") is not None:
        return False
    return not _OLDEST_CHECKOUT.fullmatch(step.name("uses").partition("@")[2])


def _may_use_git(job: Node) -> bool:
    is_writer = any(_action(step) in _WRITERS for step in _steps(job))
    return is_writer or _mentions(job, _USES_GIT)


def _unpinned(edit: Edit, workflow: Node) -> None:
    for one in workflow.all():
        uses = one.name("uses") if one.kind == "map" else ""
        if not uses or uses.startswith(("./", "$/", "docker://")) or "${{" in uses:
            continue
        if not _COMMIT.fullmatch(uses.rpartition("@")[2]):
            sentence = "{names}: pin to the digest of a commit; without a network it is not known."
            edit.notes.left(sentence, uses)


REWRITE = of_yaml(_change, github_actions.check, YAML_1_2, github_actions.is_workflow)
